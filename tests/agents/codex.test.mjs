/** OpenAI's Codex: with a provider of its own in its config file, and with its built-in one at another address. */
import { npmAgent } from '../../scripts/lib/clients.mjs';
import { calling, having, wordIn } from '../harness/round.mjs';
import { runsRounds } from './rounds.mjs';

const shell = (cmd) => ({ name: 'exec_command', arguments: { cmd } });

const codex = {
  name: 'Codex',
  protocol: 'openai_responses',
  script: having(shell('cat canary.txt')),
  run: ({ url, key, model, task, home }) => ({
    command: npmAgent('codex'),
    // Its sandbox needs rights that a container does not give.
    parameters: ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', task],
    env: { CODEX_HOME: `${home}/.codex`, PATCHBAY_KEY: key },
    files: {
      '.codex/config.toml': `
model = "${model}"
model_provider = "patchbay"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.patchbay]
name = "Patchbay"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "PATCHBAY_KEY"
`,
    },
  }),
};

runsRounds(codex);

/** It opens a socket by itself, and sends what is new on it. */
runsRounds({
  ...codex,
  name: 'Codex with its built-in provider',
  method: 'GET',
  alias: 'gpt-5.5',
  run: (given) => {
    const { env, files, ...run } = codex.run(given);
    const config = Object.keys(files)[0];
    return {
      ...run,
      env: { CODEX_HOME: env.CODEX_HOME, CODEX_API_KEY: given.key, OPENAI_API_KEY: given.key },
      files: {
        [config]: `
model = "${given.model}"
openai_base_url = "${given.url}/v1"
check_for_update_on_startup = false

[analytics]
enabled = false
`,
      },
    };
  },
});

/** The patch is free text, which other protocols carry as an argument. */
const patch = (word) => `*** Begin Patch\n*** Add File: copy.txt\n+${word}, "copied"\n*** End Patch`;

runsRounds({
  ...codex,
  name: 'Codex with the tools of a model that it knows',
  alias: 'gpt-5.5',
  script: ({ raw, results }) => {
    const seen = results.join();
    const word = wordIn(raw);
    if (seen.includes('copied')) return { text: `Copied ${wordIn(seen)}.` };
    if (seen.includes('Success')) return { calls: [calling(shell('cat copy.txt'))] };
    if (seen) return { calls: [calling({ name: 'apply_patch', arguments: { input: patch(word) } })] };
    return { text: 'Looking.', calls: [calling(shell('cat canary.txt'))] };
  },
  answer: (word) => `Copied ${word}.`,
});
