/** The list grows from both ends and never breaks. */
import { describe, expect, test } from 'vitest';
import type { ExchangePage } from '../../api/types/ExchangePage';
import { exchange } from '../../test/fake-data';
import { fromPage, has, type Log, withExchange, withHead, withPage } from './log';

const now = Date.UTC(2026, 10, 21, 12);
const row = (index: number) => exchange(index, now);
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => row(from + index));
const page = (from: number, to: number, next: string | null): ExchangePage => ({
  exchanges: rows(from, to),
  next,
  matching: 100,
  total: 500,
});
const fresh = (secondsLater: number) => ({
  ...row(0),
  id: `new-${secondsLater}`,
  started_at: now + secondsLater * 1000,
});
const ids = (log: Log) => log.rows.map(({ id }) => id);

describe('a live row', () => {
  const log = fromPage(page(0, 10, 'a'));

  test('that is new stands on top and is counted once', () => {
    const one = withExchange(log, fresh(1), true);
    const done = withExchange(one, { ...fresh(1), state: 'done', status: 200 }, true);
    expect(ids(done)).toEqual(['new-1', ...ids(log)]);
    expect(done.rows[0]?.status).toBe(200);
    expect([done.matching, done.total]).toEqual([101, 501]);
  });

  test('that does not fit changes only how many there are', () => {
    const after = withExchange(withExchange(log, fresh(1), false), fresh(1), false);
    expect(after.rows).toBe(log.rows);
    expect([after.matching, after.total]).toEqual([100, 501]);
  });

  test('that comes late goes to its place in time', () => {
    const late = { ...row(5), id: 'late', started_at: row(5).started_at + 10 };
    expect(withExchange(log, late, true).rows[5]?.id).toBe('late');
  });

  test('below the loaded rows is left to its page', () => {
    expect(withExchange(log, row(30), true).rows).toBe(log.rows);
  });

  test('in the list is changed in place, also when it fits no more', () => {
    const changed = withExchange(log, { ...row(4), status: 500 }, false);
    expect(ids(changed)).toEqual(ids(log));
    expect(changed.rows[4]?.status).toBe(500);
  });
});

test('a page goes below, without what is there already', () => {
  const log = withPage(fromPage(page(0, 10, 'a')), page(8, 20, 'b'));
  expect(ids(log)).toEqual(rows(0, 20).map(({ id }) => id));
  expect(log.next).toBe('b');
});

describe('the newest rows, read again', () => {
  const log = withPage(fromPage(page(3, 10, 'a')), page(10, 20, 'b'));

  test('join the older ones if they meet', () => {
    const joined = withHead(log, page(0, 8, 'c'));
    expect(ids(joined)).toEqual(rows(0, 20).map(({ id }) => id));
    expect(joined.next).toBe('b');
  });

  test('stand alone across a gap', () => {
    const apart = withHead(withPage(fromPage(page(50, 60, 'a')), page(60, 70, 'b')), page(0, 8, 'c'));
    expect(ids(apart)).toEqual(rows(0, 8).map(({ id }) => id));
    expect(apart.next).toBe('c');
  });

  test('keep what came in meanwhile, and what is known better', () => {
    const live = withExchange(withExchange(log, fresh(1), true), { ...row(3), status: 201 }, true);
    const streaming = { ...row(3), state: 'streaming' as const, status: null };
    const read = withHead(live, { ...page(3, 8, 'c'), exchanges: [streaming, ...rows(4, 8)] });
    expect(read.rows[0]?.id).toBe('new-1');
    expect(read.rows[1]?.status).toBe(201);
  });

  test('are all there is after everything was deleted', () => {
    const empty = withHead(withExchange(log, fresh(1), true), {
      exchanges: [],
      next: null,
      matching: 0,
      total: 0,
    });
    expect(empty.rows).toEqual([]);
  });
});

test('a row is found among a hundred thousand', () => {
  const log = fromPage({ exchanges: rows(0, 100_000), next: null, matching: 100_000, total: 100_000 });
  expect([0, 77_777, 99_999].map((index) => has(log, row(index)))).toEqual([true, true, true]);
  expect(has(log, { ...row(77_777), id: 'other' })).toBe(false);
});
