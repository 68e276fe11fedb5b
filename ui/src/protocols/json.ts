/** Looks into JSON that somebody else wrote, without believing anything about it. */

export type Json = Record<string, unknown>;

/** An object, or an empty one in its place. */
export function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string, or an empty one in its place. */
export function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** Undefined if the text is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The message of a failure; protocols put it in one of three places. */
export function failureMessage(body: unknown): string {
  const { error, message } = record(body);
  return string(record(error)['message']) || string(error) || string(message);
}
