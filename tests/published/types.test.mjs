/**
 * What clients and providers are sent, against the types of the vendors' own SDKs: each golden file of the codecs
 * is written as TypeScript literals of the published types, and the compiler says what is missing, wrong or
 * unknown.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { run } from '../../scripts/lib/run.mjs';

/** Per protocol: which published type a request, a whole reply, a frame and a failure is, and what goes beyond. */
const protocols = {
  anthropic: `
      import type { Message, MessageCreateParams, RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
      import type { ErrorResponse } from '@anthropic-ai/sdk/resources/shared';
      // Of the version that providers are spoken to in; the newest one has it no more.
      export type Request = MessageCreateParams & { temperature?: number; top_k?: number; top_p?: number };
      export type Whole = Message;
      export type Frame = RawMessageStreamEvent | { type: 'ping' } | ErrorResponse;
      export type Failure = ErrorResponse;`,
  openai_chat: `
      import type {
        ChatCompletion,
        ChatCompletionChunk,
        ChatCompletionCreateParams,
      } from 'openai/resources/chat/completions/completions';
      import type { ErrorObject } from 'openai/resources/shared';
      export type Request = ChatCompletionCreateParams;
      export type Whole = ChatCompletion;
      export type Frame = ChatCompletionChunk | Failure;
      export type Failure = { error: ErrorObject };
      // The fields for reasoning that other servers of this protocol brought into use.
      declare module 'openai/resources/chat/completions/completions' {
        interface ChatCompletionMessage { reasoning_content?: string; reasoning_details?: object[] }
        namespace ChatCompletionChunk.Choice {
          interface Delta { reasoning_content?: string; reasoning_details?: object[] }
        }
      }`,
  openai_responses: `
      import type {
        Response,
        ResponseCreateParams,
        ResponseInputItem,
        ResponseReasoningItem,
        ResponseStreamEvent,
      } from 'openai/resources/responses/responses';
      import type { ErrorObject } from 'openai/resources/shared';
      // The vendor's own agent leaves the id of its reasoning out.
      type Item = Exclude<ResponseInputItem, ResponseReasoningItem> | Omit<ResponseReasoningItem, 'id'>;
      export type Request = Omit<ResponseCreateParams, 'input'> & { input?: string | Item[] };
      // The library itself adds the text as a whole.
      export type Whole = Omit<Response, 'error' | 'output_text'> & {
        // The vendor's servers say more codes than it publishes.
        error: { code: string; message: string } | null;
      };
      type Sent<E> = E extends { response: Response } ? Omit<E, 'response'> & { response: Whole } : E;
      export type Frame = Sent<ResponseStreamEvent>;
      export type Failure = { error: ErrorObject };`,
};

const json = (text) => text.slice(text.search(/^\{$/m), text.search(/^\}$/m) + 1);

/** The literals of one golden file: below `## whole` one JSON text, below `## streamed` frames. */
function replies(snapshot) {
  const [, whole, streamed] = snapshot.split(/^## (?:whole|streamed)$/m);
  const type = JSON.parse(json(whole)).error ? 'Failure' : 'Whole';
  const frames = [...streamed.matchAll(/^data: (\{.*\})$/gm)].map(([, data]) => ['Frame', data]);
  assert.ok(frames.length > 0, 'a streamed reply has frames');
  return [[type, json(whole)], ...frames];
}

/** The same for a request; none where it is refused. Fields that we do not know go on to the same protocol. */
function requests(snapshot, name) {
  const type = name.endsWith('.unknown_fields.snap') ? 'Request & { [unknown: string]: unknown }' : 'Request';
  return /^\{$/m.test(snapshot) ? [[type, json(snapshot)]] : [];
}

const source = (written) =>
  [
    "import type { Failure, Frame, Request, Whole } from './types';",
    ...written.map(
      ([type, literal], at) => `export const _${at}: ${type} = ${literal.replaceAll('\n', ' ')};`,
    ),
    'export type { Failure, Frame, Request, Whole };',
  ].join('\n');

/** Compiles the golden files of a folder; returns what the compiler complains of. */
function golden(protocol, kind, literals) {
  const folder = join(root, 'crates', 'protocol', 'fixtures', protocol, 'encoded', kind);
  const names = readdirSync(folder).filter((name) => name.endsWith('.snap'));
  assert.ok(names.length > 0);
  const read = (name) => source(literals(readFileSync(join(folder, name), 'utf8'), name));
  return compile(protocol, kind, Object.fromEntries(names.map((name) => [name.slice(0, -5), read(name)])));
}

/** Compiles `files` (name to source) beside the protocol's types; returns what the compiler complains of. */
async function compile(protocol, kind, files) {
  const folder = join(root, 'target', 'published', protocol, kind);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries({ ...files, types: protocols[protocol] }))
    writeFileSync(join(folder, `${name}.ts`), text);
  const compilerOptions = {
    exactOptionalPropertyTypes: true,
    lib: ['ES2023', 'DOM'],
    module: 'ESNext',
    moduleResolution: 'bundler',
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    types: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return run(process.execPath, [compiler, '--project', folder, '--pretty', 'false'])
    .then(() => '')
    .catch((error) => error.output);
}

for (const protocol of Object.keys(protocols)) {
  test(`what clients of ${protocol} are sent is as published`, async () => {
    assert.equal(await golden(protocol, 'responses', replies), '');
  });

  test(`what providers of ${protocol} are sent is as published`, async () => {
    assert.equal(await golden(protocol, 'requests', requests), '');
  });

  test(`what ${protocol} does not know is refused`, async () => {
    const wrong = ['Failure', 'Frame', 'Request', 'Whole'].map((type) => [type, '{ "unheard_of": 1 }']);
    const complaints = await compile(protocol, 'wrong', { wrong: source(wrong) });
    for (const line of [2, 3, 4, 5]) assert.match(complaints, new RegExp(`wrong\\.ts\\(${line},`));
  });
}
