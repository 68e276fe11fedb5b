/** Reads a body of lines, each JSON of its own, as events without a name. */
import type { ServerSentEvent } from './sse';
import { readText } from './text';

/** Calls `each` for every line that is not empty, the last one too; throws what the body throws. */
export async function readLines(response: Response, each: (event: ServerSentEvent) => void): Promise<void> {
  let rest = '';
  const take = (line: string) => {
    if (line.trim() !== '') each({ event: 'message', data: line, id: undefined });
  };
  await readText(response, (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  take(rest);
}
