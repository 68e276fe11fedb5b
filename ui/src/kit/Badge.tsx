/** A small fact beside a name: a count that needs a look, a tag such as "built in". */
import { clsx } from 'clsx';
import type { ReactNode } from 'react';

const tones = {
  plain: 'text-text-3',
  warn: 'text-warn-ink',
  error: 'text-error-ink',
  chip: 'rounded-control bg-surface-3 px-6 text-text-1',
};

export function Badge({ tone = 'plain', children }: { tone?: keyof typeof tones; children: ReactNode }) {
  return <span className={clsx('shrink-0 text-11 tabular whitespace-nowrap', tones[tone])}>{children}</span>;
}
