/** What the client was answered, as shape and word. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { shapeOf, wordOf } from '../../../exchange';
import { Status } from '../../../kit/Status';
import type { Column } from '../../../kit/Table';

export function useStatusColumn(): Column<ExchangeSummary> {
  const { t } = useTranslation();
  return {
    id: 'status',
    head: t('column.status'),
    width: '84px',
    cell: (row) => <RowStatus row={row} />,
  };
}

export function RowStatus({ row }: { row: ExchangeSummary }) {
  const { t } = useTranslation();
  const word = wordOf(row);
  return <Status kind={shapeOf(row)}>{typeof word === 'number' ? word : t(`row.${word}`)}</Status>;
}
