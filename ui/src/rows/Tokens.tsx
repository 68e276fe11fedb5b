/** Tokens of the whole prompt, and of the answer. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../api/types/ExchangeSummary';
import { inputTotal } from '../exchange';
import { count } from '../format';

export function Tokens({ row }: { row: ExchangeSummary }) {
  const { t } = useTranslation();
  return (
    <span className="tabular" title={row.usage_estimated ? t('row.estimated') : undefined}>
      {row.usage_estimated && <span className="text-text-3">~</span>}
      {count(inputTotal(row))}
      <span className="text-text-3"> / </span>
      {count(row.output_tokens)}
    </span>
  );
}
