/** The list behind the screen: the newest rows by query, older ones where they are looked at, live ones as they come. */
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { api } from '../../api/client';
import { onExchange } from '../../api/live';
import type { ExchangePage } from '../../api/types/ExchangePage';
import type { ExchangeSummary } from '../../api/types/ExchangeSummary';
import { fits, queryOf } from './filter';
import {
  fromPage,
  has,
  isUnheard,
  type Log,
  missing,
  pageRows,
  withExchange,
  withHead,
  withPage,
} from './log';
import type { Filter } from './search';

const headRows = 200;
/** Rows that come in within this time are drawn together. */
const gatherMs = 60;
/** The rows are counted anew at most this often. */
const countMs = 1000;
/** Pages that follow each other within this time are one wait. */
const restMs = 300;

interface Known extends Log {
  /** The filter that this is the list of. */
  filter: Filter;
  key: string;
}

export interface Exchanges {
  /** Null until the first answer. While another filter is asked for, the list of the old one stays. */
  log: Known | null;
  /** The list of the present filter is not there yet, or older rows are on their way. */
  waiting: boolean;
  error: Error | null;
  retry: () => void;
  /** Tells which places of the list are looked at: rows that are missing there are asked for. */
  see: (first: number, last: number) => void;
  /** New rows that are kept back while the list stands still. */
  held: number;
}

export function useExchanges(filter: Filter, live: boolean): Exchanges {
  const key = JSON.stringify(filter);
  // `since:1h` counts from when it is asked.
  const ask = useCallback(() => queryOf(JSON.parse(key) as Filter, Date.now()), [key]);
  const head = useQuery({
    queryKey: ['exchanges', 'list', key],
    queryFn: ({ signal }) => api.get<ExchangePage>('/admin/exchanges', { ...ask(), limit: headRows }, signal),
    staleTime: 0,
  });
  const [log, setLog] = useState<Known | null>(null);
  const [held, setHeld] = useState<ReadonlySet<string>>(new Set());
  const [moreError, setMoreError] = useState<Error | null>(null);
  /** Rows that came while the first answer of a filter is on its way. */
  const early = useRef<ExchangeSummary[]>([]);
  useEffect(() => {
    early.current = [];
  }, [key]);

  const latest = useRef(log);
  // Before the effects of the table, which asks for more as soon as it has drawn this.
  useLayoutEffect(() => {
    latest.current = log;
  });

  const { data: page, refetch } = head;
  useEffect(() => {
    if (page === undefined) return;
    const came = early.current.splice(0);
    const query = ask();
    setLog((before) => {
      const start = before?.key === key ? withHead(before, page) : fromPage(page);
      return {
        ...came.reduce((all, row) => withExchange(all, row, fits(row, query)), start),
        key,
        filter: JSON.parse(key) as Filter,
      };
    });
    setHeld(new Set());
    setMoreError(null);
  }, [page, key, ask]);

  useEffect(() => {
    let gathered: ExchangeSummary[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let counting: ReturnType<typeof setTimeout> | undefined;
    /** A refused request comes finished, as an old one does that ends: only the server knows how many there are. */
    const count = (rows: readonly ExchangeSummary[]) => {
      const known = latest.current;
      if (!live || known?.key !== key) return;
      const opened = new Set(rows.filter(({ state }) => state === 'streaming').map(({ id }) => id));
      if (!rows.some((row) => !opened.has(row.id) && isUnheard(known, row))) return;
      counting ??= setTimeout(() => {
        counting = undefined;
        void refetch();
      }, countMs);
    };
    const draw = () => {
      timer = undefined;
      const rows = gathered;
      gathered = [];
      const query = ask();
      count(rows);
      if (latest.current?.key !== key) early.current.push(...rows);
      setLog((before) => {
        if (before?.key !== key) return before;
        const drawn = live ? rows : rows.filter((row) => has(before, row));
        return {
          ...drawn.reduce<Log>((all, row) => withExchange(all, row, fits(row, query)), before),
          key,
          filter: JSON.parse(key) as Filter,
        };
      });
      if (!live)
        setHeld((ids) =>
          withNew(
            ids,
            rows.filter((row) => fits(row, query)),
          ),
        );
    };
    const stop = onExchange((row) => {
      gathered.push(row);
      timer ??= setTimeout(draw, gatherMs);
    });
    return () => {
      stop();
      clearTimeout(timer);
      if (gathered.length > 0) draw();
      clearTimeout(counting);
    };
  }, [key, ask, live, refetch]);

  const wasLive = useRef(live);
  useEffect(() => {
    if (live && !wasLive.current) {
      setHeld(new Set());
      void refetch();
    }
    wasLive.current = live;
  }, [live, refetch]);

  const seen = useRef({ first: 0, last: 0 });
  const asked = useRef<string | null>(null);
  const [asking, setAsking] = useState(false);
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(rest.current), []);
  /** One page at a time: where the list has gone on to by then is asked for next, not all that it passed. */
  const load = useCallback(() => {
    const list = latest.current;
    if (list?.key !== key || asked.current === key) return;
    const wanted = missing(list, seen.current.first, seen.current.last);
    if (wanted === null) return;
    const { page: number, cursor, skip } = wanted;
    asked.current = key;
    clearTimeout(rest.current);
    setAsking(true);
    const settle = (problem: Error | null) => {
      if (asked.current === key) asked.current = null;
      rest.current = setTimeout(() => setAsking(false), restMs);
      setMoreError(problem);
    };
    api.get<ExchangePage>('/admin/exchanges', { ...ask(), cursor, skip: skip || null, limit: pageRows }).then(
      (older) => {
        settle(null);
        setLog((before) => {
          if (before?.key !== key) return before;
          // The rows below begin elsewhere by now. A new list, so that what is missing of it is asked for.
          if (before.next !== list.next) return { ...before };
          return { ...withPage(before, number, older), key, filter: before.filter };
        });
      },
      (error: unknown) => settle(error instanceof Error ? error : new Error(String(error))),
    );
  }, [key, ask]);
  useEffect(() => {
    if (log !== null) load();
  }, [log, load]);
  const see = useCallback(
    (first: number, last: number) => {
      seen.current = { first, last };
      load();
    },
    [load],
  );

  return {
    log,
    waiting: asking || (log?.key !== key && head.error === null),
    error: head.error ?? moreError,
    retry: () => {
      setMoreError(null);
      if (head.error) void refetch();
      else load();
    },
    see,
    held: live ? 0 : held.size,
  };
}

/** Only rows that open; changes of old ones are not new. */
function withNew(ids: ReadonlySet<string>, rows: readonly ExchangeSummary[]): ReadonlySet<string> {
  const opened = rows.filter(({ id, state }) => state === 'streaming' && !ids.has(id));
  return opened.length === 0 ? ids : new Set([...ids, ...opened.map(({ id }) => id)]);
}
