/** OpenAI's chat completions, as the scripted provider reads and writes them. */
import { cost, dataOf, frame, newId, pieces, shouts, textOf, words } from './pieces.mjs';

export const id = 'openai_chat';
export const model = 'gpt-4o';
export const matches = (path) => path === '/v1/chat/completions';
export const contentType = 'text/event-stream';
export const modelOf = ({ body }) => body.model;
export const streams = ({ body }) => body.stream === true;

/** A tool's name; a custom one takes free text. */
const nameOf = ({ custom, function: named }) => (custom ?? named)?.name;

export function read({ messages, tools = [], response_format }) {
  const { content } = messages.at(-1);
  const image = Array.isArray(content) && content.find(({ type }) => type === 'image_url');
  const trailing = messages.slice(messages.findLastIndex(({ role }) => role !== 'tool') + 1);
  return {
    words: textOf(content),
    results: trailing.map(({ content }) => textOf(content)),
    tools: tools.map(nameOf),
    custom: tools.filter(({ custom }) => custom).map(nameOf),
    image: image ? dataOf(image.image_url.url) : undefined,
    json: response_format?.type?.startsWith('json') ?? false,
  };
}

/** The complaint of the real one about this request, or null. */
export function complaint({ messages, response_format, tools = [] }) {
  if (shouts(response_format) || shouts(tools)) return "Invalid schema: 'OBJECT' is not valid";
  for (const [at, tool] of tools.entries())
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(nameOf(tool) ?? '')) return `Invalid 'tools[${at}].function.name'`;
  for (const [at, { role, content, tool_calls: calls = [] }] of messages.entries()) {
    if (content == null && calls.length === 0) return `Invalid value for 'messages[${at}].content': got null`;
    if (role === 'tool' && !['tool', 'assistant'].includes(messages[at - 1]?.role))
      return `messages[${at}]: 'tool' must be a response to a preceding message with 'tool_calls'`;
    const answered = messages.slice(at + 1, at + 1 + calls.length).map((next) => next.tool_call_id);
    const missing = calls.find((call) => !answered.includes(call.id));
    if (missing) return `messages[${at}]: the call ${missing.id} did not have response messages`;
  }
  return null;
}

export const failure = (_status, message) => ({
  error: { message, type: 'invalid_request_error', param: null, code: null },
});

const usage = {
  prompt_tokens: cost.input,
  completion_tokens: cost.output,
  total_tokens: cost.input + cost.output,
};
const head = (object, model, id = newId('chatcmpl')) => ({ id, object, created: 1763700000, model });
const ending = (calls) => (calls.length > 0 ? 'tool_calls' : 'stop');

export function whole({ text, calls = [] }, model) {
  const made = calls.map((call) =>
    call.custom
      ? { id: call.id, type: 'custom', custom: { name: call.name, input: call.arguments.input } }
      : {
          id: call.id,
          type: 'function',
          function: { name: call.name, arguments: JSON.stringify(call.arguments) },
        },
  );
  const message = { role: 'assistant', content: text ?? null, refusal: null };
  if (made.length > 0) message.tool_calls = made;
  const choice = { index: 0, message, logprobs: null, finish_reason: ending(calls) };
  return { ...head('chat.completion', model), choices: [choice], usage };
}

export function* frames({ text, calls = [] }, model, body) {
  const counts = body.stream_options?.include_usage;
  const named = head('chat.completion.chunk', model);
  const send = (delta, finish_reason = null) =>
    frame({
      ...named,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      ...(counts ? { usage: null } : {}),
    });
  yield send({ role: 'assistant', content: '', refusal: null });
  for (const content of words(text)) yield send({ content });
  for (const [index, call] of calls.entries()) {
    const kind = call.custom ? 'custom' : 'function';
    const text = call.custom ? 'input' : 'arguments';
    const begun = { index, id: call.id, type: kind, [kind]: { name: call.name, [text]: '' } };
    yield send({ tool_calls: [begun] });
    for (const piece of pieces(call)) yield send({ tool_calls: [{ index, [kind]: { [text]: piece } }] });
  }
  yield send({}, ending(calls));
  if (counts) yield frame({ ...named, choices: [], usage });
  yield frame('[DONE]');
}
