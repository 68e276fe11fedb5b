import { expect, test } from 'vitest';
import { needsNoKey } from './provider';

test.each([
  ['http://127.0.0.1:11434', true],
  ['http://localhost:1234/v1', true],
  ['http://[::1]:8000/v1', true],
  ['https://api.openai.com/v1', false],
  ['http://192.168.1.20:8000/v1', false],
  ['https://localhost.example.com', false],
  ['no address', false],
])('without an account, %s needs no key: %s', (base_url, none) => {
  expect(needsNoKey({ base_url, without_credential: true })).toBe(none);
});

test('one with accounts has keys', () => {
  expect(needsNoKey({ base_url: 'http://127.0.0.1:11434', without_credential: false })).toBe(false);
});
