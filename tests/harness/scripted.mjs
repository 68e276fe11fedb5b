/**
 * A provider on loopback that speaks every protocol and plays a script: a real client asks, it has a tool called,
 * and repeats what the tool found. As strict as the real ones about keys, histories, fields and tools.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import * as anthropic from './scripted/anthropic.mjs';
import * as gemini from './scripted/gemini.mjs';
import * as ollama from './scripted/ollama.mjs';
import * as openaiChat from './scripted/openai_chat.mjs';
import * as openaiResponses from './scripted/openai_responses.mjs';

const protocols = [anthropic, gemini, ollama, openaiChat, openaiResponses];
/** Behind the provider's address, what a base URL of each protocol ends with. */
const bases = {
  anthropic: '/v1',
  gemini: '/v1beta',
  ollama: '',
  openai_chat: '/v1',
  openai_responses: '/v1',
};
export const protocolIds = Object.keys(bases);
/** The model that each protocol's provider has, as clients name it. */
export const modelOf = Object.fromEntries(
  protocols.map(({ id, model }) => [id, `${id.replaceAll('_', '-')}/${model}`]),
);
const others = Object.assign({}, ...protocols.map((protocol) => protocol.others));
/** A list of models, in the shape of everybody. */
const list = {
  object: 'list',
  has_more: false,
  data: [{ id: 'm-1', object: 'model', type: 'model', created: 1763700000, owned_by: 'test' }],
  models: [{ name: 'm-1', model: 'm-1' }],
};
export const scriptedKey = 'sk-scripted-77d0';

const keyOf = ({ 'x-api-key': own, 'x-goog-api-key': google, authorization }) =>
  own ?? google ?? authorization?.replace('Bearer ', '');

/** `script` gets `{ words, results, tools, image, json, raw }` of each request and says `{ text, calls }`. */
export async function startScripted(script) {
  const requests = [];
  const complaints = [];
  const server = createServer(async (request, response) => {
    let raw = '';
    for await (const chunk of request.setEncoding('utf8')) raw += chunk;
    const path = request.url.split('?')[0];
    const protocol = protocols.find(({ matches }) => matches(path));
    const send = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const refuse = (status, message) => {
      complaints.push(`${request.method} ${request.url}: ${message}\n${raw}`);
      send(status, (protocol ?? openaiChat).failure(status, message));
    };
    if (keyOf(request.headers) !== scriptedKey) return refuse(401, 'The key is wrong.');
    if (request.method === 'GET') return send(200, list);
    if (others[path]) return send(200, others[path]);
    if (!protocol) return refuse(404, 'There is nothing here.');
    const given = JSON.parse(raw);
    const body = protocol.plain?.(given) ?? given;
    const wrong = protocol.complaint(body);
    if (wrong) return refuse(400, wrong);
    const asked = { ...protocol.read(body), raw };
    requests.push({ protocol: protocol.id, path, headers: request.headers, body, ...asked });
    const { calls = [], ...spoken } = script(asked);
    const isCustom = ({ name }) => asked.custom?.includes(name);
    const said = { ...spoken, calls: calls.map((call) => ({ ...call, custom: isCustom(call) })) };
    const model = protocol.modelOf({ path, body });
    if (!protocol.streams({ path, body })) return send(200, protocol.whole(said, model));
    response.writeHead(200, { 'content-type': protocol.contentType });
    for (const frame of protocol.frames(said, model, body)) {
      response.write(frame);
      await turn();
    }
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    /** What was asked and answered, oldest first. */
    requests,
    /** What was refused, and why. */
    complaints,
    /** The gateway's config: a provider and an account for each protocol, by its id with hyphens. */
    config: protocolIds
      .map((protocol) => {
        const id = protocol.replaceAll('_', '-');
        return `
[[providers]]
id = "${id}"
protocol = "${protocol}"
base_url = "${url}${bases[protocol]}"

[[accounts]]
id = "${id}-main"
provider = "${id}"
key = { env = "PROVIDER_KEY" }
`;
      })
      .join(''),
    stop: () => {
      server.closeAllConnections();
      server.close();
      return once(server, 'close');
    },
  };
}
