/** Keeps Tailwind's theme equal to the tokens. After a change of tokens.css: `npm run test:ui -- -u`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const notColours =
  /^(text-\d\d|leading|weight|space|radius|font|shadow|ease|row|control|header|sidebar|pane|fast|normal|ring)/;
const lengths = /^(row|control|header|sidebar|pane-min)$/;

/** Tailwind's `@theme inline` block: every token under the utility namespace it belongs to, nothing else. */
function themeFrom(tokens: string): string {
  const root = tokens.slice(tokens.indexOf(':root {'), tokens.indexOf(':root[data-theme'));
  const names = [...root.matchAll(/--([a-z][a-z0-9-]*):/g)].map(([, name]) => name ?? '');
  const lines: string[] = [];
  for (const name of names) {
    const size = /^text-(\d\d)$/.exec(name)?.[1];
    if (size) {
      lines.push(`--text-${size}: var(--text-${size});`);
      lines.push(`--text-${size}--line-height: var(--leading-${size});`);
    } else if (name.startsWith('weight-')) lines.push(`--font-${name}: var(--${name});`);
    else if (name.startsWith('space-')) lines.push(`--spacing-${name.slice(6)}: var(--${name});`);
    else if (/^(radius|font|shadow|ease)-/.test(name)) lines.push(`--${name}: var(--${name});`);
    else if (lengths.test(name)) lines.push(`--spacing-${name}: var(--${name});`);
    else if (!notColours.test(name)) lines.push(`--color-${name}: var(--${name});`);
  }
  const cleared = [
    'color',
    'text',
    'spacing',
    'radius',
    'font',
    'font-weight',
    'shadow',
    'ease',
    'breakpoint',
  ];
  return [
    '/* Made from tokens.css by theme.test.ts; change the tokens, then run `npm run test:ui -- -u`. */',
    '@theme inline {',
    ...cleared.map((name) => `  --${name}-*: initial;`),
    '  --spacing: initial;',
    '  --spacing-0: 0px;',
    '  --breakpoint-wide: 1100px;',
    ...lines.map((line) => `  ${line}`),
    '}',
    '',
  ].join('\n');
}

test('the theme has exactly the names of tokens.css', async () => {
  const tokens = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
  await expect(themeFrom(tokens)).toMatchFileSnapshot('theme.css');
});
