/**
 * `npm start`: sets up what is missing, builds, and runs Patchbay: the tray app where there is a display,
 * otherwise the headless server with the same user interface in the browser.
 *
 *   npm start -- --headless                   the server, also where there is a display
 *   npm start -- --port 8229                  another port than the configured one (server only)
 *   npm start -- --listen 127.0.0.1:8229      the same, as `patchbay serve` calls it
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { desktopPackages, install, PackagesMissing, serverPackages } from './lib/apt.mjs';
import { build, prepareToolchain, wholeWorkspace } from './lib/cargo.mjs';
import { hasDisplay } from './lib/display.mjs';
import { buildInterface, installPackages } from './lib/npm.mjs';
import { desktopBinary, headlessBinary } from './lib/paths.mjs';
import { step } from './lib/progress.mjs';
import { explain } from './lib/run.mjs';

const options = readOptions();
const address = options.listen ?? (options.port && `127.0.0.1:${options.port}`);
const headless = options.headless || Boolean(address) || !hasDisplay();

function readOptions() {
  try {
    const text = { type: 'string' };
    return parseArgs({ options: { headless: { type: 'boolean', default: false }, port: text, listen: text } })
      .values;
  } catch (error) {
    console.error(`${error.message.split('. ')[0]}. npm start knows --headless, --port and --listen.`);
    process.exit(2);
  }
}

async function prepare() {
  await step('System packages', (say) => install(headless ? serverPackages : desktopPackages, say));
  await step('Rust toolchain', prepareToolchain);
  await step('npm packages', installPackages);
  await step('User interface', buildInterface);
  if (headless) await step('Server', (say) => build(['-p', 'patchbay'], say));
  else await step('App', (say) => build([...wholeWorkspace, '--bins'], say));
}

/** Runs Patchbay in the foreground; a signal to this script is a signal to Patchbay. */
function runPatchbay() {
  const [command, parameters] = headless
    ? [headlessBinary, ['serve', ...(address ? ['--listen', address] : [])]]
    : [desktopBinary, []];
  // A process group of its own: Ctrl-C reaches Patchbay once, through this script, not once per parent.
  const child = spawn(command, parameters, { stdio: 'inherit', detached: true });
  let told = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (!told) child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
      told = true;
    });
  }
  child.on('error', (error) => {
    console.error(`${command} does not run: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (told ? 0 : 1);
    if (signal && !told) console.error(`Patchbay was ended by ${signal}.`);
  });
}

try {
  console.log(headless ? 'Patchbay, headless server' : 'Patchbay, desktop app');
  await prepare();
  console.log('');
  runPatchbay();
} catch (error) {
  console.error(`\n${explain(error)}`);
  process.exitCode = error instanceof PackagesMissing ? 2 : 1;
}
