/** OpenAI's responses, as the scripted provider reads and writes them. */
import { cost, frame, pieces, textOf, words } from './pieces.mjs';

export const id = 'openai_responses';
export const matches = (path) => path === '/v1/responses';
export const contentType = 'text/event-stream';
export const modelOf = ({ body }) => body.model;
export const streams = ({ body }) => body.stream === true;

const items = (input) => (typeof input === 'string' ? [{ role: 'user', content: input }] : input);

export function read({ input, tools = [] }) {
  const given = items(input);
  const isResult = ({ type }) => type === 'function_call_output';
  const trailing = given.slice(given.findLastIndex((item) => !isResult(item)) + 1);
  return {
    words: textOf(given.at(-1).content),
    results: trailing.map(({ output }) => textOf(output)),
    tools: tools.map(({ name }) => name),
  };
}

/** The complaint of the real one about this request, or null. */
export function complaint({ input, tools = [] }) {
  const given = items(input);
  const nameless = tools.findIndex(({ type, name }) => type === 'function' && !name);
  if (nameless >= 0) return `Missing required parameter: 'tools[${nameless}].name'.`;
  const ids = (wanted) => given.filter(({ type }) => type === wanted).map((item) => item.call_id);
  const answered = ids('function_call_output');
  const missing = ids('function_call').find((call) => !answered.includes(call));
  if (missing) return `No tool output found for function call ${missing}.`;
  const strange = answered.find((call) => !ids('function_call').includes(call));
  return strange ? `No tool call found for function call output with call_id ${strange}.` : null;
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
    id: 'msg_9',
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [spoken(text)],
  };
  const made = calls.map((call, n) => ({
    id: `fc_${n}`,
    type: 'function_call',
    status: 'completed',
    call_id: call.id,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  }));
  return [...(text ? [message] : []), ...made];
}

export const whole = (said, model, status = 'completed') => ({
  id: 'resp_9',
  object: 'response',
  created_at: 1763700000,
  status,
  error: null,
  incomplete_details: null,
  model,
  output: status === 'completed' ? output(said) : [],
  parallel_tool_calls: true,
  tool_choice: 'auto',
  tools: [],
  usage: status === 'completed' ? usage : null,
});

export function* frames(said, model) {
  let sequence_number = -1;
  const send = (type, more) => {
    sequence_number += 1;
    return frame({ type, sequence_number, ...more }, type);
  };
  yield send('response.created', { response: whole(said, model, 'in_progress') });
  yield send('response.in_progress', { response: whole(said, model, 'in_progress') });
  for (const [output_index, item] of output(said).entries()) {
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
      const empty = { ...item, status: 'in_progress', arguments: '' };
      yield send('response.output_item.added', { output_index, item: empty });
      for (const delta of pieces({ arguments: JSON.parse(item.arguments) }))
        yield send('response.function_call_arguments.delta', { ...at, delta });
      yield send('response.function_call_arguments.done', { ...at, arguments: item.arguments });
    }
    yield send('response.output_item.done', { output_index, item });
  }
  yield send('response.completed', { response: whole(said, model) });
}
