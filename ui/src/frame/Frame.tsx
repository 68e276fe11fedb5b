/** What stands around every screen: sidebar, palette, list of keys, toasts, and the keys that work everywhere. */
import { Outlet, useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Command, useCommands } from '../commands';
import { host } from '../host';
import { Toaster } from '../kit/Toast';
import { useBaseUrl } from './base-url';
import { KeyList } from './KeyList';
import { Palette } from './Palette';
import { usePalette } from './palette-state';
import { focusNextRegion } from './regions';
import { Sidebar } from './Sidebar';
import { screens } from './screens';

export function Frame() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [keysOpen, setKeysOpen] = useState(false);
  const baseUrl = useBaseUrl();

  const commands: Command[] = screens.map(({ name, to }, index) => ({
    id: `go-${name}`,
    label: t('palette.go', { screen: t(`nav.${name}`) }),
    keys: name === 'settings' ? [`mod+${index + 1}`, 'mod+,'] : [`mod+${index + 1}`],
    group: 'go',
    run: () => void navigate({ to }),
  }));
  commands.push(
    {
      id: 'palette',
      label: t('palette.title'),
      keys: ['mod+k'],
      group: 'everywhere',
      keyOnly: true,
      run: () => usePalette.setState({ open: true }),
    },
    {
      id: 'copy-base-url',
      label: t('server.copyBaseUrl'),
      keys: ['mod+shift+c'],
      group: 'everywhere',
      run: () => void host.copy(baseUrl),
    },
    { id: 'keys', label: t('keys.open'), keys: ['?'], group: 'everywhere', run: () => setKeysOpen(true) },
    {
      id: 'next-region',
      label: t('keys.nextRegion'),
      keys: ['f6'],
      group: 'everywhere',
      keyOnly: true,
      run: focusNextRegion,
    },
  );
  useCommands(commands);
  useExternalLinks();
  useScreenFocus();

  return (
    <>
      <a
        href="#main"
        className="absolute top-8 left-8 z-50 -translate-y-48 rounded-control bg-surface-pop px-12 py-6 focus:translate-y-0 focus:shadow-pop"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>('main')?.focus();
        }}
      >
        {t('nav.skip')}
      </a>
      <div className="grid h-full grid-cols-[var(--sidebar)_minmax(0,1fr)] grid-rows-[minmax(0,1fr)]">
        <Sidebar />
        <Outlet />
      </div>
      <Palette />
      <KeyList open={keysOpen} onOpenChange={setKeysOpen} />
      <Toaster />
    </>
  );
}

/** The desktop window must not become a browser: links to the outside open in the real one. */
function useExternalLinks(): void {
  useEffect(() => {
    if (host.kind !== 'desktop') return;
    const open = (event: MouseEvent) => {
      const link =
        event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href^="http"]') : null;
      if (!link || link.origin === location.origin) return;
      event.preventDefault();
      void host.openExternal(link.href);
    };
    document.addEventListener('click', open);
    return () => document.removeEventListener('click', open);
  }, []);
}

/** A new screen takes the focus, so that the next Tab is in it; the very first leaves it to the page. */
function useScreenFocus(): void {
  const router = useRouter();
  useEffect(
    () =>
      router.subscribe('onRendered', ({ fromLocation, toLocation }) => {
        if (!fromLocation || fromLocation.pathname === toLocation.pathname) return;
        document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
      }),
    [router],
  );
}
