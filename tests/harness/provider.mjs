/**
 * A provider on loopback that speaks two protocols and is as strict as the real ones where it matters to a
 * client: it checks its key, refuses histories with unanswered tool calls, and answers by what it was asked.
 *
 * - The last user text "call tools" makes it call every given tool, with arguments streamed in pieces; where it
 *   is `eager`, any text does, unless no tool may be called: with arguments of each tool's schema, and no words.
 * - A tool result makes it say "Result: ..." with what the tools gave.
 * - An image makes it say its media type and the number of base64 characters.
 * - The words "draw" make it draw an image; the form is that of relays of OpenAI's chat.
 * - A JSON schema makes it say an instance, with every text of it being "text".
 * - "fail 429" and the like makes it fail with that status; "cut" ends a stream in the middle.
 * - Everything else is answered with "Hello from the provider."
 *
 * For pictures it can be `lifelike`: it then takes time, and counts tokens by the length of the texts.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { textsAnswer } from './texts.mjs';

export const providerKey = 'sk-test-4f9c2a7b1e';

const text = (content) =>
  typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('');

/** The tools that may be called, each with the schema of its arguments. */
const callable = (choice, tools) => (choice === 'none' || choice?.type === 'none' ? [] : tools);

/** A value of a JSON schema, as far as tests need it. */
function instance({ type, properties = {}, items }) {
  if (type === 'object')
    return Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, instance(of)]));
  return type === 'array' ? [instance(items ?? {})] : 'text';
}

/** What both protocols ask for, in one shape. */
function read(protocol, body) {
  const last = body.messages.at(-1);
  const parts = Array.isArray(last.content) ? last.content : [];
  if (protocol === 'anthropic') {
    const results = parts.filter(({ type }) => type === 'tool_result').map(({ content }) => text(content));
    const image = parts.find(({ type }) => type === 'image')?.source;
    return {
      words: text(last.content),
      results,
      image: image && { type: image.media_type ?? 'url', data: image.data ?? image.url },
      tools: callable(
        body.tool_choice,
        (body.tools ?? []).map(({ name, input_schema: schema }) => ({ name, schema })),
      ),
      schema: body.output_config?.format?.schema,
    };
  }
  const trailing = body.messages.slice(body.messages.findLastIndex(({ role }) => role !== 'tool') + 1);
  const url = parts.find(({ type }) => type === 'image_url')?.image_url.url;
  const inline = url?.match(/^data:([^;]+);base64,(.*)$/);
  return {
    words: text(last.content),
    results: trailing.map(({ content }) => text(content)),
    image: url && (inline ? { type: inline[1], data: inline[2] } : { type: 'url', data: url }),
    tools: callable(
      body.tool_choice,
      (body.tools ?? []).map(({ function: { name, parameters: schema } }) => ({ name, schema })),
    ),
    schema: body.response_format?.json_schema?.schema,
  };
}

/** The complaint of a real provider about this history, or null. */
function complaint(protocol, { messages }) {
  for (const [at, message] of messages.entries()) {
    const calls =
      protocol === 'anthropic'
        ? (Array.isArray(message.content) ? message.content : []).filter(({ type }) => type === 'tool_use')
        : (message.tool_calls ?? []);
    if (calls.length === 0) continue;
    const answered =
      protocol === 'anthropic'
        ? (messages[at + 1]?.content ?? []).map((part) => part.tool_use_id)
        : messages.slice(at + 1, at + 1 + calls.length).map((next) => next.tool_call_id);
    const missing = calls.find(({ id }) => !answered.includes(id));
    if (missing) return `messages.${at}: the call ${missing.id} has no result directly after it`;
  }
  return null;
}

/** A line that rises, of 96 by 60 pixels. */
export const drawnUrl = [
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAGAAAAA8CAMAAACuCk+GAAAACVBMVEX09vcPa3Owur5BN7+eAAAAc0lEQVR42u3XUQ5AUAxE',
  '0Y79L5qInyfla26kMncBB40XVZVSGpyE4mcozvgi9bk4O3T6jbl89jip4sePHz/+l34P2fyHz6DL1xrjN+uCyb+Npn8WG2/f',
  'HV4ch8+uODQ//PaHTwffYI8r5K/4721UGW2a0Q5ZBgGm0PfAvAAAAABJRU5ErkJggg==',
].join('');

const drawn = { type: 'image_url', image_url: { url: drawnUrl } };

/** What every answer costs, so that a test can name it. */
const usual = { input: 42, output: 7 };
/** About four letters a token. */
const tokensOf = (letters) => Math.ceil(letters / 4);

function reply(asked, eager) {
  if (asked.results.length > 0) return { text: `Result: ${asked.results.join(' | ')}` };
  if (asked.words.includes('call tools') || (eager && asked.tools.length > 0)) {
    const calls = asked.tools.map(({ name, schema }, n) => {
      const given = JSON.stringify(eager ? instance(schema) : { city: `${name} ${n}` });
      return { id: `call_${n}`, name, pieces: given.match(/.{1,9}/g) };
    });
    return { text: eager ? '' : 'Looking.', calls };
  }
  if (asked.image) return { text: `An image: ${asked.image.type}, ${asked.image.data.length} characters.` };
  if (asked.words.startsWith('draw')) return { text: 'Here it is.', images: [drawn] };
  if (asked.schema) return { text: JSON.stringify(instance(asked.schema)) };
  return { text: 'Hello from the provider.' };
}

function* openaiChunks({ text: said, calls = [], images = [], cost }, model, usage) {
  const chunk = (delta, finish = null) => ({
    id: 'chatcmpl-9',
    object: 'chat.completion.chunk',
    created: 1763700000,
    model,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(usage ? { usage: null } : {}),
  });
  yield chunk({ role: 'assistant', content: '', refusal: null });
  if (said) for (const word of said.split(/(?<= )/)) yield chunk({ content: word });
  for (const [index, image] of images.entries()) yield chunk({ images: [{ ...image, index }] });
  for (const [index, call] of calls.entries()) {
    const head = { index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } };
    yield chunk({ tool_calls: [head] });
    for (const piece of call.pieces) yield chunk({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  yield chunk({}, calls.length > 0 ? 'tool_calls' : 'stop');
  if (usage)
    yield {
      ...chunk({}),
      choices: [],
      usage: openaiUsage(cost),
    };
}

const openaiUsage = ({ input, output }) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
});

function openaiWhole({ text: said, calls = [], images = [], cost }, model) {
  const tools = calls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.pieces.join('') },
  }));
  return {
    id: 'chatcmpl-9',
    object: 'chat.completion',
    created: 1763700000,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: said || null,
          refusal: null,
          ...(images.length > 0 ? { images } : {}),
          ...(tools.length > 0 ? { tool_calls: tools } : {}),
        },
        logprobs: null,
        finish_reason: tools.length > 0 ? 'tool_calls' : 'stop',
      },
    ],
    usage: openaiUsage(cost),
  };
}

function anthropicWhole({ text: said, calls = [], cost }, model) {
  return {
    id: 'msg_9',
    type: 'message',
    role: 'assistant',
    model,
    content: [
      ...(said ? [{ type: 'text', text: said, citations: null }] : []),
      ...calls.map((call) => ({
        type: 'tool_use',
        id: call.id,
        name: call.name,
        input: JSON.parse(call.pieces.join('')),
      })),
    ],
    stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: cost.input, output_tokens: cost.output },
  };
}

function* anthropicEvents(said, model) {
  const whole = anthropicWhole(said, model);
  yield {
    type: 'message_start',
    message: {
      ...whole,
      content: [],
      stop_reason: null,
      usage: { input_tokens: said.cost.input, output_tokens: 1 },
    },
  };
  for (const [index, block] of whole.content.entries()) {
    const call = block.type === 'tool_use' && said.calls.find(({ id }) => id === block.id);
    yield {
      type: 'content_block_start',
      index,
      content_block: call ? { ...block, input: {} } : { ...block, text: '' },
    };
    const deltas = call
      ? call.pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json }))
      : block.text.split(/(?<= )/).map((word) => ({ type: 'text_delta', text: word }));
    for (const delta of deltas) yield { type: 'content_block_delta', index, delta };
    yield { type: 'content_block_stop', index };
  }
  yield {
    type: 'message_delta',
    delta: { stop_reason: whole.stop_reason, stop_sequence: null },
    usage: { output_tokens: said.cost.output },
  };
  yield { type: 'message_stop' };
}

const failureTypes = { 400: 'invalid_request_error', 401: 'authentication_error', 429: 'rate_limit_error' };

function failure(protocol, status, message) {
  const type = failureTypes[status] ?? 'api_error';
  return protocol === 'anthropic'
    ? { type: 'error', error: { type, message }, request_id: 'req_9' }
    : { error: { message, type, param: null, code: null } };
}

/** `key` is the only one it takes; `lifelike` is `{ answers: { words: text }, pause_ms }`. */
export async function startProvider({ key = providerKey, eager = false, lifelike } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    let raw = '';
    for await (const chunk of request.setEncoding('utf8')) raw += chunk;
    const protocol = request.url.startsWith('/v1/messages') ? 'anthropic' : 'openai_chat';
    const send = (status, body, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    };
    const presented = request.headers['x-api-key'] ?? request.headers.authorization?.replace('Bearer ', '');
    if (presented !== key) return send(401, failure(protocol, 401, 'The key is wrong.'));
    if (request.method === 'GET')
      return send(200, {
        object: 'list',
        data: [{ id: 'm-1', object: 'model', created: 1763700000, owned_by: 'test' }],
      });
    const body = JSON.parse(raw);
    requests.push({ protocol, path: request.url, headers: request.headers, body, raw });
    const texts = textsAnswer(request.url, body);
    if (texts?.whole) return send(200, texts.whole);
    if (texts) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const chunk of texts.chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      return response.end('data: [DONE]\n\n');
    }
    const wrong = complaint(protocol, body);
    if (wrong) return send(400, failure(protocol, 400, wrong));
    const asked = read(protocol, body);
    const status = Number(asked.words.match(/^fail (\d+)/)?.[1]);
    if (status)
      return send(
        status,
        failure(protocol, status, `Failing with ${status} as asked.`),
        status === 429 ? { 'retry-after': '7' } : {},
      );
    const said = { ...reply(asked, eager), cost: usual };
    if (lifelike) {
      said.text = lifelike.answers[asked.words] ?? said.text;
      said.cost = { input: tokensOf(raw.length), output: tokensOf(said.text.length) };
      // The first token comes after the request was read, and the longer the request the later.
      await delay(lifelike.pause_ms * (8 + said.cost.input / 20));
    }
    if (!body.stream)
      return send(200, (protocol === 'anthropic' ? anthropicWhole : openaiWhole)(said, body.model));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const events =
      protocol === 'anthropic'
        ? [...anthropicEvents(said, body.model)].map(
            (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
          )
        : [
            ...[...openaiChunks(said, body.model, body.stream_options?.include_usage)].map(
              (chunk) => `data: ${JSON.stringify(chunk)}\n\n`,
            ),
            'data: [DONE]\n\n',
          ];
    const sent = asked.words.startsWith('cut') ? events.slice(0, 4) : events;
    for (const event of sent) {
      response.write(event);
      await (lifelike ? delay(lifelike.pause_ms) : turn());
    }
    if (sent.length < events.length) response.destroy();
    else response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    /** Every request that carried a body and the right key, oldest first. */
    requests,
    stop: () => {
      server.closeAllConnections();
      server.close();
      return once(server, 'close');
    },
  };
}
