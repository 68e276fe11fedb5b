/** Programs that run side by side end together, and leave nothing behind. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { Process, until } from '../harness/processes.mjs';

/** Starts a program of its own in the background, says whose id, and then does `last`. */
const parent = (last) => `sleep 300 & echo "started $!"; ${last}`;

function run(commands, grace = 2_000) {
  const module = join(root, 'scripts', 'lib', 'together.mjs');
  const script = `
    import { together } from ${JSON.stringify(module)};
    const commands = ${JSON.stringify(commands)};
    process.exitCode = await together(commands, { grace: ${grace} });`;
  return new Process(process.execPath, ['--input-type=module', '-e', script], { env: process.env });
}

/** The ids of what the programs started. */
async function started(running, count) {
  const all = () => [...running.output.matchAll(/started (\d+)/g)].map(([, id]) => Number(id));
  await until(`${count} are started`, () => all().length === count);
  return all();
}

/** One that has ended may wait to be noted by the system for a while. */
function isAlive(pid) {
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  test(`${signal} ends them and what they started`, async () => {
    const running = run([
      ['sh', '-c', parent('wait')],
      ['sh', '-c', parent('wait')],
    ]);
    const ids = await started(running, 2);
    process.kill(running.pid, signal);
    assert.deepEqual(await running.ends(), { code: 0, signal: null });
    assert.deepEqual(ids.filter(isAlive), []);
  });
}

test('the first that ends, ends the others, and its code is told', async () => {
  const running = run([
    ['sh', '-c', parent('wait')],
    ['sh', '-c', parent('exit 7')],
  ]);
  const ids = await started(running, 2);
  assert.deepEqual(await running.ends(), { code: 7, signal: null });
  assert.deepEqual(ids.filter(isAlive), []);
});

test('what does not listen is ended all the same', async () => {
  const running = run([['sh', '-c', `trap '' TERM; ${parent('wait; wait')}`]], 200);
  const ids = await started(running, 1);
  process.kill(running.pid, 'SIGTERM');
  assert.equal((await running.ends()).code, 0);
  assert.deepEqual(ids.filter(isAlive), []);
});

test('a program that is not there is told of, and ends the others', async () => {
  const running = run([['sh', '-c', parent('wait')], ['/nowhere/at-all']]);
  const { code } = await running.ends();
  assert.equal(code, 1);
  assert.match(running.output, /\/nowhere\/at-all does not run/);
});
