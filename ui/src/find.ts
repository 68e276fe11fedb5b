/** Finding a name among thousands: how many are drawn at once, and which fit what was typed. */

/** More rows than these are slow to draw, and nobody reads them. */
export const drawn = 200;

/** Every word is in the name, whatever stands between its letters: `gpt4 mini` finds `gpt-4o-mini`. */
export function fits(name: string, typed: string): boolean {
  const letters = plain(name);
  return typed.split(/\s+/).every((word) => letters.includes(plain(word)));
}

const plain = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}*]/gu, '');
