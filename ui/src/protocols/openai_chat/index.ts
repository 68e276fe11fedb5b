/** OpenAI chat: its mark, and how its programs are set up. */
import type { Protocol } from '../protocol';

export const openaiChat = {
  mark: { code: 'OC', ring: 'text-protocol-openai-chat' },
  client: true,
  upstream: true,
  form: {
    value: 'openai',
    label: 'OpenAI',
    path: '/v1',
    variable: 'OPENAI_BASE_URL',
    clients: 'Codex, Zed, Continue, Aider',
    first: {
      path: '/v1/chat/completions',
      key: 'authorization: Bearer ',
      body: { model: 'echo/echo', messages: [{ role: 'user', content: 'Hello' }] },
    },
  },
} as const satisfies Protocol;
