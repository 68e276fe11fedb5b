/** Ollama's chat, as the scripted provider reads and writes it. */
import { cost, words } from './pieces.mjs';

export const id = 'ollama';
export const model = 'qwen3';
export const matches = (path) => path === '/api/chat';
/** Other things that are asked for, by path. */
export const others = {
  '/api/generate': { model, created_at: '2026-01-01T00:00:00Z', response: 'Nothing to do.', done: true },
};
export const contentType = 'application/x-ndjson';
export const modelOf = ({ body }) => body.model;
export const streams = ({ body }) => body.stream !== false;

export function read({ messages, tools = [], format }) {
  const trailing = messages.slice(messages.findLastIndex(({ role }) => role !== 'tool') + 1);
  return {
    words: messages.at(-1).content,
    results: trailing.map(({ content }) => content),
    tools: (tools ?? []).map((tool) => tool.function.name),
    image: messages.at(-1).images?.[0],
    json: Boolean(format),
  };
}

/** The complaint of the real one about this request, or null. */
export function complaint({ messages }) {
  for (const [at, { content, tool_calls: calls = [] }] of messages.entries()) {
    if (typeof (content ?? '') !== 'string') return `messages[${at}].content is not a string`;
    if ((calls ?? []).some((call) => typeof call.function.arguments !== 'object'))
      return `json: cannot unmarshal string into Go struct field messages[${at}].tool_calls.function.arguments`;
  }
  return null;
}

export const failure = (_status, message) => ({ error: message });

const line = (message, model, more) => ({
  model,
  created_at: '2026-01-01T00:00:00Z',
  message: { role: 'assistant', ...message },
  ...more,
});
const end = {
  done: true,
  done_reason: 'stop',
  prompt_eval_count: cost.input,
  eval_count: cost.output,
};
const called = (calls) => calls.map((call) => ({ function: { name: call.name, arguments: call.arguments } }));

export function whole({ text, calls = [] }, model) {
  const message = { content: text ?? '', ...(calls.length > 0 ? { tool_calls: called(calls) } : {}) };
  return line(message, model, end);
}

export function* frames({ text, calls = [] }, model) {
  const send = (...parts) => `${JSON.stringify(line(...parts))}\n`;
  for (const content of words(text)) yield send({ content }, model, { done: false });
  if (calls.length > 0) yield send({ content: '', tool_calls: called(calls) }, model, { done: false });
  yield send({ content: '' }, model, end);
}
