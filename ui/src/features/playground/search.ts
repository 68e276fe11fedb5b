/** What the address of the playground holds: what to start with. */
import { present, type RawSearch, text } from '../../search';

export interface PlaygroundSearch {
  model?: string;
  protocol?: string;
  /** A logged exchange to begin from. */
  exchange?: string;
}

export function playgroundSearch(raw: RawSearch): PlaygroundSearch {
  return present({
    model: text(raw['model']),
    protocol: text(raw['protocol']),
    exchange: text(raw['exchange']),
  }) as PlaygroundSearch;
}
