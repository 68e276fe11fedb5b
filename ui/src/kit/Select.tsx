/** One of a list. */
import { clsx } from 'clsx';
import { Check, ChevronDown } from 'lucide-react';
import { Select as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

export interface Option<Value extends string> {
  value: Value;
  label: ReactNode;
  /** A second, quieter word. */
  note?: ReactNode;
}

interface SelectProps<Value extends string> {
  value: Value | undefined;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
  /** Shown when nothing is chosen. */
  placeholder?: string;
  /** Needed where no `Field` gives a label. */
  label?: string;
  mono?: boolean;
  size?: 'normal' | 'small';
  className?: string;
  id?: string;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: true | undefined;
}

export function Select<Value extends string>({
  value,
  options,
  onChange,
  placeholder,
  label,
  mono = false,
  size = 'normal',
  className,
  ...field
}: SelectProps<Value>) {
  const font = mono ? 'font-mono text-12' : size === 'small' ? 'text-12' : 'text-13';
  return (
    <Radix.Root value={value ?? ''} onValueChange={(chosen) => onChange(chosen as Value)}>
      <Radix.Trigger
        {...field}
        aria-label={label}
        className={clsx(
          'inline-flex min-w-0 items-center justify-between gap-6 rounded-control border border-line-3 bg-surface-1 px-8 text-text-1',
          'hover:border-text-3 focus-visible:outline-offset-0 data-placeholder:text-text-3 aria-invalid:border-error-ink',
          size === 'small' ? 'h-24' : 'h-control',
          font,
          className,
        )}
      >
        <span className="truncate">
          <Radix.Value placeholder={placeholder} />
        </span>
        <Radix.Icon>
          <ChevronDown size={14} className="text-text-3" />
        </Radix.Icon>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) overflow-hidden rounded-panel bg-surface-pop shadow-pop"
        >
          <Radix.Viewport className="p-4">
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                className={clsx(
                  'flex h-[28px] items-center gap-12 rounded-control pr-24 pl-8 text-text-1 outline-none select-none data-highlighted:bg-surface-4',
                  'relative',
                  font,
                )}
              >
                <Radix.ItemText>{option.label}</Radix.ItemText>
                {option.note !== undefined && (
                  <span className="ml-auto text-12 text-text-3">{option.note}</span>
                )}
                <Radix.ItemIndicator className="absolute right-6">
                  <Check size={14} className="text-accent-ink" />
                </Radix.ItemIndicator>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
