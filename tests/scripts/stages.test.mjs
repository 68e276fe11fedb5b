/** Which stages a word selects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { select, stages } from '../../scripts/lib/stages.mjs';

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
