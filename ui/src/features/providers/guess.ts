/** What a person pasted into "Add a provider": a key, an address, or words to look for. */
import type { Preset } from '../../api/types/Preset';

export interface Guess {
  /** The presets that fit, best first; all of them when nothing was typed. */
  presets: Preset[];
  /** The text is a key: of the first preset, or of any where it is `anonymous`. */
  key: string | null;
  /** Nothing in the key says whose it is. */
  anonymous: boolean;
  /** The text is an address, of the first preset if one fits. */
  url: string | null;
}

const hostOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).host : null);

const nothing = { key: null, anonymous: false, url: null };

export function guess(text: string, presets: readonly Preset[]): Guess {
  const typed = text.trim();
  if (/^https?:\/\//i.test(typed)) {
    const host = hostOf(typed);
    return { ...nothing, presets: presets.filter(({ base_url }) => hostOf(base_url) === host), url: typed };
  }
  // The longest prefix says most: "sk-ant-" is more than "sk-".
  const byKey = presets
    .filter(({ key_prefix }) => key_prefix !== null && looksLikeKey(typed) && typed.startsWith(key_prefix))
    .sort((a, b) => (b.key_prefix ?? '').length - (a.key_prefix ?? '').length);
  if (byKey.length > 0) return { ...nothing, presets: byKey, key: typed };
  const words = typed.toLowerCase();
  const found = presets.filter(
    ({ name, base_url }) => name.toLowerCase().includes(words) || base_url.includes(words),
  );
  // Many vendors' keys begin like nothing.
  if (found.length === 0 && looksLikeKey(typed))
    return { ...nothing, presets: [...presets], key: typed, anonymous: true };
  return { ...nothing, presets: found };
}

const looksLikeKey = (text: string): boolean => text.length >= 16 && !/\s/.test(text);

/** `name`, or with a number behind it where there is one of that name already. */
export function freeName(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? name : `${name} ${number}`;
    if (!taken.includes(free)) return free;
  }
}

/** A free id in the form the server takes, made of a name. */
export function freeId(name: string, taken: readonly string[]): string {
  const word =
    name
      .toLowerCase()
      .normalize('NFKD')
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'provider';
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? word : `${word}-${number}`;
    if (!taken.includes(id)) return id;
  }
}
