/**
 * Programs of Python as clients: what each finds out about a server in front of a provider of each protocol. They
 * stand in tests/clients/python.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from '../../scripts/lib/paths.mjs';
import { pythonProgram } from '../../scripts/lib/python.mjs';
import { temporaryHome } from './home.mjs';
import { Process } from './processes.mjs';
import { accessKey, answering, startRound } from './round.mjs';
import { modelOf } from './scripted.mjs';

export const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const models = Object.values(modelOf);
const script = answering({ name: 'read_file', arguments: { name: 'canary.txt' } });

/** What every client finds that has no reason to find something else. */
const usual = ({ answer }) => ({
  whole: ['Nothing to do.', 42, 7],
  stream: ['Nothing to do.', 42, 7],
  tool: answer,
  image: `An image: ${png}`,
  schema: 'Oslo',
});

/** Runs a program in a home that holds the word, and reads what it found, by model. */
async function run({ name, packages, env }, round) {
  const home = temporaryHome();
  try {
    writeFileSync(join(home.path, 'canary.txt'), round.word);
    const program = join(root, 'tests', 'clients', 'python', `${name}.py`);
    const python = new Process(pythonProgram(packages), ['-B', program], {
      cwd: home.path,
      env: {
        ...home.env,
        PATCHBAY_URL: round.server.url,
        PATCHBAY_KEY: accessKey,
        MODELS: models.join(' '),
        PNG: png,
        ...env,
      },
    });
    const { code } = await python.ends(240_000).finally(() => python.stop());
    assert.equal(code, 0, python.output);
    return JSON.parse(readFileSync(join(home.path, 'facts.json'), 'utf8'));
  } finally {
    home.remove();
  }
}

/**
 * A program and the list of packages it stands on. `finds` says what it finds beside the usual, by what the provider
 * says in the end; `only`, what it finds instead.
 */
export function clientFinds({ name, packages, env, finds, only }) {
  describe([name, env?.PREFIX].filter(Boolean).join(' '), () => {
    test('finds what the providers say', async (t) => {
      const round = await startRound({ script });
      try {
        const found = await run({ name, packages, env }, round);
        const expected = only ?? { ...usual(round), ...finds(round.answer) };
        for (const model of models) await t.test(model, () => assert.deepEqual(found[model], expected));
        assert.deepEqual(round.provider.complaints, []);
        const rows = await round.log.rows(round.provider.requests.length);
        const refused = rows.filter(({ error }) => error).map(({ status }) => status);
        assert.ok(
          refused.every((status) => status === 401 || status === 404),
          refused.join(' '),
        );
      } finally {
        await round.stop();
      }
    });
  });
}
