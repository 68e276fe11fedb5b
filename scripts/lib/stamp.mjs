/** Remembers from which inputs a thing was made, so that it is made again only when they change. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, stamps } from './paths.mjs';

/** A hash over the contents of files and folders, named relative to the repository. */
export function fingerprint(paths, skip = () => false) {
  const hash = createHash('sha256');
  const take = (path) => {
    if (skip(path)) return;
    const full = join(root, path);
    const found = statSync(full, { throwIfNoEntry: false });
    if (!found) return;
    if (found.isDirectory()) {
      for (const name of readdirSync(full).sort()) take(join(path, name));
    } else {
      hash.update(`${path}\0${found.size}\0`).update(readFileSync(full));
    }
  };
  paths.forEach(take);
  return hash.digest('hex');
}

export function isFresh(name, value) {
  try {
    return readFileSync(join(stamps, name), 'utf8') === value;
  } catch {
    return false;
  }
}

export function remember(name, value) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, name), value);
}
