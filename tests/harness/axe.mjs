/** Accessibility: axe-core in a Playwright page. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** One sentence for each violation of impact serious or critical. */
export async function seriousViolations(page) {
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
