/** The agents that the tests run as clients: npm packages of their own folder, and Python packages. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { installPython, pythonProgram } from './python.mjs';
import { run } from './run.mjs';
import { fingerprint, isFresh, remember } from './stamp.mjs';

const folder = join('tests', 'agents');
const inputs = ['package.json', 'package-lock.json'].map((name) => join(folder, name));

/** Programs by their names, as npm and pip put them. */
export const npmAgent = (name) => join(root, folder, 'node_modules', '.bin', name);
export const pythonAgent = (name) => pythonProgram('agents', name);

async function installNpmAgents(say) {
  const wanted = fingerprint(inputs);
  if (existsSync(join(root, folder, 'node_modules')) && isFresh('npm-agents', wanted)) return;
  const here = { cwd: join(root, folder), onLine: say };
  // Not `npm ci`: it refuses a lock file that lacks the packages for other systems, which not every registry has.
  // Without scripts: they compile terminals that nothing here needs.
  await run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], here);
  // The one script that is needed: it puts the program for this processor where its launcher is.
  await run(process.execPath, [join('node_modules', 'opencode-ai', 'postinstall.mjs')], here);
  remember('npm-agents', wanted);
}

export async function installAgents(say) {
  await installNpmAgents(say);
  await installPython('agents', join(folder, 'requirements.txt'), say);
  // llm stands on the newest SDK, which aider does not take.
  await installPython('sdks', join('tests', 'clients', 'python', 'sdks.txt'), say);
}
