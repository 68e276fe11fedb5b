/** The session's storage, written a moment after the last change: typing must not wait for it. */

const waiting = new Map<string, string>();
const delayMs = 300;
let timer: ReturnType<typeof setTimeout> | undefined;

export function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  for (const [name, value] of waiting) {
    try {
      sessionStorage.setItem(name, value);
    } catch {
      // Full: what was stored before is older than nothing.
      sessionStorage.removeItem(name);
    }
  }
  waiting.clear();
}

export const lazyStorage = {
  getItem: (name: string) => waiting.get(name) ?? sessionStorage.getItem(name),
  setItem: (name: string, value: string) => {
    waiting.set(name, value);
    timer ??= setTimeout(flush, delayMs);
  },
  removeItem: (name: string) => {
    waiting.delete(name);
    sessionStorage.removeItem(name);
  },
};

window.addEventListener('pagehide', flush);
