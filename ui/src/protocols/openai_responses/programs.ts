/** OpenAI Responses: the request as programs on its SDK. */
import { literal, typescript } from '../literals';
import { type Programs, placeholder, pythonArguments } from '../programs';
import type { Request } from '../wire';

export const programs: Programs = { python: pythonResponses, typescript: scriptResponses };

function pythonResponses(origin: string, { body }: Request): string {
  const head = `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="${placeholder}")

`;
  const call = `client.responses.create(\n${pythonArguments(body)})\n`;
  if (body['stream'] !== true) return `${head}answer = ${call}print(answer.output_text)\n`;
  return `${head}stream = ${call}for event in stream:
    if event.type == "response.output_text.delta":
        print(event.delta, end="", flush=True)
`;
}

function scriptResponses(origin: string, { body }: Request): string {
  const head = `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: '${placeholder}' });

`;
  const call = `await client.responses.create(${literal(body, typescript)});\n`;
  if (body['stream'] !== true) return `${head}const answer = ${call}console.log(answer.output_text);\n`;
  return `${head}const stream = ${call}for await (const event of stream) {
  if (event.type === 'response.output_text.delta') process.stdout.write(event.delta);
}
`;
}
