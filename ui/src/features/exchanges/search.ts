/** What the address of the requests screen holds: the filter, the open row, and how it is looked at. */
import { present, type RawSearch, text } from '../../search';
import { isSensible } from './filter';

/** What is seen of an exchange: the four messages in the order the bytes travel, then what was made of them. */
export const views = [
  'client-request',
  'upstream-request',
  'upstream-response',
  'client-response',
  'events',
  'losses',
  'timing',
] as const;
export type View = (typeof views)[number];

export const forms = ['pretty', 'raw', 'headers', 'diff'] as const;
export type Form = (typeof forms)[number];

export interface Filter {
  text?: string;
  client?: string;
  provider?: string;
  model?: string;
  protocol?: string;
  /** `ok`, `error`, or a status code. */
  status?: string;
  losses?: boolean;
  /** `30m`, `2h`, `7d`, `today`, `09:00` or `2026-11-20`. */
  since?: string;
}

export interface ExchangesSearch extends Filter {
  /** The open row. */
  id?: string;
  view?: View;
  form?: Form;
}

export function exchangesSearch(raw: RawSearch): ExchangesSearch {
  return present({
    id: text(raw['id']),
    view: views.find((view) => view === raw['view']),
    form: forms.find((form) => form === raw['form']),
    ...filterOf(raw),
  }) as ExchangesSearch;
}

/** Only what the server can be asked. */
function sensible(name: 'status' | 'since', value: unknown): string | undefined {
  const word = text(value);
  return word !== undefined && isSensible(name, word) ? word : undefined;
}

/** The filter's part of an address. */
export function filterOf(raw: RawSearch | ExchangesSearch): Filter {
  const entries: RawSearch = { ...raw };
  return present({
    text: text(entries['text']),
    client: text(entries['client']),
    provider: text(entries['provider']),
    model: text(entries['model']),
    protocol: text(entries['protocol']),
    status: sensible('status', entries['status']),
    losses: typeof entries['losses'] === 'boolean' ? entries['losses'] : undefined,
    since: sensible('since', entries['since']),
  }) as Filter;
}
