/** Processes of a test: started with their output kept, awaited by what they print, ended by their id. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** Asks `holds` until it says yes; its answer is returned. Fails with a sentence after `limit_ms`. */
export async function until(what, holds, limit_ms = 20_000) {
  const end = performance.now() + limit_ms;
  for (;;) {
    const answer = await holds();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`Not within ${limit_ms / 1000} s: ${what}`);
    await delay(25);
  }
}

/** A running program. */
export class Process {
  #child;
  #output = '';
  #ended;

  /** `input` is written to its standard input, which then closes; "open" keeps it writable. */
  constructor(command, parameters, { env, cwd, input, fds = [] } = {}) {
    this.name = command.split('/').at(-1);
    this.#child = spawn(command, parameters, {
      env,
      cwd,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...fds],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#output += text;
      });
    }
    if (input !== undefined && input !== 'open') this.#child.stdin.end(input);
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve({ code: null, signal: error.message }));
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** All it printed so far, on both streams. */
  get output() {
    return this.#output;
  }

  get stdin() {
    return this.#child.stdin;
  }

  get stdout() {
    return this.#child.stdout;
  }

  /** An extra descriptor asked for with `fds`. */
  descriptor(number) {
    return this.#child.stdio[number];
  }

  isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.pid !== undefined;
  }

  /** Waits for a match in what it prints; fails with its output when it ends before. */
  async prints(pattern, limit_ms) {
    return until(
      `${this.name} prints ${pattern}`,
      () => {
        const found = this.#output.match(pattern);
        if (!found && !this.isRunning())
          throw new Error(`${this.name} ended before it printed ${pattern}:\n${this.#output}`);
        return found;
      },
      limit_ms,
    ).catch((error) => {
      throw new Error(`${error.message}\n${this.#output}`);
    });
  }

  /** Resolves with its code and signal once it ended by itself. */
  async ends(limit_ms = 20_000) {
    await until(`${this.name} ends`, () => !this.isRunning(), limit_ms);
    return this.#ended;
  }

  /** Asks it to end, insists after ten seconds. */
  async stop(signal = 'SIGTERM') {
    if (this.isRunning()) {
      this.#child.kill(signal);
      const insist = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
      await this.#ended;
      clearTimeout(insist);
    }
    return this.#ended;
  }
}
