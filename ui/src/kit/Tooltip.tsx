/** A short text beside what has focus or the pointer. It repeats or explains; nothing is only here. */
import { Tooltip as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { Keys } from './Kbd';

interface TooltipProps {
  text: ReactNode;
  /** One combination, or several that do the same or the like. */
  keys?: string | readonly string[] | undefined;
  side?: 'top' | 'right' | 'bottom' | 'left';
  children: ReactNode;
}

export function Tooltip({ text, keys, side = 'bottom', children }: TooltipProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 flex max-w-[320px] items-center gap-8 rounded-control bg-surface-pop px-8 py-4 text-12 text-text-1 shadow-pop"
        >
          {text}
          {[keys ?? []].flat().map((combination) => (
            <Keys key={combination} keys={combination} />
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const TooltipProvider = Radix.Provider;
