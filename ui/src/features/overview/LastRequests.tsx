/** The last eight rows of the log, each a link to its detail. */
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../api/types/ExchangeSummary';
import { clock, exact, seconds, shortly } from '../../format';
import { useHref } from '../../frame/use-href';
import { Amount } from '../../kit/Amount';
import { type Column, Table } from '../../kit/Table';
import { PatchLine } from '../../protocols/PatchLine';
import { ModelRoute } from '../../rows/ModelRoute';
import { RowStatus } from '../../rows/RowStatus';
import { Tokens } from '../../rows/Tokens';

export function LastRequests({ rows }: { rows: readonly ExchangeSummary[] }) {
  const { t } = useTranslation(['overview', 'common']);
  const navigate = useNavigate();
  const href = useHref();
  const columns = useColumns();
  return (
    <section aria-label={t('last.title')} className="pt-16">
      <header className="flex items-baseline justify-between pr-edge pb-4 pl-20">
        <h2 className="font-strong">{t('last.title')}</h2>
        <Link to="/exchanges" className="rounded-control text-12 font-medium text-text-2 hover:text-text-1">
          {t('last.all')}
        </Link>
      </header>
      {rows.length === 0 ? (
        <p className="pr-edge pb-16 pl-20 text-text-2">{t('last.none')}</p>
      ) : (
        <Table
          label={t('last.title')}
          columns={columns}
          rows={rows}
          keyOf={({ id }) => id}
          hrefOf={({ id }) => href({ to: '/exchanges', search: { id } })}
          nameOf={(row) =>
            t('last.openRow', {
              time: clock(row.started_at),
              client: row.client ?? t('common:row.unnamed'),
              model: row.requested_model ?? '–',
            })
          }
          onOpen={({ id }) => void navigate({ to: '/exchanges', search: { id } })}
        />
      )}
    </section>
  );
}

function useColumns(): Column<ExchangeSummary>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'time',
      head: t('column.time'),
      width: '78px',
      cell: (row) => <time title={exact(row.started_at)}>{shortly(row.started_at)}</time>,
    },
    {
      id: 'status',
      head: t('column.status'),
      width: '92px',
      cell: (row) => <RowStatus row={row} />,
    },
    {
      id: 'client',
      head: t('column.client'),
      width: 'minmax(80px, 116px)',
      from: 620,
      cell: (row) => row.client ?? <span className="text-text-3">{t('row.unnamed')}</span>,
    },
    {
      id: 'route',
      head: t('column.route'),
      width: '100px',
      from: 700,
      cell: (row) => <PatchLine from={row.client_protocol} to={row.upstream_protocol} />,
    },
    {
      id: 'model',
      head: t('column.model'),
      width: 'minmax(120px, 1fr)',
      cell: (row) => <ModelRoute row={row} />,
    },
    {
      id: 'tokens',
      head: t('column.tokens'),
      width: '120px',
      align: 'end',
      from: 900,
      cell: (row) => <Tokens row={row} />,
    },
    {
      id: 'first-token',
      head: t('column.firstToken'),
      width: '76px',
      align: 'end',
      from: 980,
      cell: (row) => <Amount {...seconds(row.first_token_ms, 2)} />,
    },
    {
      id: 'duration',
      head: t('column.duration'),
      width: '62px',
      align: 'end',
      from: 480,
      cell: (row) => <Amount {...seconds(row.duration_ms)} />,
    },
  ];
}
