/** Dragging the rules of Models into another order, by mouse and by finger: what is shown is what is kept. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { launchBrowser, openPage } from '../harness/browser.mjs';
import { until } from '../harness/processes.mjs';
import { startServer } from '../harness/server.mjs';

// One row is higher than the others: its targets take two lines.
const targets = { b: ['echo/echo', ...[1, 2, 3, 4, 5].map((n) => `echo/a-model-with-a-long-name-${n}`)] };
const names = [...'abcdef', ...Array.from({ length: 30 }, (_, n) => `z-${n}`)];
const tableOf = (order) => order.map((name) => ({ name, targets: targets[name] ?? ['echo/echo'] }));

let browser;
let server;
let page;

before(async () => {
  server = await startServer();
  browser = await launchBrowser();
  page = await openPage(browser, server, { hasTouch: true });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Asks as the page does. */
const ask = (body) =>
  page.evaluate(async (sent) => {
    const answer = await fetch('/admin/aliases', {
      method: sent ? 'PUT' : 'GET',
      headers: { 'content-type': 'application/json', 'x-patchbay-admin': '1' },
      ...(sent ? { body: JSON.stringify(sent) } : {}),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }, body);
const kept = async () => (await ask()).aliases.map(({ name }) => name);
/** The rules by where they stand. */
const shown = () =>
  page.locator('main [data-rule]').evaluateAll((rules) =>
    rules
      .map((rule) => ({ name: rule.textContent, y: rule.getBoundingClientRect().y }))
      .sort((a, b) => a.y - b.y)
      .map(({ name }) => name),
  );
const rowOf = (name) =>
  page
    .locator('main li')
    .filter({ has: page.getByRole('button', { name: `Edit alias ${name}`, exact: true }) });
const middleOf = async (name) => {
  const box = await rowOf(name).locator('svg').first().boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};
/** `names` with the one at `from` at `to`. */
const moved = (from, to) => names.toSpliced(from, 1).toSpliced(to, 0, names[from]);
const becomes = async (order) => {
  await until('the order is kept', async () => (await kept()).join() === order.join()).catch(() => undefined);
  assert.deepEqual(await kept(), order);
  assert.deepEqual(await shown(), order);
};

beforeEach(async () => {
  await page.goto('about:blank');
  await page.goto(`${server.url}/#/models`);
  await ask({ default_model: null, aliases: tableOf(names) });
  await page.goto('about:blank');
  await page.goto(`${server.url}/#/models`);
  await rowOf('z-3').waitFor();
});

for (const [from, to] of [
  [0, 1],
  [0, 4],
  [4, 0],
  [1, 3],
  [5, 1],
]) {
  test(`a rule goes by mouse from place ${from} to ${to}`, async () => {
    const start = await middleOf(names[from]);
    const end = await middleOf(names[to]);
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    await page.mouse.move(start.x, end.y, { steps: 25 });
    assert.deepEqual(await shown(), moved(from, to));
    assert.deepEqual(await kept(), names);
    await page.mouse.up();
    await becomes(moved(from, to));
  });
}

test('there and back is no change, and the next drag takes the rule it grabs', async () => {
  const start = await middleOf('a');
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x + 200, start.y + 160, { steps: 20 });
  await page.mouse.move(start.x, start.y, { steps: 20 });
  await page.mouse.up();
  assert.deepEqual(await shown(), names);
  const other = await middleOf('c');
  await page.mouse.move(other.x, other.y);
  await page.mouse.down();
  await page.mouse.move(other.x, (await middleOf('a')).y, { steps: 20 });
  await page.mouse.up();
  await becomes(moved(2, 0));
});

test('at the end of what is in view the list scrolls on', async () => {
  const start = await middleOf('c');
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x, 790, { steps: 20 });
  const order = moved(2, names.length - 1);
  await until('the rule is at the end', async () => (await shown()).join() === order.join());
  await page.mouse.up();
  await becomes(order);
});

test('Escape ends a drag without a change', async () => {
  const start = await middleOf('a');
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x, start.y + 160, { steps: 20 });
  await page.keyboard.press('Escape');
  assert.deepEqual(await shown(), names);
  await page.mouse.move(start.x, start.y + 200, { steps: 5 });
  await page.mouse.up();
  assert.deepEqual(await shown(), names);
  assert.deepEqual(await kept(), names);
});

/** A finger that goes from one point to another, and what ends it. */
async function finger(start, end, ending) {
  const session = await page.context().newCDPSession(page);
  const touch = (type, ...touchPoints) => session.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', start);
  for (let step = 1; step <= 20; step += 1) {
    await touch('touchMove', { x: start.x, y: start.y + ((end.y - start.y) * step) / 20 });
  }
  await touch(ending);
  await session.detach();
}

test('a finger drags as far as the mouse', async () => {
  await finger(await middleOf('a'), await middleOf('e'), 'touchEnd');
  await becomes(moved(0, 4));
});

test('a finger that the system takes away changes nothing', async () => {
  await finger(await middleOf('a'), await middleOf('e'), 'touchCancel');
  assert.deepEqual(await shown(), names);
  assert.deepEqual(await kept(), names);
});
