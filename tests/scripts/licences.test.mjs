/** The reader of SPDX expressions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowedLicences, satisfies } from '../../scripts/lib/licences.mjs';

const allowed = new Set(['Apache-2.0 WITH LLVM-exception', 'MIT', 'Unicode-3.0']);
const cases = [
  ['MIT', true],
  ['GPL-3.0-only', false],
  ['GPL-3.0-only OR MIT', true],
  ['MIT/Apache-2.0', true],
  ['MIT AND GPL-3.0-only', false],
  ['(MIT OR Apache-2.0) AND Unicode-3.0', true],
  ['MIT AND (GPL-2.0-only OR GPL-3.0-only)', false],
  ['Apache-2.0 WITH LLVM-exception', true],
  ['Apache-2.0', false],
];

for (const [expression, expected] of cases) {
  test(`${expression} is ${expected ? 'allowed' : 'refused'}`, () =>
    assert.equal(satisfies(expression, allowed), expected));
}

test('the allow list is the one of deny.toml', () => {
  const list = allowedLicences();
  assert.ok(list.has('MIT') && list.has('Apache-2.0'));
  assert.ok(![...list].some((name) => /GPL/.test(name)));
});
