/** OpenAI chat: the request as programs on its SDK. */
import { literal, typescript } from '../literals';
import { type Programs, placeholder, pythonArguments } from '../programs';
import type { Request } from '../wire';

export const programs: Programs = { python: pythonOpenai, typescript: scriptOpenai };

function pythonOpenai(origin: string, { body }: Request): string {
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

function scriptOpenai(origin: string, { body }: Request): string {
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
