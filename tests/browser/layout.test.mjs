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
    // The settings come last: in a narrow window their field stands elsewhere.
    await page.keyboard.press('Control+f');
    assert.ok(await page.evaluate(() => document.activeElement.matches('main [type="search"]')));
    await page.context().close();
  });
}

test('the names of who was patched today end in dots before they are cut off', async () => {
  await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'a-client-with-a-long-name/1' },
    body: JSON.stringify({ model: 'openai/x', messages: [{ role: 'user', content: 'Question' }] }),
  });
  const page = await openPage(browser, server, { viewport: { width: 400, height: 800 } });
  await page.goto(`${server.url}/#/overview`);
  await page.locator('main svg text').filter({ hasText: 'A provider' }).waitFor();
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll('main svg text')]
      .filter((text) => {
        const [box, frame] = [text, text.closest('svg').parentElement].map((one) =>
          one.getBoundingClientRect(),
        );
        return box.right > frame.right || box.left < frame.left;
      })
      .map(({ textContent }) => textContent),
  );
  assert.deepEqual(cut, []);
  await page.context().close();
});

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

/** Where the room of an element ends at its right, without its padding. */
const innerRight = (locator) =>
  locator.evaluate(
    (element) =>
      element.getBoundingClientRect().right - Number.parseFloat(getComputedStyle(element).paddingRight),
  );

for (const address of ['overview', 'models', 'settings']) {
  test(`what scrolls on ${address} ends at the right where the header ends`, async () => {
    const page = await openPage(browser, server);
    await page.goto(`${server.url}/#/${address}`);
    const scroller = page.locator('main .scroll-y').last();
    await scroller.waitFor();
    // All that is padded up to the edge, in what scrolls at the window's right.
    const edges = await scroller.evaluate((element) =>
      [element, ...element.querySelectorAll('.pr-edge')]
        .filter((one) => one.matches('.pr-edge'))
        .map((one) => {
          const bar = one === element ? one.offsetWidth - one.clientWidth - one.clientLeft : 0;
          return (
            one.getBoundingClientRect().right - bar - Number.parseFloat(getComputedStyle(one).paddingRight)
          );
        }),
    );
    assert.ok(edges.length > 0);
    const header = await innerRight(page.locator('main header').first());
    assert.equal(Math.max(...edges), header);
    await page.context().close();
  });
}

test('where the system gives the colours, what is chosen and what is switched on can be told', async () => {
  const page = await openPage(browser, server, { forcedColors: 'active' });
  await page.goto(`${server.url}/#/settings`);
  const look = (element) => {
    const { outlineStyle, backgroundColor } = getComputedStyle(element);
    return { outlineStyle, backgroundColor };
  };
  const screens = page.getByRole('navigation');
  const here = await screens.getByRole('link', { name: 'Settings' }).evaluate(look);
  const elsewhere = await screens.getByRole('link', { name: 'Models' }).evaluate(look);
  assert.deepEqual([here.outlineStyle, elsewhere.outlineStyle], ['solid', 'none']);
  const knob = page.getByRole('switch', { name: 'Letter keys' }).locator('> * > *');
  const track = page.getByRole('switch', { name: 'Letter keys' }).locator('> *');
  assert.notEqual((await knob.evaluate(look)).backgroundColor, (await track.evaluate(look)).backgroundColor);
  await page.context().close();
});

test('larger text cuts off neither times nor the base URL, and drops columns in their place', async () => {
  const page = await openPage(browser, server);
  await page.goto(`${server.url}/#/overview`);
  await page.locator('main [data-row-link]').first().waitFor();
  await page.addStyleTag({ content: 'html { font-size: 130% }' });
  // Columns are chosen anew when the page is drawn anew.
  await page.setViewportSize({ width: 1281, height: 800 });
  const cut = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('main [role="row"]')].flatMap((row) => {
        const time = row.querySelector('[role="cell"], [role="columnheader"]');
        const last = row.lastElementChild.getBoundingClientRect().right;
        return [
          ...(time.scrollWidth > time.clientWidth ? [time.textContent] : []),
          ...(last > document.querySelector('main').getBoundingClientRect().right ? ['beyond the edge'] : []),
        ];
      }),
    );
  assert.deepEqual(await cut(), []);
  const base = page.getByRole('main').getByText(server.url).first();
  assert.equal(await base.evaluate((one) => one.scrollWidth > one.clientWidth), false);
  await page.context().close();
});

test('the heads of columns stand over their digits', async () => {
  const page = await openPage(browser, server);
  await page.goto(`${server.url}/#/exchanges`);
  await page.locator('main [data-row-link]').first().waitFor();
  const rights = (role) =>
    page.evaluate((wanted) => {
      const row = [...document.querySelectorAll('main [role="row"]')].find((one) =>
        one.querySelector(`[role="${wanted}"]`),
      );
      return [...row.querySelectorAll(`[role="${wanted}"]`)].map(
        (cell) => cell.getBoundingClientRect().right,
      );
    }, role);
  assert.deepEqual(await rights('cell'), await rights('columnheader'));
  await page.context().close();
});
