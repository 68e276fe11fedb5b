/** Server-sent events: any split of the bytes gives the same events. */
import { expect, test } from 'vitest';
import { EventSplitter, readEvents, type ServerSentEvent } from './sse';

const wire = [
  ': a comment\r\n\r\n',
  'data: one\n\n',
  'event: named\ndata:two\ndata: and more\nid: 7\n\n',
  'data: 你好 🎛\r\n\r\n',
  'data\r\rdata: {"a":"b:c"}\n\n',
  'event: nothing\n\n',
].join('');

const events: ServerSentEvent[] = [
  { event: 'message', data: 'one', id: undefined },
  { event: 'named', data: 'two\nand more', id: '7' },
  { event: 'message', data: '你好 🎛', id: undefined },
  { event: 'message', data: '', id: undefined },
  { event: 'message', data: '{"a":"b:c"}', id: undefined },
];

function split(text: string, sizes: (at: number) => number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const size = sizes(at);
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

test.each([1, 2, 3, 5, 7, 64, 10_000])('pieces of %i', (size) => {
  const splitter = new EventSplitter();
  expect(split(wire, () => size).flatMap((piece) => splitter.push(piece))).toEqual(events);
});

test('bytes cut inside a character, and an end without a blank line', async () => {
  const bytes = new TextEncoder().encode(`${wire}data: last`);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const seen: ServerSentEvent[] = [];
  await readEvents(new Response(body), (event) => seen.push(event));
  expect(seen).toEqual([...events, { event: 'message', data: 'last', id: undefined }]);
});
