/**
 * `npm run dev`: the interface reloads on each edit. With a display it is the app under `tauri dev`, otherwise
 * (or with `--headless`) the server beside the development server of the interface.
 */
import { join } from 'node:path';
import { desktopPackages, install, serverPackages } from './lib/apt.mjs';
import { build, prepareToolchain } from './lib/cargo.mjs';
import { hasDisplay } from './lib/display.mjs';
import { installPackages } from './lib/npm.mjs';
import { headlessBinary, root } from './lib/paths.mjs';
import { step } from './lib/progress.mjs';
import { explain } from './lib/run.mjs';
import { together } from './lib/together.mjs';

const headless = process.argv.includes('--headless') || !hasDisplay();

/** A program of the npm packages itself: `npm` and `npx` would stand between it and our signals. */
const program = (name) => join(root, 'node_modules', '.bin', name);

try {
  await step('System packages', (say) => install(headless ? serverPackages : desktopPackages, say));
  await step('Rust toolchain', prepareToolchain);
  await step('npm packages', installPackages);
  if (headless) {
    await step('Server', (say) => build(['-p', 'patchbay'], say));
    console.log('\nThe page that reloads is on port 7230: open the sign-in link below with that port.\n');
    process.exitCode = await together([
      [headlessBinary, 'serve'],
      [program('vite'), '--config', 'ui/vite.config.ts'],
    ]);
  } else {
    process.exitCode = await together([[program('tauri'), 'dev']]);
  }
} catch (error) {
  console.error(`\n${explain(error)}`);
  process.exitCode = 1;
}
