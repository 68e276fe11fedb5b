/** What the address of the providers screen holds. */
import { present, type RawSearch, text } from '../../search';

export interface ProvidersSearch {
  /** The open provider. */
  id?: string;
  /** `new` opens the dialog that adds one. */
  add?: string;
}

export function providersSearch(raw: RawSearch): ProvidersSearch {
  return present({ id: text(raw['id']), add: text(raw['add']) }) as ProvidersSearch;
}
