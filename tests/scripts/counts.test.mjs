/** The readers of test runners' outputs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cargoCounts,
  cargoFailures,
  nodeCounts,
  skippedTests,
  vitestCounts,
} from '../../scripts/lib/counts.mjs';

test("cargo's results are summed over all binaries, and an ignored test is a failure", () => {
  const output = [
    'test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s',
    'test result: \x1b[31mFAILED\x1b[0m. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s',
  ].join('\n');
  assert.deepEqual(cargoCounts(output), { passed: 15, failed: 3 });
});

test("cargo's failures are found amid what passed", () => {
  const passed = ['running 1 test', 'test c ... ok', '', 'test result: ok. 1 passed; 0 failed;', ''];
  const failed = [
    'failures:',
    '',
    '---- a stdout ----',
    "thread 'a' panicked",
    '',
    '---- b stdout ----',
    'no',
    '',
  ];
  const listed = ['', 'failures:', '    a', '    b', '', 'test result: FAILED. 0 passed; 2 failed;', ''];
  const output = [...passed, ...failed, ...listed, ...passed].join('\n');
  assert.equal(cargoFailures(output), "---- a stdout ----\nthread 'a' panicked\n\n---- b stdout ----\nno");
  assert.equal(cargoFailures(passed.join('\n')), undefined);
});

test("vitest's line is read with and without failures", () => {
  assert.deepEqual(vitestCounts(' Test Files  2 passed (2)\n      Tests  45 passed (45)\n'), {
    passed: 45,
    failed: 0,
  });
  assert.deepEqual(vitestCounts('      Tests  1 failed | 44 passed | 2 skipped (47)\n'), {
    passed: 44,
    failed: 3,
  });
});

test("node's closing lines are read in both of its forms", () => {
  assert.deepEqual(nodeCounts('ℹ tests 3\nℹ pass 2\nℹ fail 1\nℹ skipped 0\n'), { passed: 2, failed: 1 });
  assert.deepEqual(nodeCounts('# pass 4\n# fail 0\n# cancelled 1\n# todo 1\n'), { passed: 4, failed: 2 });
});

test('what was skipped is told with its reason', () => {
  const output = [
    'running 2 tests',
    '',
    'skipped: recorded: there is no folder',
    'test recorded ... ok',
    'test b_skipped: no ... ok',
    '\x1b[2mskipped: schemas: none\x1b[0m',
  ].join('\n');
  assert.deepEqual(skippedTests(output), ['recorded: there is no folder', 'schemas: none']);
  assert.deepEqual(skippedTests('test result: ok. 1 passed; 0 failed; 0 ignored;'), []);
});

test('an output without a result counts nothing', () => {
  assert.deepEqual(cargoCounts('error: could not compile'), { passed: 0, failed: 0 });
  assert.deepEqual(vitestCounts(''), { passed: 0, failed: 0 });
  assert.deepEqual(nodeCounts(''), { passed: 0, failed: 0 });
});
