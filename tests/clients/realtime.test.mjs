/** The official SDK's realtime clients, in both of its vocabularies, with providers that have only requests. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { OpenAIRealtimeWS as Beta } from 'openai/beta/realtime/ws';
import { OpenAIRealtimeWS as Ga } from 'openai/realtime/ws';
import { providerKey, startProvider } from '../harness/provider.mjs';
import { startServer } from '../harness/server.mjs';

const weather = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const vocabularies = [
  { name: 'GA', Client: Ga, delta: 'response.output_text.delta', settings: { type: 'realtime' } },
  { name: 'beta', Client: Beta, delta: 'response.text.delta', settings: {} },
];

let provider;
let server;
let openai;

before(async () => {
  provider = await startProvider();
  const providers = ['openai_chat', 'anthropic'].map(
    (protocol) => `
[[providers]]
id = "${protocol}"
protocol = "${protocol}"
base_url = "${provider.url}/v1"

[[accounts]]
id = "${protocol}"
provider = "${protocol}"
key = { env = "PROVIDER_KEY" }
`,
  );
  const config = `${providers.join('')}
[[access_keys]]
name = "tests"
key = { env = "PATCHBAY_KEY" }
`;
  server = await startServer({ config, env: { PROVIDER_KEY: providerKey, PATCHBAY_KEY: 'pb-tests' } });
  openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'pb-tests' });
});

after(async () => {
  await server?.stop();
  await provider?.stop();
});

/** An open connection, and what was heard on it. */
async function open(Client, model, client = openai) {
  // The SDK insists on TLS, which nobody needs on one computer.
  const createConnection = ({ port }) => connect(Number(port), '127.0.0.1');
  const rt = new Client({ model, options: { createConnection } }, client);
  const heard = [];
  rt.on('event', (event) => heard.push(event));
  rt.on('error', () => {});
  await once(rt.socket, 'open');
  /** Says something, and waits for the first event of a type that is new. */
  const until = async (type, say) => {
    const from = heard.length;
    const come = new Promise((resolve) => {
      rt.on('event', () => {
        if (heard.slice(from).some((event) => event.type === type)) resolve();
      });
    });
    say();
    await come;
    return heard.slice(from);
  };
  return { rt, heard, until };
}

const ask = (text) => ({
  type: 'conversation.item.create',
  item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
});

for (const { name, Client, delta, settings } of vocabularies) {
  describe(`the OpenAI SDK's ${name} realtime client`, () => {
    for (const model of ['openai_chat/m-1', 'anthropic/m-1']) {
      test(`talks to ${model}, and its tools are called`, async () => {
        const { rt, until } = await open(Client, model);
        const session = { ...settings, instructions: 'Be brief.', tools: [weather] };
        await until('session.updated', () => rt.send({ type: 'session.update', session }));
        const first = await until('response.done', () => {
          rt.send(ask('Hi'));
          rt.send({ type: 'response.create' });
        });
        const said = first.filter(({ type }) => type === delta).map((event) => event.delta);
        assert.equal(said.join(''), 'Hello from the provider.');
        const second = await until('response.done', () => {
          rt.send(ask('call tools'));
          rt.send({ type: 'response.create' });
        });
        const call = second.at(-1).response.output.find(({ type }) => type === 'function_call');
        assert.equal(call.name, 'get_weather');
        assert.doesNotThrow(() => JSON.parse(call.arguments));
        const third = await until('response.done', () => {
          const output = { type: 'function_call_output', call_id: call.call_id, output: '-3 C' };
          rt.send({ type: 'conversation.item.create', item: output });
          rt.send({ type: 'response.create' });
        });
        const { response } = third.at(-1);
        assert.equal(response.status, 'completed');
        assert.match(response.output[0].content[0].text, /^Result: .*-3 C/);
        assert.ok(response.usage.total_tokens > 0);
        rt.close();
        await once(rt.socket, 'close');
      });
    }
  });
}

test('an event that is refused is an error of the SDK, and the connection goes on', async () => {
  const { rt, heard, until } = await open(Ga, 'anthropic/m-1');
  await until('error', () => rt.send({ type: 'input_audio_buffer.commit', event_id: 'mine' }));
  const { error } = heard.at(-1);
  assert.deepEqual([error.code, error.event_id], ['audio_not_supported', 'mine']);
  await until('conversation.item.done', () => rt.send(ask('Hi')));
  rt.close();
});

test('a wrong key is a 401 before the connection opens', async () => {
  const stranger = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'wrong' });
  await assert.rejects(open(Ga, 'anthropic/m-1', stranger), /401/);
});
