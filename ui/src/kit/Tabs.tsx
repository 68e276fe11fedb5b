/** Switches the content of a pane. The list and the panel are apart, so that a toolbar can stand between. */
import { clsx } from 'clsx';
import { Tabs as Radix } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';

export const Tabs = Radix.Root;

export function TabList({
  label,
  children,
  className,
}: {
  label: string;
  children: ReactNode;
  className?: string;
}) {
  return (
    <Radix.List
      aria-label={label}
      className={clsx('flex shrink-0 flex-wrap items-stretch gap-x-12 border-b border-line-2', className)}
    >
      {children}
    </Radix.List>
  );
}

export function Tab({ value, children }: { value: string; children: ReactNode }) {
  return (
    <Radix.Trigger
      value={value}
      className={clsx(
        'row-focus -mb-px inline-flex h-32 items-center gap-4 border-b-2 border-transparent text-text-2 whitespace-nowrap',
        'hover:text-text-1 data-[state=active]:border-accent-ink data-[state=active]:font-medium data-[state=active]:text-text-1',
      )}
    >
      {children}
    </Radix.Trigger>
  );
}

export function TabPanel(props: ComponentProps<typeof Radix.Content>) {
  return <Radix.Content {...props} />;
}
