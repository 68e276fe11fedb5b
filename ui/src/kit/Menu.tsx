/** Actions behind a button. */
import { clsx } from 'clsx';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { Keys } from './Kbd';

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  keys?: string;
  danger?: boolean;
  /** A line above this item. */
  separated?: boolean;
  onSelect: () => void;
}

interface MenuProps {
  /** The button that opens it. */
  trigger: ReactNode;
  items: readonly MenuItem[];
  align?: 'start' | 'end';
}

export function Menu({ trigger, items, align = 'end' }: MenuProps) {
  const chosen = useRef<(() => void) | null>(null);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          // Runs once the focus is back on the trigger, so that a dialog knows where to return it.
          onCloseAutoFocus={() => {
            if (chosen.current) setTimeout(chosen.current);
            chosen.current = null;
          }}
          className="scroll-y z-40 max-h-(--radix-dropdown-menu-content-available-height) min-w-[180px] rounded-panel bg-surface-pop p-4 shadow-pop"
          style={{ animation: 'appear var(--normal) var(--ease-out)' }}
        >
          {items.map((item) => (
            <div key={item.label} role="none">
              {item.separated === true && <DropdownMenu.Separator className="my-4 h-px bg-line-1" />}
              <DropdownMenu.Item
                onSelect={() => {
                  chosen.current = item.onSelect;
                }}
                className={clsx(
                  'flex h-[28px] items-center gap-8 rounded-control px-8 outline-none select-none data-highlighted:bg-surface-4',
                  item.danger === true ? 'text-error-ink' : 'text-text-1',
                )}
              >
                {item.icon}
                <span className="flex-1">{item.label}</span>
                {item.keys !== undefined && <Keys keys={item.keys} />}
              </DropdownMenu.Item>
            </div>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
