/** OpenAI's Codex: a provider of its own in its config file. */
import { npmAgent } from '../../scripts/lib/agents.mjs';
import { having } from '../harness/round.mjs';

export const codex = {
  name: 'Codex',
  protocol: 'openai_responses',
  script: having({ name: 'exec_command', arguments: { cmd: 'cat canary.txt' } }),
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
