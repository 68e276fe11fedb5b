import { expect, test } from 'vitest';
import { blocksOf, fenced } from './blocks';

test('paragraphs, headings and code are apart; what belongs together is not', () => {
  expect(blocksOf('# A\n\nb\nc\n\n```js\nd\n\ne\n```\n\nf')).toEqual([
    '# A',
    'b\nc',
    '```js\nd\n\ne\n```',
    'f',
  ]);
  const list = '1. one\n\n2. two\n\n   more';
  expect(blocksOf(`a\n\n${list}\n\nb`)).toEqual([`a\n\n${list}`, 'b']);
});

test('a link defined at the end keeps all in one', () => {
  const text = '[a]\n\nb\n\n[a]: https://example.org';
  expect(blocksOf(text)).toEqual([text]);
});

test('a growing text changes its last block only', () => {
  const text = 'a\n\n```\nb\n\nc\n```\n\nd\n\n- e\n- f\n\ng';
  let before: string[] = [];
  for (let end = 1; end <= text.length; end += 1) {
    const now = blocksOf(text.slice(0, end));
    expect(now.slice(0, Math.max(0, before.length - 1))).toEqual(before.slice(0, -1));
    before = now;
  }
  expect(before.at(-1)).toBe('g');
});

test('an unclosed fence is one block', () => {
  expect(blocksOf('~~~\na\n\nb\n```\n\nc')).toEqual(['~~~\na\n\nb\n```\n\nc']);
});

test('an answer that is JSON is code, text is not', () => {
  expect(fenced('{"a":[1]}', false)).toBe('```json\n{\n  "a": [\n    1\n  ]\n}\n```');
  expect(fenced('{"id":9007199254740993}', false)).toBe('```json\n{\n  "id": 9007199254740993\n}\n```');
  expect(fenced('{"a":[1', true)).toBe('```json\n{"a":[1');
  expect(fenced('{"a":[1', false)).toBe('{"a":[1');
  for (const text of ['[link](https://example.org)', '{x} is a set', 'a {"b":1}']) {
    expect(fenced(text, true)).toBe(text);
    expect(fenced(text, false)).toBe(text);
  }
});
