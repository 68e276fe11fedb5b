/** Gemini: its mark, and how its programs are set up. */
import type { Protocol } from '../protocol';

export const gemini = {
  mark: { code: 'GE', ring: 'text-protocol-gemini' },
  client: true,
  upstream: true,
  form: {
    value: 'gemini',
    label: 'Gemini',
    path: '',
    variable: 'GOOGLE_GEMINI_BASE_URL',
    clients: 'Gemini CLI',
    first: {
      path: '/v1beta/models/echo/echo:generateContent',
      key: 'x-goog-api-key: ',
      body: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
    },
  },
} as const satisfies Protocol;
