import { expect, test } from 'vitest';
import { takesBudget } from './anthropic/body';
import type { Answer, Turn } from './conversation';
import { readParameters, usualParameters } from './parameters';
import { speakers } from './speakers';
import { type Composition } from './wire';

const base: Composition = {
  model: 'm',
  upstreamModel: null,
  instructions: '',
  turns: [{ kind: 'question', id: '1', text: 'Hi', pictures: [] }],
  tools: [],
  schema: null,
  parameters: readParameters({ ...usualParameters, stream: false }) ?? never(),
};

function never(): never {
  throw new Error('The usual parameters are sound.');
}

const cut: Answer = {
  kind: 'answer',
  id: '2',
  protocol: 'anthropic',
  model: 'm',
  state: 'stopped',
  parts: [
    { kind: 'reasoning', key: '0', text: 'Hm.', signature: '' },
    { kind: 'text', key: '1', text: 'So far' },
    { kind: 'tool_call', key: '2', id: 'a', name: 'x', arguments: '{"ci' },
  ],
  finish: null,
  usage: { input: null, output: null, reasoning: null },
  failure: null,
  exchange: null,
  losses: [],
  firstTokenMs: null,
  durationMs: null,
};

test('the least that is sent', () => {
  const messages = [{ role: 'user', content: 'Hi' }];
  expect(speakers.openai_chat.wire.body(base)).toEqual({ model: 'm', messages });
  expect(speakers.anthropic.wire.body(base)).toEqual({ model: 'm', max_tokens: 4096, messages });
  expect(speakers.openai_responses.wire.body(base)).toEqual({
    model: 'm',
    input: messages,
    include: ['reasoning.encrypted_content'],
    store: false,
  });
  expect(speakers.gemini.wire.body(base)).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] });
  expect(speakers.gemini.wire.path({ model: 'echo/a b', stream: true })).toBe(
    '/v1beta/models/echo/a%20b:streamGenerateContent?alt=sse',
  );
  expect(speakers.ollama.wire.body(base)).toEqual({ model: 'm', messages, stream: false });
});

test('a cut answer goes back as its text: a call without a result and unsigned reasoning are refused', () => {
  const turns: Turn[] = [...base.turns, cut];
  expect(speakers.openai_chat.wire.body({ ...base, turns })['messages']).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'So far' },
  ]);
  expect(speakers.anthropic.wire.body({ ...base, turns })['messages']).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: [{ type: 'text', text: 'So far' }] },
  ]);
  expect(speakers.ollama.wire.body({ ...base, turns })['messages']).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'So far' },
  ]);
  expect(speakers.openai_responses.wire.body({ ...base, turns })['input']).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'So far' },
  ]);
  const empty: Turn[] = [...base.turns, { ...cut, parts: [] }];
  for (const { wire } of Object.values(speakers)) {
    expect(wire.body({ ...base, turns: empty })).toEqual(wire.body(base));
  }
});

test('what was drawn goes back as it came, and only the provider who knows its id or proof gets those', () => {
  const image = { kind: 'image' as const, key: '0', mediaType: 'image/png', data: 'iVBO' };
  const link = { kind: 'image_link' as const, key: '1', url: 'https://images.example/2.png' };
  const sent = (protocol: keyof typeof speakers, own: object, of = protocol) => {
    const gone = { ...image, key: '2', data: '' };
    const answer: Answer = { ...cut, protocol: of, parts: [{ ...image, ...own }, link, gone] };
    const { messages, input, contents } = speakers[protocol].wire.body({
      ...base,
      turns: [...base.turns, answer],
    });
    return ((messages ?? input ?? contents) as unknown[]).slice(1);
  };
  const address = (url: string) => ({ type: 'image_url', image_url: { url } });
  expect(sent('openai_chat', {})).toEqual([
    { role: 'assistant', content: '', images: [address('data:image/png;base64,iVBO'), address(link.url)] },
  ]);
  expect(sent('openai_responses', { id: 'ig_1' })).toEqual([
    { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'iVBO' },
  ]);
  const inlineData = { mimeType: 'image/png', data: 'iVBO' };
  expect(sent('gemini', { signature: 'c2ln' })).toEqual([
    { role: 'model', parts: [{ inlineData, thoughtSignature: 'c2ln' }] },
  ]);
  expect(sent('gemini', { id: 'ig_1' }, 'openai_responses')).toEqual([
    { role: 'model', parts: [{ inlineData }] },
  ]);
  for (const protocol of ['openai_responses', 'anthropic', 'ollama'] as const) {
    expect(sent(protocol, { signature: 'c2ln' }, 'gemini')).toEqual([]);
  }
});

test('reasoning for Anthropic is a budget or a word, by the model', () => {
  const body = (upstreamModel: string, maxTokens: number | null) =>
    speakers.anthropic.wire.body({
      ...base,
      upstreamModel,
      parameters: { ...base.parameters, effort: 'medium', maxTokens },
    });
  expect(body('claude-sonnet-4-5', null)).toMatchObject({
    max_tokens: 8192,
    thinking: { type: 'enabled', budget_tokens: 4096 },
  });
  expect(body('claude-sonnet-4-5', 2000)).toMatchObject({
    max_tokens: 2000,
    thinking: { budget_tokens: 1999 },
  });
  expect(body('claude-opus-4-7', null)).toMatchObject({
    thinking: { type: 'adaptive' },
    output_config: { effort: 'medium' },
  });
});

test.each([
  ['claude-3-7-sonnet-latest', true],
  ['claude-sonnet-4', true],
  ['claude-sonnet-4-20250514', true],
  ['claude-opus-4-1-20250805', true],
  ['anthropic/claude-haiku-4-5', true],
  ['claude-opus-4-6', false],
  ['claude-sonnet-5', false],
  ['gpt-4o', false],
])('%s takes a budget: %s', (model, budget) => {
  expect(takesBudget(model)).toBe(budget);
});

test('Ollama has its parameters in options, arguments as objects and pictures without their kind', () => {
  const parameters = { ...base.parameters, maxTokens: 9, topP: 0.5, stop: ['END'], effort: 'none' as const };
  const picture = {
    id: 'p',
    name: 'a.png',
    mediaType: 'image/png',
    data: 'iVBO',
    bytes: 3,
    width: null,
    height: null,
  };
  const turns: Turn[] = [
    { kind: 'question', id: '1', text: 'Weather?', pictures: [picture] },
    {
      ...cut,
      state: 'done',
      parts: [{ kind: 'tool_call', key: '0', id: 'a', name: 'x', arguments: '{"city":"Oslo"}' }],
    },
    { kind: 'results', id: '3', results: [{ call: 'a', name: 'x', text: '-3 C', failed: false }] },
  ];
  expect(speakers.ollama.wire.body({ ...base, turns, parameters, schema: { type: 'object' } })).toEqual({
    model: 'm',
    messages: [
      { role: 'user', content: 'Weather?', images: ['iVBO'] },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'a', function: { name: 'x', arguments: { city: 'Oslo' } } }],
      },
      { role: 'tool', tool_name: 'x', tool_call_id: 'a', content: '-3 C' },
    ],
    format: { type: 'object' },
    think: false,
    options: { num_predict: 9, top_p: 0.5, stop: ['END'] },
    stream: false,
  });
});
