/** A square button with an icon; its name is its tooltip and its accessible name. */
import { clsx } from 'clsx';
import type { ComponentProps, ReactNode } from 'react';
import { Tooltip } from './Tooltip';

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children' | 'disabled'> {
  name: string;
  icon: ReactNode;
  variant?: 'ghost' | 'default';
  size?: 'normal' | 'small';
  /** Keys that do the same, shown in the tooltip. */
  keys?: string;
}

export function IconButton({
  name,
  icon,
  variant = 'ghost',
  size = 'normal',
  keys,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={name} keys={keys}>
      <button
        type="button"
        aria-label={name}
        {...rest}
        className={clsx(
          'inline-flex shrink-0 items-center justify-center rounded-control border text-text-2 transition-colors duration-(--fast)',
          'hover:bg-surface-3 hover:text-text-1',
          variant === 'default' ? 'border-line-2' : 'border-transparent',
          size === 'small' ? 'size-24' : 'size-control',
          className,
        )}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
