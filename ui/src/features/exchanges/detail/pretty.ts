/** A body with line breaks and indents, for people: JSON, or a stream of JSON in frames. */
import { indented } from '../../../protocols/json';

/** Above this many characters a body is shown as it came: breaking it would keep the page busy. */
const tooLong = 8_000_000;

/** Null where nothing can be made clearer. */
export function prettyOf(text: string): string | null {
  if (text.length > tooLong) return null;
  return indented(text) ?? (isEventStream(text) ? eventStream(text) : jsonLines(text));
}

function isEventStream(text: string): boolean {
  return /^(?:\uFEFF)?(?:data|event|id|retry)?:/.test(text);
}

/** Each frame's event on a line of its own, its data below it. */
function eventStream(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => {
      const [, data] = /^data: ?(.*)$/.exec(line) ?? [];
      return data === undefined ? line : (indented(data) ?? data);
    })
    .join('\n');
}

function jsonLines(text: string): string | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length < 2) return null;
  const made = lines.map(indented);
  return made.every((line) => line !== null) ? made.join('\n\n') : null;
}
