/** What the server says to people, in the language of the page where it is known in it. */
import { i18next } from '../i18n';
import { en } from '../locales';
import type { Wording } from './types/Wording';

/** The typed one takes the underscores of a code for something else. */
type Say = (code: string, values: Wording['values']) => string;

/** The server's English stands where the page speaks English, and where nobody has said it in another language. */
export function sentenceOf({ message, wording }: { message: string; wording?: Wording | null }): string {
  if (!wording || i18next.language.startsWith('en') || !(wording.code in en.sentences)) return message;
  const say = i18next.getFixedT(null, 'sentences') as Say;
  return say(wording.code, aside(wording.values));
}

/** A status comes as an English aside (` (401)`). */
function aside(values: Wording['values']): Wording['values'] {
  const { status } = values;
  return status === undefined ? values : { ...values, status: status.replace(/^ \((.*)\)$/, '（$1）') };
}
