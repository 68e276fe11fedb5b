/** A home directory of its own for each test: nothing of the person's is read or written. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a program of a test inherits: where programs are and which language, nothing else. */
const inherited = ['PATH', 'LANG', 'LC_ALL', 'RUST_BACKTRACE', 'RUST_LOG'];

export function temporaryHome() {
  const path = mkdtempSync(join(tmpdir(), 'patchbay-test-'));
  const folder = (name) => {
    mkdirSync(join(path, name), { recursive: true });
    return join(path, name);
  };
  const runtime = folder('run');
  chmodSync(runtime, 0o700);
  const env = {
    ...Object.fromEntries(
      inherited.filter((name) => process.env[name]).map((name) => [name, process.env[name]]),
    ),
    HOME: path,
    XDG_CACHE_HOME: folder('.cache'),
    XDG_CONFIG_HOME: folder('.config'),
    XDG_DATA_HOME: folder('.local/share'),
    XDG_STATE_HOME: folder('.local/state'),
    XDG_RUNTIME_DIR: runtime,
    TMPDIR: folder('tmp'),
  };
  return { path, env, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
