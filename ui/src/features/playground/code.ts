/** The request that Send would send, as a program: curl, or the official SDKs in Python and TypeScript. */
import type { Request } from './compose';
import type { ClientProtocol } from './conversation';
import type { Json } from './json';
import { literal, python, typescript } from './literals';
import { anthropicVersion } from './wire-anthropic';

export type CodeForm = 'curl' | 'python' | 'typescript';

export const codeForms: readonly CodeForm[] = ['curl', 'python', 'typescript'];

const placeholder = 'YOUR_ACCESS_KEY';

/** `address` is host and port. */
export function codeFor(
  form: CodeForm,
  protocol: ClientProtocol,
  address: string,
  { wire, body }: Request,
): string {
  const origin = `http://${address}`;
  switch (form) {
    case 'curl':
      return curl(`${origin}${wire.path}`, wire.headers, body);
    case 'python':
      return protocol === 'anthropic' ? pythonAnthropic(origin, body) : pythonOpenai(origin, body);
    case 'typescript':
      return protocol === 'anthropic' ? scriptAnthropic(origin, body) : scriptOpenai(origin, body);
  }
}

function curl(url: string, headers: Record<string, string>, body: Json): string {
  const all = { 'content-type': 'application/json', authorization: `Bearer ${placeholder}`, ...headers };
  const quoted = `'${JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`)}'`;
  return [
    `curl ${body['stream'] === true ? '-N ' : ''}${url}`,
    ...Object.entries(all).map(([name, value]) => `  -H '${name}: ${value}'`),
    `  -d ${quoted}`,
  ].join(' \\\n');
}

/** `model="…",` lines of a Python call. */
function pythonArguments(body: Json): string {
  return Object.entries(body)
    .map(([name, value]) => `    ${name}=${literal(value, python, 1)},\n`)
    .join('');
}

function pythonOpenai(origin: string, body: Json): string {
  const head = `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="${placeholder}")

`;
  const call = `client.chat.completions.create(\n${pythonArguments(body)})\n`;
  if (body['stream'] !== true) return `${head}answer = ${call}print(answer.choices[0].message)\n`;
  return `${head}stream = ${call}for chunk in stream:
    if chunk.choices and chunk.choices[0].delta.content:
        print(chunk.choices[0].delta.content, end="", flush=True)
`;
}

function pythonAnthropic(origin: string, body: Json): string {
  const [plain, extra] = apart(body);
  const head = `from anthropic import Anthropic

client = Anthropic(
    base_url="${origin}",
    api_key="${placeholder}",
    default_headers={"anthropic-version": "${anthropicVersion}"},
)

`;
  const given = pythonArguments({ ...plain, ...(extra && { extra_body: extra }) });
  const call = `client.messages.create(\n${given})\n`;
  if (body['stream'] !== true) return `${head}answer = ${call}print(answer.content)\n`;
  return `${head}stream = ${call}for event in stream:
    if event.type == "content_block_delta" and event.delta.type == "text_delta":
        print(event.delta.text, end="", flush=True)
`;
}

function scriptOpenai(origin: string, body: Json): string {
  const head = `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: '${placeholder}' });

`;
  const call = `await client.chat.completions.create(${literal(body, typescript)});\n`;
  if (body['stream'] !== true)
    return `${head}const answer = ${call}console.log(answer.choices[0]?.message);\n`;
  return `${head}const stream = ${call}for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? '');
}
`;
}

function scriptAnthropic(origin: string, body: Json): string {
  const [plain, extra] = apart(body);
  const head = `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({
  baseURL: '${origin}',
  apiKey: '${placeholder}',
  defaultHeaders: { 'anthropic-version': '${anthropicVersion}' },
});

`;
  const fields = literal(plain, typescript);
  // The newest SDK's types have no sampling parameters any more; a spread is not checked for them.
  const given = extra ? `${fields.slice(0, -2)}\n  ...${literal(extra, typescript, 1)},\n}` : fields;
  const call = `await client.messages.create(${given});\n`;
  if (body['stream'] !== true) return `${head}const answer = ${call}console.log(answer.content);\n`;
  return `${head}const stream = ${call}for await (const event of stream) {
  if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
    process.stdout.write(event.delta.text);
  }
}
`;
}

/** What the SDK takes as arguments, and the sampling parameters that its newest version does not. */
function apart({ temperature, top_p, ...plain }: Json): [Json, Json | null] {
  const extra = { ...(temperature !== undefined && { temperature }), ...(top_p !== undefined && { top_p }) };
  return [plain, Object.keys(extra).length === 0 ? null : extra];
}
