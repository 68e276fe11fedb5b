/** What the tests run as clients: SDKs, frameworks and agents, which are packages of npm and PyPI. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { installPython, pythonProgram } from './python.mjs';
import { run } from './run.mjs';
import { fingerprint, isFresh, remember } from './stamp.mjs';

const agents = join('tests', 'agents');
const clients = join('tests', 'clients');

/** Programs by their names, as npm and pip put them. */
export const npmAgent = (name) => join(root, agents, 'node_modules', '.bin', name);
export const pythonAgent = (name) => pythonProgram('agents', name);

/** Installs what the lock file of a folder says; `finish` runs in the folder when it was new. */
async function installNpm(folder, say, finish) {
  const wanted = fingerprint(['package.json', 'package-lock.json'].map((name) => join(folder, name)));
  const stamp = `npm-${folder.replaceAll(/\W/g, '-')}`;
  if (existsSync(join(root, folder, 'node_modules')) && isFresh(stamp, wanted)) return;
  const here = { cwd: join(root, folder), onLine: say };
  // Not `npm ci`: it refuses a lock file that lacks the packages for other systems, which not every registry has.
  // Without scripts: they compile terminals that nothing here needs.
  await run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], here);
  await finish?.(here);
  remember(stamp, wanted);
}

const python = (name, say) => installPython(name, join(clients, 'python', `${name}.txt`), say);

export async function installClients(say) {
  await installNpm(clients, say);
  await python('sdks', say);
  await python('frameworks', say);
}

export async function installAgents(say) {
  // The one script that is needed: it puts the program for this processor where its launcher is.
  const link = (here) =>
    run(process.execPath, [join('node_modules', 'opencode-ai', 'postinstall.mjs')], here);
  await installNpm(agents, say, link);
  await installPython('agents', join(agents, 'requirements.txt'), say);
  // llm stands on the newest SDK, which aider does not take.
  await python('sdks', say);
}
