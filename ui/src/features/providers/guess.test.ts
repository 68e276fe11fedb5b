import { describe, expect, test } from 'vitest';
import { presets } from '../../test/fake-data';
import { freeId, guess } from './guess';

const names = (text: string) => guess(text, presets).presets.map(({ id }) => id);

describe('what was pasted', () => {
  test('a key is recognised by its longest prefix', () => {
    const found = guess(' sk-ant-api03-abcdefghijkl ', presets);
    expect(found.key).toBe('sk-ant-api03-abcdefghijkl');
    expect(found.presets[0]?.id).toBe('anthropic');
    expect(guess('sk-proj-abcdefghijkl', presets).presets[0]?.id).toBe('openai');
  });

  test('an address finds the provider at that host, and is kept when there is none', () => {
    expect(names('https://api.groq.com/openai/v1')).toEqual(['groq']);
    expect(guess('http://10.0.0.2:9000/v1', presets)).toEqual({
      presets: [],
      key: null,
      anonymous: false,
      url: 'http://10.0.0.2:9000/v1',
    });
  });

  test('words look in names; nothing typed shows all', () => {
    expect(names('studio')).toEqual(['lm-studio']);
    expect(names('')).toHaveLength(presets.length);
    expect(guess('sk-', presets).key).toBeNull();
  });

  test('a key that begins like nobody’s is a key all the same, of any of them', () => {
    const key = '4f9c2a7b1e4f9c2a7b1e';
    expect(guess(key, presets)).toEqual({ presets, key, anonymous: true, url: null });
    expect(guess('no such provider', presets)).toMatchObject({ presets: [], key: null });
  });
});

test('an id is lower-case words and free', () => {
  expect(freeId('LM Studio', [])).toBe('lm-studio');
  expect(freeId('OpenAI', ['openai', 'openai-2'])).toBe('openai-3');
  expect(freeId('零一万物', [])).toBe('provider');
});
