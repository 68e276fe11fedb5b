/** Reads typed values out of an address, whatever somebody wrote there. */
export type RawSearch = Record<string, unknown>;

/** A text that is not empty. The router reads `?id=12` as a number; here it is text again. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Only the entries that are set, so that an address stays short. */
export function present<T extends object>(entries: T): Partial<T> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Partial<T>;
}
