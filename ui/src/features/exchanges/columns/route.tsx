/** The patch line: from which protocol to which. */
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import type { Column } from '../../../kit/Table';
import { PatchLine } from '../../../protocols/PatchLine';

export function useRouteColumn(): Column<ExchangeSummary> {
  const { t } = useTranslation();
  return {
    id: 'route',
    head: t('column.route'),
    width: '100px',
    from: 680,
    cell: (row) => <PatchLine from={row.client_protocol} to={row.upstream_protocol} />,
  };
}
