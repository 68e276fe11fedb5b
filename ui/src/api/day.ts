/** What counts from the last midnight is read again when the next one is past. */
import type { QueryClient } from '@tanstack/react-query';
import { queries } from './queries';

const lookMs = 60_000;

/** Follows the days until the returned function is called. */
export function followDays(cache: QueryClient): () => void {
  let day = today();
  // Looked for, not waited for: no timer counts the time in which a computer sleeps.
  const timer = setInterval(() => {
    if (today() === day) return;
    day = today();
    void cache.invalidateQueries({ queryKey: queries.overview.queryKey });
  }, lookMs);
  return () => clearInterval(timer);
}

/** When it began, in unix milliseconds. */
const today = (): number => new Date().setHours(0, 0, 0, 0);
