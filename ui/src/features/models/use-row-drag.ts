/** Dragging a row of a list by its handle, with mouse or finger. The keys do the same by Alt and arrows. */
import { type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** How near to an end of what is in view the list scrolls on, and how far in each frame, in px. */
const brink = 24;
const stride = 6;

interface Row {
  top: number;
  height: number;
}

interface Drag {
  from: number;
  to: number;
  /** Measured once: rows differ in height, and none changes while it is held. */
  rows: readonly Row[];
}

/** The pointer that holds a row. */
interface Grip {
  pointer: number;
  from: number;
  rows: readonly Row[];
  y: number;
}

/**
 * `names` are the rows of `list`, in their order. While one is dragged the rows only look moved, by `shift`: a row that
 * goes elsewhere in the page loses its pointer. `onMove` is told once, when the row is let go in another place.
 */
export function useRowDrag(
  list: RefObject<HTMLElement | null>,
  names: readonly string[],
  onMove: (from: number, to: number) => void,
) {
  const grip = useRef<Grip | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);

  const cancel = useCallback(() => {
    grip.current = null;
    setDrag(null);
  }, []);
  const follow = useCallback(() => {
    if (!grip.current || !list.current) return null;
    const { from, rows, y } = grip.current;
    const to = placeAt(rows, y - list.current.getBoundingClientRect().top);
    setDrag((before) => (before?.to === to ? before : { from, to, rows }));
    return to;
  }, [list]);

  // Rows that change under the pointer are no longer the ones that were seen.
  const order = JSON.stringify(names);
  useEffect(() => cancel, [order, cancel]);

  const active = drag !== null;
  useEffect(() => {
    if (!active) return;
    const scroller = scrollerOf(list.current);
    let frame = requestAnimationFrame(function tick() {
      frame = requestAnimationFrame(tick);
      if (!grip.current || !scroller) return;
      const { top, bottom } = scroller.getBoundingClientRect();
      const { y } = grip.current;
      const by = y < top + brink ? -stride : y > bottom - brink ? stride : 0;
      if (by === 0) return;
      scroller.scrollTop += by;
      follow();
    });
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      cancel();
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('keydown', onKey, { capture: true });
    };
  }, [active, list, follow, cancel]);

  const handle = (index: number) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      const rows = rowsOf(list.current);
      if (event.button !== 0 || !event.isPrimary) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      grip.current = { pointer: event.pointerId, from: index, rows, y: event.clientY };
      setDrag({ from: index, to: index, rows });
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (grip.current?.pointer !== event.pointerId) return;
      grip.current.y = event.clientY;
      follow();
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      if (grip.current?.pointer !== event.pointerId) return;
      grip.current.y = event.clientY;
      const to = follow();
      cancel();
      if (to !== null && to !== index) onMove(index, to);
    },
    onPointerCancel: cancel,
    onLostPointerCapture: cancel,
  });
  /** How far below its own place the row at `index` is shown, in px. */
  const shift = (index: number) => (drag ? shiftOf(drag, index) : 0);
  return { drag, handle, shift };
}

function rowsOf(list: HTMLElement | null): Row[] {
  let top = 0;
  return [...(list?.children ?? [])].map((row) => {
    const { height } = row.getBoundingClientRect();
    top += height;
    return { top: top - height, height };
  });
}

/** The place that is at `y` as long as nothing is dragged. */
function placeAt(rows: readonly Row[], y: number): number {
  const under = rows.findIndex(({ top, height }) => y < top + height);
  return under === -1 ? rows.length - 1 : under;
}

function shiftOf({ from, to, rows }: Drag, index: number): number {
  const height = rows[from]?.height ?? 0;
  if (index === from) {
    const passed = to > from ? rows.slice(from + 1, to + 1) : rows.slice(to, from);
    const way = passed.reduce((sum, row) => sum + row.height, 0);
    return to > from ? way : -way;
  }
  if (index > from && index <= to) return -height;
  return index < from && index >= to ? height : 0;
}

function scrollerOf(element: HTMLElement | null): HTMLElement | null {
  let box = element?.parentElement ?? null;
  while (box && !/auto|scroll/.test(getComputedStyle(box).overflowY)) box = box.parentElement;
  return box;
}
