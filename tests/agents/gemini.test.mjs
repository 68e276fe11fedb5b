/** Google's Gemini CLI: the address and the key in its environment. */
import { npmAgent } from '../../scripts/lib/clients.mjs';
import { having } from '../harness/round.mjs';
import { runsRounds } from './rounds.mjs';

const script = having({ name: 'run_shell_command', arguments: { command: 'cat canary.txt' } });

const gemini = {
  name: 'Gemini CLI',
  protocol: 'gemini',
  script,
  run: ({ url, key, task, choice }) => ({
    command: npmAgent('gemini'),
    parameters: ['--yolo', ...choice, '--prompt', task],
    env: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: key, GEMINI_CLI_TRUST_WORKSPACE: 'true' },
    files: {
      '.gemini/settings.json': JSON.stringify({
        security: { auth: { selectedType: 'gemini-api-key' } },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
        general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
      }),
    },
  }),
};

runsRounds({ ...gemini, run: (given) => gemini.run({ ...given, choice: ['--model', given.model] }) });

/** Another model is asked first how hard the task is, with a schema. */
const score = JSON.stringify({ complexity_reasoning: 'One file.', complexity_score: 10 });

runsRounds({
  ...gemini,
  name: 'Gemini CLI that chooses its model',
  alias: 'gemini-*',
  script: (asked) => (asked.json ? { text: score } : script(asked)),
  run: (given) => gemini.run({ ...given, choice: [] }),
});
