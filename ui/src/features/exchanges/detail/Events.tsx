/** What the answer was made of: one canonical event a row, with its time. */
import { useTranslation } from 'react-i18next';
import type { EventRow } from '../../../api/types/EventRow';
import { count, seconds } from '../../../format';
import { Amount } from '../../../kit/Amount';
import type { Column } from '../../../kit/Table';
import { VirtualTable } from '../../../kit/VirtualTable';
import { unkept } from './absence';
import { Nothing } from './Nothing';
import type { ViewProps } from './Views';

interface NumberedEvent extends EventRow {
  number: number;
}

const keyOf = ({ number }: NumberedEvent) => String(number);

export function Events({ detail: { events, event_count, summary } }: ViewProps) {
  const { t } = useTranslation('exchanges');
  const rows = events.map((event, number) => ({ ...event, number }));
  const columns = useColumns();
  if (rows.length === 0) {
    if (event_count === 0 && unkept(summary) !== 'streaming') {
      return <Nothing title={t('events.none')}>{t('events.noneWhy')}</Nothing>;
    }
    return <Nothing title={event_count === 0 ? t('events.streaming') : t('events.unkept')} />;
  }
  return (
    <>
      {event_count > rows.length && (
        <p className="shrink-0 border-b border-line-2 px-20 py-6 text-12 text-text-2">
          {t('events.first', { shown: count(rows.length), total: count(event_count) })}
        </p>
      )}
      <VirtualTable label={t('view.events')} columns={columns} rows={rows} keyOf={keyOf} />
    </>
  );
}

function useColumns(): Column<NumberedEvent>[] {
  const { t } = useTranslation('exchanges');
  return [
    {
      id: 'at',
      head: t('events.at'),
      width: '76px',
      cell: ({ at }) => <Amount {...seconds(at, 3)} exact={`${at} ms`} />,
    },
    {
      id: 'event',
      head: t('events.event'),
      width: '96px',
      cell: ({ event }) => <span className="font-mono text-12">{event}</span>,
    },
    {
      id: 'detail',
      head: t('events.detail'),
      width: 'minmax(0, 1fr)',
      cell: ({ detail }) => (
        <span className="font-mono text-12" title={detail}>
          {detail}
        </span>
      ),
    },
  ];
}
