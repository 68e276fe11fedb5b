/** The fake server's model: streams like the built-in echo does, on both client routes. */
import type { FakeRequest } from './fake-host';

type Json = Record<string, unknown>;

const record = (value: unknown) => (typeof value === 'object' && value !== null ? (value as Json) : {});

interface Ask {
  model: string;
  stream: boolean;
  /** The names of the tools that the last question names. */
  calls: string[];
  text: string;
  reasons: boolean;
}

function read(body: unknown, schema: unknown, reasons: boolean): Ask {
  const { model, stream, tools, messages } = record(body);
  const last = record((messages as unknown[]).at(-1));
  const parts = Array.isArray(last['content']) ? last['content'].map(record) : [];
  const plain = typeof last['content'] === 'string' ? last['content'] : '';
  const said = plain + parts.map((part) => String(part['text'] ?? '')).join('');
  const result = last['role'] === 'tool' || parts.some(({ type }) => type === 'tool_result');
  const results = parts.filter(({ type }) => type === 'tool_result').map((part) => String(part['content']));
  const pictures = parts.filter(({ type }) => type === 'image' || type === 'image_url').length;
  const names = (Array.isArray(tools) ? tools : []).map((tool) =>
    String(record(record(tool)['function'] ?? tool)['name']),
  );
  const text = result
    ? `The tool answered: ${results.join(', ') || plain}`
    : schema
      ? '{"city":"Oslo","population":1,"landmarks":["text"]}'
      : `This is the offline echo of Patchbay. You said: ${said}${pictures > 0 ? `\nAttached image: image/png, 193 bytes, 96×60 pixels.` : ''}`;
  return {
    model: String(model),
    stream: stream === true,
    calls: result ? [] : names.filter((name) => said.includes(name)),
    text,
    reasons,
  };
}

const pieces = (text: string) => text.match(/\S*\s*/g)?.filter((piece) => piece !== '') ?? [];

function answer(
  { signal }: FakeRequest,
  frames: string[] | Json,
  exchange: string,
  pauseMs: number,
): Response {
  const headers = { 'x-patchbay-exchange': exchange };
  if (!Array.isArray(frames)) return Response.json(frames, { headers });
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      signal?.addEventListener('abort', () => controller.error(signal.reason));
    },
    async pull(controller) {
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (signal?.aborted) return;
      const frame = frames[next++];
      if (frame === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(frame));
    },
  });
  return new Response(body, { headers: { ...headers, 'content-type': 'text/event-stream' } });
}

export function echoChat(request: FakeRequest, exchange: string, pauseMs: number): Response {
  const body = record(request.body);
  const ask = read(body, body['response_format'], body['reasoning_effort'] !== undefined);
  const calls = ask.calls.map((name, index) => ({
    index,
    id: `call_${index}`,
    type: 'function',
    function: { name, arguments: '{"city":"Oslo"}' },
  }));
  const finish = calls.length > 0 ? 'tool_calls' : 'stop';
  const usage = { prompt_tokens: 24, completion_tokens: 12, total_tokens: 36 };
  const base = { id: 'chatcmpl-1', created: 1, model: ask.model };
  if (!ask.stream) {
    const message = calls.length > 0 ? { content: null, tool_calls: calls } : { content: ask.text };
    return answer(
      request,
      {
        ...base,
        object: 'chat.completion',
        choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
        usage,
      },
      exchange,
      pauseMs,
    );
  }
  const chunk = (delta: Json, reason: string | null = null) => ({
    ...base,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: reason }],
  });
  const chunks: Json[] = [
    chunk({ role: 'assistant', content: '' }),
    ...(ask.reasons
      ? pieces('An echo does not think, it repeats.').map((reasoning_content) => chunk({ reasoning_content }))
      : []),
    ...(calls.length > 0
      ? calls.map((call) => chunk({ tool_calls: [call] }))
      : pieces(ask.text).map((content) => chunk({ content }))),
    chunk({}, finish),
    { ...base, object: 'chat.completion.chunk', choices: [], usage },
  ];
  const frames = [...chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`), 'data: [DONE]\n\n'];
  return answer(request, frames, exchange, pauseMs);
}

export function echoMessages(request: FakeRequest, exchange: string, pauseMs: number): Response {
  const body = record(request.body);
  const ask = read(body, record(body['output_config'])['format'], body['thinking'] !== undefined);
  const blocks = [
    ...(ask.reasons
      ? [{ type: 'thinking', thinking: 'An echo does not think, it repeats.', signature: 'c2ln' }]
      : []),
    ...(ask.calls.length > 0
      ? ask.calls.map((name, index) => ({
          type: 'tool_use',
          id: `toolu_${index}`,
          name,
          input: { city: 'Oslo' },
        }))
      : [{ type: 'text', text: ask.text }]),
  ] as Json[];
  const stop_reason = ask.calls.length > 0 ? 'tool_use' : 'end_turn';
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: ask.model };
  if (!ask.stream) {
    const usage = { input_tokens: 24, output_tokens: 12 };
    return answer(request, { ...message, content: blocks, stop_reason, usage }, exchange, pauseMs);
  }
  const events: Json[] = [
    {
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, usage: { input_tokens: 24, output_tokens: 1 } },
    },
    { type: 'ping' },
    ...blocks.flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: opened(block) },
      ...deltas(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 12 } },
    { type: 'message_stop' },
  ];
  const frames = events.map((event) => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`);
  return answer(request, frames, exchange, pauseMs);
}

function opened(block: Json): Json {
  switch (block['type']) {
    case 'tool_use':
      return { ...block, input: {} };
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' };
    default:
      return { type: 'text', text: '' };
  }
}

function deltas(block: Json): Json[] {
  switch (block['type']) {
    case 'tool_use':
      return (JSON.stringify(block['input']).match(/.{1,6}/g) ?? []).map((partial_json) => ({
        type: 'input_json_delta',
        partial_json,
      }));
    case 'thinking':
      return [
        ...pieces(String(block['thinking'])).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block['signature'] },
      ];
    default:
      return pieces(String(block['text'])).map((text) => ({ type: 'text_delta', text }));
  }
}
