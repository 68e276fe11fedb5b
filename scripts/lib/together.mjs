/** Runs programs side by side that end together, with everything they started. */
import { spawn } from 'node:child_process';
import { root } from './paths.mjs';

/** What did not end by then does not want to. */
const grace_ms = 5_000;

/**
 * Runs until the first program ends or this process is told to; the others, and what all of them started, end then.
 * Resolves with the code of the first, or with 0 when it was told to.
 */
export async function together(commands, { cwd = root, grace = grace_ms } = {}) {
  const children = [];
  const tell = (signal) => children.forEach((child) => tellGroup(child.pid, signal));
  let insists;
  const stop = () => {
    tell('SIGTERM');
    insists ??= setTimeout(() => tell('SIGKILL'), grace);
  };
  let told = false;
  const pass = () => {
    told = true;
    stop();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  // Before there is anybody whom a signal could leave behind.
  for (const signal of signals) process.on(signal, pass);
  for (const [command, ...parameters] of commands) {
    // Each leads a group of its own: a signal then reaches what it started too, and Ctrl-C reaches it once.
    children.push(
      spawn(command, parameters, { cwd, stdio: ['ignore', 'inherit', 'inherit'], detached: true }),
    );
  }
  const ends = children.map(ended);
  const first = await Promise.race(ends);
  stop();
  await Promise.all(ends);
  // The leader of a group may have left before the others.
  await groupsAreGone(children, Math.min(grace, 1_000));
  clearTimeout(insists);
  tell('SIGKILL');
  for (const signal of signals) process.off(signal, pass);
  return told ? 0 : first;
}

function ended(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${child.spawnfile} does not run: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** True if there was somebody to tell. */
function tellGroup(pid, signal) {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

async function groupsAreGone(children, limit_ms) {
  const end = performance.now() + limit_ms;
  while (performance.now() < end && children.some(({ pid }) => tellGroup(pid, 0))) {
    // oxlint-disable-next-line eslint/no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
