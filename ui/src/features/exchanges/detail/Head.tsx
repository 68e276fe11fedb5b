/** The answer, the request, and the route between them, in two lines. */
import { useQuery } from '@tanstack/react-query';
import { MessageSquare, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../../api/queries';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { Button } from '../../../kit/Button';
import { CopyButton } from '../../../kit/CopyButton';
import { IconButton } from '../../../kit/IconButton';
import { Tooltip } from '../../../kit/Tooltip';
import { PatchLine } from '../../../protocols/PatchLine';
import { RowStatus } from '../../../rows/RowStatus';
import { Tokens } from '../../../rows/Tokens';
import type { Curl } from './curl';

interface HeadProps {
  summary: ExchangeSummary;
  /** Null: not known yet. */
  curl: Curl | null;
  onPlayground: () => void;
  onClose: () => void;
}

export function Head({ summary, curl, onPlayground, onClose }: HeadProps) {
  const { t } = useTranslation(['exchanges', 'common']);
  const { data: providers } = useQuery(queries.providers);
  const provider = providers?.find(({ id }) => id === summary.provider)?.name ?? summary.provider;
  return (
    <header className="flex shrink-0 flex-col gap-8 pt-12 pr-16 pl-20">
      <div className="flex items-center gap-8">
        <h2 className="flex min-w-0 flex-1 items-center gap-8">
          <span className="shrink-0 font-medium">
            <RowStatus row={summary} />
          </span>
          <span className="min-w-0 truncate font-mono text-12" title={`${summary.method} ${summary.path}`}>
            {summary.method} {summary.path}
          </span>
        </h2>
        <Tooltip text={t('detail.playground')} keys="o">
          <Button
            size="small"
            icon={<MessageSquare size={14} />}
            aria-label={t('detail.playground')}
            onClick={onPlayground}
          >
            <span className="@max-[540px]:hidden">{t('common:nav.playground')}</span>
          </Button>
        </Tooltip>
        {curl?.command === undefined ? (
          <Button
            size="small"
            unavailable={curl ? t(`detail.curlUnavailable.${curl.missing}`) : t('detail.loading')}
          >
            {t('detail.curl')}
          </Button>
        ) : (
          <CopyButton text={curl.command} name={t('detail.curl')} label={t('detail.curl')} size="small" />
        )}
        <IconButton
          name={t('common:action.close')}
          keys="escape"
          icon={<X size={16} />}
          size="small"
          onClick={onClose}
        />
      </div>
      <div className="flex min-h-20 flex-wrap items-center gap-x-12 gap-y-4">
        <span className="flex min-w-0 items-center gap-8">
          <span className="max-w-[40%] shrink-0 truncate">{summary.client ?? t('common:row.unnamed')}</span>
          <PatchLine from={summary.client_protocol} to={summary.upstream_protocol} />
          {provider !== null && <span className="truncate">{provider}</span>}
          {summary.account !== null && <span className="truncate text-text-3">{summary.account}</span>}
        </span>
        <span className="ml-auto shrink-0 text-text-2">
          <Tokens row={summary} /> <span className="text-text-3">{t('tokens.unit')}</span>
        </span>
      </div>
    </header>
  );
}
