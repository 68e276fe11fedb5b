/** What the client was answered, as shape and word. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../api/types/ExchangeSummary';
import { shapeOf, wordOf } from '../exchange';
import { Status } from '../kit/Status';

export function RowStatus({ row }: { row: ExchangeSummary }) {
  const { t } = useTranslation();
  const word = wordOf(row);
  return <Status kind={shapeOf(row)}>{typeof word === 'number' ? word : t(`row.${word}`)}</Status>;
}
