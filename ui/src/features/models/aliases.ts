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

/** The alias at `from` stands at `to` afterwards; places outside the table are its ends. */
export function moved(aliases: readonly Alias[], from: number, to: number): Alias[] {
  const copy = [...aliases];
  const [alias] = copy.splice(from, 1);
  if (alias) copy.splice(Math.max(0, Math.min(copy.length, to)), 0, alias);
  return copy;
}

/** A preset's rules, served by `provider`; names that exist already keep their targets. */
export function imported(aliases: readonly Alias[], preset: AliasPreset, provider: string): Alias[] {
  const known = new Set(aliases.map(({ name }) => name));
  const added = preset.aliases
    .filter(({ name }) => !known.has(name))
    .map(({ name, targets }) => ({ name, targets: targets.map((model) => `${provider}/${model}`) }));
  return [...aliases, ...added];
}

/** The provider a target names. */
export const providerOf = (target: string): string => target.split('/', 1)[0] ?? '';
