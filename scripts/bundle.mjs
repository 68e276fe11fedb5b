/** `npm run bundle`: a .deb and an .rpm under target/release/bundle, with the app and the headless binary. */
import { desktopPackages, install } from './lib/apt.mjs';
import { build, prepareToolchain } from './lib/cargo.mjs';
import { buildInterface, installPackages } from './lib/npm.mjs';
import { step } from './lib/progress.mjs';
import { run, tail } from './lib/run.mjs';

try {
  await step('System packages', (say) => install(desktopPackages, say));
  await step('Rust toolchain', prepareToolchain);
  await step('npm packages', installPackages);
  await step('User interface', buildInterface);
  await step('Headless binary', (say) => build(['--release', '-p', 'patchbay'], say));
  await step('Bundles', async (say) => {
    await run('npx', ['tauri', 'build', '--bundles', 'deb,rpm'], { onLine: say });
    return 'in target/release/bundle';
  });
} catch (error) {
  console.error(error.output ? `${tail(error.output)}\n\n${error.message}` : error.message);
  process.exitCode = 1;
}
