/** The list of exchanges as it is known: the newest rows in one stretch, and of those below the pages that were looked at. */
import type { ExchangePage } from '../../api/types/ExchangePage';
import type { ExchangeSummary } from '../../api/types/ExchangeSummary';

export interface Log {
  /** The newest rows, an unbroken stretch, newest first. */
  head: readonly ExchangeSummary[];
  /** Where the rows below the head begin; null if there are none. */
  next: string | null;
  /** How many rows are below the head, loaded or not. */
  below: number;
  /** Those of them that were looked at, by their number counted from the head. */
  pages: ReadonlyMap<number, Below>;
  /** How many match the filter, loaded or not. */
  matching: number;
  /** How many there are. */
  total: number;
  /** The rows that were counted when they came in live. */
  counted: ReadonlySet<string>;
}

/** A page of the rows below the head. */
export interface Below {
  rows: readonly ExchangeSummary[];
  /** Where the page after it begins; null at the end. */
  next: string | null;
}

/** Rows of a page below the head. */
export const pageRows = 200;

export function fromPage({ exchanges, next, matching, total }: ExchangePage): Log {
  const known = matching ?? exchanges.length;
  return {
    head: exchanges,
    next,
    below: next === null ? 0 : Math.max(1, known - exchanges.length),
    pages: new Map(),
    matching: known,
    total: total ?? known,
    counted: new Set(),
  };
}

export const lengthOf = ({ head, below }: Log): number => head.length + below;

/** The rows by their place, as far down as one is loaded; what is not loaded is missing. */
export function rowsOf({ head, pages }: Log): readonly (ExchangeSummary | undefined)[] {
  const rows: (ExchangeSummary | undefined)[] = [...head];
  for (const [number, page] of [...pages].sort(([a], [b]) => a - b)) {
    const start = head.length + number * pageRows;
    while (rows.length < start) rows.push(undefined);
    rows.push(...page.rows);
  }
  return rows;
}

/** The first page that is missing between two places of the list, and how it is asked for. */
export function missing(log: Log, first: number, last: number): Wanted | null {
  if (log.next === null) return null;
  const pageAt = (place: number) =>
    Math.floor(Math.max(0, Math.min(log.below - 1, place - log.head.length)) / pageRows);
  if (last < log.head.length) return null;
  for (let page = pageAt(first); page <= pageAt(last); page += 1) {
    if (log.pages.has(page)) continue;
    // Behind a page that is there nothing can be missed or come twice, whatever changed since.
    const cursor = log.pages.get(page - 1)?.next ?? null;
    return cursor === null ? { page, cursor: log.next, skip: page * pageRows } : { page, cursor, skip: 0 };
  }
  return null;
}

export interface Wanted {
  page: number;
  cursor: string;
  /** Rows behind the cursor that are passed over. */
  skip: number;
}

/** Whether `a` stands above `b`. */
function isNewer(a: ExchangeSummary, b: ExchangeSummary): boolean {
  return a.started_at === b.started_at ? a.id > b.id : a.started_at > b.started_at;
}

/** The index of `row`, or of the place where it belongs. */
function placeOf(rows: readonly ExchangeSummary[], row: ExchangeSummary): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = rows[middle];
    if (at !== undefined && isNewer(at, row)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The page below the head that was asked for by its number. */
export function withPage(log: Log, number: number, { exchanges, next }: ExchangePage): Log {
  const pages = new Map(log.pages).set(number, { rows: exchanges, next });
  // The rows below have moved since they were read: they are read again when they are looked at.
  const [following] = pages.get(number + 1)?.rows ?? [];
  const last = exchanges.at(-1);
  if (following && last && !isNewer(last, following)) pages.delete(number + 1);
  const end = number * pageRows + exchanges.length;
  return { ...log, pages, below: next === null ? end : Math.max(log.below, end + 1) };
}

/**
 * The newest rows, read again: what stood below them stays if the two stretches meet, and so does what came in while
 * the answer was on its way.
 */
export function withHead(log: Log, page: ExchangePage): Log {
  const [first] = page.exchanges;
  const last = page.exchanges.at(-1);
  if (first === undefined || last === undefined) return fromPage(page);
  const came = log.head.slice(0, placeOf(log.head, first)).filter(({ id }) => log.counted.has(id));
  const meeting = placeOf(log.head, last);
  const meets = page.next !== null && log.head[meeting]?.id === last.id;
  const older = meets ? log.head.slice(meeting + 1) : [];
  const fresh = page.exchanges.map((row) => {
    const known = log.head[placeOf(log.head, row)];
    return row.state === 'streaming' && known?.id === row.id ? known : row;
  });
  const read = fromPage(page);
  const { next, below, pages } = meets ? log : read;
  return {
    head: [...came, ...fresh, ...older],
    next,
    below,
    pages,
    matching: read.matching + came.length,
    total: read.total + came.length,
    counted: log.counted,
  };
}

/** A row that was opened or changed. `fits`: whether it belongs to this list. */
export function withExchange(log: Log, row: ExchangeSummary, fits: boolean): Log {
  // A row in sight stays, also when it fits no more: it would vanish while it is read.
  const head = replaced(log.head, row);
  if (head) return { ...log, head };
  for (const [number, page] of log.pages) {
    const rows = replaced(page.rows, row);
    if (rows) return { ...log, pages: new Map(log.pages).set(number, { ...page, rows }) };
  }
  const isNew = row.state === 'streaming' && !log.counted.has(row.id);
  const counted = isNew ? new Set(log.counted).add(row.id) : log.counted;
  const total = log.total + (isNew ? 1 : 0);
  const at = placeOf(log.head, row);
  const beyond = at === log.head.length && log.next !== null;
  if (!fits || beyond) return { ...log, counted, total };
  return {
    ...log,
    counted: new Set(counted).add(row.id),
    total,
    matching: log.matching + 1,
    head: log.head.toSpliced(at, 0, row),
  };
}

/** Whether it cannot be told if `row` is counted: it came finished, and nothing was heard of it before. */
export function isUnheard(log: Log, row: ExchangeSummary): boolean {
  return row.state !== 'streaming' && !log.counted.has(row.id) && !has(log, row);
}

/** `rows` with `row` in its place; null if it is not among them. */
function replaced(rows: readonly ExchangeSummary[], row: ExchangeSummary): ExchangeSummary[] | null {
  const at = placeOf(rows, row);
  return rows[at]?.id === row.id ? rows.with(at, row) : null;
}

export function has({ head, pages }: Log, row: ExchangeSummary): boolean {
  const stretches = [head, ...[...pages.values()].map(({ rows }) => rows)];
  return stretches.some((rows) => rows[placeOf(rows, row)]?.id === row.id);
}
