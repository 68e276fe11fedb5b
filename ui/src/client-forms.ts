/** The protocols that clients speak to Patchbay: what their programs call the base URL, and a first request in each. */

export interface ClientForm {
  value: 'openai' | 'anthropic' | 'gemini' | 'ollama';
  /** As its programs name it. */
  label: string;
  protocol: string;
  /** What follows host and port in the base URL. */
  path: string;
  /** The environment variable that most of its programs read. */
  variable: string;
  /** Programs that want this form, for people who look for theirs. */
  clients: string;
}

export const clientForms: readonly ClientForm[] = [
  {
    value: 'openai',
    label: 'OpenAI',
    protocol: 'openai_chat',
    path: '/v1',
    variable: 'OPENAI_BASE_URL',
    clients: 'Codex, Zed, Continue, Aider',
  },
  {
    value: 'anthropic',
    label: 'Anthropic',
    protocol: 'anthropic',
    path: '',
    variable: 'ANTHROPIC_BASE_URL',
    clients: 'Claude Code, Cline',
  },
  {
    value: 'gemini',
    label: 'Gemini',
    protocol: 'gemini',
    path: '',
    variable: 'GOOGLE_GEMINI_BASE_URL',
    clients: 'Gemini CLI',
  },
  {
    value: 'ollama',
    label: 'Ollama',
    protocol: 'ollama',
    path: '',
    variable: 'OLLAMA_HOST',
    clients: 'Open WebUI, JetBrains AI',
  },
];

export type FormName = ClientForm['value'];

const hello = [{ role: 'user', content: 'Hello' }];

/** Path below host and port, the header that carries an access key, and a body that the built-in echo answers. */
const requests: Record<FormName, { path: string; key: string; body: unknown }> = {
  openai: {
    path: '/v1/chat/completions',
    key: 'authorization: Bearer ',
    body: { model: 'echo/echo', messages: hello },
  },
  anthropic: {
    path: '/v1/messages',
    key: 'x-api-key: ',
    body: { model: 'echo/echo', max_tokens: 64, messages: hello },
  },
  gemini: {
    path: '/v1beta/models/echo/echo:generateContent',
    key: 'x-goog-api-key: ',
    body: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
  },
  ollama: {
    path: '/api/chat',
    key: 'authorization: Bearer ',
    body: { model: 'echo/echo', messages: hello, stream: false },
  },
};

/** A line for a shell that works at once; `origin` is scheme, host and port. */
export function firstRequest(origin: string, accessKeys: number, form: FormName = 'openai'): string {
  const { path, key, body } = requests[form];
  const access = accessKeys === 0 ? '' : ` \\\n  -H "${key}YOUR_ACCESS_KEY"`;
  return `curl ${origin}${path}${access} \\\n  -H "content-type: application/json" \\\n  -d '${JSON.stringify(body)}'`;
}
