/** The address of a screen as a string, for rows that are links. */
import { type NavigateOptions, type RegisteredRouter, useRouter } from '@tanstack/react-router';

export function useHref(): (to: NavigateOptions<RegisteredRouter>) => string {
  const router = useRouter();
  return (to) => router.history.createHref(router.buildLocation(to as never).href);
}
