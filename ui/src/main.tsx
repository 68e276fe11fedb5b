/** The page starts here. */
import './app.css';
import './i18n';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { followAppearance } from './appearance';
import { followKeys } from './commands';
import { host, replaceHost } from './host';
import { setCopyText } from './kit/CopyButton';
import { measureScrollbars } from './scrollbars';
import { followLanguage } from './tray';

async function start(): Promise<void> {
  // `DEV` is false in a build, which drops the fake server from it.
  if (import.meta.env.DEV) {
    const scenario = new URLSearchParams(location.search).get('fake');
    if (import.meta.env.MODE === 'fake' || scenario !== null) {
      replaceHost((await import('./test/scenarios')).scenario(scenario ?? '').host);
      // The router would read it as a part of what stands behind the hash.
      history.replaceState(null, '', `${location.pathname}${location.hash}`);
    }
  }
  followAppearance();
  followLanguage();
  measureScrollbars();
  followKeys();
  setCopyText((text) => host.copy(text));
  const root = document.getElementById('root');
  if (root) {
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    );
  }
}

void start();
