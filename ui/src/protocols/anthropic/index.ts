/** Anthropic: its mark, and how its programs are set up. */
import type { Protocol } from '../protocol';

export const anthropic = {
  mark: { code: 'AN', ring: 'text-protocol-anthropic' },
  client: true,
  upstream: true,
  form: {
    value: 'anthropic',
    label: 'Anthropic',
    path: '',
    variable: 'ANTHROPIC_BASE_URL',
    clients: 'Claude Code, Cline',
    first: {
      path: '/v1/messages',
      key: 'x-api-key: ',
      body: { model: 'echo/echo', max_tokens: 64, messages: [{ role: 'user', content: 'Hello' }] },
    },
  },
} as const satisfies Protocol;
