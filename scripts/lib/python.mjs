/** Python programs of the tests: virtual environments in the repository, one a list of packages. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { run } from './run.mjs';
import { fingerprint, isFresh, remember } from './stamp.mjs';

/** A program of the environment `.venv-NAME`. */
export const pythonProgram = (name, program = 'python') => join(root, `.venv-${name}`, 'bin', program);

/** Makes `.venv-NAME` of exactly what the file `requirements` lists, from PyPI. */
export async function installPython(name, requirements, say) {
  const wanted = fingerprint([requirements]);
  const stamp = `python-${name}`;
  const python = pythonProgram(name);
  if (existsSync(python) && isFresh(stamp, wanted)) return 'up to date';
  await run('python3', ['-m', 'venv', '--clear', `.venv-${name}`], { onLine: say });
  const parameters = ['-m', 'pip', 'install', '--no-input', '--no-compile', '-r', requirements];
  await run(python, parameters, { onLine: say }).catch((error) => {
    error.message = `The Python packages of ${requirements} could not be installed. They come from PyPI: this needs the network once.`;
    throw error;
  });
  remember(stamp, wanted);
  return 'installed';
}
