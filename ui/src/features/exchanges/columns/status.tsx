/** What the client was answered, as shape and word. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import type { Column } from '../../../kit/Table';
import { RowStatus } from '../../../rows/RowStatus';

export function useStatusColumn(): Column<ExchangeSummary> {
  const { t } = useTranslation();
  return {
    id: 'status',
    head: t('column.status'),
    width: '84px',
    cell: (row) => <RowStatus row={row} />,
  };
}
