/** JSON that is drawn for people says what it said before. */
import { expect, test } from 'vitest';
import { indented } from './json';

test.each([
  '{"a":[1,{"b":null}],"c":{}}',
  ' {\n"a" :\t[ ] , "b": { } }\r\n',
  '[[],[{}],"",0,true]',
  String.raw`{"quotes":"\"","slash":"\\","both":"\\\"","line":"a\nb","brackets":"{[:,]}"}`,
  '"text"',
  '-1',
])('%s is drawn as an object would be', (text) => {
  expect(indented(text)).toBe(JSON.stringify(JSON.parse(text), null, 2));
});

test('numbers, keys and their order stay as they were written', () => {
  expect(indented('{"id":9007199254740993,"t":1.0,"e":1E2,"2":-0,"1":0,"id":0.10}')).toBe(
    '{\n  "id": 9007199254740993,\n  "t": 1.0,\n  "e": 1E2,\n  "2": -0,\n  "1": 0,\n  "id": 0.10\n}',
  );
});

test('letters that were written as numbers are letters', () => {
  expect(indented(String.raw`["\u4f60\u597d","\/","\ud800","\u0007"]`)).toBe(
    '[\n  "你好",\n  "/",\n  "\\ud800",\n  "\\u0007"\n]',
  );
});

test.each(['', '{"a":', '{"a":1,}', "{'a':1}", 'one'])('%j is no JSON', (text) => {
  expect(indented(text)).toBeNull();
});

test('a string of megabytes is one word', () => {
  const long = `["${String.raw`\"\\`.repeat(500_000)}"]`;
  expect(indented(long)).toBe(JSON.stringify(JSON.parse(long), null, 2));
});
