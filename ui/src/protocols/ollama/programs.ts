/** Ollama: the request as programs on its SDK. */
import { literal, typescript } from '../literals';
import { type Programs, placeholder, pythonArguments } from '../programs';
import type { Request } from '../wire';

export const programs: Programs = { python: pythonOllama, typescript: scriptOllama };

function pythonOllama(origin: string, { body }: Request): string {
  const head = `from ollama import Client

client = Client(
    host="${origin}",
    headers={"authorization": "Bearer ${placeholder}"},
)

`;
  const call = `client.chat(\n${pythonArguments(body)})\n`;
  if (body['stream'] !== true) return `${head}answer = ${call}print(answer.message)\n`;
  return `${head}stream = ${call}for chunk in stream:
    if chunk.message.content:
        print(chunk.message.content, end="", flush=True)
`;
}

function scriptOllama(origin: string, { body }: Request): string {
  const head = `import { Ollama } from 'ollama';

const client = new Ollama({
  host: '${origin}',
  headers: { authorization: 'Bearer ${placeholder}' },
});

`;
  const call = `await client.chat(${literal(body, typescript)});\n`;
  if (body['stream'] !== true) return `${head}const answer = ${call}console.log(answer.message);\n`;
  return `${head}const stream = ${call}for await (const chunk of stream) {
  process.stdout.write(chunk.message.content);
}
`;
}
