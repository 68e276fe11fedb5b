/** A desktop for one test: home, screen, session bus and, as asked for, keychain and tray host. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startBus } from './bus.mjs';
import { temporaryHome } from './home.mjs';
import { startKeychain } from './keychain.mjs';
import { freePort } from './ports.mjs';
import { Process } from './processes.mjs';
import { startScreen } from './screen.mjs';
import { startTray } from './tray.mjs';
import { openWindow } from './webdriver.mjs';
import { startWindowManager } from './windows.mjs';

export async function startDesktop({ keychain = {}, tray = true, windowManager = false, screen = {} } = {}) {
  const home = temporaryHome();
  const running = [];
  const keep = (started) => {
    running.unshift(started);
    return started;
  };
  const stop = async () => {
    for (const started of running) await started.stop();
    home.remove();
  };
  try {
    const display = keep(await startScreen(screen));
    const bus = keep(await startBus(home));
    const env = { ...home.env, ...display.env, ...bus.env };
    if (windowManager) keep(await startWindowManager(env));
    return {
      home,
      env,
      bus,
      keychain: keychain ? keep(await startKeychain(home, bus, keychain)) : null,
      tray: tray ? keep(await startTray(home, bus)) : null,
      /** Starts a program on this desktop; it is ended with the desktop. */
      launch: (binary, parameters = [], added = {}) =>
        keep(new Process(binary, parameters, { env: { ...env, ...added }, cwd: home.path })),
      /** Starts an application and takes hold of its window. */
      drive: async (binary, parameters = [], added = {}) =>
        keep(await openWindow(binary, parameters, { ...env, ...added })),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * A desktop whose configuration listens on `port`, a free one without it; `config` is TOML after `version` and
 * `[listen]`, which are written here.
 */
export async function startConfigured({ config = '', port, ...options } = {}) {
  const desktop = await startDesktop(options);
  port ??= await freePort();
  const file = join(desktop.home.env.XDG_CONFIG_HOME, 'patchbay', 'config.toml');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `version = 1\n\n[listen]\naddress = "127.0.0.1:${port}"\n${config}`);
  return { ...desktop, port, url: `http://127.0.0.1:${port}`, config: file };
}
