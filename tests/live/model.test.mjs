/** A real model behind Patchbay: the shape of its answers, never their words. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startServer } from '../harness/server.mjs';

const model = 'llama/gemma-3-270m';
const messages = [{ role: 'user', content: 'Tell me about the sea.' }];
/** The model is small: it goes on after its call until the limit, so the limit may be what ends the answer. */
const weather = [{ role: 'user', content: 'What is the weather in Oslo?' }];
/** The model may also reach the limit before what is awaited: it is asked again, a few times. */
async function within(attempts, what, ask) {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const found = await ask();
    if (found) return found;
  }
  return assert.fail(`no ${what} in ${attempts} answers`);
}

const schema = {
  type: 'object',
  properties: { city: { type: 'string', maxLength: 20 } },
  required: ['city'],
  additionalProperties: false,
};

let server;
let openai;
let anthropic;

before(async () => {
  server = await startServer({
    config: `
[[providers]]
id = "llama"
name = "llama.cpp"
protocol = "openai_chat"
base_url = "${process.env.PATCHBAY_LIVE_MODEL}/v1"
timeouts = { headers = "120s" }
`,
  });
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
});

after(() => server?.stop());

test('a chat has an answer, an end and its tokens', async () => {
  const answer = await openai.chat.completions.create({ model, messages, max_tokens: 24 });
  const [choice] = answer.choices;
  assert.ok(choice.message.content.length > 0);
  assert.ok(['stop', 'length'].includes(choice.finish_reason), choice.finish_reason);
  assert.ok(answer.usage.prompt_tokens > 0 && answer.usage.completion_tokens > 0);
});

test('a stream arrives in pieces and ends once', async () => {
  const stream = await openai.chat.completions.create({
    model,
    messages,
    max_tokens: 24,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  assert.ok(chunks.filter((chunk) => chunk.choices[0]?.delta.content).length > 2);
  assert.equal(chunks.filter((chunk) => chunk.choices[0]?.finish_reason).length, 1);
  assert.ok(chunks.at(-1).usage.completion_tokens > 0);
});

test('a forced tool is called with arguments that fit', async () => {
  const call = await within(6, 'call', async () => {
    const answer = await openai.chat.completions.create({
      model,
      messages: weather,
      max_tokens: 64,
      parallel_tool_calls: false,
      tools: [{ type: 'function', function: { name: 'get_weather', parameters: schema } }],
      tool_choice: 'required',
    });
    return answer.choices[0].message.tool_calls?.[0].function;
  });
  assert.equal(call.name, 'get_weather');
  assert.equal(typeof JSON.parse(call.arguments).city, 'string');
});

test('a JSON schema is kept', async () => {
  const text = await within(6, 'finished answer', async () => {
    const answer = await openai.chat.completions.create({
      model,
      messages,
      max_tokens: 64,
      response_format: { type: 'json_schema', json_schema: { name: 'city', schema, strict: true } },
    });
    const [{ finish_reason, message }] = answer.choices;
    return finish_reason === 'stop' && message.content;
  });
  assert.equal(typeof JSON.parse(text).city, 'string');
});

test('an Anthropic client gets a message, whole and streamed', async () => {
  const whole = await anthropic.messages.create({ model, messages, max_tokens: 24 });
  assert.equal(whole.content[0].type, 'text');
  assert.ok(['end_turn', 'max_tokens'].includes(whole.stop_reason), whole.stop_reason);
  assert.ok(whole.usage.input_tokens > 0 && whole.usage.output_tokens > 0);
  const streamed = await anthropic.messages.stream({ model, messages, max_tokens: 24 }).finalMessage();
  assert.ok(streamed.content[0].text.length > 0);
  assert.ok(streamed.usage.output_tokens > 0);
});

test('an Anthropic client can force a tool', async () => {
  const call = await within(6, 'call', async () => {
    const message = await anthropic.messages
      .stream({
        model,
        messages: weather,
        max_tokens: 64,
        tools: [{ name: 'get_weather', input_schema: schema }],
        tool_choice: { type: 'any', disable_parallel_tool_use: true },
      })
      .finalMessage();
    assert.ok(['tool_use', 'max_tokens'].includes(message.stop_reason), message.stop_reason);
    return message.content.find(({ type }) => type === 'tool_use');
  });
  assert.equal(call.name, 'get_weather');
  assert.equal(typeof call.input.city, 'string');
});
