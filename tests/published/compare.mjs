/**
 * Golden files of the codecs as TypeScript literals of the types that the vendors' own SDKs publish; the compiler
 * says what is missing, wrong or unknown.
 */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';
import { run } from '../../scripts/lib/run.mjs';

/** Beside this file, per protocol: the published type of whatever is sent, and what goes beyond it. */
const types = join(import.meta.dirname, 'types');
export const protocols = readdirSync(types).map((name) => name.replace(/\.ts$/, ''));
/** The types that a protocol has. */
export const named = (protocol) =>
  [...readFileSync(join(types, `${protocol}.ts`), 'utf8').matchAll(/^export type (\w+)/gm)].map(
    ([, type]) => type,
  );

const json = (text) => text.slice(text.search(/^\{$/m), text.search(/^\}$/m) + 1);
const frames = (text) => [...text.matchAll(/^(?:data: )?(\{.*\})$/gm)].map(([, frame]) => frame);
/** A golden file's parts, by their headings. */
const parts = (snapshot) =>
  [...snapshot.matchAll(/^## (.*)$\n([^]*?)(?=^## |(?![^]))/gm)].map(([, heading, text]) => [heading, text]);

/** A reply, whole and as a stream. */
const replies = (whole, frame) => (snapshot) =>
  parts(snapshot).flatMap(([heading, text]) => {
    if (heading === 'whole') return [[JSON.parse(json(text)).error ? 'Failure' : whole, json(text)]];
    const streamed = frames(text);
    assert.ok(streamed.length > 0, 'a streamed reply has frames');
    return streamed.map((text) => [frame, text]);
  });

/** A request; none where it is refused. Fields that we do not know go on to the same protocol. */
const requests = (type) => (snapshot, name) => {
  const unknown = /\.(every_field|query|unknown_fields)\.snap$/.test(name)
    ? ' & { [unknown: string]: unknown }'
    : '';
  return /^\{$/m.test(snapshot) ? [[type + unknown, json(snapshot)]] : [];
};

/** One type for each heading. */
const headed = (typeOf) => (snapshot) =>
  parts(snapshot).map(([heading, text]) => [typeOf(heading), json(text)]);

/** The server's events of a connection; its dialect is the last part of the name. */
const session = (snapshot, name) => {
  const type = { beta: 'Beta', ga: 'Ga' }[name.split('.').at(-2)];
  // Nobody publishes types of the simple events.
  const events = type ? snapshot.matchAll(/^S (\{.*\})$/gm) : [];
  return [...events].map(([, event]) => [type, event]);
};

/** What is golden, by the file's or folder's name below `encoded/`: the literals of such a file and their types. */
const golden = {
  completed: replies('Completed', 'CompletedFrame'),
  completions: requests('CompletionRequest'),
  embeddings: requests('EmbeddingRequest'),
  errors: headed(() => 'Failure'),
  models: headed((name) => ({ list: 'Models', tokens: 'Tokens' })[name] ?? 'Model'),
  requests: requests('Request'),
  responses: replies('Whole', 'Frame'),
  sessions: session,
  vectors: headed((name) => ({ packed: 'Packed', several: 'Vectors', single: 'Vector' })[name]),
};

const source = (written) =>
  [
    "import type * as Published from './types';",
    ...written.map(
      ([type, literal], at) => `export const _${at}: Published.${type} = ${literal.replaceAll('\n', ' ')};`,
    ),
  ].join('\n');

/** The literals of a protocol's files of one kind below a folder that is laid out as `fixtures/` is, by file. */
function literals(fixtures, protocol, kind) {
  const own = join(fixtures, protocol);
  // A connection is no answer to one request.
  const place = kind === 'sessions' ? join(own, kind) : join(own, 'encoded', kind);
  const files = existsSync(place)
    ? readdirSync(place)
        .filter((name) => name.endsWith('.snap'))
        .map((name) => [name, join(place, name)])
    : [[`${kind}.snap`, `${place}.snap`]].filter(([, file]) => existsSync(file));
  const known = named(protocol);
  return (
    files
      .map(([name, file]) => [name.slice(0, -5), golden[kind](readFileSync(file, 'utf8'), name)])
      // What nobody asks for in this protocol has no type.
      .map(([name, written]) => [name, written.filter(([type]) => known.includes(type.split(' ')[0]))])
      .filter(([, written]) => written.length > 0)
  );
}

/** The same of every kind that there is. */
export const kinds = (fixtures, protocol) =>
  Object.keys(golden)
    .map((kind) => [kind, literals(fixtures, protocol, kind)])
    .filter(([, files]) => files.length > 0);

/** Compiles `files` (names and literals) beside the protocol's types; returns what the compiler complains of. */
export async function compile(protocol, files, ...place) {
  const folder = join(root, 'target', 'published', protocol, ...place);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, written] of files) writeFileSync(join(folder, `${name}.ts`), source(written));
  copyFileSync(join(types, `${protocol}.ts`), join(folder, 'types.ts'));
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
