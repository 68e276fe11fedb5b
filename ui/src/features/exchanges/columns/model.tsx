/** The model that was asked for and, where there is room, the one that answered. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { unknown } from '../../../format';
import type { Column } from '../../../kit/Table';

export function useModelColumn(): Column<ExchangeSummary> {
  const { t } = useTranslation();
  return {
    id: 'model',
    head: t('column.model'),
    width: 'minmax(80px, 1fr)',
    cell: ({ requested_model: asked, upstream_model: used }) => (
      <span className="font-mono text-12" title={[asked, used].filter(Boolean).join(' → ')}>
        {asked ?? used ?? unknown}
        {asked !== null && used !== null && asked !== used && (
          <span className="text-text-3 @max-[720px]/list:hidden">{` → ${used}`}</span>
        )}
      </span>
    ),
  };
}
