/** What the server says of a loss, in the language of the page where it is known in it. */
import { i18next } from '../i18n';
import { en } from '../locales';
import type { LossRow } from './types/LossRow';

type Why = keyof typeof en.losses.why;
type Kind = keyof typeof en.losses.kind;
type Say = (key: string, values?: Record<string, string>) => string;

/** A row of the log keeps no code, only the server's English: each text is found by its own words. */
const texts = Object.entries(en.losses.why).map(([code, text]) => ({
  code: code as Why,
  names: [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name),
  pattern: new RegExp(
    `^${text
      .split(/\{\{\w+\}\}/)
      .map(literal)
      .join('([^ "]+)')}$`,
  ),
}));

/** A text as the pattern that finds just it. */
export function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

export const lossKinds = Object.keys(en.losses.kind) as Kind[];

/** `original`: the server's English, where the page can say no more than the kind of the loss. */
export function toldLoss({ kind, why }: LossRow): { text: string; original: string | null } {
  if (i18next.language.startsWith('en')) return { text: why, original: null };
  const say = i18next.getFixedT(null, 'losses') as Say;
  for (const { code, names, pattern } of texts) {
    const found = pattern.exec(why);
    if (found) {
      const values = Object.fromEntries(names.map((name, at) => [name, found[at + 1] ?? '']));
      return { text: say(`why.${code}`, values), original: null };
    }
  }
  const known = lossKinds.find((one) => one === kind);
  return known ? { text: say(`kind.${known}`), original: why } : { text: why, original: null };
}
