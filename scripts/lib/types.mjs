/** The user interface's types, generated from Rust: write them, or compare them with what is committed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from './run.mjs';

/** Lets the generating tests write into `folder`, which is emptied first. */
export async function exportTypes(folder, selection, options) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return run('cargo', ['test', ...selection, 'export_bindings'], {
    ...options,
    env: { TS_RS_EXPORT_DIR: folder },
  });
}

function contents(folder) {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .map((path) => [relative(folder, path), readFileSync(path, 'utf8')]),
  );
}

/** One sentence for each file in which the two folders differ. */
export function differences(generated, committed) {
  const fresh = contents(generated);
  const old = contents(committed);
  const found = [];
  for (const [name, text] of fresh) {
    if (!old.has(name)) found.push(`${name} is missing`);
    else if (old.get(name) !== text) found.push(`${name} is out of date`);
  }
  for (const name of old.keys()) if (!fresh.has(name)) found.push(`${name} is no longer generated`);
  if (fresh.size === 0) found.push('no type was generated');
  return found;
}
