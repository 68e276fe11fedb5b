/** The check that keeps protocols in their folders. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strays, straysOfAll } from '../../scripts/lib/homes.mjs';

const cases = [
  ['crates/gateway/src/auth.rs', 'protocol == Protocol::Gemini', ['gemini']],
  ['crates/gateway/src/relay.rs', '// As OpenAI Chat has it, and Amazon Q.', ['amazon_q', 'openai_chat']],
  ['crates/gateway/src/relay.rs', 'fn relay() {}\n#[cfg(test)]\nmod tests { /* Gemini */ }', []],
  ['crates/gateway/src/endpoints.rs', 'Protocol::Ollama, Protocol::Anthropic', []],
  ['crates/protocol/src/gemini/mod.rs', 'Protocol::Gemini', []],
  ['crates/protocol/src/gemini/mod.rs', 'use crate::anthropic::wire;', ['anthropic']],
  ['crates/protocol/src/openai_chat/mod.rs', 'Protocol::OpenAiResponses', ['openai_responses']],
  ['ui/src/features/models/DryRun.tsx', "['openai_chat', 'gemini']", ['gemini', 'openai_chat']],
  ['ui/src/protocols/index.ts', 'openai_chat: openaiChat, gemini', []],
  ['ui/src/protocols/ollama/body.ts', "protocol === 'ollama' || protocol === 'gemini'", ['gemini']],
];

for (const [path, source, words] of cases) {
  test(`${path} with ${JSON.stringify(source)}`, () => {
    const found = strays(path, source);
    assert.equal(found.length, words.length, found.join('\n'));
    for (const [at, word] of words.entries()) assert.ok(found[at].startsWith(`${path} names ${word}:`));
  });
}

test('each protocol is named in its folder and in the lists of all protocols only', () =>
  assert.deepEqual(straysOfAll(), []));
