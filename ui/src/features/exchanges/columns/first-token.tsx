/** How long until the first token came. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { seconds } from '../../../format';
import { Amount } from '../../../kit/Amount';
import type { Column } from '../../../kit/Table';

export function useFirstTokenColumn(): Column<ExchangeSummary> {
  const { t } = useTranslation();
  return {
    id: 'first-token',
    head: t('column.firstToken'),
    width: '76px',
    align: 'end',
    from: 930,
    cell: (row) => <Amount {...seconds(row.first_token_ms, 2)} />,
  };
}
