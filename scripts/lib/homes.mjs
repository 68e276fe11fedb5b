/**
 * A protocol lives in one folder of the codecs and one of the user interface (ARCHITECTURE.md): nothing else names
 * it, but the lists of all protocols.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/** Each protocol's folder, which is its word, and the ways to write it. */
const words = {
  amazon_q: /amazon[ _]?q\b/i,
  anthropic: /anthropic/i,
  gemini: /gemini/i,
  ollama: /ollama/i,
  openai_chat: /openai[ _]?chat/i,
  openai_realtime: /openai[ _]?realtime/i,
  openai_responses: /openai[ _]?responses/i,
};

/** Where each protocol has its folder. */
const homes = ['crates/protocol/src', 'ui/src/protocols'];

/** Files that name protocols as data, and what of. */
const lists = new Map([
  ['crates/protocol/src/lib.rs', 'the protocols'],
  ['crates/store/src/config/protocol.rs', 'words of the configuration'],
  ['crates/gateway/src/speaks.rs', 'the words to the protocols'],
  ['crates/gateway/src/endpoints.rs', 'paths'],
  ['crates/gateway/src/clients.rs', 'well-known clients'],
  ['crates/gateway/src/local_servers.rs', 'well-known servers'],
  ['crates/cli/src/greeting.rs', 'addresses for people'],
  ['ui/src/protocols/index.ts', 'the protocols'],
  ['ui/src/protocols/speakers.ts', 'those that the playground speaks'],
  ['ui/src/tokens.css', 'colours'],
  ['ui/src/theme.css', 'colours'],
]);

/** The words that a path may name; none elsewhere. */
function allowed(path) {
  if (lists.has(path)) return Object.keys(words);
  // A login is a provider's own, not its protocol's; there is one kind so far.
  if (path.startsWith('crates/gateway/src/auth')) return ['amazon_q'];
  // Sockets are served where one protocol needs them.
  if (path.startsWith('crates/gateway/src/realtime')) return ['openai_realtime'];
  return Object.keys(words).filter((word) => homes.some((folder) => path.startsWith(`${folder}/${word}/`)));
}

/** One sentence for each protocol that a file names and should not. */
export function strays(path, source) {
  const product = source.split(/^#\[cfg\(test\)\]$/m)[0];
  const own = allowed(path);
  return Object.entries(words)
    .filter(([word, spelling]) => !own.includes(word) && spelling.test(product))
    .map(([word]) => `${path} names ${word}: its own folder should say it`);
}

const isSource = (path) => /\.(css|rs|tsx?)$/.test(path);
const isTest = (path) => /(_tests|\/rig)\.rs$|\.test\.tsx?$|^ui\/src\/test\//.test(path);
/** Written by the server's types, or words for people. */
const isGiven = (path) => /^ui\/src\/(api\/types|locales)\//.test(path);

/** The same over all crates and the user interface. */
export function straysOfAll() {
  const crates = readdirSync(join(root, 'crates')).map((crate) => `crates/${crate}/src`);
  return ['src-tauri/src', 'ui/src', ...crates].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((path) => isSource(path) && !isTest(path) && !isGiven(path))
      .sort()
      .flatMap((path) => strays(path, readFileSync(join(root, path), 'utf8'))),
  );
}
