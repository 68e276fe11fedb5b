/** When the request came in: the time today, the day before it otherwise; the exact moment on hover. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { exact, shortly } from '../../../format';
import type { Column } from '../../../kit/Table';

export function useTimeColumn(): Column<ExchangeSummary> {
  const { t } = useTranslation();
  return {
    id: 'time',
    head: t('column.time'),
    width: '78px',
    cell: ({ started_at }) => (
      <time title={exact(started_at)} className="text-text-2">
        {shortly(started_at)}
      </time>
    ),
  };
}
