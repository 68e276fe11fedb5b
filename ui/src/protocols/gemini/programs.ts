/** Gemini: the request as programs on its SDK. */
import { type Json, record } from '../json';
import { literal, python, typescript } from '../literals';
import { type Programs, placeholder } from '../programs';
import type { Request } from '../wire';

export const programs: Programs = { python: pythonGemini, typescript: scriptGemini };

/** The SDK has everything but the conversation in one place. */
function asked({ model, body }: Request): Json {
  const { contents, generationConfig, ...others } = body;
  const config = { ...others, ...record(generationConfig) };
  return { model, contents, ...(Object.keys(config).length > 0 && { config }) };
}

function pythonGemini(origin: string, request: Request): string {
  const { model, contents, config } = asked(request);
  const set = config === undefined ? '' : `    config=${literal(config, python, 1)},\n`;
  const method = request.stream ? 'generate_content_stream' : 'generate_content';
  // Bytes are base64 only where the SDK reads JSON.
  const head = `import json

from google import genai
from google.genai import types

client = genai.Client(
    api_key="${placeholder}",
    http_options={"base_url": "${origin}"},
)

contents = ${literal(contents, python)}

`;
  const call = `client.models.${method}(
    model=${literal(model, python)},
    contents=[types.Content.model_validate_json(json.dumps(one)) for one in contents],
${set})\n`;
  if (!request.stream) return `${head}answer = ${call}print(answer.text)\n`;
  return `${head}stream = ${call}for chunk in stream:
    if chunk.text:
        print(chunk.text, end="", flush=True)
`;
}

function scriptGemini(origin: string, request: Request): string {
  const method = request.stream ? 'generateContentStream' : 'generateContent';
  const head = `import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({
  apiKey: '${placeholder}',
  httpOptions: { baseUrl: '${origin}' },
});

`;
  const call = `await client.models.${method}(${literal(asked(request), typescript)});\n`;
  if (!request.stream) return `${head}const answer = ${call}console.log(answer.text);\n`;
  return `${head}const stream = ${call}for await (const chunk of stream) {
  process.stdout.write(chunk.text ?? '');
}
`;
}
