/**
 * Guide 003 on conversations over a socket: its connection and its first message as they stand there, and the six
 * plain events that it names, of a provider that only chats.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { providerKey, startProvider } from '../harness/provider.mjs';
import { startServer } from '../harness/server.mjs';

const config = (url) => `
[[providers]]
id = "provider"
protocol = "anthropic"
base_url = "${url}/v1"

[[accounts]]
id = "provider-main"
provider = "provider"
key = { env = "PROVIDER_KEY" }

[[aliases]]
name = "gpt-4"
targets = ["provider/m-1"]
`;
const key = '[[access_keys]]\nname = "tests"\nkey = { env = "PATCHBAY_KEY" }\n';

/** A connection, and what comes over it, one event after the other. */
class Conversation {
  #events = [];
  #arrived = () => {};

  constructor(url, headers) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on('message', (data) => {
      this.#events.push(JSON.parse(data));
      this.#arrived();
    });
  }

  send(event) {
    this.socket.send(JSON.stringify(event));
  }

  async next() {
    while (this.#events.length === 0)
      await new Promise((resolve) => {
        this.#arrived = resolve;
      });
    return this.#events.shift();
  }

  async until(type) {
    const events = [];
    do events.push(await this.next());
    while (events.at(-1).type !== type);
    return events;
  }
}

describe('guide 003, conversations over a socket', () => {
  let provider;
  let server;
  let address;

  before(async () => {
    provider = await startProvider();
    server = await startServer({ config: config(provider.url), env: { PROVIDER_KEY: providerKey } });
    address = `${server.url.replace('http', 'ws')}/v1/realtime`;
  });

  after(async () => {
    await server?.stop();
    await provider?.stop();
  });

  test('the connection, the session, a message and its events', async () => {
    const conversation = new Conversation(address);
    const opened = await conversation.next();
    assert.equal(opened.type, 'conversation.created');
    conversation.send({ type: 'session.update', session: { model: 'gpt-4' } });
    assert.equal((await conversation.next()).type, 'session.updated');

    conversation.send({ type: 'message', message: 'Hello!' });
    const events = await conversation.until('message.completed');
    for (const event of [opened, ...events])
      assert.equal(typeof event.message, 'string', JSON.stringify(event));
    const types = events.map(({ type }) => type);
    const deltas = types.filter((type) => type === 'content.delta');
    assert.deepEqual(types, [
      'message.created',
      'message.created',
      'content.start',
      ...deltas,
      'content.stop',
      'message.completed',
    ]);
    assert.ok(deltas.length > 1);
    const said = events.filter(({ type }) => type === 'content.delta').map(({ message }) => message);
    assert.equal(said.join(''), 'Hello from the provider.');
    assert.equal(events.at(-1).message, 'Hello from the provider.');
    assert.equal(provider.requests.at(-1).body.model, 'm-1');

    conversation.socket.close();
    await once(conversation.socket, 'close');
  });

  test('a second message knows the first', async () => {
    const conversation = new Conversation(address);
    await conversation.next();
    conversation.send({ type: 'session.update', session: { model: 'gpt-4' } });
    for (const message of ['One', 'Two']) {
      conversation.send({ type: 'message', message });
      await conversation.until('message.completed');
    }
    const { messages } = provider.requests.at(-1).body;
    assert.deepEqual(
      messages.map(({ role }) => role),
      ['user', 'assistant', 'user'],
    );
    conversation.socket.close();
    await once(conversation.socket, 'close');
  });
});

describe('guide 003, conversations over a socket, where a key is wanted', () => {
  let server;
  let address;

  before(async () => {
    server = await startServer({ config: key, env: { PATCHBAY_KEY: 'your-api-key' } });
    address = `${server.url.replace('http', 'ws')}/v1/realtime`;
  });

  after(() => server?.stop());

  for (const [name, query, headers] of [
    ['the header', '', { Authorization: 'Bearer your-api-key' }],
    ['the address', '?key=your-api-key', {}],
  ])
    test(`the key in ${name}`, async () => {
      const conversation = new Conversation(address + query, headers);
      assert.equal((await conversation.next()).type, 'conversation.created');
      conversation.socket.close();
      await once(conversation.socket, 'close');
    });

  test('who brings none is refused before there is a connection', async () => {
    const { socket } = new Conversation(address, {});
    const [, answer] = await once(socket, 'unexpected-response');
    assert.equal(answer.statusCode, 401);
    socket.on('error', () => {});
    socket.terminate();
  });
});
