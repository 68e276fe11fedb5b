/** The pages know every sentence of the server that has a code, in the very words that the server has for it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sentenceOf } from '../api/sentence';
import { speak } from '../test/render';
import { en } from '.';

const source = join(import.meta.dirname, '..', '..', '..', 'crates', 'gateway', 'src');

/** `sentence!("code", "Text with {value}."` in everything but tests. */
function told(): Record<string, string> {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.rs'),
  );
  const found = files.flatMap((file) => {
    const [text = ''] = readFileSync(join(source, file), 'utf8').split('#[cfg(test)]\nmod');
    return [...text.matchAll(/^(?!\/\/).*sentence!\(\s*"(\w+)",\s*"((?:[^"\\]|\\.)*)"/gm)];
  });
  return Object.fromEntries(
    found.map(([, code = '', text = '']) => [code, text.replaceAll(/\{(\w+)\}/g, '{{$1}}')]),
  );
}

test('each sentence has a code that the pages know, and no code is left over', () => {
  expect(en.sentences).toEqual(told());
});

test('a sentence is told in the language of the page', async () => {
  const said = {
    message: 'Key refused by Moonshot (401). Replace it.',
    wording: { code: 'key_refused', values: { name: 'Moonshot', status: ' (401)' } },
  };
  expect(sentenceOf(said)).toBe(said.message);
  await speak('zh-CN');
  expect(sentenceOf(said)).toBe('密钥被 Moonshot 拒绝（401）。请更换。');
  expect(sentenceOf({ ...said, wording: { code: 'of_a_newer_server', values: {} } })).toBe(said.message);
  expect(sentenceOf({ message: said.message, wording: null })).toBe(said.message);
});
