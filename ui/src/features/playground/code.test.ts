import { expect, test } from 'vitest';
import { type ClientProtocol, clientProtocols } from '../../protocols';
import { literal, python } from '../../protocols/literals';
import { speakers } from '../../protocols/speakers';
import { codeFor } from './code';

const body = {
  model: 'echo/echo',
  messages: [{ role: 'user', content: `It's "quoted", \\ and\nnew 你好 \u2028` }],
  temperature: 0.2,
  top_p: null,
  tools: [{ name: 'x-y', 'odd key': true, list: [], none: {} }],
  stop: ['END'],
  stream: true,
};

const code = (form: 'curl' | 'python' | 'typescript', protocol: ClientProtocol, sent: object = body) =>
  codeFor(form, protocol, '127.0.0.1:7229', {
    wire: speakers[protocol].wire,
    model: 'echo/echo',
    stream: (sent as typeof body).stream,
    body: sent as typeof body,
  });

/** Runs the program with a client that only remembers what it was made of and what it was asked. */
async function run(source: string): Promise<{ options: unknown; asked: unknown }> {
  const seen: { options: unknown; asked: unknown } = { options: null, asked: null };
  class Client {
    messages = { create: async (asked: unknown) => this.#answer(asked) };
    chat = Object.assign(this.messages.create, { completions: this.messages });
    responses = this.messages;
    models = { generateContentStream: this.messages.create };
    constructor(options: unknown) {
      seen.options = options;
    }
    #answer(asked: unknown) {
      seen.asked = asked;
      return [];
    }
  }
  const program = source.replace(/^import .*\n/, '');
  const wrapped = new Function(
    'OpenAI',
    'Anthropic',
    'Ollama',
    'GoogleGenAI',
    `return (async () => {\n${program}\n})()`,
  );
  await wrapped(Client, Client, Client, Client);
  return seen;
}

const host = 'http://127.0.0.1:7229';

const clients: Record<ClientProtocol, object> = {
  openai_chat: { baseURL: `${host}/v1`, apiKey: 'YOUR_ACCESS_KEY' },
  openai_responses: { baseURL: `${host}/v1`, apiKey: 'YOUR_ACCESS_KEY' },
  anthropic: { baseURL: host, apiKey: 'YOUR_ACCESS_KEY' },
  gemini: { apiKey: 'YOUR_ACCESS_KEY', httpOptions: { baseUrl: host } },
  ollama: { host, headers: { authorization: 'Bearer YOUR_ACCESS_KEY' } },
};

test.each(clientProtocols)('%s: the TypeScript asks exactly the same', async (protocol) => {
  const isGemini = protocol === 'gemini';
  const { messages: contents } = body;
  const sent = isGemini ? { contents, tools: [], generationConfig: { topP: 0.5 }, stream: true } : body;
  const { options, asked } = await run(code('typescript', protocol, sent));
  // Its SDK has all but the model and the conversation in one place.
  const config = { tools: [], topP: 0.5, stream: true };
  expect(asked).toEqual(isGemini ? { model: 'echo/echo', contents, config } : body);
  expect(options).toMatchObject(clients[protocol]);
});

test('the curl line is quoted for a shell', () => {
  const text = code('curl', 'anthropic');
  expect(text).toContain(
    "curl -N http://127.0.0.1:7229/v1/messages \\\n  -H 'content-type: application/json'",
  );
  expect(text).toContain("-H 'anthropic-version: 2023-06-01'");
  const data = text.slice(text.indexOf("-d '") + 4, -1).replaceAll(String.raw`'\''`, "'");
  expect(JSON.parse(data)).toEqual(body);
});

test('the Python is what its SDK takes', () => {
  expect(code('python', 'anthropic', { model: 'm', temperature: 0.2, messages: [] })).toBe(
    `from anthropic import Anthropic

client = Anthropic(
    base_url="http://127.0.0.1:7229",
    api_key="YOUR_ACCESS_KEY",
    default_headers={"anthropic-version": "2023-06-01"},
)

answer = client.messages.create(
    model="m",
    messages=[],
    extra_body={"temperature": 0.2},
)
print(answer.content)
`,
  );
  expect(literal([true, false, null, 1.5, 'a"b'], python, 1)).toBe(
    String.raw`[True, False, None, 1.5, "a\"b"]`,
  );
});
