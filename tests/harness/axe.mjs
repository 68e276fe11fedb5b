/** Accessibility: axe-core in a Playwright page. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** One sentence for each violation of impact serious or critical, once what moves in has arrived. */
export async function seriousViolations(page) {
  await settled(page);
  // evaluate() is not bound by the page's content security policy, a script tag would be.
  await page.evaluate(await readFile(source, 'utf8'));
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ['violations'] }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ target }) => target.join(' ')).join(', ')})`,
    );
}

/**
 * Waits until nothing is on its way: while a dialog fades in, its texts have a contrast that nobody
 * reads them at. What turns without an end (a spinner) is not waited for.
 */
async function settled(page) {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(
          ({ effect, playState }) => playState === 'running' && effect.getComputedTiming().endTime < Infinity,
        )
        .map(({ finished }) => finished),
    ),
  );
}
