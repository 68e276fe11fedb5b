/** The desktop host: a command and a channel become a real, streaming, abortable Response. */
import { beforeEach, expect, test, vi } from 'vitest';

type Message = ArrayBuffer | { end: true } | { error: string };

const tauri = vi.hoisted(() => ({
  invoke: vi.fn(),
  channels: [] as { onmessage: (message: Message) => void }[],
}));

vi.mock('@tauri-apps/api/core', () => ({
  isTauri: () => true,
  invoke: tauri.invoke,
  Channel: class {
    onmessage: (message: Message) => void = () => undefined;
    constructor() {
      tauri.channels.push(this);
    }
  },
}));

const { desktopHost } = await import('./host');

/** Answers `fetch` with a head and gives the way to send the body. */
function answer(status = 200, headers: [string, string][] = []) {
  tauri.invoke.mockImplementation((command: string) =>
    Promise.resolve(command === 'fetch' ? { status, headers } : undefined),
  );
}

const send = (message: Message | string) =>
  tauri.channels
    .at(-1)
    ?.onmessage(
      typeof message === 'string' ? (new TextEncoder().encode(message).buffer as ArrayBuffer) : message,
    );

const commands = () => tauri.invoke.mock.calls.map(([command]) => command as string);

beforeEach(() => {
  tauri.invoke.mockReset();
  tauri.channels.length = 0;
});

test('the head resolves before the body is there, and chunks stream', async () => {
  answer(201, [['content-type', 'text/event-stream']]);
  const response = await desktopHost.fetch('/admin/live');
  expect(response.status).toBe(201);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = response.body?.getReader();
  const first = reader?.read();
  send('one');
  expect(new TextDecoder().decode((await first)?.value)).toBe('one');
  send({ end: true });
  expect((await reader?.read())?.done).toBe(true);
});

test('chunks that come before the head are kept', async () => {
  let resolve: (head: unknown) => void = () => undefined;
  tauri.invoke.mockReturnValue(
    new Promise((done) => {
      resolve = done;
    }),
  );
  const pending = desktopHost.fetch('/v1/models');
  send('early ');
  await vi.waitFor(() => expect(tauri.invoke).toHaveBeenCalled(), { timeout: 30_000 });
  resolve({ status: 200, headers: [] });
  const response = await pending;
  send('late');
  send({ end: true });
  expect(await response.text()).toBe('early late');
});

test('the request travels whole: text as text, bytes as numbers', async () => {
  answer(204);
  await desktopHost.fetch('/a', { method: 'POST', headers: { 'X-One': '1' }, body: '{"ä":1}' });
  await desktopHost.fetch('/b', { method: 'PUT', body: new Uint8Array([0, 255]) });
  const requests = tauri.invoke.mock.calls.map(([, { request }]) => request as Record<string, unknown>);
  expect(requests).toMatchObject([
    { method: 'POST', path: '/a', headers: [['x-one', '1']], body: '{"ä":1}' },
    { method: 'PUT', path: '/b', headers: [], body: [0, 255] },
  ]);
  expect(requests[0]?.['id']).not.toBe(requests[1]?.['id']);
});

test.each([204, 205, 304])('status %i has no body', async (status) => {
  answer(status);
  expect((await desktopHost.fetch('/x')).body).toBeNull();
});

test('no answer rejects as fetch does', async () => {
  tauri.invoke.mockRejectedValue('The router is gone.');
  await expect(desktopHost.fetch('/x')).rejects.toThrow(new TypeError('The router is gone.'));
});

test('a body that breaks off rejects the read', async () => {
  answer();
  const response = await desktopHost.fetch('/x');
  send('half');
  send({ error: 'The upstream closed the connection.' });
  await expect(response.text()).rejects.toThrow('The upstream closed the connection.');
});

test('aborting while the head is awaited cancels and rejects', async () => {
  tauri.invoke.mockImplementation((command: string) =>
    command === 'fetch' ? new Promise(() => undefined) : Promise.resolve(),
  );
  const stop = new AbortController();
  const pending = desktopHost.fetch('/x', { signal: stop.signal });
  await vi.waitFor(() => expect(tauri.invoke).toHaveBeenCalled(), { timeout: 30_000 });
  stop.abort();
  await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
  expect(commands()).toEqual(['fetch', 'cancel_fetch']);
});

test('aborting a running body cancels once and rejects the read; late chunks are ignored', async () => {
  answer();
  const stop = new AbortController();
  const response = await desktopHost.fetch('/x', { signal: stop.signal });
  const read = response.text();
  send('some');
  stop.abort();
  send('late');
  send({ end: true });
  await expect(read).rejects.toMatchObject({ name: 'AbortError' });
  expect(commands()).toEqual(['fetch', 'cancel_fetch']);
});

test('leaving the body cancels', async () => {
  answer();
  const response = await desktopHost.fetch('/x');
  await response.body?.cancel();
  expect(commands()).toEqual(['fetch', 'cancel_fetch']);
});

test('a signal that is already aborted sends nothing', async () => {
  await expect(desktopHost.fetch('/x', { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(commands()).toEqual([]);
});

test('an aborted signal after the end does nothing', async () => {
  answer();
  const stop = new AbortController();
  const response = await desktopHost.fetch('/x', { signal: stop.signal });
  send({ end: true });
  expect(await response.text()).toBe('');
  stop.abort();
  expect(commands()).toEqual(['fetch']);
});

test('a clipboard without an image is null, with one a PNG', async () => {
  tauri.invoke.mockResolvedValueOnce(null);
  expect(await desktopHost.readClipboardImage()).toBeNull();
  tauri.invoke.mockResolvedValueOnce(new Uint8Array([1, 2]).buffer);
  expect(await desktopHost.readClipboardImage()).toMatchObject({ type: 'image/png', size: 2 });
});
