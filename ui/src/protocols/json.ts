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

/**
 * JSON with line breaks and indents, for people; null if the text is no JSON. Numbers, keys and their order stay as they
 * were written: a value that was read and written again would have lost the digits of a long number.
 */
export function indented(text: string): string | null {
  if (parsed(text) === undefined) return null;
  let drawn = '';
  let depth = 0;
  let before = '';
  for (const word of words(text)) {
    const closes = word === '}' || word === ']';
    const opened = before === '{' || before === '[';
    if (closes) depth -= 1;
    if (closes ? !opened : opened || before === ',') drawn += `\n${'  '.repeat(depth)}`;
    drawn += word === ':' ? ': ' : spelled(word);
    if (word === '{' || word === '[') depth += 1;
    before = word;
  }
  return drawn;
}

function* words(text: string): Generator<string> {
  const word = /[{}[\],:"]|[^\s{}[\],:"]+/g;
  for (let match = word.exec(text); match; match = word.exec(text)) {
    if (match[0] === '"') word.lastIndex = endOfString(text, match.index);
    yield text.slice(match.index, word.lastIndex);
  }
}

/** Looked for by hand: a regular expression runs out of its stack in a string of megabytes. */
function endOfString(text: string, start: number): number {
  let quote = start;
  let backslashes: number;
  do {
    quote = text.indexOf('"', quote + 1);
    backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
  } while (backslashes % 2 === 1);
  return quote + 1;
}

/** A string in letters where it was written in their numbers. */
function spelled(word: string): string {
  return word.includes('\\') ? JSON.stringify(JSON.parse(word)) : word;
}

/** The message of a failure; protocols put it in one of three places. */
export function failureMessage(body: unknown): string {
  const { error, message } = record(body);
  return string(record(error)['message']) || string(error) || string(message);
}
