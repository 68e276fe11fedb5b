/** What the guides say of answers, checked: a function for each word that an example may `expect`. */
import assert from 'node:assert/strict';
import { models } from './examples.mjs';

/** What the guides say of a reply, checked; returns its message and finish reason, streamed or not. */
function documented({ whole, chunks }, { body }, choice = 0) {
  for (const part of chunks ?? [whole]) {
    assert.equal(part.object, chunks ? 'chat.completion.chunk' : 'chat.completion');
    assert.match(part.id, /^chatcmpl-/);
    assert.ok(Number.isInteger(part.created) && part.created > 1_700_000_000, String(part.created));
    assert.ok([body.model, 'm-1', 'echo'].includes(part.model), part.model);
  }
  if (whole) {
    const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = whole.usage;
    assert.ok(input > 0 && output > 0 && total === input + output, JSON.stringify(whole.usage));
    const { index, message, finish_reason } = whole.choices[choice];
    assert.equal(index, choice);
    assert.equal(message.role, 'assistant');
    return { message, finish_reason };
  }
  const said = chunks.flatMap(({ choices }) => choices).filter(({ index }) => index === choice);
  assert.equal(said[0].delta.role, 'assistant');
  assert.deepEqual(
    said.slice(0, -1).map(({ finish_reason }) => finish_reason),
    said.slice(1).map(() => null),
  );
  const calls = [];
  for (const { delta } of said)
    for (const { index, id, type, function: piece } of delta.tool_calls ?? []) {
      calls[index] ??= { id, type, function: { name: piece.name, arguments: '' } };
      calls[index].function.arguments += piece.arguments ?? '';
    }
  const content = said.map(({ delta }) => delta.content ?? '').join('');
  const message = { role: 'assistant', content: content || null };
  if (calls.length > 0) message.tool_calls = calls;
  return { message, finish_reason: said.at(-1).finish_reason };
}

function text(reply, { request }, protocol) {
  const { message, finish_reason } = documented(reply, request);
  assert.match(
    message.content,
    protocol === 'echo' ? /^This is the offline echo/ : /^Hello from the provider\.$/,
  );
  assert.equal(message.tool_calls, undefined);
  assert.equal(finish_reason, 'stop');
}

function forced(reply, { request }) {
  const { message, finish_reason } = documented(reply, request);
  const [call] = message.tool_calls;
  assert.equal(message.content, null);
  assert.equal(call.type, 'function');
  assert.match(call.id, /^call_/);
  assert.ok(request.body.tools.some((tool) => tool.function.name === call.function.name));
  assert.equal(typeof JSON.parse(call.function.arguments), 'object');
  assert.equal(finish_reason, 'tool_calls');
  return message;
}

/** What a guide's example is answered with, by the word in its file. */
export const answers = {
  text,
  forced,
  /** The offline model calls a tool that is named or must be called, no other. */
  calls: (reply, example, protocol) => (protocol === 'echo' ? text : forced)(reply, example, protocol),
  completion({ whole }) {
    assert.equal(whole.object, 'text_completion');
    assert.ok(whole.choices[0].text.length > 0);
    assert.equal(whole.choices[0].finish_reason, 'stop');
  },
  health: ({ whole }) => assert.equal(whole.status, 'ok'),
  image(reply, { request }, protocol) {
    const { message } = documented(reply, request);
    const [, { image_url: image }] = request.body.messages[0].content;
    const inline = image.url.match(/^data:(.*);base64,(.*)$/);
    const expected = {
      echo: inline ? `Attached image: ${inline[1]}` : image.url,
      true: inline
        ? `An image: ${inline[1]}, ${inline[2].length} characters.`
        : `An image: url, ${image.url.length} characters.`,
    };
    assert.ok(message.content.includes(expected[protocol] ?? expected.true), message.content);
  },
  json(reply, { request }) {
    const { message } = documented(reply, request);
    const { steps, final_answer: final } = JSON.parse(message.content);
    assert.equal(typeof final, 'string');
    for (const step of steps) assert.equal(typeof step.explanation, 'string');
  },
  /** One JSON object a line, the last of which says that it is done. */
  lines({ text }) {
    const lines = text.trim().split('\n').map(JSON.parse);
    assert.ok(lines.length > 1);
    assert.equal(lines.at(-1).done, true);
    const said = lines.map(({ message }) => message.content).join('');
    assert.match(said, /echo|Hello from the provider/);
  },
  message({ whole }, { request }) {
    assert.equal(whole.type, 'message');
    assert.equal(whole.role, 'assistant');
    assert.ok([request.body.model, 'm-1'].includes(whole.model), whole.model);
    assert.equal(whole.content[0].type, 'text');
    assert.ok(whole.content[0].text.length > 0);
    assert.ok(whole.usage.input_tokens > 0 && whole.usage.output_tokens > 0);
  },
  models({ whole }) {
    assert.equal(whole.object, 'list');
    assert.ok(whole.data.length > models.length);
    for (const model of models) {
      const { object, created, owned_by, permission, root, parent } = whole.data.find(
        ({ id }) => id === model,
      );
      assert.ok(Number.isInteger(created));
      assert.equal(typeof owned_by, 'string');
      assert.deepEqual([object, permission, root, parent], ['model', [], model, null]);
    }
  },
  'named models'({ whole }) {
    for (const model of models) {
      const listed = whole.models.find(({ name }) => name === `models/${model}`);
      for (const field of ['version', 'displayName', 'description'])
        assert.equal(typeof listed[field], 'string');
    }
  },
  result(reply, { request }, protocol) {
    const { message } = documented(reply, request);
    const result = request.body.messages.at(-1).content;
    assert.ok(
      message.content.includes(protocol === 'echo' ? `get_weather answered: ${result}` : `Result: ${result}`),
      message.content,
    );
  },
  /** The guide's two rounds: the calls are carried out and their results sent back with the whole message. */
  async turns(reply, example, protocol, ask) {
    if (protocol === 'echo') return text(reply, example, protocol);
    const { body } = example.request;
    const message = forced(reply, example);
    const results = message.tool_calls.map(({ id, function: { name } }) => ({
      role: 'tool',
      tool_call_id: id,
      content: `of ${name}`,
    }));
    const { tool_choice: _, ...second } = { ...body, messages: [...body.messages, message, ...results] };
    const request = { ...example.request, body: second };
    const last = documented(await ask({ ...example, request }), request);
    assert.equal(last.message.content, 'Result: of search_code | of read_file');
  },
};

/** What the fields are called where they are carried to the other protocol. */
const carried = { stop: 'stop_sequences', user: 'metadata' };

/** What a guide lists as a parameter reaches the provider, or its loss is told. */
export function carries({ request: { body }, carries: fields }, { answer, whole }, protocol, sent) {
  const told = answer.headers.get('x-patchbay-loss') ?? '';
  for (const field of fields) {
    if (field === 'n' && protocol !== 'openai_chat') {
      assert.equal(whole.choices.length, body.n);
      for (let choice = 0; choice < body.n; choice += 1) documented({ whole }, { body }, choice);
    } else if (protocol === 'openai_chat') assert.deepEqual(sent[field], body[field]);
    else if (field !== 'stream') assert.ok((carried[field] ?? field) in sent || told.includes(field), told);
  }
}
