/** What the address of the requests screen holds: the filter and the open row. */
import { present, type RawSearch, text } from '../../search';

export interface ExchangesSearch {
  /** The open row. */
  id?: string;
  text?: string;
  client?: string;
  provider?: string;
  model?: string;
  protocol?: string;
  /** `ok`, `error`, or a status code. */
  status?: string;
}

export function exchangesSearch(raw: RawSearch): ExchangesSearch {
  return present({
    id: text(raw['id']),
    text: text(raw['text']),
    client: text(raw['client']),
    provider: text(raw['provider']),
    model: text(raw['model']),
    protocol: text(raw['protocol']),
    status: text(raw['status']),
  }) as ExchangesSearch;
}
