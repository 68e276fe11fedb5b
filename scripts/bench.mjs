/**
 * `npm run bench`: builds for release and measures Patchbay beside bare proxies of ours, in one run. What follows
 * `--` goes to the program in bench/.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { install, serverPackages } from './lib/apt.mjs';
import { build, prepareToolchain } from './lib/cargo.mjs';
import { buildInterface, installPackages } from './lib/npm.mjs';
import { root } from './lib/paths.mjs';
import { step } from './lib/progress.mjs';
import { explain } from './lib/run.mjs';

try {
  await step('System packages', (say) => install(serverPackages, say));
  await step('Rust toolchain', prepareToolchain);
  await step('npm packages', installPackages);
  await step('User interface', buildInterface);
  // One after the other: together they would give the server the benchmark's features as well.
  await step('Server', (say) => build(['--release', '-p', 'patchbay'], say));
  await step('Benchmark', (say) => build(['--release', '-p', 'bench'], say));
  const bench = spawn(join(root, 'target', 'release', 'bench'), process.argv.slice(2), {
    cwd: root,
    stdio: 'inherit',
  });
  process.exitCode = await new Promise((resolve) => bench.on('exit', (code) => resolve(code ?? 1)));
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
