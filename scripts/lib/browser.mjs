/** The browser of the tests: Debian's Chromium or Chrome where there is one, otherwise Playwright's own. */
import { existsSync } from 'node:fs';
import { run } from './run.mjs';

/** Undefined: Playwright knows where its own is. */
export function browserPath() {
  const candidates = [process.env.PATCHBAY_CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'];
  return candidates.find((path) => path && existsSync(path));
}

/** Makes sure that there is one; returns the words for the progress line. */
export async function prepareBrowser(say) {
  const found = browserPath();
  if (found) return found;
  await run('npx', ['playwright-core', 'install', 'chromium'], { onLine: say });
  return "Playwright's Chromium";
}
