/** Anthropic: the request as programs on its SDK. */
import type { Json } from '../json';
import { literal, typescript } from '../literals';
import { type Programs, placeholder, pythonArguments } from '../programs';
import type { Request } from '../wire';
import { anthropicVersion } from './wire';

export const programs: Programs = { python: pythonAnthropic, typescript: scriptAnthropic };

function pythonAnthropic(origin: string, { body }: Request): string {
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

function scriptAnthropic(origin: string, { body }: Request): string {
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
