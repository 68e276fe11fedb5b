/** OpenAI Responses: its mark. Its programs are set up as those of OpenAI's other protocols are. */
import type { Protocol } from '../protocol';

export const openaiResponses = {
  mark: { code: 'OR', ring: 'text-protocol-openai-responses' },
  client: true,
  upstream: true,
} as const satisfies Protocol;
