/** Calls and their one kind of failure. */
import { beforeEach, expect, test } from 'vitest';
import { replaceHost } from '../host';
import { createFakeServer, type FakeServer, failure } from '../test/fake-host';
import { ApiFailure, api, withQuery } from './client';

let server: FakeServer;

beforeEach(() => {
  server = createFakeServer();
  replaceHost(server.host);
});

test('an answer is its JSON, an empty one is undefined', async () => {
  server.on('GET /admin/status', () => ({ fine: true }));
  server.on('DELETE /admin/thing', () => undefined);
  expect(await api.get('/admin/status')).toEqual({ fine: true });
  expect(await api.delete('/admin/thing')).toBeUndefined();
});

test('a body is sent as JSON with its content type', async () => {
  let seen: unknown;
  server.on('PUT /admin/thing', ({ body }) => {
    seen = body;
    return {};
  });
  await api.put('/admin/thing', { a: [1, null] });
  expect(seen).toEqual({ a: [1, null] });
});

test('query parameters that are not set are left out', () => {
  expect(withQuery('/x', { a: 1, b: null, c: undefined, d: '', e: 'ä b', f: false })).toBe(
    '/x?a=1&e=%C3%A4+b&f=false',
  );
  expect(withQuery('/x', {})).toBe('/x');
});

test('a refusal has the words and the field of the server', async () => {
  server.on('PUT /admin/providers/x', () => failure(422, 'invalid', 'Not a URL.', 'base_url'));
  await expect(api.put('/admin/providers/x', {})).rejects.toMatchObject({
    name: 'ApiFailure',
    status: 422,
    code: 'invalid',
    message: 'Not a URL.',
    field: 'base_url',
  });
});

test.each([
  ['HTML from somebody else', () => new Response('<html>', { status: 502 })],
  ['JSON without an error', () => Response.json({ oops: 1 }, { status: 500 })],
  ['a null error', () => Response.json({ error: null }, { status: 500 })],
  ['a number', () => Response.json(3, { status: 500 })],
])('%s is unreadable, not a crash', async (_name, answer) => {
  server.on('GET /admin/status', answer);
  await expect(api.get('/admin/status')).rejects.toMatchObject({ code: 'unreadable' });
});

test('an answer that is no JSON is unreadable', async () => {
  server.on('GET /admin/status', () => new Response('hello'));
  await expect(api.get('/admin/status')).rejects.toMatchObject({ status: 200, code: 'unreadable' });
});

test('no answer has status 0', async () => {
  server.setReachable(false);
  const error = await api.get('/admin/status').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiFailure);
  expect(error).toMatchObject({ status: 0, code: 'unreachable', message: 'Patchbay does not answer.' });
});

test('an aborted call rejects with the abort, not with a failure', async () => {
  server.on('GET /admin/status', ({ signal }) => {
    signal?.throwIfAborted();
    return {};
  });
  await expect(api.get('/admin/status', {}, AbortSignal.abort())).rejects.toMatchObject({
    name: 'AbortError',
  });
});
