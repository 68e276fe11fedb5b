/** The serious findings of axe-core, as short lines; colours are measured in the browser tests, not in jsdom. */
import axeCore from 'axe-core';

export async function axe(root: Element): Promise<string[]> {
  const { violations } = await axeCore.run(root, {
    rules: { 'color-contrast': { enabled: false } },
    resultTypes: ['violations'],
  });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}
