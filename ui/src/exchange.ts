/** What a row of the log says of itself; shared by every screen that lists some. */
import type { ExchangeSummary } from './api/types/ExchangeSummary';
import type { StatusKind } from './kit/Status';

/** The whole prompt: fresh, read from a cache, and written to one. Null when nothing is known. */
export function inputTotal({
  input_tokens,
  cache_read_tokens,
  cache_write_tokens,
}: Pick<ExchangeSummary, 'input_tokens' | 'cache_read_tokens' | 'cache_write_tokens'>): number | null {
  const known = [input_tokens, cache_read_tokens, cache_write_tokens].filter((count) => count !== null);
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0);
}

/** The shape of a row's state. */
export function shapeOf({ state }: Pick<ExchangeSummary, 'state'>): StatusKind {
  switch (state) {
    case 'streaming':
      return 'running';
    case 'client_left':
      return 'idle';
    case 'failed':
      return 'failed';
    case 'done':
      return 'ok';
  }
}

/** The word of a row's state: the status the client got, or one of these where there is none. */
export function wordOf({
  state,
  status,
}: Pick<ExchangeSummary, 'state' | 'status'>): number | 'streaming' | 'left' | 'failed' {
  if (state === 'streaming') return 'streaming';
  if (state === 'client_left') return 'left';
  return status ?? 'failed';
}
