import { expect, test } from 'vitest';
import { type ClientProtocol, clientProtocols } from '../../protocols';
import type { Turn } from '../../protocols/conversation';
import { speakers } from '../../protocols/speakers';
import { compose, withComposer } from './compose';
import { type Draft, newDraft } from './draft';
import { readBody } from './logged';
import { sampleSchema, sampleTool } from './samples';

const picture = {
  id: 'p',
  name: 'a.png',
  mediaType: 'image/png',
  data: 'iVBORw0KGgo=',
  bytes: 8,
  width: null,
  height: null,
};

/** What was drawn, as far as the protocol takes it back. */
const drawn: Partial<Record<ClientProtocol, object>> = {
  openai_chat: {},
  openai_responses: { id: 'ig_1' },
  gemini: { signature: 'c2ln' },
};

/** Those that send reasoning back with a proof. */
const signs = new Set<ClientProtocol>(['anthropic', 'gemini', 'openai_responses']);

const talk = (protocol: ClientProtocol): Turn[] => [
  { kind: 'question', id: '1', text: 'Weather?', pictures: [picture] },
  {
    kind: 'answer',
    id: '2',
    protocol,
    model: 'm',
    state: 'done',
    parts: [
      { kind: 'reasoning', key: '0', text: 'Oslo.', signature: signs.has(protocol) ? 'c2ln' : '' },
      { kind: 'text', key: '1', text: 'Checking.' },
      { kind: 'image', key: '4', mediaType: 'image/png', data: picture.data, ...drawn[protocol] },
      { kind: 'tool_call', key: '2', id: 'a', name: 'get_weather', arguments: '{"city":"Oslo"}' },
      { kind: 'tool_call', key: '3', id: 'b', name: 'get_weather', arguments: '{"city":"Rome"}' },
    ],
    finish: null,
    usage: { input: null, output: null, reasoning: null },
    failure: null,
    exchange: null,
    losses: [],
    firstTokenMs: null,
    durationMs: null,
  },
  {
    kind: 'results',
    id: '3',
    results: [
      { call: 'a', name: 'get_weather', text: '-3 C', failed: false },
      { call: 'b', name: 'get_weather', text: 'down', failed: protocol === 'anthropic' },
    ],
  },
];

const full = (protocol: ClientProtocol): Draft => ({
  ...newDraft,
  protocol,
  model: 'claude-sonnet-4-5',
  instructions: 'Be brief.',
  turns: talk(protocol),
  text: 'And tomorrow?',
  pictures: [picture],
  tools: JSON.stringify([sampleTool]),
  schema: JSON.stringify(sampleSchema),
  schemaOn: true,
  parameters: {
    maxTokens: '9000',
    temperature: '0.2',
    topP: '0.9',
    stop: 'END\nSTOP',
    stream: true,
    effort: 'medium',
    images: true,
  },
});

const bodyOf = (draft: Draft) => compose(draft, withComposer(draft), null).request?.body;

test.each(clientProtocols)('%s: a logged request is sent again as it was', (protocol) => {
  const body = bodyOf(full(protocol));
  const { draft, left } = readBody(protocol, JSON.parse(JSON.stringify(body)), 'claude-sonnet-4-5') ?? {};
  expect(left).toEqual([]);
  expect(draft?.text).toBe('And tomorrow?');
  const images = draft?.turns?.flatMap((turn) =>
    turn.kind === 'answer' ? turn.parts.filter(({ kind }) => kind === 'image') : [],
  );
  expect(images).toHaveLength(drawn[protocol] ? 1 : 0);
  expect(draft?.parameters?.images).toBe(speakers[protocol].asksForImages);
  expect(bodyOf({ ...newDraft, ...draft })).toEqual(body);
});

test('what other clients write is understood', () => {
  const { draft, left } =
    readBody(
      'openai_chat',
      {
        model: 'gpt-4o',
        max_tokens: 5,
        stop: 'END',
        messages: [
          { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
          { role: 'user', content: [{ type: 'text', text: 'Hi' }, { type: 'input_audio' }, null] },
        ],
      },
      '',
    ) ?? {};
  expect(left).toEqual(['input_audio']);
  expect(draft).toMatchObject({ instructions: 'Be brief.', text: 'Hi', turns: [], tools: '' });
  expect(draft?.parameters).toMatchObject({ maxTokens: '5', stop: 'END', stream: false });
});

test('what clients of Ollama leave out is understood', () => {
  const call = (city: string) => ({ function: { name: 'get_weather', arguments: { city } } });
  const { draft, left } =
    readBody(
      'ollama',
      {
        model: 'qwen3',
        think: true,
        options: { num_predict: -1, stop: 'END' },
        messages: [
          { role: 'User', content: 'Weather?', images: ['/9j/4AAQSkZJRgAB'] },
          { role: 'assistant', content: '', tool_calls: [call('Oslo'), call('Rome')] },
          { role: 'tool', content: '-3 C' },
          { role: 'tool', tool_name: 'get_weather', content: '12 C' },
        ],
      },
      '',
    ) ?? {};
  expect(left).toEqual([]);
  const [question, answer, results] = draft?.turns ?? [];
  expect(question).toMatchObject({ pictures: [{ mediaType: 'image/jpeg' }] });
  const ids =
    answer?.kind === 'answer' ? answer.parts.map((part) => part.kind === 'tool_call' && part.id) : [];
  expect(results).toMatchObject({
    results: [
      { call: ids[0], name: 'get_weather', text: '-3 C' },
      { call: ids[1], name: 'get_weather', text: '12 C' },
    ],
  });
  expect(draft?.parameters).toMatchObject({ maxTokens: '', stop: 'END', stream: true, effort: 'medium' });
});

const url = 'https://example.com/a.png';
const user = (...content: unknown[]) => ({ role: 'user', content });

test.each<[ClientProtocol, object, string[]]>([
  [
    'openai_chat',
    {
      messages: [user({ type: 'text', text: 'look' }, { type: 'image_url', image_url: { url } })],
      tool_choice: 'required',
      seed: 7,
      user: null,
      response_format: { type: 'json_object' },
      reasoning_effort: 'minimal',
    },
    ['tool_choice', 'seed', 'reasoning_effort', 'image_url', 'response_format'],
  ],
  [
    'openai_responses',
    {
      input: [user({ type: 'input_image', image_url: url }), { type: 'item_reference', id: 'x' }],
      previous_response_id: 'r',
      text: { format: { type: 'json_object' } },
    },
    ['previous_response_id', 'input_image', 'item_reference', 'text.format'],
  ],
  [
    'anthropic',
    {
      messages: [
        user({ type: 'image', source: { type: 'url', url } }, { type: 'document' }),
        user({ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image' }, { type: 'image' }] }),
      ],
      metadata: { user_id: 'u' },
      top_k: 5,
    },
    ['metadata', 'top_k', 'image', 'document'],
  ],
  [
    'gemini',
    {
      contents: [{ role: 'user', parts: [{ fileData: { fileUri: url } }] }],
      tools: [{ googleSearch: {} }],
      generationConfig: { seed: 7, responseMimeType: 'application/json' },
      safetySettings: [],
    },
    ['safetySettings', 'fileData', 'seed', 'responseMimeType', 'googleSearch'],
  ],
  [
    'ollama',
    { messages: [{ role: 'user', content: 'x' }], keep_alive: 5, format: 'json', options: { seed: 7 } },
    ['keep_alive', 'seed', 'format'],
  ],
])('%s: what has no place in a draft is named', (protocol, body, left) => {
  expect(readBody(protocol, body, 'm')?.left).toEqual(left);
});

test.each([undefined, null, [], { messages: 'x', input: 7 }])('%j is no request', (body) => {
  for (const protocol of clientProtocols) expect(readBody(protocol, body, '')).toBeNull();
});
