/** Gemini's generateContent, as the scripted provider reads and writes it. */
import { cost, frame, newId, stranger, words } from './pieces.mjs';

export const id = 'gemini';
const path = /^\/v1beta\/models\/([^:]+):(generateContent|streamGenerateContent)/;
export const model = 'gemini-3-pro-preview';
export const matches = (given) => path.test(given);
/** Other things that are asked for, by path. */
export const others = { [`/v1beta/models/${model}:countTokens`]: { totalTokens: 9 } };
export const contentType = 'text/event-stream';
export const modelOf = (request) => request.path.match(path)[1];
export const streams = (request) => request.path.match(path)[2] === 'streamGenerateContent';

const declared = (tools = []) => tools.flatMap(({ functionDeclarations }) => functionDeclarations ?? []);
const having = (content, kind) => (content?.parts ?? []).filter((part) => part[kind]);

const camel = (object) =>
  object &&
  Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key.replace(/_[a-z]/g, (found) => found[1].toUpperCase()),
      value,
    ]),
  );
/** The real one takes names with underscores too. */
export function plain(given) {
  const body = camel(given);
  body.generationConfig &&= camel(body.generationConfig);
  body.tools &&= body.tools.map(camel);
  body.contents = body.contents.map(({ role, parts }) => ({
    role,
    parts: parts.map((part) => {
      const plain = camel(part);
      plain.inlineData &&= camel(plain.inlineData);
      return plain;
    }),
  }));
  return body;
}

export function read({ contents, tools, generationConfig }) {
  const last = contents.at(-1);
  return {
    words: last.parts.map(({ text }) => text ?? '').join(''),
    results: having(last, 'functionResponse').map((part) => JSON.stringify(part.functionResponse.response)),
    tools: declared(tools).map(({ name }) => name),
    // Both alphabets are taken.
    image: having(last, 'inlineData')[0]?.inlineData.data.replaceAll('-', '+').replaceAll('_', '/'),
    json: generationConfig?.responseMimeType === 'application/json',
  };
}

const fields =
  'contents tools toolConfig safetySettings systemInstruction generationConfig cachedContent labels'.split(
    ' ',
  );
/** Words of JSON Schema that `parameters` does not know; `parametersJsonSchema` does. */
const unknownWords = ['$schema', '$ref', '$defs', 'const', 'exclusiveMinimum', 'exclusiveMaximum', 'oneOf'];

/** What signs each call of this provider, and must come back with it. */
const signature = 'c2lnbmVkIGJ5IHRoZSBwcm92aWRlcg==';
const signatures = [signature, 'skip_thought_signature_validator'];

/** The complaint of the real one about this request, or null. */
export function complaint({ contents, tools, ...body }) {
  const unknown = stranger(body, fields);
  if (unknown) return `Invalid JSON payload received. Unknown name "${unknown}": Cannot find field.`;
  for (const [at, { name, parameters }] of declared(tools).entries()) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/.test(name)) return `function_declarations[${at}].name: Invalid`;
    const word = unknownWords.find((word) => JSON.stringify(parameters ?? {}).includes(`"${word}":`));
    if (word) return `Unknown name "${word}" at 'tools[0].function_declarations[${at}].parameters'`;
  }
  const turn = contents.findLastIndex(({ role, parts }) => role === 'user' && parts.some(({ text }) => text));
  for (const [at, content] of contents.entries()) {
    if (content.parts.length === 0) return `contents[${at}].parts must not be empty`;
    const calls = having(content, 'functionCall');
    if (calls.length !== having(contents[at + 1], 'functionResponse').length)
      return 'The number of function response parts is not equal to that of function call parts.';
    if (calls.length > 0 && at > turn && !signatures.includes(calls[0].thoughtSignature))
      return `Function call ${calls[0].functionCall.name} is missing a thought_signature.`;
  }
  return null;
}

export const failure = (code, message) => ({ error: { code, message, status: 'INVALID_ARGUMENT' } });

const usageMetadata = {
  promptTokenCount: cost.input,
  candidatesTokenCount: cost.output,
  totalTokenCount: cost.input + cost.output,
};

const answer = (parts, model, finishReason, responseId = newId('r')) => ({
  candidates: [{ content: { role: 'model', parts }, ...(finishReason ? { finishReason } : {}), index: 0 }],
  usageMetadata,
  modelVersion: model,
  responseId,
});

const called = (calls) =>
  calls.map((call, n) => ({
    functionCall: { id: call.id, name: call.name, args: call.arguments },
    ...(n === 0 ? { thoughtSignature: signature } : {}),
  }));

export const whole = ({ text, calls = [] }, model) =>
  answer([...(text ? [{ text }] : []), ...called(calls)], model, 'STOP');

export function* frames({ text, calls = [] }, model) {
  const id = newId('r');
  for (const word of words(text)) yield frame(answer([{ text: word }], model, undefined, id));
  yield frame(answer(calls.length > 0 ? called(calls) : [{ text: '' }], model, 'STOP', id));
}
