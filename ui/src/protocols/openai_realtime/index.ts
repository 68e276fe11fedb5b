/** OpenAI Realtime: its mark, in the colour of the protocol whose items it uses. */
import type { Protocol } from '../protocol';

export const openaiRealtime = {
  mark: { code: 'RT', ring: 'text-protocol-openai-responses' },
  client: false,
  upstream: false,
} as const satisfies Protocol;
