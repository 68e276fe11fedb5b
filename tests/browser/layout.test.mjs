/** Where things stand on the page: everything can be reached in any window, and what an address names is in view. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, openPage } from '../harness/browser.mjs';
import { startServer } from '../harness/server.mjs';

const addresses = ['overview', 'exchanges', 'playground', 'providers?id=openai', 'models', 'settings'];
const longest = `many/${'a-name-that-goes-on-'.repeat(6)}`;

const config = `
[[providers]]
id = "openai"
name = "A provider whose name was typed without a thought of lists"
protocol = "openai_chat"
base_url = "http://127.0.0.1:9/v1"

[[accounts]]
id = "openai-main"
provider = "openai"
key = { env = "NO_SUCH_VARIABLE" }

[[aliases]]
name = "${longest.slice(5)}"
targets = ["openai/${longest}", "echo/echo"]
`;

let browser;
let server;

before(async () => {
  server = await startServer({ config });
  browser = await launchBrowser();
  for (let n = 0; n < 60; n += 1) {
    const body = { model: 'echo/echo', messages: [{ role: 'user', content: `Question ${n}` }] };
    await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The controls and headings that are cut off at a right edge, where nobody can scroll to them. */
const cutOff = (page) =>
  page.evaluate(() => {
    const found = [];
    for (const element of document.querySelectorAll('main :is(a, button, input, textarea, h1, h2, h3)')) {
      const { right, width } = element.getBoundingClientRect();
      if (width <= 1) continue;
      let edge = innerWidth;
      for (let box = element.parentElement; box; box = box.parentElement) {
        const { overflowX } = getComputedStyle(box);
        if (overflowX === 'visible') continue;
        // A text ends in dots by itself.
        if (getComputedStyle(box).textOverflow === 'ellipsis') break;
        if (overflowX === 'auto' || overflowX === 'scroll') break;
        edge = Math.min(edge, box.getBoundingClientRect().right);
      }
      if (right > edge + 1) found.push(`${element.ariaLabel ?? element.textContent}: ${right} of ${edge}`);
    }
    return found;
  });

for (const width of [420, 720, 1280]) {
  test(`nothing is cut off at ${width} px`, async () => {
    const page = await openPage(browser, server, { viewport: { width, height: 800 } });
    for (const address of addresses) {
      await page.goto(`${server.url}/#/${address}`);
      await page.locator('main h1').waitFor();
      await page
        .locator('main')
        .filter({ hasNot: page.locator('[aria-busy="true"]') })
        .waitFor();
      assert.deepEqual(await cutOff(page), [], address);
      const title = page.locator('main h1');
      assert.ok(
        await title.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth),
        `the title of ${address} is whole`,
      );
    }
    await page.context().close();
  });
}

test('the request that an address names is in view in the list', async () => {
  const page = await openPage(browser, server);
  await page
    .getByRole('navigation')
    .getByRole('link', { name: /^Requests/ })
    .click();
  const rows = page.locator('main [data-row-link]');
  const address = await rows.nth(27).getAttribute('href');
  await page.goto('about:blank');
  await page.goto(`${server.url}${address}`);
  const row = page.locator('main [data-row-link][aria-current]');
  await row.waitFor();
  const box = await row.boundingBox();
  assert.ok(box.y > 0 && box.y + box.height <= 800, `it stands at ${box.y}`);
  await page.context().close();
});
