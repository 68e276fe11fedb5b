/** The real headless server in a home of its own, on a free port. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { headlessBinary } from '../../scripts/lib/paths.mjs';
import { temporaryHome } from './home.mjs';
import { freePort } from './ports.mjs';
import { Process, until } from './processes.mjs';

/**
 * Starts `patchbay serve` and waits until it answers.
 * `config` is TOML after `version` and `[listen]`, which are written here, `top` stands before the
 * tables and `listen` is more of the first; `env` is added to the process's own.
 */
export async function startServer({
  config = '',
  top = '',
  listen = '',
  env = {},
  home = temporaryHome(),
  port,
} = {}) {
  if (!existsSync(headlessBinary)) throw new Error('The server is not built: npm test -- build');
  const file = join(home.env.XDG_CONFIG_HOME, 'patchbay', 'config.toml');
  const isNew = !existsSync(file);
  const start = async (on) => {
    if (isNew) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `version = 1\n${top}\n[listen]\naddress = "127.0.0.1:${on}"\n${listen}\n${config}`);
    }
    const process = new Process(headlessBinary, ['serve', '--config', file], {
      env: { ...home.env, ...env },
      cwd: home.path,
    });
    const url = `http://127.0.0.1:${on}`;
    await until(`${url}/health answers`, async () => {
      if (!process.isRunning()) throw new Error(`The server ended:\n${process.output}`);
      return fetch(`${url}/health`).then(
        (answer) => answer.ok,
        () => false,
      );
    });
    return { process, url, port: on };
  };
  const started = async (left) => {
    try {
      return await start(port ?? (await freePort()));
    } catch (error) {
      // Somebody else took the port that was free a moment ago.
      if (port === undefined && isNew && left > 0 && /in use by/.test(error.message))
        return started(left - 1);
      throw error;
    }
  };
  const { process, url, port: taken } = await started(2);
  return {
    url,
    port: taken,
    home,
    config: file,
    process,
    /** What it printed so far. */
    get output() {
      return process.output;
    },
    /** The one-time link that signs a browser in. */
    signInLink: async () => (await process.prints(/https?:\/\/\S*sign-in\S*/))[0],
    /** Ends it by its id; keeps the home when `keep`. */
    stop: async ({ keep = false } = {}) => {
      const ended = await process.stop();
      if (!keep) home.remove();
      return ended;
    },
  };
}
