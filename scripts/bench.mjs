/** `npm run bench`: builds for release and measures Patchbay beside a bare proxy, in one run. */
import { spawn } from 'node:child_process';
import { prepareToolchain } from './lib/cargo.mjs';
import { root } from './lib/paths.mjs';
import { step } from './lib/progress.mjs';

await step('Rust toolchain', prepareToolchain);
const build = spawn('cargo', ['build', '--release', '-p', 'patchbay', '-p', 'bench'], {
  cwd: root,
  stdio: 'inherit',
});
build.on('exit', (code) => {
  if (code !== 0) {
    process.exitCode = 1;
    return;
  }
  const bench = spawn('cargo', ['run', '--release', '-p', 'bench', '--', ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  });
  bench.on('exit', (result) => {
    process.exitCode = result ?? 1;
  });
});
