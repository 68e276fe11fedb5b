/** A provider's neutral mark: its first letter. No vendor's logo. */
import { clsx } from 'clsx';

export function Letter({ name, large = false }: { name: string; large?: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={clsx(
        'inline-flex shrink-0 items-center justify-center rounded-control border border-line-2 bg-surface-2 font-strong text-text-2',
        large ? 'size-32 text-15' : 'size-20 text-11',
      )}
    >
      {[...name.trim()][0]?.toUpperCase() ?? '?'}
    </span>
  );
}
