/** The program that sent the request. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import type { Column } from '../../../kit/Table';

export function useClientColumn(): Column<ExchangeSummary> {
  const { t } = useTranslation();
  return {
    id: 'client',
    head: t('column.client'),
    width: 'minmax(80px, max(92px, 11cqw))',
    from: 480,
    cell: ({ client }) => client ?? <span className="text-text-3">{t('row.unnamed')}</span>,
  };
}
