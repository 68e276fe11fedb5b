/**
 * The same table for any number of rows: only what is seen is in the page. New rows on top never move what is read;
 * away from the top their number stands in the head until one goes there.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { clsx } from 'clsx';
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import { type Column, nextIndex, TableHead, TableRow, visibleColumns } from './Table';
import { useWidth } from './use-width';

interface VirtualTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  hrefOf: (row: Row) => string;
  nameOf?: (row: Row) => string;
  onOpen?: (row: Row) => void;
  selected?: string | null;
  /** How many rows there are in all, if not all are loaded. */
  total?: number;
  /** Called when the end comes near. */
  onEnd?: () => void;
}

export function VirtualTable<Row>({
  label,
  columns,
  rows,
  keyOf,
  total,
  onEnd,
  selected = null,
  ...links
}: VirtualTableProps<Row>) {
  const { t } = useTranslation();
  const [frame, width] = useWidth<HTMLDivElement>();
  const scroller = useRef<HTMLDivElement>(null);
  const shown = visibleColumns(columns, width);
  const rowHeight = useRowHeight(frame);
  const focusAfter = useRef<string | null>(null);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => keyAt(rows, index, keyOf),
    overscan: 12,
    // Nothing has a size in tests without layout.
    initialRect: { width: 1280, height: 800 },
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);

  const unseen = useRowsAbove(rows, keyOf, scroller, rowHeight);

  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lastShown >= rows.length - 20) onEnd?.();
  }, [lastShown, rows.length, onEnd]);

  useLayoutEffect(() => {
    if (focusAfter.current === null) return;
    const link = scroller.current?.querySelector<HTMLElement>(
      `[data-key="${CSS.escape(focusAfter.current)}"] [data-row-link]`,
    );
    if (link) {
      focusAfter.current = null;
      link.focus({ preventScroll: true });
    }
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const key = document.activeElement?.closest<HTMLElement>('[data-key]')?.dataset['key'];
    const at = key === undefined ? -1 : rows.findIndex((row) => keyOf(row) === key);
    const to = nextIndex(event, at, rows.length);
    if (at === -1 || to === null) return;
    event.preventDefault();
    focusAfter.current = keyAt(rows, to, keyOf);
    virtual.scrollToIndex(to, { align: 'auto' });
    scroller.current
      ?.querySelector<HTMLElement>(`[data-key="${CSS.escape(focusAfter.current)}"] [data-row-link]`)
      ?.focus({ preventScroll: true });
  };

  return (
    <div
      ref={frame}
      role="table"
      aria-label={label}
      aria-rowcount={(total ?? rows.length) + 1}
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
      <div ref={scroller} role="rowgroup" className="scroll-y min-h-0 flex-1" onKeyDown={onKeyDown}>
        <div role="none" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const key = keyOf(row);
            return (
              <div
                key={key}
                role="none"
                data-key={key}
                className={clsx('absolute inset-x-0 top-0')}
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

function keyAt<Row>(rows: readonly Row[], index: number, keyOf: (row: Row) => string): string {
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

/** Keeps the read row in place when rows come on top, and counts those until the top is reached. */
function useRowsAbove<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  scroller: { current: HTMLDivElement | null },
  rowHeight: number,
): number {
  const [unseen, setUnseen] = useState(0);
  const first = useRef<string | null>(null);
  useLayoutEffect(() => {
    const element = scroller.current;
    const top = rows[0] === undefined ? null : keyOf(rows[0]);
    const added = first.current === null ? 0 : rows.findIndex((row) => keyOf(row) === first.current);
    first.current = top;
    if (!element || added <= 0 || element.scrollTop < rowHeight) return;
    element.scrollTop += added * rowHeight;
    setUnseen((count) => count + added);
  }, [rows, keyOf, scroller, rowHeight]);
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
