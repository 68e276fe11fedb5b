/**
 * What the page runs in: the desktop window or a browser. The only file that knows Tauri.
 *
 * Everything goes through `host.fetch`. In a browser it is plain `fetch` with the admin session's cookie. In the
 * desktop window it goes in process into the same router that serves TCP, by the commands below.
 *
 * Contract with the desktop shell (src-tauri):
 *
 * | command | arguments | answer |
 * |---|---|---|
 * | `fetch` | `{ request: { id, method, path, headers: [name, value][], body: string | number[] | null }, body: Channel }` | `{ status, headers: [name, value][] }`, as soon as the head of the answer is there; rejects with a sentence if there is none |
 * | `cancel_fetch` | `{ id }` | nothing; unknown ids are fine |
 * | `copy_text` | `{ text }` | nothing |
 * | `read_clipboard_image` | none | a PNG file as raw bytes; none at all where the clipboard holds no image |
 * | `autostart` | none | `boolean` |
 * | `set_autostart` | `{ enabled }` | nothing |
 * | `set_language` | `{ language: 'system' | 'en' | 'zh-CN' }` | nothing; what the tray speaks, also at later launches |
 * | `open_external` | `{ url }` | nothing; only http and https |
 * | `reveal_folder` | `{ folder: 'config' | 'data' | 'logs' }` | nothing |
 * | `quit` | none | nothing |
 *
 * `path` is origin-relative (`/admin/...`, `/v1/...`). A `body` that is a string is sent as UTF-8; numbers are bytes.
 * The channel carries, in order, raw bytes (`ArrayBuffer`) for each chunk and then exactly one of `{ end: true }` or
 * `{ error: sentence }`. It may begin before the command resolves. After `cancel_fetch` the shell drops the router's
 * answer (which tells the upstream that the client left) and sends nothing more.
 */
import { Channel, invoke, isTauri } from '@tauri-apps/api/core';
import type { Language } from './appearance';

export type Folder = 'config' | 'data' | 'logs';

export interface Host {
  kind: 'desktop' | 'browser';
  /** Like the platform's `fetch`, for a path on Patchbay itself. Rejects only if no answer came. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  copy(text: string): Promise<void>;
  /** The image on the clipboard where the page's paste event does not carry it (WebKitGTK); otherwise null. */
  readClipboardImage(): Promise<Blob | null>;
  autostart: { get(): Promise<boolean>; set(enabled: boolean): Promise<void> };
  /** The tray speaks it from now on; a browser has no tray. */
  setLanguage(language: Language): Promise<void>;
  openExternal(url: string): Promise<void>;
  revealFolder(folder: Folder): Promise<void>;
  quit(): Promise<void>;
  /** The server is at another port: a page in a browser goes there, the window is not bound to any. */
  follow(port: number): void;
}

const desktopOnly = () => Promise.reject(new Error('Only the desktop app can do this.'));

export const browserHost: Host = {
  kind: 'browser',
  fetch: (path, init) => fetch(path, { credentials: 'same-origin', ...init }),
  copy: async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      copyBySelection(text);
    }
  },
  readClipboardImage: () => Promise.resolve(null),
  autostart: { get: () => Promise.resolve(false), set: desktopOnly },
  setLanguage: () => Promise.resolve(),
  openExternal: (url) => {
    window.open(url, '_blank', 'noopener,noreferrer');
    return Promise.resolve();
  },
  revealFolder: desktopOnly,
  quit: desktopOnly,
  follow: (port) => {
    const address = new URL(location.href);
    address.port = String(port);
    location.assign(address);
  },
};

export const desktopHost: Host = {
  kind: 'desktop',
  fetch: fetchInProcess,
  copy: (text) => invoke('copy_text', { text }),
  readClipboardImage: async () => {
    const bytes = await invoke<ArrayBuffer | null>('read_clipboard_image');
    return bytes && bytes.byteLength > 0 ? new Blob([bytes], { type: 'image/png' }) : null;
  },
  autostart: {
    get: () => invoke('autostart'),
    set: (enabled) => invoke('set_autostart', { enabled }),
  },
  setLanguage: (language) => invoke('set_language', { language }),
  openExternal: (url) => invoke('open_external', { url }),
  revealFolder: (folder) => invoke('reveal_folder', { folder }),
  quit: () => invoke('quit'),
  follow: () => undefined,
};

let current: Host = isTauri() ? desktopHost : browserHost;

/** The host of this page. */
export const host: Host = {
  get kind() {
    return current.kind;
  },
  fetch: (path, init) => current.fetch(path, init),
  copy: (text) => current.copy(text),
  readClipboardImage: () => current.readClipboardImage(),
  autostart: { get: () => current.autostart.get(), set: (enabled) => current.autostart.set(enabled) },
  setLanguage: (language) => current.setLanguage(language),
  openExternal: (url) => current.openExternal(url),
  revealFolder: (folder) => current.revealFolder(folder),
  quit: () => current.quit(),
  follow: (port) => current.follow(port),
};

/** Puts another host in place: the fake one of tests and of `dev:ui -- --mode fake`. */
export function replaceHost(replacement: Host): void {
  current = replacement;
}

type BodyMessage = ArrayBuffer | { end: true } | { error: string };

async function fetchInProcess(path: string, init: RequestInit = {}): Promise<Response> {
  const { signal } = init;
  signal?.throwIfAborted();
  const id = crypto.randomUUID();
  const channel = new Channel<BodyMessage>();
  let done = false;
  const cancel = () => {
    if (done) return;
    done = true;
    // Nobody is left to tell if this fails.
    invoke('cancel_fetch', { id }).catch(() => undefined);
  };

  let abort: (() => void) | undefined;
  const settle = () => {
    done = true;
    if (abort) signal?.removeEventListener('abort', abort);
  };
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      abort = () => {
        cancel();
        controller.error(signal?.reason);
      };
      channel.onmessage = (message) => {
        if (done) return;
        if ('byteLength' in message) controller.enqueue(new Uint8Array(message));
        else {
          settle();
          if ('error' in message) controller.error(new TypeError(message.error));
          else controller.close();
        }
      };
    },
    cancel,
  });
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  if (abort) signal?.addEventListener('abort', abort, { once: true });

  const request = {
    id,
    method: init.method ?? 'GET',
    path,
    headers: [...new Headers(init.headers).entries()],
    body: await bodyOf(init.body),
  };
  const head = invoke<{ status: number; headers: [string, string][] }>('fetch', {
    request,
    body: channel,
  }).catch((reason: unknown) => {
    settle();
    throw new TypeError(String(reason));
  });
  const { status, headers } = await (signal ? Promise.race([head, aborted]) : head);
  const bodyless = status === 204 || status === 205 || status === 304;
  return new Response(bodyless ? null : stream, { status, headers });
}

async function bodyOf(body: BodyInit | null | undefined): Promise<string | number[] | null> {
  if (body === null || body === undefined) return null;
  if (typeof body === 'string') return body;
  return [...new Uint8Array(await new Response(body).arrayBuffer())];
}

/** For pages on plain http by another name than localhost, where the clipboard API does not exist. */
function copyBySelection(text: string): void {
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  // The deprecated call is the only one that works there.
  const copied = document.execCommand('copy');
  area.remove();
  if (!copied) throw new Error('The browser did not allow copying.');
}
