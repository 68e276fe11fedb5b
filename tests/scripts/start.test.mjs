/** What `npm start` says to words that it does not know. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const start = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));

test('an unknown option is a sentence that names the known ones', () => {
  const { status, stderr } = spawnSync(process.execPath, [start, '--listn', '127.0.0.1:8229'], {
    encoding: 'utf8',
  });
  assert.equal(status, 2);
  assert.equal(stderr, "Unknown option '--listn'. npm start knows --headless, --port and --listen.\n");
});
