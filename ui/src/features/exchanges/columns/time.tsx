/** When the request came in: the time today, the day before it otherwise; the exact moment on hover. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { clock, exact } from '../../../format';
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

/** `14:22:07` today, `11-20 14:22` before: the order that both languages read the same way. */
function shortly(moment: number): string {
  if (moment >= new Date().setHours(0, 0, 0, 0)) return clock(moment);
  const date = new Date(moment);
  const day = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${day.join('-')} ${clock(moment).slice(0, 5)}`;
}
