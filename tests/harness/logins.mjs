/** A service for device logins on loopback, and the provider whose accounts they are of, which lists its models. */
import { createServer } from 'node:http';

export const userCode = 'ABCD-EFGH';

/** `agree()` and `refuse()` are what a person does on its page. */
export async function startLogins() {
  let decision = { error: 'authorization_pending' };
  const seen = [];
  const answers = {
    '/client/register': () => [
      200,
      { clientId: 'client-1', clientSecret: 'secret-1', clientSecretExpiresAt: 4_000_000_000 },
    ],
    '/device_authorization': () => [
      200,
      {
        deviceCode: 'device-1',
        userCode,
        verificationUri: 'https://device.example/',
        verificationUriComplete: `https://device.example/?user_code=${userCode}`,
        expiresIn: 600,
        interval: 1,
      },
    ],
    '/token': () => [decision.error ? 400 : 200, decision],
    '/': () => [200, { models: [{ modelId: 'claude-listed' }, { modelId: 'claude-other' }] }],
  };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    seen.push({ path: request.url, body, authorization: request.headers.authorization });
    const [status, answer] = answers[request.url]?.() ?? [404, { error: 'not_found' }];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Every request so far. */
    seen,
    agree: () => {
      decision = { accessToken: 'access-1', refreshToken: 'refresh-1', expiresIn: 3600, tokenType: 'Bearer' };
    },
    refuse: () => {
      decision = { error: 'access_denied' };
    },
    forget: () => {
      decision = { error: 'authorization_pending' };
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
