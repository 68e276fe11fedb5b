/** The model that was asked for and, where there is room, the one that answered. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import type { Column } from '../../../kit/Table';
import { ModelRoute } from '../../../rows/ModelRoute';

export function useModelColumn(): Column<ExchangeSummary> {
  const { t } = useTranslation();
  return {
    id: 'model',
    head: t('column.model'),
    width: 'minmax(80px, 1fr)',
    cell: (row) => <ModelRoute row={row} />,
  };
}
