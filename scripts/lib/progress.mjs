/** One line a step: what is done, how it ended, how long it took. */
import { stripVTControlCharacters } from 'node:util';

const live = process.stdout.isTTY;
const heartbeat_ms = 30_000;

export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/**
 * Runs `work` under a title. `work` gets `say(line)`, which shows the newest line of a long step, and
 * returns the words that close the step ("built", "up to date").
 */
export async function step(title, work) {
  const start = performance.now();
  const head = `  ${title.padEnd(22)}`;
  let newest = '';
  const draw = () => {
    const room = (process.stdout.columns || 80) - head.length - 10;
    process.stdout.write(
      `\r\x1b[2K${head}${seconds(start).padStart(8)}  ${newest.slice(0, Math.max(room, 0))}`,
    );
  };
  const timer = setInterval(
    () => (live ? draw() : console.log(`${head}${seconds(start).padStart(8)}  ${newest}`)),
    live ? 250 : heartbeat_ms,
  );
  const clear = () => {
    clearInterval(timer);
    if (live) process.stdout.write('\r\x1b[2K');
  };
  const say = (line) => {
    const words = stripVTControlCharacters(line).trim();
    if (words) newest = words;
  };
  try {
    const words = await work(say);
    clear();
    console.log(`${head}${seconds(start).padStart(8)}  ${words ?? 'done'}`);
  } catch (error) {
    clear();
    console.log(`${head}${seconds(start).padStart(8)}  FAILED`);
    throw error;
  }
}
