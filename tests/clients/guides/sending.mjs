/** Sends an example as its guide does: by plain HTTP, by the SDK, or by a Python program. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import OpenAI from 'openai';
import { pythonProgram } from '../../../scripts/lib/python.mjs';
import { temporaryHome } from '../../harness/home.mjs';
import { Process } from '../../harness/processes.mjs';

/** Gives `{ answer, whole }`, or `{ answer, chunks }` of a stream. */
export async function send({ request, sdk }, url) {
  if (sdk) return sendBySdk(request, url + sdk);
  const { method, path, headers, body } = request;
  const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.headers.get('content-type').startsWith('text/event-stream')) {
    assert.equal(answer.status, 200, text);
    return {
      answer,
      text,
      whole: /^\{.*\}$/s.test(text) && !text.includes('}\n{') ? JSON.parse(text) : null,
    };
  }
  const lines = text.split('\n').filter((line) => line.startsWith('data: '));
  assert.equal(lines.pop(), 'data: [DONE]');
  return { answer, chunks: lines.map((line) => JSON.parse(line.slice(6))) };
}

async function sendBySdk({ headers, body }, baseURL) {
  const client = new OpenAI({ baseURL, apiKey: headers.Authorization.replace('Bearer ', ''), maxRetries: 0 });
  const { data, response: answer } = await client.chat.completions.create(body).withResponse();
  if (!body.stream) return { answer, whole: data };
  const chunks = [];
  for await (const chunk of data) chunks.push(chunk);
  return { answer, chunks };
}

/** The packages of each way that a Python program goes; virtual environments of the tests. */
const packages = { chain: 'frameworks', requests: 'sdks', sdk: 'sdks' };

/** The same by a Python program, without `answer`; of a chain what was `said`. */
export async function sendByPython(example, url) {
  const home = temporaryHome();
  const program = new Process(
    pythonProgram(packages[example.python]),
    ['-B', join(import.meta.dirname, 'ask.py'), example.python, url],
    { cwd: home.path, env: { ...home.env, PYTHONUTF8: '1' }, input: JSON.stringify(example) },
  );
  const { code } = await program.ends(120_000);
  home.remove();
  assert.equal(code, 0, program.output);
  return JSON.parse(program.output);
}
