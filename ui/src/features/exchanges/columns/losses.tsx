/** How many things the target protocol could not express. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { count } from '../../../format';
import type { Column } from '../../../kit/Table';

export function useLossesColumn(): Column<ExchangeSummary> {
  const { t } = useTranslation('exchanges');
  return {
    id: 'losses',
    head: t('column.losses'),
    width: '56px',
    align: 'end',
    from: 1010,
    cell: ({ losses }) =>
      losses === 0 ? (
        <span className="text-text-3">0</span>
      ) : (
        <span className="text-warn-ink">{count(losses)}</span>
      ),
  };
}
