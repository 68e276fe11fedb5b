/** The guides' Python programs, which ask by `requests`, the SDK or a chain, of a provider of another protocol. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answers } from './guides/answers.mjs';
import { examples, startFor } from './guides/examples.mjs';
import { sendByPython } from './guides/sending.mjs';

describe("the guides' Python programs at anthropic", () => {
  let started;

  before(async () => {
    started = await startFor('anthropic');
  });

  after(() => started?.stop());

  for (const example of examples.filter(({ python }) => python))
    test(`guide ${example.guide}, ${example.section}, by ${example.python}`, async () => {
      const ask = (asked) => sendByPython(asked, started.server.url);
      const reply = await ask(example);
      if ('said' in reply) assert.equal(reply.said, 'Hello from the provider.');
      else await answers[example.expect](reply, example, 'anthropic', ask);
    });
});
