/** Both languages have the same keys, the same placeholders and no empty text. */
import { expect, test } from 'vitest';
import { en, zhCN } from '.';

type Strings = { [key: string]: string | Strings };

/** `path -> its placeholders`, sorted; plural suffixes stay part of the path. */
function shape(strings: Strings, path = ''): [string, string][] {
  return Object.entries(strings)
    .flatMap(([key, value]): [string, string][] => {
      const here = path ? `${path}.${key}` : key;
      if (typeof value !== 'string') return shape(value, here);
      return [[here, (value.match(/\{\{[^}]+\}\}|<\/?\w+>/g) ?? []).toSorted().join(' ')]];
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function texts(strings: Strings): string[] {
  return Object.values(strings).flatMap((value) => (typeof value === 'string' ? [value] : texts(value)));
}

test('Chinese has the keys and placeholders of English', () => {
  expect(shape(zhCN)).toEqual(shape(en));
});

test.each([
  ['English', en],
  ['Chinese', zhCN],
])('%s texts follow the rules of words', (_name, strings) => {
  for (const text of texts(strings)) {
    expect(text.trim()).not.toBe('');
    expect(text).not.toMatch(/!|！|\b(please|sorry|oops|successfully)\b|您/i);
  }
});

test('Chinese has a space between Chinese and Latin or digits, and full-width punctuation', () => {
  for (const text of texts(zhCN)) {
    const plain = text.replaceAll(/\{\{[^}]+\}\}|<[^>]+>|`[^`]*`/g, ' ');
    expect(plain).not.toMatch(/\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han}/u);
    expect(plain).not.toMatch(/\p{Script=Han}[,;:?]/u);
  }
});
