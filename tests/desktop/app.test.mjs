/** The real app on a screen of its own: window, keychain, tray, single instance. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { desktopBinary } from '../../scripts/lib/paths.mjs';
import { startConfigured, startDesktop } from '../harness/desktop.mjs';
import { isOpen, untilClosed, untilOpen } from '../harness/ports.mjs';
import { until } from '../harness/processes.mjs';
import { drawnUrl, providerKey, startProvider } from '../harness/provider.mjs';
import { closeWindow, isVisible, untilVisible } from '../harness/windows.mjs';

const title = '^Patchbay$';

const health = (url) => fetch(`${url}/health`).then((answer) => answer.json());

/** All files under a folder that hold these bytes. */
function filesWith(folder, canary) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .filter((path) => bytesOf(path)?.includes(canary));
}

/** The app goes on writing: a file may be gone that was there a moment ago. */
function bytesOf(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return null;
  }
}

const button = (name) => `//button[normalize-space()="${name}"]`;

/** Types a key for an Anthropic provider at `url` into the window, as a person would. */
async function addAnthropic(window, url, key) {
  await (await window.css('a[href*="providers"]')).click();
  await (await window.xpath(button('Add provider'))).click();
  await (await window.xpath('//*[@role="dialog"]//button[contains(., "Anthropic")]')).click();
  const base = await window.xpath('//label[.="Base URL"]/following::input[1]');
  await base.clear();
  await base.type(url);
  await (await window.css('[role="dialog"] input[type="password"]')).type(key);
  await (await window.xpath(`//*[@role="dialog"]${button('Add provider')}`)).click();
}

const askAnthropic = (url) =>
  fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({
      model: 'anthropic/m-1',
      max_tokens: 50,
      messages: [{ role: 'user', content: 'Hi' }],
    }),
  });

describe('with a keychain', () => {
  const canary = 'sk-ant-canary-8d1f7c25b0';
  let desktop;
  let provider;
  let window;

  before(async () => {
    provider = await startProvider({ key: canary });
    desktop = await startConfigured();
    window = await desktop.drive(desktopBinary);
  });

  after(async () => {
    await desktop?.stop();
    await provider?.stop();
  });

  test('the window shows the running server', async () => {
    await untilOpen(desktop.port);
    await window.xpath('//h1[.="Overview"]');
    await window.xpath(`//*[contains(., "127.0.0.1:${desktop.port}")]`);
    assert.equal((await health(desktop.url)).status, 'ok');
  });

  test('a key typed in is in the keychain, works, and is nowhere else', async () => {
    await addAnthropic(window, `${provider.url}/v1`, canary);
    const stored = await until('the keychain has the key', () =>
      desktop.keychain.lookup({ service: 'patchbay', username: 'anthropic-main' }),
    );
    assert.ok(stored.includes(canary), 'the entry holds the key');
    await window.xpath('//*[contains(., "••••25b0")]');

    const answer = await askAnthropic(desktop.url);
    assert.equal((await answer.json()).content[0].text, 'Hello from the provider.');
    // A provider that refuses it: the failure must not repeat the key.
    const unknown = await fetch(`${desktop.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'anthropic/m-1',
        max_tokens: 5,
        messages: [{ role: 'user', content: 'fail 401' }],
      }),
    });
    assert.ok(!(await unknown.text()).includes(canary));

    const page = await window.run('return document.documentElement.outerHTML');
    assert.ok(!page.includes(canary), 'the page does not hold the key');
    const files = filesWith(desktop.home.path, canary);
    assert.deepEqual(files, []);
    assert.match(readFileSync(desktop.config, 'utf8'), /keychain = true/);
  });
});

describe('without a keychain', () => {
  let desktop;
  let provider;
  let window;

  before(async () => {
    provider = await startProvider({ key: 'sk-ant-for-this-session' });
    desktop = await startConfigured({ keychain: false });
    window = await desktop.drive(desktopBinary);
  });

  after(async () => {
    await desktop?.stop();
    await provider?.stop();
  });

  test('the app says so, and keys work until it ends', async () => {
    await window.xpath('//*[contains(., "No keychain found. Keys are kept until you quit.")]');
    await addAnthropic(window, `${provider.url}/v1`, 'sk-ant-for-this-session');
    await window.xpath('//*[contains(., "••••sion")]');
    const answer = await askAnthropic(desktop.url);
    assert.equal((await answer.json()).content[0].text, 'Hello from the provider.');
    assert.deepEqual(filesWith(desktop.home.path, 'sk-ant-for-this-session'), []);
  });

  test('the tray speaks the language of the window, at once and at a launch without one', async () => {
    const speaks = (language, quit) => desktop.tray.shows(language, (_, labels) => labels.includes(quit));
    await speaks('English', 'Quit');
    await (await window.css('a[href*="settings"]')).click();
    await (await window.xpath(button('简体中文'))).click();
    await speaks('Chinese', '退出');
    await window.stop();
    desktop.launch(desktopBinary, ['--hidden']);
    await speaks('Chinese', '退出');
  });
});

test('an image that a model draws is saved in the folder of downloads', async (t) => {
  const provider = await startProvider();
  t.after(() => provider.stop());
  const desktop = await startConfigured({
    keychain: false,
    config: `
[[providers]]
id = "relay"
protocol = "openai_chat"
base_url = "${provider.url}/v1"

[[accounts]]
id = "relay-main"
provider = "relay"
key = { env = "RELAY_KEY" }
`,
  });
  t.after(() => desktop.stop());
  const downloads = join(desktop.home.path, 'Saved');
  mkdirSync(downloads);
  const folders = join(desktop.home.env.XDG_CONFIG_HOME, 'user-dirs.dirs');
  writeFileSync(folders, 'XDG_DOWNLOAD_DIR="$HOME/Saved"\n');
  const window = await desktop.drive(desktopBinary, [], { RELAY_KEY: providerKey });
  await window.xpath('//h1[.="Overview"]');
  await window.run('location.hash = "#/playground?model=relay%2Fm-1"');
  await (await window.css('#composer')).type('draw a line');
  await (await window.xpath(button('Send'))).click();
  await window.xpath('//figcaption[contains(., "96 × 60")]');
  await (await window.css('[aria-label="Save image 1"]')).click();
  const file = join(downloads, 'image-1.png');
  await until('the file is whole', () => bytesOf(file)?.toString('base64') === drawnUrl.split(',')[1]);
});

describe('with a locked keychain', () => {
  const locked = 'The keychain is locked. Keys typed in now are kept until you quit.';
  const [old, typed] = ['sk-ant-of-last-week-1', 'sk-ant-typed-in-now-22'];
  let desktop;
  let provider;
  let window;

  before(async () => {
    provider = await startProvider({ key: typed });
    desktop = await startConfigured({
      keychain: { locked: { service: 'patchbay', username: 'anthropic-main', secret: old } },
      config: `
[[providers]]
id = "anthropic"
protocol = "anthropic"
base_url = "${provider.url}/v1"

[[accounts]]
id = "anthropic-main"
provider = "anthropic"
key = { keychain = true }
`,
    });
    window = await desktop.drive(desktopBinary);
  });

  after(async () => {
    await desktop?.stop();
    await provider?.stop();
  });

  test('the app says so, in the window and to clients, and goes on', async () => {
    await window.xpath(`//*[contains(., "${locked}")]`);
    const answer = await askAnthropic(desktop.url);
    const { error } = await answer.json();
    assert.match(error.message, /keychain is locked/);
    await (await window.css('a[href*="providers"]')).click();
    await window.xpath('//*[.="not readable"]');
  });

  test('a key typed in works, and only in memory', async () => {
    await (await window.css('input[aria-label="Key of anthropic-main"]')).type(typed);
    await (await window.xpath(button('Keep key'))).click();
    await window.xpath('//*[contains(., "••••w-22")]');
    const answer = await askAnthropic(desktop.url);
    assert.equal((await answer.json()).content[0].text, 'Hello from the provider.');
    assert.deepEqual(filesWith(desktop.home.path, typed), []);
  });
});

describe('in the tray', () => {
  let desktop;
  let app;

  before(async () => {
    desktop = await startConfigured({ keychain: false, windowManager: true });
    app = desktop.launch(desktopBinary, ['--hidden']);
    await untilOpen(desktop.port);
  });

  after(() => desktop?.stop());

  test('the menu shows the state', async () => {
    const running = `Running on 127.0.0.1:${desktop.port}`;
    const item = await desktop.tray.shows('the running server', (_, labels) => labels.includes(running));
    const labels = item.menu.map(({ label }) => label);
    for (const label of ['Open window', 'Open in browser', 'Copy base URL', 'Launch at login', 'Quit'])
      assert.ok(labels.includes(label), `${label} in ${labels}`);
    assert.equal(await isVisible(desktop.env, title), false, 'a hidden start shows no window');
  });

  test('Stop closes the port, Start opens it again', async () => {
    await desktop.tray.click('Stop server');
    await untilClosed(desktop.port);
    await desktop.tray.shows('the stopped server', (_, labels) => labels.includes('Stopped'));
    await desktop.tray.click('Start server');
    await untilOpen(desktop.port);
    assert.equal((await health(desktop.url)).status, 'ok');
  });

  test('a second launch opens the window of the first and ends', async () => {
    const second = desktop.launch(desktopBinary);
    assert.equal((await second.ends()).code, 0);
    await untilVisible(desktop.env, title);
    assert.ok(app.isRunning());
  });

  test('closing the window leaves the server running, and the menu opens it again', async () => {
    await closeWindow(desktop.env, 'Patchbay');
    await until('the window is gone', async () => !(await isVisible(desktop.env, title)));
    assert.equal((await health(desktop.url)).status, 'ok');
    await desktop.tray.click('Open window');
    await untilVisible(desktop.env, title);
  });

  test('Quit ends it cleanly and frees the port', async () => {
    await desktop.tray.click('Quit');
    assert.deepEqual(await app.ends(), { code: 0, signal: null }, app.output);
    assert.equal(await isOpen(desktop.port), false);
  });
});

test('without a display it says what to do instead', async () => {
  const desktop = await startDesktop({ keychain: false, tray: false });
  try {
    const app = desktop.launch(desktopBinary, [], { DISPLAY: '', WAYLAND_DISPLAY: '' });
    assert.equal((await app.ends()).code, 1);
    assert.match(app.output, /patchbay serve/);
  } finally {
    await desktop.stop();
  }
});

test('where no tray can be shown, the window opens and says so', async () => {
  const desktop = await startConfigured({ keychain: false, tray: false });
  try {
    const window = await desktop.drive(desktopBinary, ['--hidden']);
    await window.xpath('//*[contains(., "shows no tray icons")]');
  } finally {
    await desktop.stop();
  }
});
