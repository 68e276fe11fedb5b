/** No colour outside the tokens: greps every source file for raw palette classes and literal colours. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const palette =
  /\b(?:bg|text|border|ring|fill|stroke|from|to|via|outline|decoration|divide|accent|caret|shadow)-(?:slate|gray|zinc|neutral|stone|red|orange|amber|yellow|lime|green|emerald|teal|cyan|sky|blue|indigo|violet|purple|fuchsia|pink|rose|black|white)\b/;
const arbitrary = /-\[(?:#|rgb|hsl|oklch|oklab|color-mix|color:)/;
const literal = /(?<![&\w/])#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})\b|\b(?:rgba?|hsla?|oklch)\(/i;

const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(tsx?|css)$/.test(file))
  .filter((file) => !/\.test\.tsx?$/.test(file) && !/^(tokens\.css|api\/types\/|test\/)/.test(file));

function offences(pattern: RegExp): string[] {
  return sources.flatMap((file) =>
    readFileSync(join(import.meta.dirname, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}

test.each([
  ['palette class', palette, 'bg-slate-100'],
  ['arbitrary colour', arbitrary, 'text-[#fff]'],
  ['literal colour', literal, 'color: #ff0000'],
])('no %s', (_name, pattern, example) => {
  expect(example).toMatch(pattern);
  expect(offences(pattern)).toEqual([]);
});
