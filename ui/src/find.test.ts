import { expect, test } from 'vitest';
import { fits } from './find';

test.each([
  ['openai/gpt-4o-mini', 'gpt4', true],
  ['openai/gpt-4o-mini', 'mini OpenAI', true],
  ['openai/gpt-4o-mini', 'gpt 5', false],
  ['claude-haiku-*', 'haiku-*', true],
  ['anything', '  ', true],
])('%s, typed %s: %s', (name, typed, found) => {
  expect(fits(name, typed)).toBe(found);
});
