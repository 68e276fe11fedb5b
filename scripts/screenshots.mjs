/**
 * `npm run screenshots`: a picture of every screen, light and dark, from the real server with real requests in its
 * log, into docs/images. Needs what `npm test` installs and builds.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launchBrowser, openPage } from '../tests/harness/browser.mjs';
import { startBus } from '../tests/harness/bus.mjs';
import { temporaryHome } from '../tests/harness/home.mjs';
import { startKeychain } from '../tests/harness/keychain.mjs';
import { freePort, isOpen } from '../tests/harness/ports.mjs';
import { providerKey, startProvider } from '../tests/harness/provider.mjs';
import { startServer } from '../tests/harness/server.mjs';
import { root } from './lib/paths.mjs';

const images = join(root, 'docs', 'images');

/** What a person who has used Patchbay for a while has set up; the providers are stand-ins on loopback. */
const configFor = (provider) => `
[log]
bodies = "all"

[[providers]]
id = "openai"
name = "OpenAI"
protocol = "openai_chat"
base_url = "${provider.url}/v1"

[[providers]]
id = "anthropic"
name = "Anthropic"
protocol = "anthropic"
base_url = "${provider.url}/v1"

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
targets = ["anthropic/claude-sonnet-4-5", "echo/echo"]

[[aliases]]
name = "gpt-3.5-turbo"
targets = ["openai/gpt-4o-mini"]

[[aliases]]
name = "claude-haiku-*"
targets = ["openai/gpt-4o-mini", "echo/echo"]

[[aliases]]
name = "claude-*"
targets = ["anthropic/claude-sonnet-4-5"]
`;

const weather = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const user = (content) => [{ role: 'user', content }];
const chat = (model, content, more = {}) => [
  '/v1/chat/completions',
  { model, messages: user(content), ...more },
];
const messages = (model, content, more = {}) => [
  '/v1/messages',
  { model, max_tokens: 1024, messages: user(content), ...more },
];

/** Who asks what: each kind of row that the log shows differently, the newest last. */
const requests = [
  ['Zed/0.211', chat('gpt-3.5-turbo', 'Explain this diff in one line.', { stream: true })],
  ['Continue/1.2', chat('openai/gpt-4o-mini', 'Complete the function.', { stream: true })],
  ['OpenAI/Python 3.54.0', chat('gpt-4o', 'Name three rivers in Chile.')],
  ['claude-cli/2.1.0', messages('claude-sonnet-4-5', 'Read the failing test.', { stream: true })],
  ['Zed/0.211', chat('gpt-4o', 'fail 429 when the limit is reached')],
  [
    'claude-cli/2.1.0',
    messages('claude-sonnet-4-5', 'call tools', {
      stream: true,
      tools: [{ name: 'read_file', input_schema: weather }],
    }),
  ],
  ['OpenAI/Python 3.54.0', chat('echo/echo', 'What is the weather in Lisbon?')],
  [
    'claude-cli/2.1.0',
    messages('claude-haiku-4-5', 'Write a commit message for the staged diff.', {
      stream: true,
      top_k: 40,
      system: [
        {
          type: 'text',
          text: 'You write commit messages in the imperative.',
          cache_control: { type: 'ephemeral' },
        },
      ],
    }),
  ],
];

async function send(server) {
  for (const [agent, [path, body]] of requests) {
    const answer = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
        'user-agent': agent,
      },
      body: JSON.stringify(body),
    });
    await answer.text();
  }
}

/** Each picture: the screen's address, and what a person does there first. */
const pictures = {
  overview: async () => '/overview',
  exchanges: async (page, server) => {
    await page.goto(`${server.url}/#/exchanges`);
    await page
      .getByRole('link', { name: /claude-haiku-4-5/ })
      .first()
      .click();
    return null;
  },
  playground: async (page, server) => {
    await page.goto(`${server.url}/#/playground?model=echo/echo`);
    const composer = page.getByLabel('Your message');
    await composer.fill('What does a patch bay do?');
    await composer.press('Enter');
    await page.getByRole('link', { name: 'Show request' }).first().waitFor();
    return null;
  },
  providers: async () => '/providers?id=anthropic',
  models: async () => '/models?model=claude-haiku-4-5&protocol=anthropic',
  settings: async () => '/settings',
};

async function takePictures(page, server, theme) {
  for (const [name, prepare] of Object.entries(pictures)) {
    const address = await prepare(page, server);
    if (address !== null) await page.goto(`${server.url}/#${address}`);
    await page.locator('h1').first().waitFor();
    // The live events keep the network busy for ever: what says that it is loading is awaited instead.
    await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
    await page.evaluate(() => document.fonts.ready);
    // A picture shows the screen, not where the keyboard stands.
    await page.evaluate(() => document.activeElement?.blur());
    const path = join(images, `${name}-${theme}.png`);
    await page.screenshot({ path, animations: 'disabled' });
    console.log(path);
  }
}

mkdirSync(images, { recursive: true });
const running = [];
const keep = (started) => {
  running.unshift(started);
  return started;
};
try {
  const home = temporaryHome();
  const bus = keep(await startBus(home));
  keep(await startKeychain(home, bus));
  const provider = keep(await startProvider());
  // The usual address, so that the pictures show it; another one where it is taken.
  const port = (await isOpen(7229)) ? await freePort() : 7229;
  const keys = { OPENAI_API_KEY: providerKey, ANTHROPIC_API_KEY: providerKey };
  const server = keep(
    await startServer({ config: configFor(provider), env: { ...bus.env, ...keys }, home, port }),
  );
  const browser = await launchBrowser();
  keep({ stop: () => browser.close() });
  await send(server);
  const page = await openPage(browser, server, { deviceScaleFactor: 2 });
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme });
    await takePictures(page, server, theme);
  }
  if (page.troubles.length > 0) throw new Error(page.troubles.join('\n'));
} finally {
  for (const started of running) await started.stop();
}
