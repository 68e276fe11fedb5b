/** The list takes rows at its top and pages at any place, and never shows a row twice. */
import { describe, expect, test } from 'vitest';
import type { ExchangePage } from '../../api/types/ExchangePage';
import { exchange } from '../../test/fake-data';
import {
  fromPage,
  has,
  type Log,
  lengthOf,
  missing,
  pageRows,
  rowsOf,
  withExchange,
  withHead,
  withPage,
} from './log';

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
const ids = (log: Log) => rowsOf(log).map((known) => known?.id);

describe('a live row', () => {
  const log = fromPage(page(0, 10, 'a'));

  test('that is new stands on top and is counted once', () => {
    const one = withExchange(log, fresh(1), true);
    const done = withExchange(one, { ...fresh(1), state: 'done', status: 200 }, true);
    expect(ids(done)).toEqual(['new-1', ...ids(log)]);
    expect(done.head[0]?.status).toBe(200);
    expect([done.matching, done.total]).toEqual([101, 501]);
  });

  test('that does not fit changes only how many there are', () => {
    const after = withExchange(withExchange(log, fresh(1), false), fresh(1), false);
    expect(after.head).toBe(log.head);
    expect([after.matching, after.total]).toEqual([100, 501]);
  });

  test('that comes late goes to its place in time', () => {
    const late = { ...row(5), id: 'late', started_at: row(5).started_at + 10 };
    expect(withExchange(log, late, true).head[5]?.id).toBe('late');
  });

  test('below the loaded rows is left to its page', () => {
    expect(withExchange(log, row(30), true).head).toBe(log.head);
  });

  test('in the list is changed in place, also when it fits no more', () => {
    const changed = withExchange(log, { ...row(4), status: 500 }, false);
    expect(ids(changed)).toEqual(ids(log));
    expect(changed.head[4]?.status).toBe(500);
  });
});

describe('pages below the newest rows', () => {
  const all = (count: number): ExchangePage => ({ ...page(0, 10, 'a'), matching: count, total: count });
  const pageAt = (number: number, next: string | null, length = pageRows) =>
    page(10 + number * pageRows, 10 + number * pageRows + length, next);
  const log = fromPage(all(100_000));

  test('are asked for where one looks, and nowhere else', () => {
    expect(lengthOf(log)).toBe(100_000);
    expect(missing(log, 0, 9)).toBeNull();
    expect(missing(log, 0, 10)).toEqual({ page: 0, cursor: 'a', skip: 0 });
    expect(missing(log, 99_970, 99_999)).toEqual({ page: 499, cursor: 'a', skip: 499 * pageRows });
  });

  test('stand in their place, with nothing above them', () => {
    const far = withPage(log, 300, pageAt(300, 'x'));
    const place = 10 + 300 * pageRows;
    expect(rowsOf(far)[place]?.id).toBe(row(place).id);
    expect(rowsOf(far)[place - 1]).toBeUndefined();
    expect(lengthOf(far)).toBe(100_000);
    expect(missing(far, place, place + 30)).toBeNull();
    expect(missing(far, place - 5, place + 5)).toEqual({ page: 299, cursor: 'a', skip: 299 * pageRows });
  });

  test('go on behind the page above them, whatever came meanwhile', () => {
    const near = withPage(log, 4, pageAt(4, 'x'));
    expect(missing(near, 10 + 5 * pageRows, 40 + 5 * pageRows)).toEqual({ page: 5, cursor: 'x', skip: 0 });
  });

  test('keep their rows in place under a new one', () => {
    const far = withExchange(withPage(log, 300, pageAt(300, 'x')), fresh(1), true);
    const place = 11 + 300 * pageRows;
    expect(rowsOf(far)[place]?.id).toBe(row(place - 1).id);
    expect([lengthOf(far), far.matching]).toEqual([100_001, 100_001]);
    expect(missing(far, place, place + 30)).toBeNull();
  });

  test('that show a row twice are read again', () => {
    const two = withPage(
      withPage(log, 5, pageAt(5, 'y')),
      4,
      page(15 + 4 * pageRows, 15 + 5 * pageRows, 'x'),
    );
    expect([...two.pages.keys()]).toEqual([4]);
    const known = ids(two).filter((id) => id !== undefined);
    expect(new Set(known).size).toBe(known.length);
  });

  test('tell where the list ends', () => {
    expect(lengthOf(withPage(log, 2, pageAt(2, null, 7)))).toBe(10 + 2 * pageRows + 7);
    expect(lengthOf(withPage(fromPage(all(20)), 0, pageAt(0, 'x')))).toBe(10 + pageRows + 1);
  });

  test('have rows that change in place', () => {
    const far = withPage(log, 3, pageAt(3, 'x'));
    const changed = { ...row(10 + 3 * pageRows + 5), status: 418 };
    expect(has(far, changed)).toBe(true);
    expect(rowsOf(withExchange(far, changed, true))[10 + 3 * pageRows + 5]?.status).toBe(418);
  });
});

describe('the newest rows, read again', () => {
  const log = withPage(fromPage(page(3, 10, 'a')), 0, page(10, 20, 'b'));

  test('join the older ones if they meet', () => {
    const joined = withHead(log, page(0, 8, 'c'));
    expect(ids(joined)).toEqual(rows(0, 20).map(({ id }) => id));
    expect(joined.next).toBe('a');
  });

  test('stand alone across a gap', () => {
    const apart = withHead(withPage(fromPage(page(50, 60, 'a')), 0, page(60, 70, 'b')), page(0, 8, 'c'));
    expect(ids(apart)).toEqual(rows(0, 8).map(({ id }) => id));
    expect(apart.next).toBe('c');
  });

  test('keep what came in meanwhile, and what is known better', () => {
    const live = withExchange(withExchange(log, fresh(1), true), { ...row(3), status: 201 }, true);
    const streaming = { ...row(3), state: 'streaming' as const, status: null };
    const read = withHead(live, { ...page(3, 8, 'c'), exchanges: [streaming, ...rows(4, 8)] });
    expect(read.head[0]?.id).toBe('new-1');
    expect(read.head[1]?.status).toBe(201);
  });

  test('are all there is after everything was deleted', () => {
    const empty = withHead(withExchange(log, fresh(1), true), {
      exchanges: [],
      next: null,
      matching: 0,
      total: 0,
    });
    expect(empty.head).toEqual([]);
  });
});

test('a row is found among a hundred thousand', () => {
  const log = fromPage({ exchanges: rows(0, 100_000), next: null, matching: 100_000, total: 100_000 });
  expect([0, 77_777, 99_999].map((index) => has(log, row(index)))).toEqual([true, true, true]);
  expect(has(log, { ...row(77_777), id: 'other' })).toBe(false);
});
