/**
 * What the five guides say of keys, of pages that call, and of failures: their statuses, each with a type and a
 * code. The guides differ in the words; where they do, the vendor's are used (decision 0116).
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { providerKey, startProvider } from '../harness/provider.mjs';
import { startServer } from '../harness/server.mjs';

const chat = '/v1/chat/completions';
const saying = (content, model = 'anthropic/m-1') => ({ model, messages: [{ role: 'user', content }] });

async function post(url, path, body, headers = {}) {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { answer, body: await answer.json() };
}

/** A provider's address of which no answer comes: it takes requests and keeps silent. */
async function startSilence() {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.closeAllConnections();
    server.close();
    return once(server, 'close');
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

const provider = (id, url, more = '') => `
[[providers]]
id = "${id}"
protocol = "${id === 'openai_chat' ? id : 'anthropic'}"
base_url = "${url}/v1"
${more}

[[accounts]]
id = "${id}-main"
provider = "${id}"
key = { env = "PROVIDER_KEY" }
`;

describe('failures', () => {
  let fake;
  let silence;
  let server;

  before(async () => {
    fake = await startProvider();
    silence = await startSilence();
    const gone = await startSilence();
    await gone.stop();
    const config = [
      provider('openai_chat', fake.url),
      provider('anthropic', fake.url),
      provider('silent', silence.url, 'timeouts = { headers = "200ms" }'),
      provider('gone', gone.url),
    ].join('');
    server = await startServer({ config, env: { PROVIDER_KEY: providerKey } });
  });

  after(async () => {
    await server?.stop();
    await fake?.stop();
    await silence?.stop();
  });

  const failing = (status) => saying(`fail ${status}`);
  const table = [
    ['400: no JSON', '{"model": ', 400, 'invalid_request_error', 'invalid_request_error'],
    [
      '400: no message',
      { model: 'echo/echo', messages: [] },
      400,
      'invalid_request_error',
      'invalid_request_error',
    ],
    [
      '400: no role',
      { model: 'echo/echo', messages: [{ content: 'Hi' }] },
      400,
      'invalid_request_error',
      'invalid_request_error',
    ],
    [
      '400: no content',
      { model: 'echo/echo', messages: [{ role: 'user' }] },
      400,
      'invalid_request_error',
      'invalid_request_error',
    ],
    ['400: of the provider', failing(400), 400, 'invalid_request_error', 'invalid_request_error'],
    ['401: the key of the provider', failing(401), 401, 'authentication_error', 'upstream_auth_error'],
    [
      '404: a model that nobody has',
      saying('Hi', 'nowhere'),
      404,
      'invalid_request_error',
      'model_not_found',
    ],
    ['429', failing(429), 429, 'rate_limit_error', 'rate_limit_exceeded'],
    ['500', failing(500), 500, 'server_error', 'server_error'],
    ['502: of the provider', failing(502), 502, 'server_error', 'server_error'],
    ['502: nobody there', saying('Hi', 'gone/m-1'), 502, 'server_error', 'upstream_unreachable'],
    ['503', failing(503), 503, 'server_error', 'overloaded'],
    ['504: of the provider', failing(504), 504, 'server_error', 'timeout'],
    ['504: no answer in time', saying('Hi', 'silent/m-1'), 504, 'server_error', 'timeout'],
  ];
  for (const [name, asked, status, type, code] of table)
    for (const path of [chat, `/api${chat}`])
      test(`guides 000 to 004, error codes at ${path}: ${name}`, async () => {
        const { answer, body } = await post(server.url, path, asked);
        assert.equal(answer.status, status);
        assert.deepEqual(Object.keys(body), ['error']);
        assert.deepEqual(Object.keys(body.error), ['message', 'type', 'param', 'code']);
        assert.equal(typeof body.error.message, 'string');
        assert.deepEqual([body.error.type, body.error.code], [type, code]);
      });

  for (const status of [400, 401, 429, 500, 502, 503, 504])
    for (const model of ['openai_chat/m-1', 'anthropic/m-1'])
      for (const stream of [false, true])
        test(`guide 003, retrying: the status ${status} at ${model}${stream ? ', asked to stream' : ''}`, async () => {
          const { answer, body } = await post(server.url, chat, {
            ...saying(`fail ${status}`, model),
            stream,
          });
          assert.equal(answer.status, status);
          assert.match(body.error.message, new RegExp(`Failing with ${status}`));
        });

  test('guide 003, messages: a failure in their form', async () => {
    const { answer, body } = await post(server.url, '/v1/messages', {
      ...saying('fail 429', 'openai_chat/m-1'),
      max_tokens: 9,
    });
    assert.equal(answer.status, 429);
    assert.deepEqual([body.type, body.error.type], ['error', 'rate_limit_error']);
  });
});

describe('keys', () => {
  let server;

  before(async () => {
    server = await startServer({
      config: '[[access_keys]]\nname = "tests"\nkey = { env = "PATCHBAY_KEY" }\n',
      env: { PATCHBAY_KEY: 'amq-your-api-key' },
    });
  });

  after(() => server?.stop());

  const asked = saying('Hi', 'echo/echo');
  const right = { Authorization: 'Bearer amq-your-api-key' };
  for (const [name, headers] of [
    ['guide 000, notes 1: the authorization header', right],
    ['guide 000, notes 1: the header x-api-key', { 'x-api-key': 'amq-your-api-key' }],
    ['guide 003, list of models in the other form: its header', { 'x-goog-api-key': 'amq-your-api-key' }],
  ])
    test(name, async () => {
      const { answer } = await post(server.url, chat, asked, headers);
      assert.equal(answer.status, 200);
    });

  test('guide 003, the other form: its list of models by a key in the address', async () => {
    const answer = await fetch(`${server.url}/v1beta/models?key=amq-your-api-key`);
    assert.equal(answer.status, 200);
    assert.ok((await answer.json()).models.some(({ name }) => name === 'models/echo/echo'));
    const refused = await fetch(`${server.url}/v1beta/models?key=invalid`);
    assert.equal(refused.status, 401);
    assert.equal((await refused.json()).error.status, 'UNAUTHENTICATED');
  });

  for (const [name, headers] of [
    ['no key', {}],
    ['another key', { Authorization: 'Bearer invalid' }],
  ])
    test(`guides 000 and 003, error codes: 401 with ${name}`, async () => {
      for (const path of [chat, '/v1/completions']) {
        const { answer, body } = await post(server.url, path, asked, headers);
        assert.equal(answer.status, 401);
        assert.deepEqual([body.error.type, body.error.code], ['invalid_request_error', 'invalid_api_key']);
      }
      const models = await fetch(`${server.url}/v1/models`, { headers });
      assert.equal(models.status, 401);
    });

  test('guide 001, basic use 1: health needs none', async () => {
    const answer = await fetch(`${server.url}/health`);
    assert.equal((await answer.json()).status, 'ok');
  });
});

describe('pages', () => {
  let server;

  before(async () => {
    server = await startServer({ listen: 'allowed_origins = ["https://app.example"]\n' });
  });

  after(() => server?.stop());

  const path = `/api${chat}`;
  const asked = saying('Hi', 'echo/echo');

  test('guide 004, CORS: a page that is allowed may call', async () => {
    const origin = { Origin: 'https://app.example' };
    const { answer } = await post(server.url, path, asked, origin);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('access-control-allow-origin'), 'https://app.example');
    const preflight = await fetch(server.url + path, {
      method: 'OPTIONS',
      headers: {
        ...origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type',
      },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-headers'), 'content-type');
  });

  test('guide 004, CORS: any other page may not, which is safer than the guide', async () => {
    const { answer, body } = await post(server.url, path, asked, { Origin: 'https://other.example' });
    assert.equal(answer.status, 403);
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
    assert.equal(body.error.type, 'permission_error');
  });
});
