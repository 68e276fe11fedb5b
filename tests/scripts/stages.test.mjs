/** Which stages a word selects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cargoCounts } from '../../scripts/lib/counts.mjs';
import { notTried } from '../../scripts/lib/report.mjs';
import { counted, select, stages } from '../../scripts/lib/stages.mjs';

const names = (words) => select(words).map(({ name }) => name);

test('no word selects everything', () => {
  assert.deepEqual(
    names([]),
    stages.map(({ name }) => name),
  );
});

test('a stage brings what it needs, in order', () => {
  assert.deepEqual(names(['desktop']), ['interface', 'build', 'desktop']);
});

test('every need names an earlier stage', () => {
  stages.forEach(({ name, needs = [] }, position) => {
    for (const need of needs) {
      const found = stages.findIndex((stage) => stage.name === need);
      assert.ok(found >= 0 && found < position, `${name} needs ${need}`);
    }
  });
});

test('an unknown word is refused', () => {
  assert.throws(() => select(['everything']), /no stage "everything"/);
});

/** A runner that prints these lines. */
const printing = (...lines) => [process.execPath, ['-e', `console.log(${JSON.stringify(lines.join('\n'))})`]];

test('a skipped test has neither passed nor failed', async () => {
  const result = 'test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured';
  const { output: _, ...told } = await counted(cargoCounts, ...printing('skipped: a: no folder', result));
  assert.deepEqual(told, { passed: 2, failed: 0, skipped: ['a: no folder'] });
  const { output: __, ...whole } = await counted(cargoCounts, ...printing(result));
  assert.deepEqual(whole, { passed: 3, failed: 0, skipped: [] });
});

test('the report tells what was skipped and why', () => {
  const results = [
    { name: 'fmt', skipped: [] },
    { name: 'cargo test', skipped: ['a: no folder', 'b: no folder', 'a: no folder'] },
  ];
  assert.deepEqual(notTried(results), [
    '',
    'Skipped, and neither passed nor failed:',
    '  cargo test: a: no folder (2 tests)',
    '  cargo test: b: no folder',
  ]);
  assert.deepEqual(notTried([{ name: 'fmt', skipped: [] }]), []);
});
