/** The window, by WebKitWebDriver and plain W3C WebDriver over HTTP. */
import { readFileSync } from 'node:fs';
import { freePort, untilOpen } from './ports.mjs';
import { Process, until } from './processes.mjs';

/** The process ids of what a process started and that still runs. */
const childrenOf = (pid) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

const elementKey = 'element-6066-11e4-a52e-4f735466cecf';

/**
 * Starts `binary` under WebDriver with `env`. The application is the driver's child and inherits its environment;
 * without the two TAURI variables the session never comes up.
 */
export async function openWindow(binary, parameters, env) {
  const port = await freePort();
  const driver = new Process('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
    env: { ...env, TAURI_AUTOMATION: 'true', TAURI_WEBVIEW_AUTOMATION: 'true' },
  });
  await untilOpen(port);
  const call = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(`${value.error}: ${value.message}`), { kind: value.error });
    return value;
  };
  const { sessionId } = await call('POST', '/session', {
    capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: parameters } } },
  }).catch(async (error) => {
    await driver.stop();
    throw new Error(`${error.message}\n${driver.output}`);
  });
  const session = `/session/${sessionId}`;
  const find = (using, value) =>
    until(`the window has ${value}`, () =>
      call('POST', `${session}/element`, { using, value }).then(
        (element) => element[elementKey],
        (error) => {
          if (error.kind !== 'no such element') throw error;
          return null;
        },
      ),
    );
  const onElement = (id) => ({
    click: () => call('POST', `${session}/element/${id}/click`, {}),
    type: (text) => call('POST', `${session}/element/${id}/value`, { text }),
    clear: () => call('POST', `${session}/element/${id}/clear`, {}),
    text: () => call('GET', `${session}/element/${id}/text`),
  });
  return {
    /** Waits for the first element that matches a CSS selector. */
    css: async (selector) => onElement(await find('css selector', selector)),
    /** Waits for the first element that matches an XPath. */
    xpath: async (path) => onElement(await find('xpath', path)),
    /** Runs a function body in the page and returns its result. */
    run: (script, ...parameters) => call('POST', `${session}/execute/sync`, { script, args: parameters }),
    title: () => call('GET', `${session}/title`),
    url: () => call('GET', `${session}/url`),
    /** A PNG of the page. */
    screenshot: async () => Buffer.from(await call('GET', `${session}/screenshot`), 'base64'),
    /** What driver and application printed. */
    get output() {
      return driver.output;
    },
    /**
     * Ends the application, then the driver. Not by ending the session: the driver would wait for an application
     * that lives on in the tray.
     */
    stop: async () => {
      if (!driver.isRunning()) return;
      for (const id of childrenOf(driver.pid)) process.kill(id, 'SIGTERM');
      await until('the application ends', () => childrenOf(driver.pid).length === 0);
      await driver.stop();
    },
  };
}
