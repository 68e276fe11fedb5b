/** Reads server-sent events from an answer's body. */
import { readText } from './text';

export interface ServerSentEvent {
  /** `message` unless the server names it. */
  event: string;
  data: string;
  id: string | undefined;
}

/** Takes text in any pieces and gives whole events. */
export class EventSplitter {
  #rest = '';

  push(text: string): ServerSentEvent[] {
    // A carriage return at the very end may be half of a line break.
    const all = this.#rest + text;
    const held = all.endsWith('\r') ? '\r' : '';
    const blocks = all
      .slice(0, all.length - held.length)
      .replaceAll(/\r\n?/g, '\n')
      .split('\n\n');
    this.#rest = (blocks.pop() ?? '') + held;
    return blocks.flatMap((block) => parse(block) ?? []);
  }
}

/** Calls `each` for every event until the body ends; throws what the body throws. */
export async function readEvents(response: Response, each: (event: ServerSentEvent) => void): Promise<void> {
  const splitter = new EventSplitter();
  await readText(response, (text) => {
    for (const event of splitter.push(text)) each(event);
  });
  for (const event of splitter.push('\n\n')) each(event);
}

function parse(block: string): ServerSentEvent | undefined {
  const data: string[] = [];
  let event = 'message';
  let id: string | undefined;
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id') id = value;
  }
  return data.length === 0 ? undefined : { event, data: data.join('\n'), id };
}
