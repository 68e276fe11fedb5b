/** One exchange: what it was, how long it took, and every view of it. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ApiFailure, messageOf } from '../../../api/client';
import { queries } from '../../../api/queries';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { useCommands } from '../../../commands';
import { useBaseUrl } from '../../../frame/base-url';
import { host } from '../../../host';
import { Button } from '../../../kit/Button';
import { EmptyState } from '../../../kit/EmptyState';
import { IconButton } from '../../../kit/IconButton';
import { Notice } from '../../../kit/Notice';
import { Progress } from '../../../kit/Progress';
import type { Form, View } from '../search';
import { curlOf } from './curl';
import { ErrorBlock } from './ErrorBlock';
import { Head } from './Head';
import { TimingStrip } from './TimingStrip';
import { Views } from './Views';

interface DetailProps {
  id: string;
  /** The row in the list, which live events keep true; absent if it is not loaded there. */
  row: ExchangeSummary | undefined;
  view: View | undefined;
  form: Form | undefined;
  onChange: (change: { view?: View; form?: Form }) => void;
  onClose: () => void;
}

/** A request under way is read again this often; its end is told by the live stream. */
const underWayMs = 2000;

export function Detail({ id, row, view, form, onChange, onClose }: DetailProps) {
  const { t } = useTranslation(['exchanges', 'common']);
  const navigate = useNavigate();
  const baseUrl = useBaseUrl();
  const { data, error, isFetching, refetch } = useQuery({
    ...queries.exchange(id),
    refetchInterval: ({ state }) => (state.data?.summary.state === 'streaming' ? underWayMs : false),
  });
  const summary = row ?? data?.summary;
  const curl = data ? curlOf(data.client_request, baseUrl) : null;
  const playground = () => void navigate({ to: '/playground', search: { exchange: id } });

  useCommands([
    { id: 'open-playground', label: t('detail.playground'), keys: ['o'], run: playground },
    {
      id: 'copy-curl',
      label: t('detail.curl'),
      run: () => {
        if (curl?.command !== undefined) void host.copy(curl.command);
      },
    },
  ]);

  const gone = error instanceof ApiFailure && error.status === 404;
  if (!summary) {
    return (
      <>
        <div className="flex items-start justify-between pr-8">
          {gone ? (
            <EmptyState title={t('detail.gone')}>{t('detail.goneWhy')}</EmptyState>
          ) : (
            <span className="pt-16 pl-20 text-text-3">{error ? messageOf(error) : ''}</span>
          )}
          <span className="pt-8">
            <IconButton
              name={t('common:action.close')}
              keys="escape"
              icon={<X size={16} />}
              size="small"
              onClick={onClose}
            />
          </span>
        </div>
        <Progress active={isFetching} />
      </>
    );
  }
  return (
    <>
      <Progress active={isFetching && !data} />
      <Head summary={summary} curl={curl} onPlayground={playground} onClose={onClose} />
      <TimingStrip summary={summary} timing={data?.timing} />
      <ErrorBlock summary={summary} />
      {error ? (
        <div className="p-20">
          <Notice
            tone="error"
            actions={
              <Button size="small" onClick={() => void refetch()}>
                {t('common:action.retry')}
              </Button>
            }
          >
            {gone ? t('detail.gone') : t('detail.failed', { message: messageOf(error) })}
          </Notice>
        </div>
      ) : (
        <Views summary={summary} detail={data} view={view} form={form} onChange={onChange} />
      )}
    </>
  );
}
