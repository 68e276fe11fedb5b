/**
 * `npm run screenshots`: a picture of every screen, light and dark, of the window of the real app, with real requests
 * in its log, into docs/images. Needs what `npm test` installs and builds.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startConfigured } from '../tests/harness/desktop.mjs';
import { isOpen, untilOpen } from '../tests/harness/ports.mjs';
import { until } from '../tests/harness/processes.mjs';
import { providerKey, startProvider } from '../tests/harness/provider.mjs';
import { desktopBinary, root } from './lib/paths.mjs';

const images = join(root, 'docs', 'images');
/** The window is as large as when it is first opened, on a screen with two pixels for one. */
const scale = 2;
const [width, height] = [1280, 800];

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
  ['Zed/0.211', chat('openai/gpt-4o-mini', 'fail 400 for a picture without data')],
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

/** What the stand-ins say. */
const answers = {
  'Explain this diff in one line.': 'It reads the configuration once and hands it to every handler.',
  'Complete the function.': 'return names.filter((name) => name.startsWith(prefix)).sort();',
  'Name three rivers in Chile.': 'The Loa, the Maipo and the Biobío.',
  'Read the failing test.':
    'The test expects the row to be there before the answer has ended, but it is written only after the last byte.',
  'Write a commit message for the staged diff.': 'Keep the row of an answer that is empty',
};

async function send(url) {
  for (const [agent, [path, body]] of requests) {
    const answer = await fetch(`${url}${path}`, {
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

const go = (window, address) => window.run('location.hash = arguments[0]', `#${address}`);
const click = async (element) => (await element).click();
const enter = '\ue007';

/** Each picture: what a person does to see it. */
const pictures = {
  overview: async (window) => {
    await go(window, '/overview');
    await until('every request is a finished row', () =>
      window.run(
        'const main = document.querySelector("main"); return main.querySelectorAll("[data-row-link]").length === arguments[0] && !main.innerText.includes("streaming")',
        requests.length,
      ),
    );
  },
  exchanges: async (window) => {
    await go(window, '/exchanges');
    await click(window.css('a[aria-label*="claude-haiku-4-5"]'));
    await window.xpath('//*[contains(., "Write a commit message")]');
  },
  playground: async (window) => {
    await go(window, '/playground?model=echo/echo');
    await click(window.css('button[aria-label="New conversation"]'));
    await (await window.css('textarea[aria-label="Your message"]')).type(`What does a patch bay do?${enter}`);
    await window.xpath('//a[.="Show request"]');
  },
  providers: (window) => go(window, '/providers?id=anthropic'),
  models: (window) => go(window, '/models?model=claude-haiku-4-5&protocol=anthropic'),
  settings: (window) => go(window, '/settings'),
};

/** A picture shows the screen, not where the keyboard stands, and nothing that still moves. */
const settled = `
  document.activeElement?.blur();
  return document.fonts.status === 'loaded'
    && !document.querySelector('[aria-busy=true]')
    && document.getAnimations().every(({ playState }) => playState !== 'running')`;
/** Resolves when what was drawn before is on the screen. */
const drawn = 'return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

async function takePictures(window, theme) {
  await go(window, '/settings');
  await click(window.xpath(`//button[.="${theme === 'dark' ? 'Dark' : 'Light'}"]`));
  for (const [name, prepare] of Object.entries(pictures)) {
    await prepare(window);
    await window.css('main h1');
    await until('everything is there', () => window.run(settled));
    await window.run(drawn);
    await until('everything stands still', () => window.run(settled));
    const path = join(images, `${name}-${theme}.png`);
    writeFileSync(path, await window.screenshot());
    console.log(path);
  }
}

mkdirSync(images, { recursive: true });
const provider = await startProvider({ lifelike: { answers, pause_ms: 30 } });
let desktop;
try {
  desktop = await startConfigured({
    config: configFor(provider),
    screen: { width: width * scale, height: height * scale },
    // The usual address, so that the pictures show it; another one where it is taken.
    ...((await isOpen(7229)) ? {} : { port: 7229 }),
  });
  const window = await desktop.drive(desktopBinary, [], {
    GDK_SCALE: String(scale),
    OPENAI_API_KEY: providerKey,
    ANTHROPIC_API_KEY: providerKey,
  });
  await untilOpen(desktop.port);
  await send(desktop.url);
  for (const theme of ['light', 'dark']) await takePictures(window, theme);
} finally {
  await desktop?.stop();
  await provider.stop();
}
