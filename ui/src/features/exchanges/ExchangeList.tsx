/** The rows: each one link to its detail. */
import { useSearch } from '@tanstack/react-router';
import type { Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../api/types/ExchangeSummary';
import { wordOf } from '../../exchange';
import { clock } from '../../format';
import { useHref } from '../../frame/use-href';
import { Table } from '../../kit/Table';
import { VirtualTable, type VirtualTableHandle } from '../../kit/VirtualTable';
import { useColumns } from './columns';
import { type Log, lengthOf } from './log';

interface ExchangeListProps {
  handle: Ref<VirtualTableHandle>;
  /** Null: not there yet. */
  log: Log | null;
  /** Those of `log`. */
  rows: readonly (ExchangeSummary | undefined)[];
  failed: boolean;
  selected: string | null;
  onSee: (first: number, last: number) => void;
  onOpen: (id: string) => void;
  onMove: (id: string) => void;
}

const idOf = ({ id }: ExchangeSummary) => id;

export function ExchangeList({ handle, log, rows, failed, selected, ...on }: ExchangeListProps) {
  const { t } = useTranslation('common');
  const { t: say } = useTranslation('exchanges');
  const columns = useColumns();
  const href = useHref();
  const search = useSearch({ from: '/exchanges' });
  const label = t('nav.exchanges');
  if (log === null) {
    if (failed) return null;
    return <Table label={label} columns={columns} rows={[]} keyOf={idOf} loadingRows={12} />;
  }
  return (
    <VirtualTable
      handle={handle}
      label={label}
      columns={columns}
      rows={rows}
      total={lengthOf(log)}
      keyOf={idOf}
      hrefOf={({ id }) => href({ to: '/exchanges', search: { ...search, id } })}
      nameOf={(row) => {
        const word = wordOf(row);
        return say('list.row', {
          time: clock(row.started_at),
          status: typeof word === 'number' ? word : t(`row.${word}`),
          client: row.client ?? t('row.unnamed'),
          model: row.requested_model ?? row.upstream_model ?? '',
        });
      }}
      selected={selected}
      onOpen={({ id }) => on.onOpen(id)}
      onMove={({ id }) => on.onMove(id)}
      onSee={on.onSee}
    />
  );
}
