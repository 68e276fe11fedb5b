/** What stands where rows would: nothing was sent yet, or nothing fits the filter. */
import { useQuery } from '@tanstack/react-query';
import { Trans, useTranslation } from 'react-i18next';
import { queries } from '../../api/queries';
import { firstRequest } from '../../client-forms';
import { count } from '../../format';
import { useOrigin } from '../../frame/base-url';
import { Button } from '../../kit/Button';
import { CommandLine } from '../../kit/CommandLine';
import { EmptyState } from '../../kit/EmptyState';
import { misread } from './filter';

export function NoneYet() {
  const { t } = useTranslation('exchanges');
  const { data: status } = useQuery(queries.status);
  const accessKeys = status?.access_keys ?? 0;
  const stopped = status !== undefined && status.server.state !== 'running';
  return (
    <div className="scroll-y min-h-0 flex-1">
      <EmptyState title={t('empty.title')}>{stopped ? t('empty.stopped') : t('empty.why')}</EmptyState>
      <div className="max-w-[720px] pr-edge pl-20">
        <CommandLine command={firstRequest(useOrigin(), accessKeys)} copyName={t('empty.copy')} />
        {accessKeys > 0 && <p className="pt-8 text-12 text-text-3">{t('empty.accessKey')}</p>}
      </div>
    </div>
  );
}

interface NoneMatchProps {
  total: number;
  text: string | undefined;
  onClear: () => void;
}

export function NoneMatch({ total, text, onClear }: NoneMatchProps) {
  const { t } = useTranslation('exchanges');
  const name = misread(text);
  return (
    <EmptyState
      title={t('noMatch.title', { count: total, formatted: count(total) })}
      action={<Button onClick={onClear}>{t('noMatch.clear')}</Button>}
    >
      {name === null ? (
        t('noMatch.why')
      ) : (
        <Trans
          ns="exchanges"
          i18nKey={`noMatch.misread.${name}`}
          components={{ code: <code className="rounded-control bg-surface-3 px-4 text-12" /> }}
        />
      )}
    </EmptyState>
  );
}
