import { expect, test } from 'vitest';
import { sniff } from '../../protocols/media-type';
import { isSound } from '../../protocols/parameters';
import { readSchema, readTools } from './tools';

const schema = { type: 'object', properties: {} };

test('the forms of both protocols and the plain one are the same tool', () => {
  const tool = { name: 'x', description: 'd', schema };
  for (const given of [
    { type: 'function', function: { name: 'x', description: 'd', parameters: schema } },
    { name: 'x', description: 'd', input_schema: schema },
    [{ name: 'x', description: 'd', parameters: schema }],
    [{ name: 'x', description: 'd' }],
  ]) {
    expect(readTools(JSON.stringify(given))).toEqual({ value: [tool], problem: null });
  }
  expect(readTools(' \n')).toEqual({ value: [], problem: null });
});

test.each([
  ['[', { code: 'json' }],
  ['7', { code: 'toolObject', index: 1 }],
  ['[{}]', { code: 'toolObject', index: 1 }],
  ['[{"name":"a"},{"name":"b c"}]', { code: 'toolName', index: 2 }],
  ['[{"name":"a","parameters":[]}]', { code: 'toolSchema', index: 1 }],
  ['[{"name":"a"},{"name":"a"}]', { code: 'toolTwice', name: 'a' }],
])('%s is refused with the place', (text, problem) => {
  expect(readTools(text).problem).toMatchObject(problem);
});

test('a schema is an object', () => {
  expect(readSchema('{"type":"object"}').value).toEqual({ type: 'object' });
  expect(readSchema('[]').problem).toEqual({ code: 'schemaObject' });
  expect(readSchema('').problem).toMatchObject({ code: 'json' });
});

test.each([
  ['maxTokens', '1.5', false],
  ['maxTokens', '0', false],
  ['maxTokens', '4096', true],
  ['temperature', 'warm', false],
  ['temperature', '2', true],
  ['topP', '1.1', false],
  ['topP', ' ', true],
] as const)('%s %s is sound: %s', (field, text, sound) => {
  expect(isSound(field, text)).toBe(sound);
});

test('a picture is known by its first bytes', () => {
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
  expect(sniff(bytes('\u0089PNG\r\n'))).toBe('image/png');
  expect(sniff(bytes('\u00ff\u00d8\u00ff\u00e0'))).toBe('image/jpeg');
  expect(sniff(bytes('GIF89a'))).toBe('image/gif');
  expect(sniff(bytes('RIFF\u0000\u0000\u0000\u0000WEBP'))).toBe('image/webp');
  expect(sniff(bytes('RIFF\u0000\u0000\u0000\u0000WAVE'))).toBeNull();
  expect(sniff(bytes(''))).toBeNull();
});
