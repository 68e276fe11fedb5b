/**
 * Agents of the command line as clients, in a clean home with a key of ours only: each runs a tool that a provider
 * of each protocol asks for, and prints the provider's answer to what the tool found.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { stripVTControlCharacters as plain } from 'node:util';
import { temporaryHome } from '../harness/home.mjs';
import { Process } from '../harness/processes.mjs';
import { accessKey, startRound } from '../harness/round.mjs';
import { modelOf, protocolIds } from '../harness/scripted.mjs';

const task = 'Read canary.txt and tell me what it says.';
/** Nobody listens there: what minds a proxy cannot leave this computer. */
const nowhere = 'http://127.0.0.1:9';

/** Runs the agent to its end in a home of its own, whose folder `work` holds the word. */
async function runAgent(agent, round, model) {
  const home = temporaryHome();
  try {
    const run = agent.run({ url: round.server.url, key: accessKey, model, task, home: home.path });
    const files = { 'work/canary.txt': `${round.word}\n`, ...run.files };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home.path, name)), { recursive: true });
      writeFileSync(join(home.path, name), text);
    }
    const process = new Process(run.command, run.parameters, {
      cwd: join(home.path, 'work'),
      env: { ...home.env, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, NO_PROXY: '127.0.0.1', ...run.env },
    });
    const { code } = await process.ends(60_000).finally(() => process.stop());
    return { code, output: plain(process.output) };
  } finally {
    home.remove();
  }
}

/**
 * `run` says how it is started: `{ command, parameters, env, files }`; `script`, what the provider says; `answer`, by
 * the word, what is printed in the end; `alias`, the name of a model that the agent knows; `method`, GET where it asks
 * over a socket.
 */
export function runsRounds(agent) {
  describe(agent.name, () => {
    for (const upstream of protocolIds) {
      test(`runs a tool and answers through a provider of ${upstream}`, async () => {
        const model = modelOf[upstream];
        const round = await startRound({ script: agent.script, alias: agent.alias, model });
        try {
          const { code, output } = await runAgent(agent, round, agent.alias ?? model);
          const told = `${output}\n${round.provider.complaints.join('\n')}`;
          assert.equal(code, 0, told);
          assert.deepEqual(round.provider.complaints, []);
          assert.doesNotMatch(output, /reconnecting/i);
          assert.ok(output.includes(agent.answer?.(round.word) ?? round.answer), told);
          const { requests } = round.provider;
          assert.ok(requests.every(({ protocol }) => protocol === upstream));
          assert.ok(requests.some(({ raw }) => raw.includes(round.word)));
          const rows = await round.log.rows(requests.length);
          for (const row of rows) {
            assert.equal(row.error, null, JSON.stringify(row));
            assert.equal(row.client_protocol, agent.protocol);
            assert.equal(row.method, agent.method ?? 'POST');
          }
          assert.ok(rows.length >= 2);
        } finally {
          await round.stop();
        }
      });
    }
  });
}
