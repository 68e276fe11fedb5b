/** The official SDKs as clients: each against a provider of its own protocol, of the other one, and echo. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { providerKey, startProvider } from '../harness/provider.mjs';
import { startServer } from '../harness/server.mjs';

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = ['get_weather', 'get_time'];

let provider;
let server;
let openai;
let anthropic;

before(async () => {
  provider = await startProvider();
  const config = ['openai_chat', 'anthropic']
    .map(
      (protocol) => `
[[providers]]
id = "${protocol.replace('_', '-')}"
protocol = "${protocol}"
base_url = "${provider.url}/v1"

[[accounts]]
id = "${protocol.replace('_', '-')}-main"
provider = "${protocol.replace('_', '-')}"
key = { env = "PROVIDER_KEY" }
`,
    )
    .join('');
  const keyed = `${config}
[[access_keys]]
name = "tests"
key = { env = "PATCHBAY_KEY" }
`;
  server = await startServer({ config: keyed, env: { PROVIDER_KEY: providerKey, PATCHBAY_KEY: 'pb-tests' } });
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'pb-tests', maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: server.url, apiKey: 'pb-tests', maxRetries: 0 });
});

after(async () => {
  await server?.stop();
  await provider?.stop();
});

for (const model of ['openai-chat/m-1', 'anthropic/m-1']) {
  describe(`the OpenAI SDK with ${model}`, () => {
    const functions = tools.map((name) => ({ type: 'function', function: { name, parameters: schema } }));
    const ask = (content, more = {}) => ({ model, messages: [{ role: 'user', content }], ...more });

    test('a whole answer with usage', async () => {
      const answer = await openai.chat.completions.create(ask('Hi'));
      assert.equal(answer.choices[0].message.content, 'Hello from the provider.');
      assert.equal(answer.choices[0].finish_reason, 'stop');
      assert.equal(answer.usage.prompt_tokens, 42);
      assert.equal(answer.usage.completion_tokens, 7);
    });

    test('a stream, with usage as the last chunk because it was asked for', async () => {
      const stream = await openai.chat.completions.create(
        ask('Hi', { stream: true, stream_options: { include_usage: true } }),
      );
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      const said = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
      assert.equal(said, 'Hello from the provider.');
      assert.deepEqual(chunks.at(-1).choices, []);
      assert.equal(chunks.at(-1).usage.total_tokens, 49);
    });

    test('parallel tool calls streamed, and their results taken', async () => {
      const helper = openai.chat.completions.stream(ask('call tools', { tools: functions }));
      const first = await helper.finalChatCompletion();
      const message = first.choices[0].message;
      assert.equal(first.choices[0].finish_reason, 'tool_calls');
      assert.deepEqual(
        message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]),
        [
          ['get_weather', { city: 'get_weather 0' }],
          ['get_time', { city: 'get_time 1' }],
        ],
      );
      const results = message.tool_calls.map((call, n) => ({
        role: 'tool',
        tool_call_id: call.id,
        content: `result ${n}`,
      }));
      const second = await openai.chat.completions.create({
        model,
        tools: functions,
        messages: [{ role: 'user', content: 'call tools' }, message, ...results],
      });
      assert.equal(second.choices[0].message.content, 'Result: result 0 | result 1');
    });

    test('an image by base64', async () => {
      const answer = await openai.chat.completions.create(
        ask([
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
        ]),
      );
      assert.equal(answer.choices[0].message.content, `An image: image/png, ${png.length} characters.`);
    });

    test('failures arrive as the classes of the SDK', async () => {
      const failing = (status) => openai.chat.completions.create(ask(`fail ${status}`));
      await assert.rejects(failing(400), OpenAI.BadRequestError);
      const limited = await failing(429).catch((error) => error);
      assert.ok(limited instanceof OpenAI.RateLimitError, String(limited));
      assert.equal(limited.headers.get('retry-after'), '7');
      await assert.rejects(failing(500), OpenAI.InternalServerError);
    });

    test('a stream that breaks off throws', async () => {
      const stream = await openai.chat.completions.create(ask('cut', { stream: true }));
      await assert.rejects(async () => {
        for await (const _ of stream);
      });
    });
  });

  describe(`the Anthropic SDK with ${model}`, () => {
    const definitions = tools.map((name) => ({ name, input_schema: schema }));
    const ask = (content, more = {}) => ({
      model,
      max_tokens: 200,
      messages: [{ role: 'user', content }],
      ...more,
    });

    test('a whole answer with usage', async () => {
      const answer = await anthropic.messages.create(ask('Hi'));
      assert.deepEqual(
        answer.content.map(({ text }) => text),
        ['Hello from the provider.'],
      );
      assert.equal(answer.stop_reason, 'end_turn');
      assert.equal(answer.usage.input_tokens, 42);
      assert.equal(answer.usage.output_tokens, 7);
    });

    test('a stream folds to the same message', async () => {
      const message = await anthropic.messages.stream(ask('Hi')).finalMessage();
      assert.equal(message.content[0].text, 'Hello from the provider.');
      assert.equal(message.stop_reason, 'end_turn');
      assert.equal(message.usage.output_tokens, 7);
    });

    test('parallel tool calls streamed, and their results taken', async () => {
      const first = await anthropic.messages.stream(ask('call tools', { tools: definitions })).finalMessage();
      assert.equal(first.stop_reason, 'tool_use');
      const calls = first.content.filter(({ type }) => type === 'tool_use');
      assert.deepEqual(
        calls.map(({ name, input }) => [name, input]),
        [
          ['get_weather', { city: 'get_weather 0' }],
          ['get_time', { city: 'get_time 1' }],
        ],
      );
      const results = calls.map(({ id }, n) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: `result ${n}`,
      }));
      const second = await anthropic.messages.create({
        model,
        max_tokens: 200,
        tools: definitions,
        messages: [
          { role: 'user', content: 'call tools' },
          { role: 'assistant', content: first.content },
          { role: 'user', content: results },
        ],
      });
      assert.equal(second.content[0].text, 'Result: result 0 | result 1');
    });

    test('an image by base64', async () => {
      const answer = await anthropic.messages.create(
        ask([
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
          { type: 'text', text: 'What is this?' },
        ]),
      );
      assert.equal(answer.content[0].text, `An image: image/png, ${png.length} characters.`);
    });

    test('failures arrive as the classes of the SDK', async () => {
      const failing = (status) => anthropic.messages.create(ask(`fail ${status}`));
      await assert.rejects(failing(400), Anthropic.BadRequestError);
      const limited = await failing(429).catch((error) => error);
      assert.ok(limited instanceof Anthropic.RateLimitError, String(limited));
      assert.equal(limited.headers.get('retry-after'), '7');
      await assert.rejects(failing(500), Anthropic.InternalServerError);
    });

    test('a stream that breaks off throws', async () => {
      const stream = anthropic.messages.stream(ask('cut'));
      await assert.rejects(stream.finalMessage());
    });

    test('tokens are counted', async () => {
      const counted = await anthropic.messages.countTokens({
        model: 'openai-chat/m-1',
        messages: [{ role: 'user', content: 'How many tokens are these words?' }],
      });
      assert.ok(counted.input_tokens > 3 && counted.input_tokens < 30, String(counted.input_tokens));
    });
  });
}

describe('the OpenAI SDK beside chat', () => {
  test('goes on with a text at a provider of its protocol', async () => {
    const ask = { model: 'openai-chat/m-1', prompt: 'Once', max_tokens: 20 };
    const whole = await openai.completions.create(ask);
    assert.equal(whole.choices[0].text, ' after 4');
    assert.equal(whole.usage.total_tokens, 49);
    const stream = await openai.completions.create({ ...ask, suffix: 'the end', stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';
    assert.equal(text, '<between 4 and 7>');
  });

  test('goes on with a text at a provider that only chats', async () => {
    const ask = { model: 'anthropic/m-1', prompt: 'Once', max_tokens: 20, echo: true };
    const whole = await openai.completions.create(ask);
    assert.equal(whole.object, 'text_completion');
    assert.equal(whole.choices[0].text, 'OnceHello from the provider.');
    const options = { include_usage: true };
    const stream = await openai.completions.create({ ...ask, stream: true, stream_options: options });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const said = chunks.map((chunk) => chunk.choices[0]?.text ?? '').join('');
    assert.equal(said, 'OnceHello from the provider.');
    assert.equal(chunks.at(-2).choices[0].finish_reason, 'stop');
    assert.equal(chunks.at(-1).usage.completion_tokens, 7);
  });

  test('turns texts into vectors, which it fetches as base64 unless told otherwise', async () => {
    const ask = { model: 'openai-chat/m-1', input: ['a', 'four'], dimensions: 2 };
    const vectors = await openai.embeddings.create(ask);
    const numbers = vectors.data.map(({ embedding }) => Array.from(embedding));
    assert.deepEqual(numbers, [
      [1, 0.125],
      [4, 0.125],
    ]);
    assert.equal(provider.requests.at(-1).body.encoding_format, 'base64');
    const plain = await openai.embeddings.create({ ...ask, encoding_format: 'float' });
    assert.deepEqual(plain.data[1].embedding, [4, 0.125]);
    assert.equal(plain.usage.prompt_tokens, 5);
    const refused = openai.embeddings.create({ model: 'anthropic/m-1', input: 'a' });
    await assert.rejects(refused, OpenAI.NotFoundError);
  });
});

describe('echo, which needs no key of anybody', () => {
  const model = 'echo/echo';

  test('answers both SDKs, streaming', async () => {
    const chat = await openai.chat.completions
      .stream({ model, messages: [{ role: 'user', content: 'Good morning' }] })
      .finalContent();
    assert.match(chat, /Good morning/);
    const message = await anthropic.messages
      .stream({ model, max_tokens: 200, messages: [{ role: 'user', content: 'Good morning' }] })
      .finalMessage();
    assert.match(message.content[0].text, /Good morning/);
  });

  test('calls a tool that it must call', async () => {
    const answer = await openai.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'The weather in Oslo' }],
      tools: [{ type: 'function', function: { name: 'get_weather', parameters: schema } }],
      tool_choice: 'required',
    });
    const [call] = answer.choices[0].message.tool_calls;
    assert.equal(call.function.name, 'get_weather');
    assert.equal(typeof JSON.parse(call.function.arguments).city, 'string');
  });

  test('answers a JSON schema with an instance of it', async () => {
    const answer = await openai.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'A city' }],
      response_format: { type: 'json_schema', json_schema: { name: 'city', schema } },
    });
    assert.equal(typeof JSON.parse(answer.choices[0].message.content).city, 'string');
  });

  test('describes an image', async () => {
    const answer = await anthropic.messages.create({
      model,
      max_tokens: 200,
      messages: [
        {
          role: 'user',
          content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }],
        },
      ],
    });
    assert.match(answer.content[0].text, /image\/png/);
  });
});

describe('models and access', () => {
  test('both SDKs list the models', async () => {
    const ids = (await openai.models.list()).data.map(({ id }) => id);
    assert.ok(ids.includes('echo/echo'), ids.join(' '));
    const page = await anthropic.models.list();
    assert.ok(page.data.some(({ id, type }) => id === 'echo/echo' && type === 'model'));
    assert.equal((await openai.models.retrieve('echo/echo')).id, 'echo/echo');
  });

  test('an unknown model is not found, in both shapes', async () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    await assert.rejects(
      openai.chat.completions.create({ model: 'nowhere', messages }),
      OpenAI.NotFoundError,
    );
    await assert.rejects(
      anthropic.messages.create({ model: 'nowhere', max_tokens: 9, messages }),
      Anthropic.NotFoundError,
    );
  });

  test('a wrong access key is refused, in both shapes', async () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    const options = { apiKey: 'pb-wrong', maxRetries: 0 };
    await assert.rejects(
      new OpenAI({ baseURL: `${server.url}/v1`, ...options }).chat.completions.create({
        model: 'echo/echo',
        messages,
      }),
      OpenAI.AuthenticationError,
    );
    await assert.rejects(
      new Anthropic({ baseURL: server.url, ...options }).messages.create({
        model: 'echo/echo',
        max_tokens: 9,
        messages,
      }),
      Anthropic.AuthenticationError,
    );
  });
});
