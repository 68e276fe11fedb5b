/** Anthropic's messages, as the scripted provider reads and writes them. */
import { cost, frame, newId, pieces, shouts, stranger, textOf, words } from './pieces.mjs';

export const id = 'anthropic';
export const model = 'claude-sonnet-4-5';
export const matches = (path) => path === '/v1/messages';
/** Other things that are asked for, by path. */
export const others = { '/v1/messages/count_tokens': { input_tokens: 9 } };
export const contentType = 'text/event-stream';
export const modelOf = ({ body }) => body.model;
export const streams = ({ body }) => body.stream === true;

const blocks = ({ content }, type) =>
  Array.isArray(content) ? content.filter((block) => block.type === type) : [];

export function read({ messages, tools = [], output_config, output_format: older }) {
  const last = messages.at(-1);
  return {
    words: textOf(last.content),
    results: blocks(last, 'tool_result').map(({ content }) => textOf(content)),
    tools: tools.filter((tool) => !isSearch(tool)).map(({ name }) => name),
    image: blocks(last, 'image')[0]?.source.data,
    json: (output_config?.format ?? older) !== undefined,
  };
}

const fields =
  'model messages max_tokens system tools tool_choice stream temperature top_p top_k stop_sequences metadata thinking output_config output_format service_tier cache_control container mcp_servers context_management'.split(
    ' ',
  );

/** The provider's own search, which it runs itself. */
const isSearch = ({ type }) => type === 'web_search_20250305';

/** The complaint of the real one about this request, or null. */
export function complaint({ messages, tools = [], ...body }) {
  const unknown = stranger(body, fields);
  if (unknown) return `${unknown}: Extra inputs are not permitted`;
  if (shouts(body.output_config?.format) || shouts(tools)) return 'schema: Invalid type';
  if (!(body.max_tokens > 0)) return 'max_tokens: Field required';
  for (const [at, tool] of tools.entries()) {
    const { name, input_schema: schema } = tool;
    if (isSearch(tool)) {
      if (name !== 'web_search' || schema) return `tools.${at}: Extra inputs are not permitted`;
      continue;
    }
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) return `tools.${at}.name: String should match pattern`;
    if (schema?.type !== 'object') return `tools.${at}.input_schema.type: Field required`;
  }
  for (const [at, message] of messages.entries()) {
    if (message.content.length === 0) return `messages.${at}: all messages must have non-empty content`;
    if (blocks(message, 'text').some(({ text }) => text === ''))
      return `messages.${at}: text content blocks must be non-empty`;
    const answered = blocks(messages[at + 1] ?? {}, 'tool_result').map((block) => block.tool_use_id);
    const missing = blocks(message, 'tool_use').find((call) => !answered.includes(call.id));
    if (missing) return `messages.${at}: tool_use ids were found without tool_result: ${missing.id}`;
    const asked = blocks(messages[at - 1] ?? {}, 'tool_use').map((call) => call.id);
    const strange = blocks(message, 'tool_result').find((block) => !asked.includes(block.tool_use_id));
    if (strange) return `messages.${at}: unexpected tool_use_id in tool_result: ${strange.tool_use_id}`;
  }
  return null;
}

export const failure = (_status, message) => ({
  type: 'error',
  error: { type: 'invalid_request_error', message },
  request_id: 'req_9',
});

export const whole = ({ text, calls = [] }, model) => ({
  id: newId('msg'),
  type: 'message',
  role: 'assistant',
  model,
  content: [
    ...(text ? [{ type: 'text', text }] : []),
    ...calls.map((call) => ({ type: 'tool_use', id: call.id, name: call.name, input: call.arguments })),
  ],
  stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: cost.input, output_tokens: cost.output },
});

export function* frames(said, model) {
  const send = (event) => frame(event, event.type);
  const message = whole(said, model);
  const usage = { input_tokens: cost.input, output_tokens: 1 };
  yield send({ type: 'message_start', message: { ...message, content: [], stop_reason: null, usage } });
  yield send({ type: 'ping' });
  for (const [index, block] of message.content.entries()) {
    const start = block.type === 'text' ? { ...block, text: '' } : { ...block, input: {} };
    yield send({ type: 'content_block_start', index, content_block: start });
    const deltas =
      block.type === 'text'
        ? words(block.text).map((text) => ({ type: 'text_delta', text }))
        : pieces({ arguments: block.input }).map((json) => ({
            type: 'input_json_delta',
            partial_json: json,
          }));
    for (const delta of deltas) yield send({ type: 'content_block_delta', index, delta });
    yield send({ type: 'content_block_stop', index });
  }
  const delta = { stop_reason: message.stop_reason, stop_sequence: null };
  yield send({ type: 'message_delta', delta, usage: message.usage });
  yield send({ type: 'message_stop' });
}
