/** How long the whole exchange took, or takes so far. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { seconds } from '../../../format';
import { Amount } from '../../../kit/Amount';
import type { Column } from '../../../kit/Table';

export function useDurationColumn(): Column<ExchangeSummary> {
  const { t } = useTranslation();
  return {
    id: 'duration',
    head: t('column.duration'),
    width: '62px',
    align: 'end',
    from: 420,
    cell: (row) => <Duration row={row} />,
  };
}

export function Duration({ row }: { row: ExchangeSummary }) {
  if (row.state === 'streaming' && row.duration_ms === null) return <SoFar since={row.started_at} />;
  return <Amount {...seconds(row.duration_ms)} />;
}

/** Only rows under way are drawn again, ten times in five seconds. */
const tickMs = 500;

function SoFar({ since }: { since: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  // The clock of another computer may be behind.
  return <Amount {...seconds(Math.max(100, now - since))} />;
}
