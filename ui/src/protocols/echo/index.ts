/** The built-in echo: its mark. */
import type { Protocol } from '../protocol';

export const echo = {
  mark: { code: 'EC', ring: 'text-protocol-echo' },
  client: false,
  upstream: false,
} as const satisfies Protocol;
