/** Runs other programs: collects what they print, tells each line, keeps a log. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { root } from './paths.mjs';

/** A program that ended badly; `output` is all it printed. */
export class CommandFailed extends Error {
  constructor(command, code, output) {
    super(`${command} ended with ${code}`);
    this.output = output;
  }
}

/**
 * Runs a program to its end and returns its standard output; a failure carries both outputs.
 * `onLine` sees each line as it comes; `log` is a file that gets a copy.
 */
export function run(command, parameters = [], { cwd = root, env, onLine, log } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const copy = log && createWriteStream(log, { flags: 'a' });
    copy?.write(`$ ${[command, ...parameters].join(' ')}\n`);
    let output = '';
    let standard = '';
    const hear = (stream) => {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        output += text;
        if (stream === child.stdout) standard += text;
        copy?.write(text);
        const lines = (rest + text).split(/\r?\n/);
        rest = lines.pop();
        if (onLine) lines.forEach(onLine);
      });
    };
    hear(child.stdout);
    hear(child.stderr);
    child.on('error', (error) => reject(new CommandFailed(command, error.message, output)));
    child.on('close', (code, signal) => {
      const finish = () =>
        code === 0
          ? resolve(standard)
          : reject(new CommandFailed([command, ...parameters.slice(0, 2)].join(' '), code ?? signal, output));
      if (copy) copy.end(finish);
      else finish();
    });
  });
}

/** Whether a program can be run at all and says yes. */
export async function succeeds(command, parameters, options) {
  return run(command, parameters, options).then(
    () => true,
    () => false,
  );
}

/** What went wrong: the end of what the failed program printed, and the sentence. */
export function explain(error) {
  return error.output ? `${tail(error.output)}\n\n${error.message}` : error.message;
}

/** The last lines of an output, for a person who has to find the cause. */
export function tail(output, lines = 40) {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}
