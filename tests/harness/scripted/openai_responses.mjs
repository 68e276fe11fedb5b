/** OpenAI's responses, as the scripted provider reads and writes them. */
import { cost, cut, dataOf, frame, newId, shouts, textOf, words } from './pieces.mjs';

export const id = 'openai_responses';
export const model = 'gpt-5.1';
export const matches = (path) => path === '/v1/responses';
/** Other things that are asked for, by path. */
export const others = { '/v1/responses/input_tokens': { object: 'response.input_tokens', input_tokens: 9 } };
export const contentType = 'text/event-stream';
export const modelOf = ({ body }) => body.model;
export const streams = ({ body }) => body.stream === true;

const items = (input) => (typeof input === 'string' ? [{ role: 'user', content: input }] : input);

export function read({ input, tools = [], text }) {
  const given = items(input);
  const { content } = given.at(-1);
  const image = Array.isArray(content) && content.find(({ type }) => type === 'input_image');
  const isResult = ({ type }) => type?.endsWith('call_output');
  const trailing = given.slice(given.findLastIndex((item) => !isResult(item)) + 1);
  return {
    words: textOf(content),
    results: trailing.map(({ output }) => textOf(output)),
    tools: tools.map(({ name }) => name),
    custom: tools.filter(({ type }) => type === 'custom').map(({ name }) => name),
    image: image ? dataOf(image.image_url) : undefined,
    json: text?.format?.type?.startsWith('json') ?? false,
  };
}

/** The complaint of the real one about this request, or null. */
export function complaint({ input, text, tools = [], previous_response_id: previous }) {
  if (shouts(text) || shouts(tools)) return "Invalid schema: 'OBJECT' is not valid";
  const given = items(input);
  const nameless = tools.findIndex(({ type, name }) => type === 'function' && !name);
  if (nameless >= 0) return `Missing required parameter: 'tools[${nameless}].name'.`;
  const ids = (ending) => given.filter(({ type }) => type?.endsWith(ending)).map((item) => item.call_id);
  const answered = ids('_call_output');
  const missing = ids('_call').find((call) => !answered.includes(call));
  if (missing) return `No tool output found for function call ${missing}.`;
  const strange = answered.find((call) => !ids('_call').includes(call));
  // What was said before is kept here, and is not looked at again.
  return strange && !previous ? `No tool call found for function call output with call_id ${strange}.` : null;
}

export const failure = (_status, message) => ({
  error: { message, type: 'invalid_request_error', param: null, code: null },
});

const usage = {
  input_tokens: cost.input,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: cost.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: cost.input + cost.output,
};

const spoken = (text) => ({ type: 'output_text', text, annotations: [], logprobs: [] });

function output({ text, calls = [] }) {
  const message = {
    id: newId('msg'),
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [spoken(text)],
  };
  const made = calls.map((call) => ({
    ...(call.custom
      ? { id: newId('ctc'), type: 'custom_tool_call', input: call.arguments.input }
      : { id: newId('fc'), type: 'function_call', arguments: JSON.stringify(call.arguments) }),
    status: 'completed',
    call_id: call.id,
    name: call.name,
  }));
  return [...(text ? [message] : []), ...made];
}

export const whole = (said, model, { id, output: made, status } = {}) => ({
  id: id ?? newId('resp'),
  object: 'response',
  created_at: 1763700000,
  status: status ?? 'completed',
  error: null,
  incomplete_details: null,
  model,
  output: made ?? output(said),
  parallel_tool_calls: true,
  tool_choice: 'auto',
  tools: [],
  usage: status ? null : usage,
});

export function* frames(said, model) {
  let sequence_number = -1;
  const send = (type, more) => {
    sequence_number += 1;
    return frame({ type, sequence_number, ...more }, type);
  };
  const made = output(said);
  const id = newId('resp');
  const begun = whole(said, model, { id, output: [], status: 'in_progress' });
  yield send('response.created', { response: begun });
  yield send('response.in_progress', { response: begun });
  for (const [output_index, item] of made.entries()) {
    const at = { item_id: item.id, output_index };
    if (item.type === 'message') {
      const place = { ...at, content_index: 0 };
      const [part] = item.content;
      const empty = { ...item, status: 'in_progress', content: [] };
      yield send('response.output_item.added', { output_index, item: empty });
      yield send('response.content_part.added', { ...place, part: spoken('') });
      for (const delta of words(part.text))
        yield send('response.output_text.delta', { ...place, delta, logprobs: [] });
      yield send('response.output_text.done', { ...place, text: part.text, logprobs: [] });
      yield send('response.content_part.done', { ...place, part });
    } else {
      const field = item.type === 'custom_tool_call' ? 'input' : 'arguments';
      const event =
        field === 'input' ? 'response.custom_tool_call_input' : 'response.function_call_arguments';
      const empty = { ...item, status: 'in_progress', [field]: '' };
      yield send('response.output_item.added', { output_index, item: empty });
      for (const delta of cut(item[field])) yield send(`${event}.delta`, { ...at, delta });
      yield send(`${event}.done`, { ...at, [field]: item[field] });
    }
    yield send('response.output_item.done', { output_index, item });
  }
  yield send('response.completed', { response: whole(said, model, { id, output: made }) });
}
