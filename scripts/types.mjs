/**
 * `npm run types`: writes ui/src/api/types from Rust. With `--check` it only says what differs, and fails then.
 */
import { join } from 'node:path';
import { generatedTypes, root } from './lib/paths.mjs';
import { explain } from './lib/run.mjs';
import { differences, exportTypes } from './lib/types.mjs';

const check = process.argv.includes('--check');
const folder = check ? join(root, 'target', 'types') : generatedTypes;
try {
  await exportTypes(folder, ['-p', 'gateway']);
  const found = check ? differences(folder, generatedTypes) : [];
  found.forEach((sentence) => console.error(sentence));
  if (found.length > 0) throw new Error('Run `npm run types` and commit the result.');
  console.log(check ? 'The generated types are up to date.' : 'Wrote ui/src/api/types.');
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
