/** The tray host of a desktop test: lists the tray items with their menus, and clicks an entry. */
import { fileURLToPath } from 'node:url';
import { Process, until } from './processes.mjs';

const script = fileURLToPath(new URL('tray_watcher.py', import.meta.url));

export async function startTray(home, bus) {
  // Debian's own Python has the D-Bus bindings; another `python3` in the path may not.
  const watcher = new Process('/usr/bin/python3', [script], {
    env: { ...home.env, ...bus.env, PYTHONHASHSEED: '0' },
    input: 'open',
  });
  await watcher.prints(/^ready$/m);
  let queue = Promise.resolve();
  const ask = (command) => {
    const answer = queue.then(async () => {
      const before = watcher.output.length;
      watcher.stdin.write(`${JSON.stringify(command)}\n`);
      const line = await until(`the tray host answers ${command.do}`, () => {
        if (!watcher.isRunning()) throw new Error(`The tray host ended:\n${watcher.output}`);
        return watcher.output.slice(before).match(/^\{.*\}\n/m)?.[0];
      });
      return JSON.parse(line);
    });
    queue = answer.catch(() => {});
    return answer;
  };
  const items = async () => (await ask({ do: 'items' })).items ?? [];
  return {
    items,
    /** Waits for the one item for which `holds`, which gets the item and its menu labels. */
    shows: (what, holds) =>
      until(`the tray shows ${what}`, async () =>
        (await items()).find((item) =>
          holds(
            item,
            item.menu.map(({ label }) => label),
          ),
        ),
      ),
    /** Clicks the entry with this label; fails when there is none that is enabled. */
    click: async (label) => {
      const { clicked, error } = await ask({ do: 'click', label });
      if (!clicked)
        throw new Error(
          error ?? `The tray menu has no enabled entry "${label}": ${JSON.stringify(await items())}`,
        );
    },
    stop: async () => {
      watcher.stdin.end();
      return watcher.stop();
    },
  };
}
