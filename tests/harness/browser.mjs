/** Chromium for tests, through playwright-core. */
import { chromium } from 'playwright-core';
import { browserPath } from '../../scripts/lib/browser.mjs';

export async function launchBrowser() {
  return chromium.launch({
    executablePath: browserPath(),
    // Chromium's sandbox refuses to run as root, and containers are small in /dev/shm.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

/** The sessions of servers: a sign-in link works once, its cookie in every page after it. */
const sessions = new WeakMap();

/**
 * A page that is signed in to `server`, with everything that went wrong in it collected in `page.troubles`.
 * `options` are Playwright's context options: colorScheme, locale, viewport.
 */
export async function openPage(browser, server, options = {}) {
  const signedIn = sessions.get(server);
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    ...(signedIn ? { storageState: signedIn } : {}),
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.troubles = [];
  page.on('pageerror', (error) => page.troubles.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && page.troubles.push(message.text()));
  if (signedIn) await page.goto(server.url);
  else {
    await page.goto(await server.signInLink());
    const { cookies } = await context.storageState();
    sessions.set(server, { cookies, origins: [] });
  }
  return page;
}
