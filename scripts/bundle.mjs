/**
 * `npm run bundle`: a .deb and an .rpm with the app and the headless binary.
 *
 *   npm run bundle -- appimage     another kind; for this one Tauri downloads its tools from GitHub
 */
import { join } from 'node:path';
import { desktopPackages, install } from './lib/apt.mjs';
import { build, prepareToolchain } from './lib/cargo.mjs';
import { buildInterface, installPackages } from './lib/npm.mjs';
import { root } from './lib/paths.mjs';
import { step } from './lib/progress.mjs';
import { explain, run } from './lib/run.mjs';

const kinds = process.argv.length > 2 ? process.argv.slice(2) : ['deb', 'rpm'];

try {
  await step('System packages', (say) => install(desktopPackages, say));
  await step('Rust toolchain', prepareToolchain);
  await step('npm packages', installPackages);
  await step('User interface', buildInterface);
  await step('Headless binary', (say) => build(['--release', '-p', 'patchbay'], say));
  await step('App', async (say) => {
    await run('npx', ['tauri', 'build', '--no-bundle'], { onLine: say });
    return 'built';
  });
  await step('Bundles', async (say) => {
    await run('npx', ['tauri', 'bundle', '--bundles', kinds.join(',')], { onLine: say });
    return `${kinds.join(', ')} in ${join(root, 'target', 'release', 'bundle')}`;
  });
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
