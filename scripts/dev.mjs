/**
 * `npm run dev`: the interface reloads on each edit. With a display it is the app under `tauri dev`, otherwise
 * (or with `--headless`) the server beside the development server of the interface.
 */
import { spawn } from 'node:child_process';
import { desktopPackages, install, serverPackages } from './lib/apt.mjs';
import { build, prepareToolchain } from './lib/cargo.mjs';
import { hasDisplay } from './lib/display.mjs';
import { installPackages } from './lib/npm.mjs';
import { headlessBinary, root } from './lib/paths.mjs';
import { step } from './lib/progress.mjs';
import { explain } from './lib/run.mjs';

const headless = process.argv.includes('--headless') || !hasDisplay();

/** Runs programs side by side; the first that ends, or a signal, ends the others. */
function together(...commands) {
  const children = commands.map(([command, ...parameters]) =>
    spawn(command, parameters, { cwd: root, stdio: 'inherit' }),
  );
  const end = () => children.forEach((child) => child.kill());
  for (const child of children) {
    child.on('exit', (code) => {
      process.exitCode ??= code ?? 0;
      end();
    });
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);
}

try {
  await step('System packages', (say) => install(headless ? serverPackages : desktopPackages, say));
  await step('Rust toolchain', prepareToolchain);
  await step('npm packages', installPackages);
  if (headless) {
    await step('Server', (say) => build(['-p', 'patchbay'], say));
    console.log('\nThe page that reloads is on port 7230: open the sign-in link below with that port.\n');
    together([headlessBinary, 'serve'], ['npm', 'run', '--silent', 'dev:ui']);
  } else {
    together(['npx', 'tauri', 'dev']);
  }
} catch (error) {
  console.error(`\n${explain(error)}`);
  process.exitCode = 1;
}
