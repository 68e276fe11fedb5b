/** The list of exchanges as it is known: an unbroken stretch from the newest row down, grown from both ends. */
import type { ExchangePage } from '../../api/types/ExchangePage';
import type { ExchangeSummary } from '../../api/types/ExchangeSummary';

export interface Log {
  /** Newest first. */
  rows: readonly ExchangeSummary[];
  /** Where the older rows go on; null at the end. */
  next: string | null;
  /** How many match the filter, loaded or not. */
  matching: number;
  /** How many there are. */
  total: number;
  /** The rows that were counted when they came in live. */
  counted: ReadonlySet<string>;
}

export function fromPage({ exchanges, next, matching, total }: ExchangePage): Log {
  return { rows: exchanges, next, matching, total, counted: new Set() };
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

/** The older rows that were asked for. */
export function withPage(log: Log, page: ExchangePage): Log {
  const last = log.rows.at(-1);
  const older = last === undefined ? page.exchanges : page.exchanges.filter((row) => isNewer(last, row));
  return {
    ...log,
    rows: [...log.rows, ...older],
    next: page.next,
    matching: page.matching,
    total: page.total,
  };
}

/**
 * The newest rows, read again: what stood below them stays if the two stretches meet, and so does what came in while
 * the answer was on its way.
 */
export function withHead(log: Log, page: ExchangePage): Log {
  const [first] = page.exchanges;
  const last = page.exchanges.at(-1);
  if (first === undefined || last === undefined) return fromPage(page);
  const came = log.rows.slice(0, placeOf(log.rows, first)).filter(({ id }) => log.counted.has(id));
  const meeting = placeOf(log.rows, last);
  const meets = page.next !== null && log.rows[meeting]?.id === last.id;
  const older = meets ? log.rows.slice(meeting + 1) : [];
  const fresh = page.exchanges.map((row) => {
    const known = log.rows[placeOf(log.rows, row)];
    return row.state === 'streaming' && known?.id === row.id ? known : row;
  });
  return {
    rows: [...came, ...fresh, ...older],
    next: older.length > 0 ? log.next : page.next,
    matching: page.matching + came.length,
    total: page.total + came.length,
    counted: new Set(came.map(({ id }) => id)),
  };
}

/** A row that was opened or changed. `fits`: whether it belongs to this list. */
export function withExchange(log: Log, row: ExchangeSummary, fits: boolean): Log {
  const at = placeOf(log.rows, row);
  const known = log.rows[at]?.id === row.id;
  if (known) {
    const rows = [...log.rows];
    // A row in sight stays, also when it fits no more: it would vanish while it is read.
    rows[at] = row;
    return { ...log, rows };
  }
  const isNew = row.state === 'streaming' && !log.counted.has(row.id);
  const counted = isNew ? new Set(log.counted).add(row.id) : log.counted;
  const total = log.total + (isNew ? 1 : 0);
  const beyond = at === log.rows.length && log.next !== null;
  if (!fits || beyond) return { ...log, counted, total };
  return {
    ...log,
    counted: new Set(counted).add(row.id),
    total,
    matching: log.matching + 1,
    rows: [...log.rows.slice(0, at), row, ...log.rows.slice(at)],
  };
}

export function has(log: Log, row: ExchangeSummary): boolean {
  return log.rows[placeOf(log.rows, row)]?.id === row.id;
}
