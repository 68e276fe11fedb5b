/** Renders the page, or one component of it, on a fake server. */
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactElement } from 'react';
import { onTestFinished } from 'vitest';
import { createCache } from '../App';
import { followLive, useConnection } from '../api/live';
import { useAppearance } from '../appearance';
import { followKeys } from '../commands';
import { replaceHost } from '../host';
import { i18next } from '../i18n';
import { setCopyText } from '../kit/CopyButton';
import { TooltipProvider } from '../kit/Tooltip';
import { createPageRouter } from '../routes';
import { axe } from './axe';
import { createFakeServer, type FakeServer } from './fake-host';

/** The whole page at `path` (`/overview`). Prepare `server.data` before, or pass a server. */
export async function renderPage(path: string, server: FakeServer = createFakeServer()) {
  replaceHost(server.host);
  setCopyText(server.host.copy);
  const cache = createCache();
  const router = createPageRouter(createMemoryHistory({ initialEntries: [path] }));
  onTestFinished(followLive(cache));
  onTestFinished(followKeys());
  onTestFinished(() => {
    useConnection.setState({ state: 'connecting', lostAt: null });
  });
  const view = render(
    <QueryClientProvider client={cache}>
      <TooltipProvider delayDuration={0}>
        <RouterProvider router={router} />
      </TooltipProvider>
    </QueryClientProvider>,
  );
  await screen.findByRole('main');
  return { ...view, server, router, cache, user: userEvent.setup(), axe: () => axe(view.baseElement) };
}

/** One component, with what all of them may need but no router. */
export function renderPart(part: ReactElement, server: FakeServer = createFakeServer()) {
  replaceHost(server.host);
  setCopyText(server.host.copy);
  const view = render(
    <QueryClientProvider client={createCache()}>
      <TooltipProvider delayDuration={0}>{part}</TooltipProvider>
    </QueryClientProvider>,
  );
  return { ...view, server, user: userEvent.setup(), axe: () => axe(view.baseElement) };
}

/** Speaks `language` until the test ends. */
export async function speak(language: 'en' | 'zh-CN'): Promise<void> {
  useAppearance.setState({ language });
  await i18next.changeLanguage(language);
  onTestFinished(async () => {
    useAppearance.setState({ language: 'system' });
    await i18next.changeLanguage('en');
  });
}
