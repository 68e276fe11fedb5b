/**
 * A list and its detail side by side. At 900 px and wider content the detail takes 51% (420 to 960), remembered once
 * resized; below it takes 500 to 560 px and never more than leaves the list three columns. It covers the list only
 * where there is no room for both; a list of names then stands above its detail.
 */
import { clsx } from 'clsx';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWidth } from './use-width';

interface SplitPaneProps {
  /** Where the width is remembered. */
  id: string;
  list: ReactNode;
  /** Null: the list has all the room. */
  detail: ReactNode | null;
  detailLabel: string;
  /** A fixed width of the list instead, for lists of names. */
  listWidth?: number;
}

const least = 420;
const most = 960;
/** Below this a list and a detail side by side would both be unreadable; names are short, and need less. */
const both = 680;
const bothWithNames = 520;

export function SplitPane({ id, list, detail, detailLabel, listWidth }: SplitPaneProps) {
  const { t } = useTranslation();
  const [frame, width] = useWidth<HTMLDivElement>();
  const storage = `patchbay.pane.${id}`;
  const [chosen, setChosen] = useState<number | null>(() => Number(localStorage.getItem(storage)) || null);
  const dragging = useRef(false);

  const wide = width >= 860;
  const covers = detail !== null && listWidth === undefined && width < both;
  const stacked = detail !== null && listWidth !== undefined && width < bothWithNames;
  const room = Math.max(280, width - (wide ? 320 : 290));
  const usual = wide
    ? Math.min(most, Math.max(least, width * 0.51))
    : Math.min(560, Math.max(500, width * 0.62));
  const pane = Math.round(
    Math.min(room, wide && chosen !== null ? Math.min(most, Math.max(least, chosen)) : usual),
  );

  const choose = (next: number) => {
    const kept = Math.round(Math.min(room, most, Math.max(least, next)));
    setChosen(kept);
    localStorage.setItem(storage, String(kept));
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!dragging.current || !frame.current) return;
    choose(frame.current.getBoundingClientRect().right - event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? 16 : event.key === 'ArrowRight' ? -16 : 0;
    if (step === 0) return;
    event.preventDefault();
    choose(pane + step);
  };

  return (
    <div ref={frame} className={clsx('relative flex min-h-0 flex-1', stacked && 'flex-col')}>
      <div
        // Covered, it keeps its size, and so the place it is scrolled to.
        className={clsx('flex min-h-0 min-w-0 flex-col', covers ? 'invisible absolute inset-0' : 'relative')}
        style={
          stacked
            ? { maxHeight: '40%', flexShrink: 0 }
            : listWidth !== undefined && detail !== null
              ? { width: `min(${listWidth}px, 42%)`, flexShrink: 0 }
              : { flex: 1 }
        }
      >
        {list}
      </div>
      {detail !== null && (
        <>
          {listWidth === undefined ? (
            <div
              hidden={covers}
              role="separator"
              aria-orientation="vertical"
              aria-label={t('kit.resize')}
              aria-valuenow={pane}
              aria-valuemin={least}
              aria-valuemax={most}
              tabIndex={0}
              onPointerDown={(event) => {
                dragging.current = true;
                event.currentTarget.setPointerCapture(event.pointerId);
              }}
              onPointerMove={onPointerMove}
              onPointerUp={() => {
                dragging.current = false;
              }}
              onDoubleClick={() => {
                setChosen(null);
                localStorage.removeItem(storage);
              }}
              onKeyDown={onKeyDown}
              className="relative z-10 w-px shrink-0 cursor-col-resize touch-none bg-line-2 before:absolute before:inset-y-0 before:-left-4 before:w-8 hover:bg-line-3 focus-visible:bg-focus"
            />
          ) : (
            <div className={clsx('shrink-0 bg-line-2', stacked ? 'h-px' : 'w-px')} />
          )}
          <section
            data-region
            aria-label={detailLabel}
            tabIndex={-1}
            className="@container relative flex min-h-0 min-w-0 flex-col"
            style={listWidth === undefined && !covers ? { width: pane, flexShrink: 0 } : { flex: 1 }}
          >
            {detail}
          </section>
        </>
      )}
    </div>
  );
}
