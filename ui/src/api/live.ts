/**
 * One stream of what happens, into the query cache.
 *
 * The stream is opened first and everything on screen that Patchbay knows itself is fetched again while its events wait;
 * so nothing that happens between the two is lost. A stream that ends is opened again, with growing pauses.
 */
import type { QueryClient } from '@tanstack/react-query';
import { create } from 'zustand';
import { ApiFailure, request } from './client';
import { followDays } from './day';
import { asksOthers, configKeys, queries } from './queries';
import { readEvents } from './sse';
import type { ExchangeSummary } from './types/ExchangeSummary';
import type { LiveEvent } from './types/LiveEvent';

interface Connection {
  state: 'connecting' | 'live' | 'lost' | 'signed_out';
  /** Since when nothing was heard, in unix milliseconds. */
  lostAt: number | null;
}

export const useConnection = create<Connection>()(() => ({ state: 'connecting', lostAt: null }));

type Listener = (exchange: ExchangeSummary) => void;
const listeners = new Set<Listener>();

/** Hears every row that is opened or changed, until the returned function is called. */
export function onExchange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const pauses = [300, 600, 1200, 2500, 5000];
/** The overview counts what was listed, so it is read again, but not for every row. */
const overviewPause = 1000;

/** Follows the stream, and the days, until the returned function is called. */
export function followLive(cache: QueryClient): () => void {
  const stop = new AbortController();
  void follow(cache, stop.signal);
  const stopDays = followDays(cache);
  return () => {
    stop.abort();
    stopDays();
  };
}

async function follow(cache: QueryClient, signal: AbortSignal): Promise<void> {
  const apply = applier(cache, signal);
  let failures = 0;
  while (!signal.aborted) {
    try {
      // oxlint-disable-next-line eslint/no-await-in-loop
      await listen(cache, signal, apply, () => {
        failures = 0;
      });
      lose('lost');
      settleStop(cache);
    } catch (error) {
      if (signal.aborted) return;
      lose(error instanceof ApiFailure && error.status === 401 ? 'signed_out' : 'lost');
      settleStop(cache);
    }
    // oxlint-disable-next-line eslint/no-await-in-loop
    await pause(pauses[Math.min(failures, pauses.length - 1)] ?? 0, signal);
    failures += 1;
  }
}

async function listen(
  cache: QueryClient,
  signal: AbortSignal,
  apply: (event: LiveEvent) => void,
  opened: () => void,
): Promise<void> {
  const response = await request('/admin/live', { signal, headers: { accept: 'text/event-stream' } });
  opened();
  let waiting: LiveEvent[] | null = [];
  let ended = false;
  void cache.invalidateQueries({ predicate: asksOthers });
  void cache.invalidateQueries({ predicate: (query) => !asksOthers(query) }).then(() => {
    // The next stream catches up for itself.
    if (ended) return;
    for (const event of waiting ?? []) apply(event);
    waiting = null;
    useConnection.setState({ state: 'live', lostAt: null });
  });
  try {
    await readEvents(response, ({ data }) => {
      const event = JSON.parse(data) as LiveEvent;
      if (waiting) waiting.push(event);
      else apply(event);
    });
  } finally {
    ended = true;
  }
}

function applier(cache: QueryClient, signal: AbortSignal): (event: LiveEvent) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer));
  const refetch = (key: string) => void cache.invalidateQueries({ queryKey: [key] });
  return (event) => {
    switch (event.kind) {
      case 'status':
        cache.setQueryData(queries.status.queryKey, event.status);
        return;
      case 'exchange':
        for (const listener of listeners) listener(event.exchange);
        refetchIfDone(cache, event.exchange);
        // A login may have ended with it.
        if (event.exchange.error?.kind === 'authentication') refetch('providers');
        timer ??= setTimeout(() => {
          timer = undefined;
          refetch('overview');
        }, overviewPause);
        return;
      case 'config_changed':
        for (const key of configKeys) refetch(key);
        return;
      case 'exchanges_deleted':
        for (const key of ['exchanges', 'exchange', 'overview', 'settings']) refetch(key);
        return;
      case 'missed':
        void cache.invalidateQueries();
    }
  };
}

function refetchIfDone(cache: QueryClient, { id, state }: ExchangeSummary): void {
  if (state !== 'streaming') void cache.invalidateQueries({ queryKey: queries.exchange(id).queryKey });
}

function lose(state: 'lost' | 'signed_out'): void {
  useConnection.setState(({ lostAt }) => ({ state, lostAt: lostAt ?? Date.now() }));
}

/** The last that was heard was "stopping": the end of the stream is the stop itself. */
function settleStop(cache: QueryClient): void {
  cache.setQueryData(queries.status.queryKey, (status) =>
    status?.server.state === 'stopping' ? { ...status, server: { state: 'stopped' as const } } : status,
  );
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
