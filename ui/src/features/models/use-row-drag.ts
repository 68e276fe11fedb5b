/** Dragging a row of a list of even rows by its handle, with the pointer. The keys do the same by Alt and arrows. */
import { type PointerEvent, useState } from 'react';

interface Drag {
  from: number;
  to: number;
}

/** `height` is the rows' in px. `onMove` is told once, when the handle is let go in another place. */
export function useRowDrag(count: number, height: () => number, onMove: (from: number, to: number) => void) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const handle = (index: number) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      const start = event.clientY;
      const target = event.currentTarget;
      let to = index;
      const follow = (move: globalThis.PointerEvent) => {
        const rows = Math.round((move.clientY - start) / height());
        to = Math.max(0, Math.min(count - 1, index + rows));
        setDrag({ from: index, to });
      };
      const end = (done: boolean) => () => {
        target.removeEventListener('pointermove', follow);
        target.removeEventListener('pointerup', drop);
        target.removeEventListener('pointercancel', cancel);
        setDrag(null);
        if (done && to !== index) onMove(index, to);
      };
      const drop = end(true);
      const cancel = end(false);
      target.addEventListener('pointermove', follow);
      target.addEventListener('pointerup', drop);
      target.addEventListener('pointercancel', cancel);
    },
  });
  return { drag, handle };
}
