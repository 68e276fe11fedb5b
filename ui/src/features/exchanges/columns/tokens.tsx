/** Tokens of the whole prompt, and of the answer. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import type { Column } from '../../../kit/Table';
import { Tokens } from '../../../rows/Tokens';

export function useTokensColumn(): Column<ExchangeSummary> {
  const { t } = useTranslation();
  return {
    id: 'tokens',
    head: t('column.tokens'),
    width: '124px',
    align: 'end',
    from: 840,
    cell: (row) => <Tokens row={row} />,
  };
}
