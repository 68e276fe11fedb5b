/** Licences of everything that is linked or shipped, held against the allow list of deny.toml. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { run } from './run.mjs';

/** The strings of `allow = [...]` under `[licenses]`: one list for cargo-deny and for us. */
export function allowedLicences(text = readFileSync(join(root, 'deny.toml'), 'utf8')) {
  const section = text.slice(text.indexOf('[licenses]'));
  const list = section.match(/^allow\s*=\s*\[([^\]]*)\]/m)?.[1] ?? '';
  return new Set([...list.matchAll(/"([^"]+)"/g)].map((found) => found[1]));
}

/**
 * Whether an SPDX expression can be satisfied with allowed licences only. Knows AND, OR, WITH, parentheses
 * and the old `/` for OR, which is all that occurs.
 */
export function satisfies(expression, allowed) {
  const tokens = expression.replaceAll('/', ' OR ').replace(/[()]/g, ' $& ').trim().split(/\s+/);
  const atom = () => {
    if (tokens[0] === '(') {
      tokens.shift();
      const inside = either();
      tokens.shift();
      return inside;
    }
    let name = tokens.shift();
    if (tokens[0] === 'WITH') name += ` ${tokens.splice(0, 2).join(' ')}`;
    return allowed.has(name);
  };
  const both = () => {
    let result = atom();
    while (tokens[0] === 'AND') {
      tokens.shift();
      result = atom() && result;
    }
    return result;
  };
  const either = () => {
    let result = both();
    while (tokens[0] === 'OR') {
      tokens.shift();
      result = both() || result;
    }
    return result;
  };
  return either();
}

async function rustPackages() {
  const metadata = JSON.parse(
    await run('cargo', [
      'metadata',
      '--format-version',
      '1',
      '--locked',
      '--filter-platform',
      'x86_64-unknown-linux-gnu',
    ]),
  );
  return metadata.packages.map(({ name, version, license }) => ({
    name: `${name} ${version}`,
    licence: license,
  }));
}

/** What npm ships to the browser: not the development packages. */
function npmPackages() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path && !entry.dev && !entry.devOptional && !entry.optional)
    .map(([path, entry]) => ({ name: `${path} ${entry.version}`, licence: entry.license }));
}

/** One sentence for each package whose licence is not on the list. */
export async function refusedLicences() {
  const allowed = allowedLicences();
  if (allowed.size === 0) return ['deny.toml names no allowed licence'];
  return [...(await rustPackages()), ...npmPackages()]
    .filter(({ licence }) => !licence || !satisfies(licence, allowed))
    .map(({ name, licence }) => `${name}: ${licence ?? 'no licence given'}`);
}
