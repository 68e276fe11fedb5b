/** A button that says verb and object. At most one `primary` in a view. */
import { clsx } from 'clsx';
import type { ComponentProps, ReactNode } from 'react';
import { Tooltip } from './Tooltip';

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'> {
  variant?: 'primary' | 'default' | 'ghost' | 'danger' | 'danger-filled';
  /** `small` is for toolbars of a pane. */
  size?: 'normal' | 'small';
  icon?: ReactNode;
  /** The label stays; a ring shows after 400 ms. */
  busy?: boolean;
  /** Why this cannot be done now, shown as a tooltip; the button then does nothing. */
  unavailable?: string | undefined;
}

const variants = {
  primary: 'border-transparent bg-accent-fill text-accent-on hover:bg-accent-fill-hover',
  default: 'border-line-2 bg-surface-1 text-text-1 hover:bg-surface-3',
  ghost: 'border-transparent bg-transparent text-text-2 hover:bg-surface-3 hover:text-text-1',
  danger: 'border-line-2 bg-surface-1 text-error-ink hover:bg-surface-3',
  'danger-filled': 'border-transparent bg-error-ink text-surface-1',
};

const shape =
  'relative inline-flex shrink-0 items-center justify-center gap-6 rounded-control border font-medium whitespace-nowrap select-none transition-colors duration-(--fast) ease-out';
const sizes = { normal: 'h-control px-12 text-13', small: 'h-24 px-8 text-12' };

/** For a link that leads where a button would: it looks like one. */
export function buttonLook(size: keyof typeof sizes = 'normal'): string {
  return clsx(shape, sizes[size], variants.default);
}

export function Button({
  variant = 'default',
  size = 'normal',
  icon,
  busy = false,
  unavailable,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const blocked = unavailable !== undefined;
  const button = (
    <button
      type="button"
      {...rest}
      aria-disabled={blocked || busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (blocked || busy) event.preventDefault();
        else onClick?.(event);
      }}
      className={clsx(
        shape,
        sizes[size],
        blocked ? 'border-line-1 bg-transparent text-text-disabled' : variants[variant],
        className,
      )}
    >
      {icon}
      {children}
      {busy && <BusyRing />}
    </button>
  );
  return blocked ? <Tooltip text={unavailable}>{button}</Tooltip> : button;
}

/** Turns at the button's end, over its padding, so that the width does not change. */
function BusyRing() {
  return (
    <span
      aria-hidden="true"
      className="absolute right-2 size-[7px] rounded-full border border-current border-r-transparent"
      style={{ animation: 'appear 1ms linear 400ms both, turn 700ms linear infinite' }}
    />
  );
}
