/**
 * `npm run screenshots`: a picture of every screen, light and dark, from the real server with real requests in its
 * log, into docs/images. Needs what `npm test` installs and builds.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launchBrowser, openPage } from '../tests/harness/browser.mjs';
import { startServer } from '../tests/harness/server.mjs';
import { root } from './lib/paths.mjs';

const images = join(root, 'docs', 'images');
const screens = ['overview', 'exchanges', 'playground', 'providers', 'models', 'settings'];

/** What a person who has used Patchbay for a while has set up. No provider in it is called. */
const config = `
[[providers]]
id = "openai"
protocol = "openai_chat"
base_url = "https://api.openai.com/v1"

[[providers]]
id = "anthropic"
protocol = "anthropic"
base_url = "https://api.anthropic.com"

[[accounts]]
id = "openai-main"
provider = "openai"
key = { env = "OPENAI_API_KEY" }

[[accounts]]
id = "anthropic-main"
provider = "anthropic"
key = { env = "ANTHROPIC_API_KEY" }

[[aliases]]
name = "gpt-4o"
targets = ["echo/echo", "anthropic/claude-sonnet-4-5"]

[[aliases]]
name = "claude-*"
targets = ["anthropic/claude-sonnet-4-5", "openai/gpt-4o-mini"]
`;

const weather = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const user = (content) => [{ role: 'user', content }];

/** One request of each kind that the log shows differently. */
const requests = [
  [
    '/v1/chat/completions',
    { model: 'echo/echo', messages: user('Summarise the release notes in two lines.') },
  ],
  ['/v1/messages', { model: 'gpt-4o', max_tokens: 256, messages: user('Name three rivers in Chile.') }],
  [
    '/v1/chat/completions',
    { model: 'gpt-4o', stream: true, messages: user('Write a haiku about patch cables.') },
  ],
  [
    '/v1/chat/completions',
    {
      model: 'echo/echo',
      messages: user('What is the weather in Lisbon?'),
      tools: [{ type: 'function', function: { name: 'weather', parameters: weather } }],
    },
  ],
  [
    '/v1/messages',
    {
      model: 'echo/echo',
      max_tokens: 256,
      stream: true,
      messages: user([
        { type: 'text', text: 'What is in this picture?' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
      ]),
    },
  ],
  ['/v1/chat/completions', { model: 'openai/', messages: user('Hello') }],
];

async function send(server) {
  for (const [path, body] of requests) {
    const answer = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify(body),
    });
    await answer.text();
  }
}

async function takePictures(page, server, theme) {
  for (const screen of screens) {
    await page.goto(`${server.url}/#/${screen}`);
    await page.locator('h1').first().waitFor();
    // The live events keep the network busy for ever: what says that it is loading is awaited instead.
    await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
    await page.evaluate(() => document.fonts.ready);
    const path = join(images, `${screen}-${theme}.png`);
    await page.screenshot({ path, animations: 'disabled' });
    console.log(path);
  }
}

mkdirSync(images, { recursive: true });
const server = await startServer({ config, env: { OPENAI_API_KEY: 'unused', ANTHROPIC_API_KEY: 'unused' } });
const browser = await launchBrowser();
try {
  await send(server);
  const page = await openPage(browser, server, { deviceScaleFactor: 2 });
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme });
    await takePictures(page, server, theme);
  }
  if (page.troubles.length > 0) throw new Error(page.troubles.join('\n'));
} finally {
  await browser.close();
  await server.stop();
}
