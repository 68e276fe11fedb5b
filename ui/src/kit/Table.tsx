/**
 * A table whose row is one link. Columns leave, in the order their `from` says, when the table gets narrow.
 * Arrows, J and K, Home and End move between rows; Enter opens.
 */
import { clsx } from 'clsx';
import type { KeyboardEvent, MouseEvent, ReactNode } from 'react';
import { useWidth } from './use-width';

export interface Column<Row> {
  id: string;
  head: ReactNode;
  cell: (row: Row) => ReactNode;
  /** A CSS grid track: `74px`, `minmax(120px, 1fr)`. */
  width: string;
  /** `end` for digits. */
  align?: 'start' | 'end';
  /** Shown only while the table is at least this wide, in px. */
  from?: number;
}

interface TableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Where the row leads; without it rows are not links. */
  hrefOf?: (row: Row) => string;
  /** The link's accessible name, if the first cell does not say enough. */
  nameOf?: (row: Row) => string;
  onOpen?: (row: Row) => void;
  selected?: string | null;
  /** Rows of the first load: drawn as bars of the true height. */
  loadingRows?: number;
}

export function Table<Row>({
  label,
  columns,
  rows,
  keyOf,
  loadingRows = 0,
  selected,
  ...links
}: TableProps<Row>) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const shown = visibleColumns(columns, width);
  return (
    <div
      ref={frame}
      role="table"
      aria-label={label}
      aria-busy={loadingRows > 0 || undefined}
      className="min-w-0"
    >
      <TableHead columns={shown} />
      <div role="rowgroup" onKeyDown={moveByKeys}>
        {rows.map((row) => {
          const key = keyOf(row);
          return <TableRow key={key} row={row} columns={shown} selected={key === selected} {...links} />;
        })}
        {Array.from({ length: loadingRows }, (_, index) => (
          <div
            key={index}
            role="row"
            className="flex h-row items-center border-b border-line-1 pr-edge pl-20"
          >
            <div role="cell" className="h-8 w-1/3 rounded-control bg-surface-3" />
          </div>
        ))}
      </div>
    </div>
  );
}

/** Columns and where they drop out grow with the text in them: their pixels are those of a text of 16. */
const usualText = 16;

export function visibleColumns<Row>(columns: readonly Column<Row>[], width: number): Column<Row>[] {
  const text = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || usualText;
  return columns.filter(({ from = 0 }) => width >= (from * text) / usualText);
}

const grid = 'grid items-center gap-x-12 border-b pr-edge pl-20';

export function TableHead<Row>({ columns, extra }: { columns: readonly Column<Row>[]; extra?: ReactNode }) {
  return (
    <div role="rowgroup" className="relative shrink-0">
      <div
        role="row"
        className={clsx(grid, 'h-[28px] border-line-2 text-11 font-medium text-text-2')}
        style={tracks(columns)}
      >
        {columns.map(({ id, head, align }) => (
          <span key={id} role="columnheader" className={clsx('truncate', align === 'end' && 'text-right')}>
            {head}
          </span>
        ))}
      </div>
      {extra}
    </div>
  );
}

interface TableRowProps<Row> {
  row: Row;
  columns: readonly Column<Row>[];
  selected: boolean;
  hrefOf?: ((row: Row) => string) | undefined;
  nameOf?: ((row: Row) => string) | undefined;
  onOpen?: ((row: Row) => void) | undefined;
  /** Position among all rows, from 0, where not all are in the page. */
  index?: number;
}

export function TableRow<Row>({ row, columns, selected, hrefOf, nameOf, onOpen, index }: TableRowProps<Row>) {
  const open = (event: MouseEvent) => {
    if (!onOpen || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(row);
  };
  return (
    <div
      role="row"
      aria-rowindex={index === undefined ? undefined : index + 2}
      data-selected={selected || undefined}
      className={clsx(
        grid,
        'group relative h-row border-line-1 transition-colors duration-(--fast)',
        selected
          ? 'bg-surface-4 before:absolute before:inset-y-0 before:left-0 before:w-2 before:bg-accent-ink'
          : hrefOf && 'hover:bg-surface-3',
      )}
      style={tracks(columns)}
    >
      {columns.map(({ id, cell, align }, position) => (
        <span
          key={id}
          role="cell"
          className={clsx(
            'min-w-0 truncate',
            align === 'end' && 'text-right tabular',
            position === 0 && 'tabular',
          )}
        >
          {position === 0 && hrefOf ? (
            <a
              href={hrefOf(row)}
              data-row-link
              aria-label={nameOf?.(row)}
              aria-current={selected || undefined}
              onClick={open}
              draggable={false}
              className="row-focus cursor-default outline-none after:absolute after:inset-0 after:z-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
            >
              {cell(row)}
            </a>
          ) : (
            cell(row)
          )}
        </span>
      ))}
    </div>
  );
}

function tracks<Row>(columns: readonly Column<Row>[]) {
  const widths = columns.map(({ width }) => width).join(' ');
  return {
    gridTemplateColumns: widths.replaceAll(/([\d.]+)px/g, (_, pixels) => `${Number(pixels) / usualText}rem`),
  };
}

/** Moves the focus between the row links in the element that has the handler. */
export function moveByKeys(event: KeyboardEvent<HTMLElement>): void {
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row-link]')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const to = nextIndex(event, at, links.length);
  if (at === -1 || to === null) return;
  event.preventDefault();
  links[to]?.focus();
}

/** Where a key leads from position `at` of `length`; null if the key is no movement. */
export function nextIndex(event: KeyboardEvent, at: number, length: number): number | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  switch (event.key) {
    case 'ArrowDown':
    case 'j':
      return Math.min(length - 1, at + 1);
    case 'ArrowUp':
    case 'k':
      return Math.max(0, at - 1);
    case 'Home':
      return 0;
    case 'End':
      return length - 1;
    default:
      return null;
  }
}
