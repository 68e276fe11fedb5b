/** The UI as a person uses it, in Chromium, on the real headless server. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { seriousViolations } from '../harness/axe.mjs';
import { launchBrowser, openPage } from '../harness/browser.mjs';
import { startLogins, userCode } from '../harness/logins.mjs';
import { freePort } from '../harness/ports.mjs';
import { drawnUrl, providerKey, startProvider } from '../harness/provider.mjs';
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

test('what a model draws is shown, opened, saved, and goes back with the next question', async () => {
  const page = await openPage(browser, server);
  await page.goto(`${server.url}/#/playground?model=openai%2Fm-1`);
  const composer = page.getByLabel('Your message');
  await composer.fill('draw a line');
  await composer.press('Enter');
  const image = page.getByRole('img', { name: 'Image 1, drawn by openai/m-1' });
  await page.getByText('PNG, 96 × 60, 193 B').waitFor();
  assert.equal(await image.evaluate((shown) => shown.naturalWidth), 96);
  assert.deepEqual(await seriousViolations(page), []);
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save image 1' }).click();
  const file = await saving;
  assert.equal(file.suggestedFilename(), 'image-1.png');
  assert.equal(readFileSync(await file.path()).toString('base64'), drawnUrl.split(',')[1]);
  await page.getByRole('button', { name: 'Open image 1' }).click();
  await page.getByRole('dialog').getByRole('img', { name: 'Image 1, drawn by openai/m-1' }).waitFor();
  assert.deepEqual(await seriousViolations(page), []);
  await page.keyboard.press('Escape');
  await composer.fill('Thanks');
  await composer.press('Enter');
  await page.getByText('Hello from the provider.').waitFor();
  const [, answer] = provider.requests.at(-1).body.messages;
  assert.equal(answer.images[0].image_url.url, drawnUrl);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

describe('an account that is signed in to', () => {
  let logins;
  let page;
  const dialog = () => page.getByRole('dialog');

  before(async () => {
    logins = await startLogins();
    page = await openPage(browser, server);
    // The page has no field for another service: organisations have theirs at the usual one.
    await page.route('**/admin/logins', (route) =>
      route.continue({ postData: { ...route.request().postDataJSON(), login_url: logins.url } }),
    );
    // What the page opens is nowhere.
    await page.context().route('https://device.example/**', (route) => route.fulfill({ body: 'The page' }));
  });

  after(async () => {
    await page.context().close();
    await logins.stop();
  });

  test('a provider is added by signing in, with the code on the screen', async () => {
    await go(page, 'Providers');
    await page.getByRole('button', { name: 'Add provider' }).click();
    await dialog()
      .getByRole('button', { name: /Amazon Q/ })
      .click();
    await dialog().getByLabel('Base URL').fill(logins.url);
    await dialog().getByRole('button', { name: 'Sign in' }).click();
    await dialog().getByLabel('Code', { exact: true }).getByText(userCode).waitFor();
    assert.deepEqual(await seriousViolations(page), []);
    const opened = page.context().waitForEvent('page');
    await dialog().getByRole('button', { name: 'Open the page' }).click();
    const other = await opened;
    await other.waitForURL(`https://device.example/?user_code=${userCode}`);
    await other.close();
    logins.agree();
    await dialog().getByText('Signed in. The account amazon-q is ready.').waitFor();
    await dialog().getByRole('button', { name: 'Done' }).click();
    const accounts = page.getByRole('region', { name: 'Accounts' });
    await accounts.getByText('signed in', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Test amazon-q' }).click();
    await accounts.getByText('2 models.').waitFor();
    assert.ok(logins.seen.some(({ authorization }) => authorization === 'Bearer access-1'));
  });

  test('a refusal on the page is said, and the next attempt works', async () => {
    logins.refuse();
    await page.getByRole('button', { name: 'Add account' }).click();
    await dialog().getByRole('radio', { name: 'Organisation' }).click();
    await dialog().getByLabel('Start URL').fill('https://house.example/start');
    await dialog().getByLabel('Region').fill('Frankfurt');
    await dialog().getByRole('button', { name: 'Sign in' }).click();
    await dialog().getByText('A region looks like us-east-1.').waitFor();
    await dialog().getByLabel('Region').fill('eu-central-1');
    await dialog().getByRole('button', { name: 'Sign in' }).click();
    await dialog().getByText('The login was refused on the page. Nothing was added.').waitFor();
    logins.forget();
    await dialog().getByRole('button', { name: 'Try again' }).click();
    await dialog().getByRole('button', { name: 'Sign in' }).click();
    await dialog().getByLabel('Code', { exact: true }).waitFor();
    logins.agree();
    await dialog().getByRole('button', { name: 'Done' }).click();
    await page.getByText('house.example eu-central-1').waitFor();
    const start = logins.seen.findLast(({ path }) => path === '/device_authorization');
    assert.equal(start.body.startUrl, 'https://house.example/start');
  });

  test('accounts of another program are imported, each with its result', async () => {
    await page.getByRole('button', { name: 'Import' }).click();
    const whole = { refreshToken: 'r', clientId: 'c', clientSecret: 's' };
    await dialog()
      .getByLabel('JSON of the accounts')
      .fill(JSON.stringify([whole, { clientId: 'c' }]));
    await dialog().getByRole('button', { name: 'Import accounts' }).click();
    await dialog().getByText('1 account was added.').waitFor();
    await dialog().getByText('Entry 2: The entry has no refresh_token.').waitFor();
    assert.deepEqual(await seriousViolations(page), []);
    await dialog().getByRole('button', { name: 'Done' }).click();
    // What the server refuses on purpose is in the browser's console too.
    assert.deepEqual(
      page.troubles.filter((text) => !/status of 400/.test(text)),
      [],
    );
  });
});

test('on a Chinese page losses and failures are told in Chinese, with the words of the provider', async () => {
  for (const content of ['Hi', 'fail 429']) {
    const body = { model: 'house-model', max_tokens: 9, top_k: 40, messages: [{ role: 'user', content }] };
    const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' };
    await fetch(`${server.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(body) });
  }
  const page = await openPage(browser, server, { locale: 'zh-CN' });
  await go(page, '请求');
  const rows = page.getByRole('main').getByRole('link', { name: /house-model/ });
  // Rows are written behind their answers: with the playground's own there are three, the failure on top.
  await rows.nth(2).waitFor();
  await rows.first().click();
  await page.getByText('OpenAI 限制请求的频率或用量。').waitFor();
  await page.getByText('“Failing with 429 as asked.”').waitFor();
  await rows.nth(1).click();
  await page.getByRole('tab', { name: /^损失/ }).click();
  await page.getByRole('listitem').filter({ hasText: 'top_k' }).getByText('目标协议中没有对应项').waitFor();
  await page.context().close();
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

test('a page goes to a new port with the server, still signed in', async () => {
  const moving = await startServer();
  const page = await openPage(browser, moving);
  const port = await freePort();
  await go(page, 'Settings');
  const field = page.getByLabel('Port');
  await field.fill(String(port));
  await field.press('Enter');
  await page.waitForURL(`http://127.0.0.1:${port}/**`);
  await page.getByLabel('Port').waitFor();
  assert.equal(await page.getByLabel('Port').inputValue(), String(port));
  await page.context().close();
  await moving.stop();
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
