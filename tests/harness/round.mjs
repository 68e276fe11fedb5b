/**
 * A round with a tool: a server in front of a scripted provider that has the client call a tool, and then says
 * what the tool found. What is to be found is a word that only the client's folder holds.
 */
import { randomBytes } from 'node:crypto';
import { openLog } from './log.mjs';
import { scriptedKey, startScripted } from './scripted.mjs';
import { startServer } from './server.mjs';

export const accessKey = 'pb-round';

/** The word in a text, if it is there. */
export const wordIn = (text) => text.match(/canary-[0-9a-f]{12}/)?.[0];
const answerTo = (word) => `It says ${word}, no more.`;

/** A call with an id of its own. */
export const calling = (call) => ({ id: `call_${randomBytes(6).toString('hex')}`, ...call });

/** Has `{ name, arguments }` called where the client offers it, and repeats what was found. */
export const having = (call) => (asked) => {
  const word = wordIn(asked.results.join(' '));
  if (word) return { text: answerTo(word) };
  return asked.tools.includes(call.name)
    ? { text: 'Looking.', calls: [calling(call)] }
    : { text: 'Nothing to do.' };
};

/** The same; an image it repeats; where JSON is wanted, or by any other tool, it gives a city. */
export const answering = (call) => {
  const usual = having(call);
  const city = { city: 'Oslo' };
  return (asked) => {
    if (asked.json) return { text: JSON.stringify(city) };
    if (asked.image) return { text: `An image: ${asked.image}` };
    const [other] = asked.tools.filter((name) => name !== call.name);
    return other ? { calls: [calling({ name: other, arguments: city })] } : usual(asked);
  };
};

/**
 * `script` says what the provider says; `alias` is a name that clients know, or a pattern, which leads to `model`.
 */
export async function startRound({ script, alias, model }) {
  const word = `canary-${randomBytes(6).toString('hex')}`;
  const provider = await startScripted(script);
  const named = alias ? `[[aliases]]\nname = "${alias}"\ntargets = ["${model}"]\n` : '';
  const keys = `[[access_keys]]\nname = "tests"\nkey = { env = "PATCHBAY_KEY" }\n`;
  const server = await startServer({
    config: [provider.config, named, keys].join('\n'),
    env: { PROVIDER_KEY: scriptedKey, PATCHBAY_KEY: accessKey },
  });
  return {
    word,
    /** What the provider says once the tool found the word. */
    answer: answerTo(word),
    provider,
    server,
    log: await openLog(server),
    stop: async () => {
      await server.stop();
      await provider.stop();
    },
  };
}
