/** Tokens of the whole prompt, and of the answer. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { inputTotal } from '../../../exchange';
import { count } from '../../../format';
import type { Column } from '../../../kit/Table';

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

export function Tokens({ row }: { row: ExchangeSummary }) {
  const { t } = useTranslation('exchanges');
  return (
    <span className="tabular" title={row.usage_estimated ? t('tokens.estimated') : undefined}>
      {row.usage_estimated && <span className="text-text-3">~</span>}
      {count(inputTotal(row))}
      <span className="text-text-3"> / </span>
      {count(row.output_tokens)}
    </span>
  );
}
