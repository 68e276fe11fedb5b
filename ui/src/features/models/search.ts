/** What the address of the models screen holds: the dry run. */
import { present, type RawSearch, text } from '../../search';

export interface ModelsSearch {
  model?: string;
  protocol?: string;
}

export function modelsSearch(raw: RawSearch): ModelsSearch {
  return present({ model: text(raw['model']), protocol: text(raw['protocol']) }) as ModelsSearch;
}
