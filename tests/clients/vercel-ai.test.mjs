/** Vercel's ai as a client with each of its models, each through a provider of each protocol. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { png } from '../harness/python.mjs';
import { accessKey, answering, startRound } from '../harness/round.mjs';
import { modelOf } from '../harness/scripted.mjs';

const script = answering({ name: 'read_file', arguments: { name: 'canary.txt' } });

/** Its models by the protocol that they speak; each with a base URL and a key. */
const models = {
  '@ai-sdk/anthropic': (given) => createAnthropic(given),
  '@ai-sdk/google': ({ apiKey, baseURL }) => createGoogleGenerativeAI({ apiKey, baseURL: `${baseURL}beta` }),
  '@ai-sdk/openai chat': (given) => createOpenAI(given).chat,
  '@ai-sdk/openai responses': (given) => createOpenAI(given).responses,
  '@ai-sdk/openai-compatible': (given) =>
    createOpenAICompatible({
      ...given,
      name: 'patchbay',
      includeUsage: true,
      supportsStructuredOutputs: true,
    }),
};

for (const [name, create] of Object.entries(models)) {
  describe(name, () => {
    let round;
    let named;

    before(async () => {
      round = await startRound({ script });
      named = create({ baseURL: `${round.server.url}/v1`, apiKey: accessKey });
    });
    after(() => round?.stop());

    for (const id of Object.values(modelOf)) {
      const asking = (more) => ({ model: named(id), maxRetries: 0, prompt: 'Hi', ...more });

      describe(id, () => {
        test('a whole answer with usage', async () => {
          const { text, usage, finishReason } = await generateText(asking({ system: 'Be short.' }));
          assert.deepEqual(
            [text, usage.inputTokens, usage.outputTokens, finishReason],
            ['Nothing to do.', 42, 7, 'stop'],
          );
        });

        test('a stream with usage', async () => {
          const result = streamText(asking({ system: 'Be short.' }));
          let text = '';
          for await (const piece of result.textStream) text += piece;
          const usage = await result.totalUsage;
          assert.deepEqual([text, usage.inputTokens, usage.outputTokens], ['Nothing to do.', 42, 7]);
        });

        test('a tool that it runs by itself', async () => {
          const result = streamText(
            asking({
              prompt: 'Read canary.txt and tell me what it says.',
              stopWhen: stepCountIs(3),
              tools: {
                read_file: tool({
                  description: 'What a file says.',
                  inputSchema: z.object({ name: z.string() }),
                  execute: async () => round.word,
                }),
              },
            }),
          );
          assert.equal(await result.text, round.answer);
          assert.deepEqual(
            (await result.steps).map(({ finishReason }) => finishReason),
            ['tool-calls', 'stop'],
          );
        });

        test('an image', async () => {
          const content = [
            { type: 'text', text: 'What is this?' },
            { type: 'image', image: Buffer.from(png, 'base64'), mediaType: 'image/png' },
          ];
          const { text } = await generateText(
            asking({ prompt: undefined, messages: [{ role: 'user', content }] }),
          );
          assert.equal(text, `An image: ${png}`);
        });

        test('an object of a schema', async () => {
          const output = Output.object({ schema: z.object({ city: z.string() }) });
          const answer = await generateText(asking({ output }));
          assert.deepEqual(answer.output, { city: 'Oslo' });
        });
      });
    }

    test('an unknown model is a failure with its status', async () => {
      const failing = generateText({ model: named('nowhere'), prompt: 'Hi', maxRetries: 0 });
      const error = await failing.catch((error) => error);
      assert.ok(APICallError.isInstance(error), String(error));
      assert.equal(error.statusCode, 404);
      assert.equal(error.isRetryable, false);
    });

    test('no provider had to complain', () => assert.deepEqual(round.provider.complaints, []));
  });
}
