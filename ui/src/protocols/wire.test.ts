import { expect, test } from 'vitest';
import { readLines } from '../api/lines';
import { readEvents } from '../api/sse';
import { type ClientProtocol, clientProtocols } from '.';
import { after, newAnswer } from './answer';
import type { Answer } from './conversation';
import { speakers } from './speakers';

const streams: Record<ClientProtocol, string> = {
  openai_chat: [
    ': ping',
    'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}',
    'data: {"choices":[{"index":0,"delta":{"reasoning_content":"It is "}}]}',
    'data: {"choices":[{"index":0,"delta":{"reasoning_content":"Oslo."}}]}',
    'data: {"choices":[{"index":0,"delta":{"content":"Schön, 你"}}]}',
    'data: {"choices":[{"index":0,"delta":{"content":"好."}}]}',
    'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"get_weather","arguments":""}}]}}]}',
    'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"find","arguments":"{}"}}]}}]}',
    'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"city\\":"}}]}}]}',
    'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\"Oslo\\"}"}}]}}]}',
    'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}',
    'data: {"choices":[],"usage":{"prompt_tokens":142,"completion_tokens":21,"completion_tokens_details":{"reasoning_tokens":6}}}',
    'data: [DONE]',
    '',
  ].join('\n\n'),
  openai_responses: [
    'event: response.created\ndata: {"type":"response.created","response":{"status":"in_progress","output":[]}}',
    'event: response.output_item.added\ndata: {"type":"response.output_item.added","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[]}}',
    'event: response.reasoning_summary_text.delta\ndata: {"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"It is "}',
    'event: response.reasoning_summary_text.delta\ndata: {"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"Oslo."}',
    'event: response.output_item.done\ndata: {"type":"response.output_item.done","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[{"type":"summary_text","text":"It is Oslo."}],"encrypted_content":"c2ln"}}',
    'event: response.output_item.added\ndata: {"type":"response.output_item.added","output_index":1,"item":{"id":"ms","type":"message","role":"assistant","content":[]}}',
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"Schön, 你"}',
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"好."}',
    'event: response.output_text.done\ndata: {"type":"response.output_text.done","output_index":1,"content_index":0,"text":"Schön, 你好."}',
    'event: response.output_item.done\ndata: {"type":"response.output_item.done","output_index":1,"item":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Schön, 你好."}]}}',
    'event: response.output_item.added\ndata: {"type":"response.output_item.added","output_index":2,"item":{"id":"fa","type":"function_call","call_id":"a","name":"get_weather","arguments":""}}',
    'event: response.function_call_arguments.delta\ndata: {"type":"response.function_call_arguments.delta","output_index":2,"delta":"{\\"city\\":"}',
    'event: response.function_call_arguments.delta\ndata: {"type":"response.function_call_arguments.delta","output_index":2,"delta":"\\"Oslo\\"}"}',
    'event: response.output_item.done\ndata: {"type":"response.output_item.done","output_index":2,"item":{"type":"function_call","call_id":"a","name":"get_weather","arguments":"{\\"city\\":\\"Oslo\\"}"}}',
    'event: response.output_item.added\ndata: {"type":"response.output_item.added","output_index":3,"item":{"type":"function_call","call_id":"b","name":"find","arguments":""}}',
    'event: response.output_item.done\ndata: {"type":"response.output_item.done","output_index":3,"item":{"type":"function_call","call_id":"b","name":"find","arguments":"{}"}}',
    'event: response.completed\ndata: {"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":142,"output_tokens":21,"output_tokens_details":{"reasoning_tokens":6}}}}',
    '',
  ].join('\n\n'),
  anthropic: [
    'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":100,"cache_read_input_tokens":42,"output_tokens":1}}}',
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}',
    'event: ping\ndata: {"type":"ping"}',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"It is Oslo."}}',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}',
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}',
    'event: content_block_start\ndata: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Schön, 你好."}}',
    'event: content_block_start\ndata: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"a","name":"get_weather","input":{}}}',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\\"city\\":"}}',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\\"Oslo\\"}"}}',
    'event: content_block_start\ndata: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"b","name":"find","input":{}}}',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{}"}}',
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":21,"output_tokens_details":{"thinking_tokens":6}}}',
    'event: message_stop\ndata: {"type":"message_stop"}',
    '',
  ].join('\n\n'),
  gemini: [
    'data: {"candidates":[{"content":{"role":"model","parts":[{"text":"It is ","thought":true}]},"index":0}]}',
    'data: {"candidates":[{"content":{"role":"model","parts":[{"text":"Oslo.","thought":true}]},"index":0}]}',
    'data: {"candidates":[{"content":{"role":"model","parts":[{"text":"","thought":true,"thoughtSignature":"c2ln"}]},"index":0}]}',
    'data: {"candidates":[{"content":{"role":"model","parts":[{"text":"Schön, "}]},"index":0}]}',
    'data: {"candidates":[{"content":{"role":"model","parts":[{"text":"你"}]},"index":0}]}',
    'data: {"candidates":[{"content":{"role":"model","parts":[{"text":"好."}]},"index":0}],"usageMetadata":{"promptTokenCount":142}}',
    'data: {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"id":"a","name":"get_weather","args":{"city":"Oslo"}}}]},"index":0}]}',
    '',
    'data: {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"id":"b","name":"find","args":{}}}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":142,"candidatesTokenCount":15,"thoughtsTokenCount":6}}',
    '',
  ].join('\n\n'),
  ollama: [
    '{"model":"m","created_at":"2026-01-01T10:00:00Z","message":{"role":"assistant","content":"","thinking":"It is "},"done":false}',
    '{"model":"m","created_at":"2026-01-01T10:00:00Z","message":{"role":"assistant","content":"","thinking":"Oslo."},"done":false}',
    '{"model":"m","created_at":"2026-01-01T10:00:00Z","message":{"role":"assistant","content":"Schön, 你"},"done":false}',
    '{"model":"m","created_at":"2026-01-01T10:00:00Z","message":{"role":"assistant","content":"好."},"done":false}',
    '{"model":"m","created_at":"2026-01-01T10:00:00Z","message":{"role":"assistant","content":""},"done":false}',
    '{"model":"m","created_at":"2026-01-01T10:00:00Z","message":{"role":"assistant","content":"","tool_calls":[{"id":"a","function":{"name":"get_weather","arguments":{"city":"Oslo"}}}]},"done":false}',
    '{"model":"m","created_at":"2026-01-01T10:00:00Z","message":{"role":"assistant","content":"","tool_calls":[{"id":"b","function":{"index":1,"name":"find","arguments":{}}}]},"done":false}',
    '{"model":"m","created_at":"2026-01-01T10:00:00Z","message":{"role":"assistant","content":""},"done":false}',
    '{"model":"m","created_at":"2026-01-01T10:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":142,"eval_count":21}',
    '',
  ].join('\n'),
};

/** What ends a frame, and how a stream of the protocol says the same as those of the others. */
const forms: Record<
  ClientProtocol,
  { end: string; signature: string; reasoning: number | null; finish: string }
> = {
  openai_chat: { end: '\n\n', signature: '', reasoning: 6, finish: 'tool_calls' },
  openai_responses: { end: '\n\n', signature: 'c2ln', reasoning: 6, finish: 'completed' },
  anthropic: { end: '\n\n', signature: 'c2ln', reasoning: 6, finish: 'tool_use' },
  gemini: { end: '\n\n', signature: 'c2ln', reasoning: 6, finish: 'STOP' },
  ollama: { end: '\n', signature: '', reasoning: null, finish: 'stop' },
};

/** The first eight frames: none of them is the last. */
const cutShort = (protocol: ClientProtocol) => {
  const { end } = forms[protocol];
  return streams[protocol].split(end).slice(0, 8).join(end);
};

async function read(protocol: ClientProtocol, text: string, cuts: number[]): Promise<Answer> {
  const bytes = new TextEncoder().encode(text);
  const edges = [0, ...cuts, bytes.length];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      edges.slice(1).forEach((edge, at) => controller.enqueue(bytes.slice(edges[at], edge)));
      controller.close();
    },
  });
  const reader = speakers[protocol].wire.reader();
  let answer = newAnswer(protocol, 'm');
  await (protocol === 'ollama' ? readLines : readEvents)(new Response(body), (event) => {
    for (const step of reader(event)) answer = after(answer, step);
  });
  return { ...answer, id: 'one' };
}

const summary = ({ parts, usage, finish, state }: Answer) => ({
  parts: parts.map((part) => ({ ...part, key: undefined })),
  usage,
  finish,
  state,
});

test.each(clientProtocols)('%s: any split of the bytes gives the same', async (protocol) => {
  const text = streams[protocol];
  const length = new TextEncoder().encode(text).length;
  const whole = await read(protocol, text, []);
  expect(summary(whole)).toEqual({
    parts: [
      { kind: 'reasoning', text: 'It is Oslo.', signature: forms[protocol].signature },
      { kind: 'text', text: 'Schön, 你好.' },
      { kind: 'tool_call', id: 'a', name: 'get_weather', arguments: '{"city":"Oslo"}' },
      { kind: 'tool_call', id: 'b', name: 'find', arguments: '{}' },
    ],
    usage: { input: 142, output: 21, reasoning: forms[protocol].reasoning },
    finish: forms[protocol].finish,
    state: 'done',
  });
  const everyByte = Array.from({ length: length - 1 }, (_, at) => at + 1);
  expect(await read(protocol, text, everyByte)).toEqual(whole);
  const halves = await Promise.all(everyByte.map((cut) => read(protocol, text, [cut])));
  for (const half of halves) expect(half).toEqual(whole);
});

test.each([
  ['openai_chat', 'data: {"error":{"message":"upstream overloaded","type":"server_error"}}\n\n'],
  [
    'anthropic',
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"upstream overloaded"}}\n\n',
  ],
  [
    'openai_responses',
    'data: {"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"upstream overloaded"}}}\n\n',
  ],
  ['gemini', 'data: {"error":{"code":503,"message":"upstream overloaded","status":"UNAVAILABLE"}}\n\n'],
  ['ollama', '{"error":"upstream overloaded"}\n'],
] as const)('%s: an error in the stream keeps what came before', async (protocol, error) => {
  const answer = await read(protocol, cutShort(protocol) + forms[protocol].end + error, []);
  expect(answer.state).toBe('failed');
  expect(answer.failure).toEqual({ status: 200, message: 'upstream overloaded', reason: 'refused' });
  expect(answer.parts.length).toBeGreaterThan(0);
});

test.each(clientProtocols)('%s: a cut stream is not whole', async (protocol) => {
  const answer = await read(protocol, cutShort(protocol), []);
  expect(answer.state).toBe('streaming');
});

test('calls without an index, and a server that never says [DONE]', async () => {
  const answer = await read(
    'openai_chat',
    [
      'data: {"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"x","arguments":"{"}}]}}]}',
      'data: {"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"}"}}]}}]}',
      'data: {"choices":[{"delta":{"tool_calls":[{"id":"b","function":{"name":"y","arguments":"{}"}}]}}]}',
      'data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}',
    ].join('\n\n'),
    [],
  );
  expect(
    answer.parts.map((part) => part.kind === 'tool_call' && [part.id, part.name, part.arguments]),
  ).toEqual([
    ['a', 'x', '{}'],
    ['b', 'y', '{}'],
  ]);
  expect(answer.state).toBe('done');
});

test.each([
  'data: not json\n\n',
  'data: []\n\n',
  'data: {"choices":{}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","delta":null}\n\n',
  'data: {"choices":[{"delta":{"tool_calls":[null,7]}}]}\n\n',
  '{"message":{"content":7,"thinking":[]},"done":"yes"}\n[]\n{',
])('nonsense is never a crash: %s', async (text) => {
  for (const protocol of clientProtocols) {
    // One after the other, so that the first failure is the one that is told.
    // oxlint-disable-next-line eslint/no-await-in-loop
    expect((await read(protocol, text, [])).state).toBe('streaming');
  }
});

test('answers in one piece give the same parts', () => {
  const fold = (protocol: ClientProtocol, body: unknown) =>
    speakers[protocol].wire.whole(body).reduce(after, newAnswer(protocol, 'm'));
  const openai = fold('openai_chat', {
    choices: [
      {
        message: {
          content: 'Hi',
          tool_calls: [{ id: 'a', function: { name: 'x', arguments: '{}' } }],
        },
        finish_reason: 'tool_calls',
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2 },
  });
  const claude = fold('anthropic', {
    content: [
      { type: 'text', text: 'Hi' },
      { type: 'tool_use', id: 'a', name: 'x', input: {} },
    ],
    stop_reason: 'tool_use',
    usage: { input_tokens: 1, output_tokens: 2 },
  });
  const local = fold('ollama', {
    message: {
      role: 'assistant',
      content: 'Hi',
      tool_calls: [{ id: 'a', function: { name: 'x', arguments: {} } }],
    },
    done: true,
    done_reason: 'stop',
    prompt_eval_count: 1,
    eval_count: 2,
  });
  const responses = fold('openai_responses', {
    status: 'completed',
    output: [
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] },
      { type: 'web_search_call', id: 'w' },
      { type: 'function_call', call_id: 'a', name: 'x', arguments: '{}' },
    ],
    usage: { input_tokens: 1, output_tokens: 2 },
  });
  const google = fold('gemini', {
    candidates: [
      {
        content: { parts: [{ text: 'Hi' }, { functionCall: { id: 'a', name: 'x', args: {} } }] },
        finishReason: 'STOP',
      },
    ],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2 },
  });
  for (const answer of [openai, claude, local, responses, google]) {
    expect(summary(answer)).toMatchObject({
      parts: [
        { kind: 'text', text: 'Hi' },
        { kind: 'tool_call', id: 'a', name: 'x', arguments: '{}' },
      ],
      usage: { input: 1, output: 2, reasoning: null },
      state: 'done',
    });
  }
});

test('Ollama: calls without an id get one that no other call has', async () => {
  const line = '{"message":{"tool_calls":[{"function":{"name":"x","arguments":{}}}]},"done":false}\n';
  const { parts } = await read('ollama', line + line, []);
  const ids = parts.map((part) => (part.kind === 'tool_call' ? part.id : ''));
  expect(ids).toHaveLength(2);
  expect(new Set([...ids, '']).size).toBe(3);
});

test('OpenAI Responses: summaries in pieces, reasoning that is only sealed, and an answer that was cut', async () => {
  const item = (type: string, output_index: number, rest: object) =>
    `data: ${JSON.stringify({ type: `response.${type}`, output_index, ...rest })}\n\n`;
  const answer = await read(
    'openai_responses',
    item('reasoning_summary_text.delta', 0, { summary_index: 0, delta: 'One.' }) +
      item('reasoning_summary_text.delta', 0, { summary_index: 1, delta: 'Two.' }) +
      item('output_item.done', 1, { item: { type: 'reasoning', summary: [], encrypted_content: 'eA==' } }) +
      item('incomplete', 0, {
        response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      }),
    [],
  );
  expect(answer.parts).toEqual([
    { kind: 'reasoning', key: '0', text: 'One.\n\nTwo.', signature: '' },
    { kind: 'sealed_reasoning', key: '1', data: 'eA==' },
  ]);
  expect(answer).toMatchObject({ state: 'done', finish: 'max_output_tokens' });
});

const drawn = 'iVBORw0KGgoAAAANSUhEUg==';

/** A text, an image, a text: each form as one frame, and as a whole answer. */
const drawings: [ClientProtocol, string[], unknown, object][] = [
  [
    'openai_chat',
    [
      '{"choices":[{"index":0,"delta":{"content":"Here: "}}]}',
      `{"choices":[{"index":0,"delta":{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,${drawn}"},"index":0}]}}]}`,
      '{"choices":[{"index":0,"delta":{"content":"And "}}]}',
      '{"choices":[{"index":0,"delta":{"content":"so."},"finish_reason":"stop"}]}',
    ],
    {
      choices: [
        {
          message: {
            content: 'Here: And so.',
            images: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${drawn}` } }],
          },
          finish_reason: 'stop',
        },
      ],
    },
    {},
  ],
  [
    'openai_responses',
    [
      '{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Here: "}',
      '{"type":"response.output_item.added","output_index":1,"item":{"type":"image_generation_call","id":"ig_1","status":"in_progress","result":null}}',
      '{"type":"response.image_generation_call.partial_image","output_index":1,"item_id":"ig_1","partial_image_index":0,"partial_image_b64":"AA=="}',
      `{"type":"response.output_item.done","output_index":1,"item":{"type":"image_generation_call","id":"ig_1","status":"completed","result":"${drawn}","output_format":"png"}}`,
      '{"type":"response.output_text.delta","output_index":2,"content_index":0,"delta":"And so."}',
      '{"type":"response.completed","response":{"status":"completed"}}',
    ],
    {
      status: 'completed',
      output: [
        { type: 'message', content: [{ type: 'output_text', text: 'Here: ' }] },
        { type: 'image_generation_call', id: 'ig_0', status: 'failed', result: null },
        { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: drawn },
        { type: 'message', content: [{ type: 'output_text', text: 'And so.' }] },
      ],
    },
    { id: 'ig_1' },
  ],
  [
    'gemini',
    [
      '{"candidates":[{"content":{"parts":[{"thought":true,"inlineData":{"mimeType":"image/png","data":"AA=="}},{"text":"Here: "}]}}]}',
      `{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"${drawn}"},"thoughtSignature":"c2ln"}]}}]}`,
      '{"candidates":[{"content":{"parts":[{"text":"And so."}]},"finishReason":"STOP"}]}',
    ],
    {
      candidates: [
        {
          content: {
            parts: [
              { text: 'Here: ' },
              { inlineData: { mimeType: 'image/png', data: drawn }, thoughtSignature: 'c2ln' },
              { inlineData: { mimeType: 'audio/wav', data: 'UklGRg==' } },
              { text: 'And so.' },
            ],
          },
          finishReason: 'STOP',
        },
      ],
    },
    { signature: 'c2ln' },
  ],
];

test.each(drawings)('%s: what was drawn stands among the texts', async (protocol, frames, whole, more) => {
  const image = { kind: 'image', mediaType: 'image/png', data: drawn, ...more };
  const streamed = await read(protocol, frames.map((frame) => `data: ${frame}\n\n`).join(''), []);
  expect(summary(streamed)).toMatchObject({
    parts: [{ kind: 'text', text: 'Here: ' }, image, { kind: 'text', text: 'And so.' }],
    state: 'done',
  });
  expect(new Set(streamed.parts.map(({ key }) => key)).size).toBe(3);
  const { parts } = speakers[protocol].wire.whole(whole).reduce(after, newAnswer(protocol, 'm'));
  expect(parts.filter(({ kind }) => kind !== 'text')).toEqual([expect.objectContaining(image)]);
});
