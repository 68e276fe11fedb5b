/** The pages know every sentence of the server that has a code, in the very words that the server has for it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { literal, toldLoss } from '../api/loss';
import { sentenceOf } from '../api/sentence';
import { speak } from '../test/render';
import { en } from '.';

/** The Rust files of a crate, without their tests. */
function sourcesOf(crate: string): string[] {
  const source = join(import.meta.dirname, '..', '..', '..', 'crates', crate, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.rs') && !file.endsWith('_tests.rs'))
    .map((file) => readFileSync(join(source, file), 'utf8').split('#[cfg(test)]\nmod')[0] ?? '');
}

/** `sentence!("code", "Text with {value}."` in everything but tests. */
function told(): Record<string, string> {
  const found = ['gateway', 'store']
    .flatMap(sourcesOf)
    .flatMap((text) => [...text.matchAll(/^(?!\/\/).*sentence!\(\s*"(\w+)",\s*"((?:[^"\\]|\\.)*)"/gm)]);
  return Object.fromEntries(
    found.map(([, code = '', text = '']) => [
      code,
      text
        .replaceAll(/\\(["\\])/g, '$1')
        .replaceAll(/(?<!\{)\{(\w+)\}/g, '{{$1}}')
        .replaceAll('{{ ', '{ ')
        .replaceAll(' }}', ' }'),
    ]),
  );
}

test('each sentence has a code that the pages know, and no code is left over', () => {
  expect(en.sentences).toEqual(told());
});

test('each table of aliases has the words that the server has for it', () => {
  const file = join(import.meta.dirname, '..', '..', '..', 'crates', 'gateway', 'src', 'providers.toml');
  const tables = readFileSync(file, 'utf8').matchAll(
    /\[\[alias_presets\]\]\nid = "(.*)"\nname = "(.*)"\ndescription = "(.*)"/g,
  );
  expect(en.models.preset.known).toEqual(
    Object.fromEntries([...tables].map(([, id, name, description]) => [id, { name, description }])),
  );
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

test('what the parser of the config says is quoted in the language of the page', async () => {
  const words = 'Unclosed table, expected `]`';
  const syntax = { message: `${words}.`, wording: { code: 'config_parser', values: { words } } };
  const place = { line: '2', column: '8', said: syntax.message };
  const refused = {
    message: `The config file has a problem, at line 2, column 8: ${words}.`,
    wording: { code: 'config_unreadable', values: place },
  };
  expect(sentenceOf(syntax)).toBe(syntax.message);
  await speak('zh-CN');
  expect(sentenceOf(syntax)).toBe(`读取时的说明是“${words}”。`);
  expect(sentenceOf(refused)).toBe(`配置文件第 2 行第 8 列有错误，需要先改正：“${words}.”`);
});

test('each loss that the pages know is one that the server tells of, in the same words', () => {
  const sources = ['gateway', 'protocol'].flatMap(sourcesOf).join('\n');
  const isTold = (text: string) => {
    const inRust = text.split(/\{\{\w+\}\}/).map((piece) => literal(piece.replaceAll('"', '\\"')));
    return new RegExp(`"${inRust.join('\\{[^}]*\\}')}"`).test(sources);
  };
  expect(Object.values(en.losses.why).filter((text) => !isTold(text))).toEqual([]);
});

test('a loss is told in the language of the page, and one that is not known by its kind', async () => {
  const cut = { field: 'temperature', kind: 'clamped', why: '1.7 was cut to 1, the end of its range here' };
  const odd = { field: 'x', kind: 'dropped', why: 'is of a newer server' };
  expect(toldLoss(cut)).toEqual({ text: cut.why, original: null });
  expect(toldLoss(odd)).toEqual({ text: odd.why, original: null });
  await speak('zh-CN');
  expect(toldLoss(cut)).toEqual({ text: '1.7 改为 1，即此处范围的边界', original: null });
  expect(toldLoss(odd)).toEqual({ text: '已省略：目标无法表达。', original: odd.why });
  expect(toldLoss({ ...odd, kind: 'of_a_newer_server' })).toEqual({ text: odd.why, original: null });
});
