/** Ollama: its mark, and how its programs are set up. */
import type { Protocol } from '../protocol';

export const ollama = {
  mark: { code: 'OL', ring: 'text-protocol-ollama' },
  client: true,
  upstream: true,
  form: {
    value: 'ollama',
    label: 'Ollama',
    path: '',
    variable: 'OLLAMA_HOST',
    clients: 'Open WebUI, JetBrains AI',
    first: {
      path: '/api/chat',
      key: 'authorization: Bearer ',
      body: { model: 'echo/echo', messages: [{ role: 'user', content: 'Hello' }], stream: false },
    },
  },
} as const satisfies Protocol;
