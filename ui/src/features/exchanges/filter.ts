/** The filter as people write it (`client:Zed status:error text`), as the server is asked, and applied to a live row. */
import type { Query } from '../../api/client';
import type { ExchangeSummary } from '../../api/types/ExchangeSummary';
import type { Filter } from './search';

/** The names before the colon, in the order chips stand. */
export const tokenNames = ['client', 'provider', 'model', 'protocol', 'status', 'losses', 'since'] as const;
export type TokenName = (typeof tokenNames)[number];

export interface Token {
  name: TokenName;
  value: string;
}

/** Names as written somewhere, so that `client:zed` finds Zed. */
export type KnownNames = Partial<Record<TokenName, readonly string[]>>;

const word = /(?:[a-z]+:)?"[^"]*"?|\S+/gi;
const tokenForm = /^([a-z]+):(.*)$/is;

export interface Written {
  tokens: Token[];
  /** What is no token, one space between words. */
  text: string;
}

/** Takes the tokens out of what was written. A token whose value makes no sense stays text. */
export function readFilter(written: string, known: KnownNames = {}): Written {
  const tokens: Token[] = [];
  const rest: string[] = [];
  for (const [part] of written.matchAll(word)) {
    const token = tokenOf(part, known);
    if (token) tokens.push(token);
    else rest.push(part);
  }
  return { tokens, text: rest.join(' ') };
}

function tokenOf(part: string, known: KnownNames): Token | null {
  const [, before = '', after = ''] = tokenForm.exec(part) ?? [];
  const name = tokenNames.find((candidate) => candidate === before.toLowerCase());
  const value = after.replaceAll('"', '').trim();
  if (name === undefined || value === '' || !isSensible(name, value)) return null;
  const same = known[name]?.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
  return { name, value: same ?? (name === 'status' || name === 'losses' ? value.toLowerCase() : value) };
}

/** Whether a value says something for its name. */
export function isSensible(name: TokenName, value: string): boolean {
  switch (name) {
    case 'status':
      return /^(ok|error|[1-5]\d\d)$/i.test(value);
    case 'losses':
      return /^(yes|no)$/i.test(value);
    case 'since':
      return sinceOf(value, 0) !== null;
    default:
      return true;
  }
}

/** The first word that looks like a token and is none: its name is known and its value makes no sense. */
export function misread(text: string | undefined): TokenName | null {
  for (const [part] of (text ?? '').matchAll(word)) {
    const name = tokenForm.exec(part)?.[1]?.toLowerCase();
    const found = tokenNames.find((candidate) => candidate === name);
    if (found) return found;
  }
  return null;
}

export function tokensOf(filter: Filter): Token[] {
  return tokenNames.flatMap((name) => {
    const value = filter[name];
    if (value === undefined) return [];
    return [{ name, value: typeof value === 'boolean' ? (value ? 'yes' : 'no') : value }];
  });
}

/** `filter` with these tokens set; one value a name, the last one wins. */
export function withTokens(filter: Filter, tokens: readonly Token[]): Filter {
  let next = filter;
  for (const { name, value } of tokens) {
    next = { ...next, [name]: name === 'losses' ? value === 'yes' : value };
  }
  return next;
}

export function without(filter: Filter, name: keyof Filter): Filter {
  return Object.fromEntries(Object.entries(filter).filter(([key]) => key !== name)) as Filter;
}

export function isEmpty(filter: Filter): boolean {
  return Object.values(filter).every((value) => value === undefined || value === '');
}

const unit: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The moment a `since` word means, in unix milliseconds; null if it means none. */
export function sinceOf(written: string, now: number): number | null {
  const value = written.toLowerCase();
  if (value === 'today') return new Date(now).setHours(0, 0, 0, 0);
  const back = /^(\d{1,4})([mhd])$/.exec(value);
  if (back) return now - Number(back[1]) * (unit[back[2] ?? ''] ?? 0);
  const clock = /^(\d{1,2}):(\d{2})$/.exec(value);
  if (clock) {
    const [hour, minute] = [Number(clock[1]), Number(clock[2])];
    return hour < 24 && minute < 60 ? new Date(now).setHours(hour, minute, 0, 0) : null;
  }
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!day) return null;
  const date = new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3]));
  return Number.isNaN(date.getTime()) ? null : date.getTime();
}

/** What the server is asked; `since` counts from `now`. */
export function queryOf({ since, ...filter }: Filter, now: number): Query {
  return { ...filter, since: since === undefined ? undefined : sinceOf(since, now) };
}

/** Whether a row that comes in live belongs to the list of `query`, as the server would decide. */
export function fits(row: ExchangeSummary, query: Query): boolean {
  const equal = (name: TokenName, ...values: (string | null)[]) =>
    query[name] === undefined || values.includes(String(query[name]));
  const since = query['since'];
  return (
    equal('client', row.client) &&
    equal('provider', row.provider) &&
    equal('model', row.requested_model, row.upstream_model) &&
    equal('protocol', row.client_protocol, row.upstream_protocol) &&
    hasStatus(row, query['status']) &&
    (query['losses'] === undefined || query['losses'] === row.losses > 0) &&
    (typeof since !== 'number' || row.started_at >= since) &&
    hasText(row, query['text'])
  );
}

function hasStatus({ state, status }: ExchangeSummary, wanted: Query[string]): boolean {
  if (wanted === undefined) return true;
  const failed = state === 'failed' || (status ?? 0) >= 400;
  if (wanted === 'error') return failed;
  if (wanted === 'ok') return !failed && state === 'done';
  return String(status) === wanted;
}

function hasText(row: ExchangeSummary, wanted: Query[string]): boolean {
  if (wanted === undefined || wanted === null) return true;
  return [
    row.id,
    row.client,
    row.path,
    row.requested_model,
    row.upstream_model,
    row.provider,
    row.account,
    row.error?.message,
  ].some((value) => value?.toLowerCase().includes(String(wanted).toLowerCase()));
}
