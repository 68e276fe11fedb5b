/** The windows on a test's screen, as the window system sees them, and a window manager to close them with. */
import { Process, until } from './processes.mjs';

export async function startWindowManager(env) {
  const manager = new Process('openbox', [], { env });
  await until('the window manager answers', async () => {
    const ask = new Process('wmctrl', ['-m'], { env });
    return (await ask.ends()).code === 0;
  });
  return { stop: () => manager.stop() };
}

/** Closes a window as a click on its cross would. */
export async function closeWindow(env, title) {
  const close = new Process('wmctrl', ['-F', '-c', title], { env });
  const { code } = await close.ends();
  if (code !== 0) throw new Error(`wmctrl: ${close.output}`);
}

async function find(env, title) {
  const search = new Process('xdotool', ['search', '--onlyvisible', '--name', title], { env });
  await search.ends();
  return search.output.split('\n').filter(Boolean);
}

/** Waits until a window with this title (a pattern) can be seen. */
export const untilVisible = (env, title) =>
  until(`a window "${title}" is visible`, async () => (await find(env, title))[0]);

/** Whether one can be seen now. */
export const isVisible = async (env, title) => (await find(env, title)).length > 0;
