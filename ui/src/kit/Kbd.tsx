/** Keys as this computer writes them. */
import { clsx } from 'clsx';

const isMac = /mac/i.test(navigator.platform);

const names: Record<string, string> = {
  ...(isMac ? { mod: '⌘', shift: '⇧', alt: '⌥' } : { mod: 'Ctrl', shift: 'Shift', alt: 'Alt' }),
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
  escape: 'Esc',
  ' ': 'Space',
};

/** `['Ctrl', 'Shift', 'C']` for `mod+shift+c`. */
export function keyNames(keys: string): string[] {
  return keys
    .split('+')
    .map(
      (key) =>
        names[key] ?? (key.length === 1 ? key.toUpperCase() : key.charAt(0).toUpperCase() + key.slice(1)),
    );
}

export function Kbd({ children, className }: { children: string; className?: string }) {
  return (
    <kbd
      className={clsx(
        'inline-flex h-16 min-w-16 items-center justify-center rounded-control border border-line-2 px-4 font-ui text-11 text-text-2',
        className,
      )}
    >
      {children}
    </kbd>
  );
}

export function Keys({ keys }: { keys: string }) {
  return (
    <span className="inline-flex gap-2">
      {keyNames(keys).map((name) => (
        <Kbd key={name}>{name}</Kbd>
      ))}
    </span>
  );
}
