/** Something that asks for a look or a decision, where it happened. `banner` spans a region's top. */
import { clsx } from 'clsx';
import { Info, OctagonAlert, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { WithCode } from './WithCode';

export type NoticeTone = 'info' | 'warn' | 'error';

const tones = {
  info: { box: 'bg-info-wash border-info-edge', ink: 'text-info-ink', Icon: Info },
  warn: { box: 'bg-warn-wash border-warn-edge', ink: 'text-warn-ink', Icon: TriangleAlert },
  error: { box: 'bg-error-wash border-error-edge', ink: 'text-error-ink', Icon: OctagonAlert },
};

interface NoticeProps {
  tone: NoticeTone;
  children: ReactNode;
  /** Buttons at the end of the line. */
  actions?: ReactNode;
  banner?: boolean;
  /** Say it at once to a screen reader: only for "server failed". */
  assertive?: boolean;
}

export function Notice({ tone, children, actions, banner = false, assertive = false }: NoticeProps) {
  const { box, ink, Icon } = tones[tone];
  return (
    <div
      role={assertive ? 'alert' : 'status'}
      className={clsx(
        'flex flex-wrap items-center gap-x-12 gap-y-6',
        box,
        banner ? 'border-b py-6 pr-16 pl-20' : 'rounded-panel border px-12 py-8',
      )}
    >
      {/* Beside the first of many lines, and of one. */}
      <div className="flex min-w-0 flex-1 basis-[208px] items-start gap-12">
        <Icon size={16} aria-hidden="true" className={clsx('mt-2 shrink-0', ink)} />
        <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          {typeof children === 'string' ? <WithCode text={children} /> : children}
        </div>
      </div>
      {actions !== undefined && <div className="flex shrink-0 gap-8 self-start">{actions}</div>}
    </div>
  );
}
