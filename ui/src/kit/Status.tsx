/** A state as shape, word and colour: each alone is enough to tell it. */
import { clsx } from 'clsx';
import type { ReactNode } from 'react';

/** disc = good, ring = idle or off, half disc = running now, triangle = needs attention, cross = failed */
export type StatusKind = 'ok' | 'idle' | 'running' | 'attention' | 'failed';

const colours: Record<StatusKind, string> = {
  ok: 'text-ok-ink',
  idle: 'text-text-3',
  running: 'text-info-ink',
  attention: 'text-warn-ink',
  failed: 'text-error-ink',
};

const shapes: Record<StatusKind, ReactNode> = {
  ok: <circle cx="5" cy="5" r="4" fill="currentColor" />,
  idle: <circle cx="5" cy="5" r="3.25" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  running: (
    <>
      <circle cx="5" cy="5" r="3.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M5 1.25a3.75 3.75 0 0 0 0 7.5z" fill="currentColor" />
    </>
  ),
  attention: <path d="M5 .8 9.6 9H.4z" fill="currentColor" />,
  failed: <path d="m1.5 1.5 7 7m0-7-7 7" fill="none" stroke="currentColor" strokeWidth="2" />,
};

export function StatusShape({ kind, className }: { kind: StatusKind; className?: string }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 10 10"
      className={clsx('size-[10px] shrink-0', colours[kind], className)}
    >
      {shapes[kind]}
    </svg>
  );
}

/** `quiet` writes the word in the label colour. */
export function Status({
  kind,
  children,
  quiet = false,
  className,
}: {
  kind: StatusKind;
  children: ReactNode;
  quiet?: boolean;
  className?: string;
}) {
  return (
    <span className={clsx('inline-flex min-w-0 items-center gap-6', quiet && 'text-text-2', className)}>
      <StatusShape kind={kind} />
      <span className="truncate">{children}</span>
    </span>
  );
}
