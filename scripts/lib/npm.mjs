/** The npm packages and the built user interface, each made again only when its inputs changed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { run } from './run.mjs';
import { fingerprint, isFresh, remember } from './stamp.mjs';

/** Installs exactly what package-lock.json says. */
export async function installPackages(say) {
  const lock = fingerprint(['package-lock.json']);
  if (existsSync(join(root, 'node_modules')) && isFresh('npm-packages', lock)) return 'up to date';
  await run('npm', ['ci', '--no-audit', '--no-fund'], { onLine: say });
  remember('npm-packages', lock);
  return 'installed';
}

/** Builds ui/ into ui/dist, which the server and the window embed. */
export async function buildInterface(say) {
  const sources = fingerprint(
    ['ui', 'package.json', 'package-lock.json'],
    (path) => path === join('ui', 'dist'),
  );
  if (existsSync(join(root, 'ui', 'dist', 'index.html')) && isFresh('interface', sources))
    return 'up to date';
  await run('npm', ['run', '--silent', 'build:ui'], { onLine: say });
  remember('interface', sources);
  return 'built';
}
