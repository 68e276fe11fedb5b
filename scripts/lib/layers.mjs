/** The walls of the house, checked from outside: who may depend on what (ARCHITECTURE.md). */
import { existsSync } from 'node:fs';
import { headlessBinary } from './paths.mjs';
import { run } from './run.mjs';

/** What a crate must never reach, by itself or through others, on any platform and in any build. */
const forbidden = {
  protocol: ['axum', 'gateway', 'hyper', 'rand', 'reqwest', 'rusqlite', 'store', 'tauri', 'tokio'],
  store: ['axum', 'gateway', 'hyper', 'protocol', 'reqwest', 'tauri'],
  gateway: ['gtk', 'tauri', 'webkit2gtk', 'wry'],
  patchbay: ['gtk', 'tauri', 'webkit2gtk', 'wry'],
};

async function reachable(crate) {
  const tree = await run('cargo', [
    'tree',
    '--package',
    crate,
    '--edges',
    'normal',
    '--prefix',
    'none',
    '--format',
    '{p}',
    '--target',
    'all',
    '--locked',
  ]);
  return new Set(tree.split('\n').map((line) => line.split(' ')[0]));
}

/** Libraries that a machine without a desktop does not have. */
const desktopLibrary = /lib(gtk|gdk|webkit|javascriptcore|soup|ayatana|dbus)\S*/;

/** One sentence for each broken wall. */
export async function brokenLayers() {
  const found = [];
  for (const [crate, names] of Object.entries(forbidden)) {
    const tree = await reachable(crate);
    for (const name of names) if (tree.has(name)) found.push(`${crate} must not depend on ${name}`);
  }
  if (process.platform === 'linux') {
    if (!existsSync(headlessBinary)) found.push('the headless binary is not built');
    else {
      const linked = (await run('ldd', [headlessBinary])).match(desktopLibrary);
      if (linked) found.push(`the headless binary is linked with ${linked[0]}`);
    }
  }
  return found;
}
