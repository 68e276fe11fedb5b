/** Switches the form of the same content. At most six. */
import { clsx } from 'clsx';
import { ToggleGroup } from 'radix-ui';
import type { ReactNode } from 'react';

export interface Segment<Value extends string> {
  value: Value;
  label: ReactNode;
}

interface SegmentedProps<Value extends string> {
  label: string;
  value: Value;
  segments: readonly Segment<Value>[];
  onChange: (value: Value) => void;
  size?: 'normal' | 'small';
  id?: string;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: true | undefined;
}

export function Segmented<Value extends string>({
  label,
  value,
  segments,
  onChange,
  size = 'normal',
  ...field
}: SegmentedProps<Value>) {
  return (
    <ToggleGroup.Root
      {...field}
      type="single"
      aria-label={label}
      value={value}
      // An empty value means "pressed again": one is always chosen.
      onValueChange={(chosen: string) => chosen && onChange(chosen as Value)}
      className="inline-flex shrink-0 rounded-control border border-line-2"
    >
      {segments.map((segment) => (
        <ToggleGroup.Item
          key={segment.value}
          value={segment.value}
          className={clsx(
            'relative border-line-2 px-8 whitespace-nowrap text-text-2 not-first:border-l first:rounded-l-control last:rounded-r-control',
            'transition-colors duration-(--fast) hover:text-text-1 focus-visible:z-10',
            'data-[state=on]:bg-surface-4 data-[state=on]:font-medium data-[state=on]:text-text-1',
            size === 'small' ? 'h-[22px] text-12' : 'h-[26px] text-12',
          )}
        >
          {segment.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
