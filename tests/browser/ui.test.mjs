/** The UI as a person uses it, in Chromium, on the real headless server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seriousViolations } from '../harness/axe.mjs';
import { launchBrowser, openPage } from '../harness/browser.mjs';
import { providerKey, startProvider } from '../harness/provider.mjs';
import { startServer } from '../harness/server.mjs';

const screens = ['overview', 'exchanges', 'playground', 'providers', 'models', 'settings'];

/** By the sidebar, as a person would. */
const go = (page, screen) =>
  page
    .getByRole('navigation')
    .getByRole('link', { name: new RegExp(`^${screen}`) })
    .click();

let browser;
let provider;
let server;

before(async () => {
  provider = await startProvider();
  server = await startServer({ config: '[log]\nbodies = "all"\n' });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await provider?.stop();
});

describe('from nothing to an answer', () => {
  let page;

  before(async () => {
    page = await openPage(browser, server);
  });

  after(() => page.context().close());

  test('a provider is added with its key', async () => {
    await go(page, 'Providers');
    await page.getByRole('button', { name: 'Add provider' }).click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByRole('button', { name: /^OpenAI\b/ })
      .first()
      .click();
    await dialog.getByLabel('Base URL').fill(`${provider.url}/v1`);
    await dialog.getByLabel('Key', { exact: true }).fill(providerKey);
    await dialog.getByRole('button', { name: 'Add provider' }).click();
    await page.getByText(`••••${providerKey.slice(-4)}`).waitFor();
    await page.getByRole('button', { name: 'Test openai-main' }).click();
    await page
      .getByRole('region', { name: 'Accounts' })
      .getByText(/1 model/)
      .waitFor();
  });

  test('an alias is made, and the dry run says where it leads', async () => {
    await go(page, 'Models');
    await page.getByRole('button', { name: 'Add alias' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Clients ask for').fill('house-model');
    await dialog.getByLabel('Target 1', { exact: true }).fill('openai/m-1');
    await dialog.getByRole('button', { name: 'Add alias' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByLabel('Model name').fill('house-model');
    await page.getByRole('region', { name: 'Where would it go?' }).getByText('openai/m-1').first().waitFor();
  });

  test('the playground sends through the alias, and its request is a row', async () => {
    const log = await openPage(browser, server);
    await go(log, 'Requests');
    await page.getByRole('link', { name: 'Send it in the playground' }).click();
    const composer = page.getByLabel('Your message');
    await composer.fill('Hi there');
    await composer.press('Enter');
    await page.getByText('Hello from the provider.').waitFor();
    // The other page shows the row without being asked to look again.
    await log
      .getByRole('link', { name: /house-model/ })
      .or(log.getByRole('row', { name: /house-model/ }))
      .first()
      .waitFor();
    assert.deepEqual(page.troubles, []);
    assert.deepEqual(log.troubles, []);
    await log.context().close();
  });

  test('the row opens to what was sent and what came back', async () => {
    await go(page, 'Requests');
    await page
      .getByRole('link', { name: /house-model/ })
      .first()
      .click();
    await page.getByRole('main').getByText('/v1/chat/completions').first().waitFor();
    // The body of the request, as it was sent.
    await page.getByRole('main').getByText('Hi there').first().waitFor();
    assert.match(page.url(), /id=/);
  });
});

for (const colorScheme of ['light', 'dark']) {
  for (const locale of ['en-GB', 'zh-CN']) {
    test(`every screen is accessible, ${colorScheme}, ${locale}`, async () => {
      const page = await openPage(browser, server, { colorScheme, locale });
      assert.equal(await page.locator('html').getAttribute('data-theme'), colorScheme);
      assert.equal(await page.locator('html').getAttribute('lang'), locale.startsWith('zh') ? 'zh-CN' : 'en');
      for (const screen of screens) {
        await page.goto(`${server.url}/#/${screen}`);
        await page.locator('main h1').waitFor();
        await page
          .locator('main')
          .filter({ hasNot: page.locator('[aria-busy="true"]') })
          .waitFor();
        assert.deepEqual(await seriousViolations(page), [], screen);
      }
      assert.deepEqual(page.troubles, []);
      await page.context().close();
    });
  }
}

test('the page itself never scrolls, also when a part at its end is asked for', async () => {
  const page = await openPage(browser, server, { viewport: { width: 1280, height: 500 } });
  await go(page, 'Settings');
  await page.getByRole('button', { name: 'About' }).click();
  await page.getByText('MIT or Apache 2.0').waitFor();
  const top = await page.locator('main header').evaluate((header) => header.getBoundingClientRect().top);
  assert.equal(top, 0);
  await page.context().close();
});

describe('access to the page', () => {
  test('without the link nobody is signed in, and the page says what to do', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(server.url);
    await page.getByText(/not signed in/).waitFor();
    await context.close();
  });

  test('a link works once', async () => {
    const first = await server.signInLink();
    const context = await browser.newContext();
    const page = await context.newPage();
    const answer = await page.goto(first);
    assert.ok([401, 403, 410].includes(answer.status()), `a used link is answered with ${answer.status()}`);
    await context.close();
  });
});
