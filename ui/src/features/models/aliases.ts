/** The alias table as a value: what editing, removing, moving and importing make of it. */
import type { Alias } from '../../api/types/Alias';
import type { AliasPreset } from '../../api/types/AliasPreset';

/** `alias` in the place of `name`, or at the end when there is none of that name. */
export function put(aliases: readonly Alias[], name: string | null, alias: Alias): Alias[] {
  return aliases.some((other) => other.name === name)
    ? aliases.map((other) => (other.name === name ? alias : other))
    : [...aliases, alias];
}

export const without = (aliases: readonly Alias[], name: string): Alias[] =>
  aliases.filter((alias) => alias.name !== name);

/** `name` as it was in the table `before`, below those that stood above it; not if another has that name by now. */
export function restored(aliases: readonly Alias[], before: readonly Alias[], name: string): Alias[] {
  const at = before.findIndex((alias) => alias.name === name);
  const alias = before[at];
  if (!alias || aliases.some((other) => other.name === name)) return [...aliases];
  const above = new Set(before.slice(0, at).map((other) => other.name));
  return aliases.toSpliced(aliases.findLastIndex((other) => above.has(other.name)) + 1, 0, alias);
}

/** The alias at `from` stands at `to` afterwards; places outside the table are its ends. */
export function moved(aliases: readonly Alias[], from: number, to: number): Alias[] {
  const copy = [...aliases];
  const [alias] = copy.splice(from, 1);
  if (alias) copy.splice(Math.max(0, Math.min(copy.length, to)), 0, alias);
  return copy;
}

/** A preset's rules, served by `provider`, which calls some models otherwise; names that exist keep their targets. */
export function imported(
  aliases: readonly Alias[],
  preset: AliasPreset,
  provider: string,
  called: (model: string) => string = (model) => model,
): Alias[] {
  const known = new Set(aliases.map(({ name }) => name));
  const added = preset.aliases
    .filter(({ name }) => !known.has(name))
    .map(({ name, targets }) => ({ name, targets: targets.map((model) => `${provider}/${called(model)}`) }));
  return [...aliases, ...added];
}

/** What providers write in their own ways: the maker before the name, dots or dashes, the date of a version. */
const nameOf = (id: string): string =>
  id
    .toLowerCase()
    .replace(/^.*\//, '')
    .replaceAll('.', '-')
    .replace(/-(\d{8}|latest|0)$/, '');

/** What a provider that lists `ids` calls `model`; undefined where it lists none of that name. */
export function calledBy(ids: readonly string[], model: string): string | undefined {
  if (ids.includes(model)) return model;
  const same = ids.filter((id) => nameOf(id) === nameOf(model));
  // The one without a date, where there is one.
  return same.toSorted((a, b) => a.length - b.length)[0];
}

/** The provider a target names. */
export const providerOf = (target: string): string => target.split('/', 1)[0] ?? '';
