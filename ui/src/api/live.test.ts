/** Live events: nothing between fetch and stream is lost, a broken stream comes back. */
import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { replaceHost } from '../host';
import { exchange } from '../test/fake-data';
import { createFakeServer, type FakeServer, failure } from '../test/fake-host';
import { followLive, onExchange, useConnection } from './live';
import { queries } from './queries';
import type { Status } from './types/Status';

let server: FakeServer;
let cache: QueryClient;

beforeEach(() => {
  server = createFakeServer();
  replaceHost(server.host);
  cache = new QueryClient({
    defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } },
  });
  useConnection.setState({ state: 'connecting', lostAt: null });
});

function follow() {
  onTestFinished(followLive(cache));
}

/** Tries until it holds; the bound is for a busy machine. */
const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 30_000 });

const live = () => soon(() => expect(useConnection.getState().state).toBe('live'));
const fetched = (path: string) => server.calls.filter((call) => call.path === path).length;
const stopped = (): Status => ({ ...server.data.status, server: { state: 'stopped' } });

test('a status goes into the cache', async () => {
  follow();
  await live();
  server.emit({ kind: 'status', status: stopped() });
  await soon(() => expect(cache.getQueryData(queries.status.queryKey)?.server).toEqual({ state: 'stopped' }));
});

test('an event that comes while everything is fetched waits and wins', async () => {
  const before = server.data.status;
  let answer: ((status: Status) => void) | undefined;
  server.on(
    'GET /admin/status',
    () =>
      new Promise<Status>((resolve) => {
        answer = resolve;
      }),
  );
  const observer = new QueryObserver(cache, { ...queries.status, initialData: before });
  onTestFinished(observer.subscribe(() => undefined));
  follow();
  await soon(() => expect(answer).toBeDefined());
  server.emit({ kind: 'status', status: stopped() });
  answer?.(before);
  await live();
  expect(cache.getQueryData(queries.status.queryKey)?.server).toEqual({ state: 'stopped' });
});

test('catching up does not wait for what a stranger is asked', async () => {
  server.on('GET /admin/providers/{}/models', () => new Promise(() => undefined));
  const observer = new QueryObserver(cache, queries.providerModels('slow'));
  onTestFinished(observer.subscribe(() => undefined));
  follow();
  await soon(() => expect(fetched('/admin/providers/slow/models')).toBeGreaterThan(0));
  await live();
});

test('a stream that broke while it caught up never says that it is live', async () => {
  const before = server.data.status;
  let answer: ((status: Status) => void) | undefined;
  server.on(
    'GET /admin/status',
    () =>
      new Promise<Status>((resolve) => {
        answer = resolve;
      }),
  );
  const observer = new QueryObserver(cache, { ...queries.status, initialData: before });
  onTestFinished(observer.subscribe(() => undefined));
  follow();
  await soon(() => expect(answer).toBeDefined());
  server.setReachable(false);
  await soon(() => expect(useConnection.getState().state).toBe('lost'));
  const { lostAt } = useConnection.getState();
  const states = new Set<string>();
  onTestFinished(useConnection.subscribe(({ state }) => states.add(state)));
  const tried = fetched('/admin/live');
  answer?.(stopped());
  await soon(() => expect(cache.getQueryData(queries.status.queryKey)).toEqual(stopped()));
  await soon(() => expect(fetched('/admin/live')).toBeGreaterThan(tried + 1));
  expect([...states]).toEqual(['lost']);
  expect(useConnection.getState().lostAt).toBe(lostAt);
});

test('rows are told to listeners until they leave', async () => {
  follow();
  await live();
  const rows: string[] = [];
  const leave = onExchange(({ id }) => rows.push(id));
  server.emit({ kind: 'exchange', exchange: { ...exchange(1), id: 'a' } });
  await soon(() => expect(rows).toEqual(['a']));
  leave();
  server.emit({ kind: 'exchange', exchange: { ...exchange(1), id: 'b' } });
  server.emit({ kind: 'status', status: stopped() });
  await soon(() => expect(cache.getQueryData(queries.status.queryKey)).toBeDefined());
  expect(rows).toEqual(['a']);
});

test('a change of the configuration fetches what is shown of it again', async () => {
  const observer = new QueryObserver(cache, queries.providers);
  onTestFinished(observer.subscribe(() => undefined));
  follow();
  await live();
  const before = fetched('/admin/providers');
  server.emit({ kind: 'config_changed' });
  await soon(() => expect(fetched('/admin/providers')).toBe(before + 1));
});

test('today’s figures are read again when the day turns, also while the computer sleeps', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: new Date(2026, 10, 21, 23) });
  onTestFinished(() => void vi.useRealTimers());
  const observer = new QueryObserver(cache, queries.overview);
  onTestFinished(observer.subscribe(() => undefined));
  follow();
  await live();
  const before = fetched('/admin/overview');
  vi.advanceTimersByTime(59 * 60_000);
  expect(fetched('/admin/overview')).toBe(before);
  vi.setSystemTime(new Date(2026, 10, 22, 9));
  vi.advanceTimersByTime(60_000);
  await soon(() => expect(fetched('/admin/overview')).toBe(before + 1));
  const asked = server.calls.findLast(({ path }) => path === '/admin/overview');
  expect(asked?.query.get('since')).toBe(String(new Date(2026, 10, 22).getTime()));
});

test('a lost stream says so and comes back', async () => {
  follow();
  await live();
  server.setReachable(false);
  await soon(() => expect(useConnection.getState().state).toBe('lost'));
  expect(useConnection.getState().lostAt).not.toBeNull();
  server.setReachable(true);
  await soon(() => expect(useConnection.getState()).toEqual({ state: 'live', lostAt: null }));
});

test('a page that is not signed in says that', async () => {
  server.on('GET /admin/live', () => failure(401, 'not_signed_in', 'Sign in first.'));
  follow();
  await soon(() => expect(useConnection.getState().state).toBe('signed_out'));
});
