/**
 * The same table for any number of rows: only what is seen is in the page. New rows on top never move what is read;
 * away from the top their number stands in the head until one goes there. With a `total` the list has its true height
 * from the start: rows that are not loaded are blank, and loading them moves nothing.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type Ref,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import { type Column, nextIndex, TableHead, TableRow, visibleColumns } from './Table';
import { useWidth } from './use-width';

export interface VirtualTableHandle {
  /** Scrolls to the row at `index` and gives it the focus. */
  goTo: (index: number) => void;
}

interface VirtualTableProps<Row> {
  handle?: Ref<VirtualTableHandle>;
  label: string;
  columns: readonly Column<Row>[];
  /** By their place; those that are not loaded are missing, the first never is. */
  rows: readonly (Row | undefined)[];
  keyOf: (row: Row) => string;
  /** Where the row leads; without it rows are not links. */
  hrefOf?: (row: Row) => string;
  nameOf?: (row: Row) => string;
  onOpen?: (row: Row) => void;
  /** The focus went to this row by key. */
  onMove?: (row: Row) => void;
  selected?: string | null;
  /** How many rows there are in all, if not all are loaded. */
  total?: number;
  /** Told the places of the first and the last row that are in sight, or nearly. */
  onSee?: (first: number, last: number) => void;
}

export function VirtualTable<Row>({
  handle,
  label,
  columns,
  rows,
  keyOf,
  total,
  onSee,
  onMove,
  selected = null,
  ...links
}: VirtualTableProps<Row>) {
  const { t } = useTranslation();
  const [frame, width] = useWidth<HTMLDivElement>();
  const scroller = useRef<HTMLDivElement>(null);
  const shown = visibleColumns(columns, width);
  const rowHeight = useRowHeight(frame);
  const focusAfter = useRef<number | null>(null);
  const length = Math.max(rows.length, total ?? 0);

  const virtual = useVirtualizer({
    count: length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => keyAt(rows, index, keyOf),
    overscan: 12,
    // Nothing has a size in tests without layout.
    initialRect: { width: 1280, height: 800 },
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);

  const unseen = useRowsAbove(rows, keyOf, scroller, rowHeight, focusAfter);

  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onSee?.(first, last), [first, last, onSee]);

  const focusRow = (index: number): boolean => {
    const key = rows[index] === undefined ? null : keyAt(rows, index, keyOf);
    const link = key === null ? null : linkOf(scroller.current, key);
    link?.focus({ preventScroll: true });
    return link !== null;
  };
  const goTo = (index: number) => {
    virtual.scrollToIndex(index, { align: 'auto' });
    focusAfter.current = focusRow(index) ? null : index;
    // The row that had the focus may leave the page before the next one is there.
    if (focusAfter.current !== null) scroller.current?.focus({ preventScroll: true });
    const row = rows[index];
    if (row !== undefined && focusAfter.current === null) onMove?.(row);
  };
  useImperativeHandle(handle, () => ({ goTo }));
  useOnce(() => {
    const at = selected === null ? -1 : placeOf(rows, keyOf, selected);
    if (at !== -1) virtual.scrollToIndex(at, { align: 'auto' });
  });
  useLayoutEffect(() => {
    if (focusAfter.current === null) return;
    if (document.activeElement !== scroller.current) focusAfter.current = null;
    else if (focusRow(focusAfter.current)) {
      const row = rows[focusAfter.current];
      focusAfter.current = null;
      if (row !== undefined) onMove?.(row);
    }
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const key = document.activeElement?.closest<HTMLElement>('[data-key]')?.dataset['key'];
    const at = focusAfter.current ?? (key === undefined ? -1 : placeOf(rows, keyOf, key));
    const to = nextIndex(event, at, length);
    if (to === null || (at === -1 && links.hrefOf === undefined)) return;
    event.preventDefault();
    goTo(Math.max(0, to));
  };

  return (
    <div
      ref={frame}
      role="table"
      aria-label={label}
      aria-rowcount={length + 1}
      className="flex min-h-0 min-w-0 flex-1 flex-col"
    >
      <TableHead
        columns={shown}
        extra={
          unseen > 0 && (
            <div className="absolute inset-x-0 top-2 z-10 flex justify-center">
              <Button size="small" onClick={() => scroller.current?.scrollTo({ top: 0 })}>
                {t('kit.newRows', { count: unseen })}
              </Button>
            </div>
          )
        }
      />
      <div
        ref={scroller}
        role="rowgroup"
        tabIndex={links.hrefOf === undefined ? 0 : -1}
        className="row-focus scroll-y min-h-0 flex-1"
        onKeyDown={onKeyDown}
      >
        <div role="none" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return <BlankRow key={item.key} index={item.index} start={item.start} />;
            const key = keyOf(row);
            return (
              <div
                key={key}
                role="none"
                data-key={key}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <TableRow
                  row={row}
                  columns={shown}
                  selected={key === selected}
                  index={item.index}
                  {...links}
                />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** A row that is still to come. */
function BlankRow({ index, start }: { index: number; start: number }) {
  const { t } = useTranslation();
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className="absolute inset-x-0 top-0 h-row border-b border-line-1"
      style={{ transform: `translateY(${start}px)` }}
    >
      <span role="cell" className="sr-only">
        {t('kit.loading')}
      </span>
    </div>
  );
}

function linkOf(within: HTMLElement | null, key: string): HTMLElement | null {
  return within?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"] [data-row-link]`) ?? null;
}

/** -1 if it is not loaded. */
function placeOf<Row>(rows: readonly (Row | undefined)[], keyOf: (row: Row) => string, key: string): number {
  return rows.findIndex((row) => row !== undefined && keyOf(row) === key);
}

function keyAt<Row>(rows: readonly (Row | undefined)[], index: number, keyOf: (row: Row) => string): string {
  const row = rows[index];
  return row === undefined ? String(index) : keyOf(row);
}

function useRowHeight(frame: { current: HTMLElement | null }): number {
  const [height, setHeight] = useState(32);
  useLayoutEffect(() => {
    const read = () => {
      if (!frame.current) return;
      setHeight(Number.parseFloat(getComputedStyle(frame.current).getPropertyValue('--row')) || 32);
    };
    read();
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributeFilter: ['data-density'] });
    return () => observer.disconnect();
  }, [frame]);
  return height;
}

/** When the rows are first there the selected one is shown; later, what is read stays where it is. */
function useOnce(show: () => void): void {
  const done = useRef(false);
  useEffect(() => {
    if (done.current) return;
    done.current = true;
    show();
  });
}

/** Keeps the read row in place when rows come on top, and counts those until the top is reached. */
function useRowsAbove<Row>(
  rows: readonly (Row | undefined)[],
  keyOf: (row: Row) => string,
  scroller: { current: HTMLDivElement | null },
  rowHeight: number,
  focusAfter: { current: number | null },
): number {
  const [unseen, setUnseen] = useState(0);
  const first = useRef<string | null>(null);
  useLayoutEffect(() => {
    const element = scroller.current;
    const top = rows[0] === undefined ? null : keyOf(rows[0]);
    const added = first.current === null ? 0 : placeOf(rows, keyOf, first.current);
    first.current = top;
    if (!element || added <= 0) return;
    if (focusAfter.current !== null) focusAfter.current += added;
    if (element.scrollTop < rowHeight) return;
    element.scrollTop += added * rowHeight;
    setUnseen((count) => count + added);
  }, [rows, keyOf, scroller, rowHeight, focusAfter]);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const onScroll = () => {
      if (element.scrollTop < rowHeight) setUnseen(0);
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => element.removeEventListener('scroll', onScroll);
  }, [scroller, rowHeight]);
  return unseen;
}
