/**
 * The example requests of five guides that other gateways give their users, sent as they stand there. They are asked
 * of the offline model, of a provider of the same protocol and of one of another.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answers, carries } from './guides/answers.mjs';
import { examples, startFor } from './guides/examples.mjs';
import { send } from './guides/sending.mjs';

for (const protocol of ['echo', 'openai_chat', 'anthropic']) {
  describe(`the guides' examples at ${protocol}`, () => {
    let started;

    before(async () => {
      started = await startFor(protocol);
    });

    after(() => started?.stop());

    for (const example of examples)
      test(`guide ${example.guide}, ${example.section}`, async () => {
        const ask = (asked) => send(asked, started.server.url);
        const reply = await ask(example);
        await answers[example.expect](reply, example, protocol, ask);
        const sent = started.provider.requests.at(-1)?.body;
        if (example.becomes && protocol === 'anthropic')
          for (const [field, value] of Object.entries(example.becomes)) assert.deepEqual(sent[field], value);
        if (example.carries && protocol !== 'echo') carries(example, reply, protocol, sent);
      });
  });
}
