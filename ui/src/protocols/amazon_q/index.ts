/** Amazon Q: its mark. No client speaks it. */
import type { Protocol } from '../protocol';

export const amazonQ = {
  mark: { code: 'AQ', ring: 'text-protocol-amazon-q' },
  client: false,
  upstream: true,
} as const satisfies Protocol;
