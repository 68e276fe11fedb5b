/** Google's Gemini CLI: the address and the key in its environment. */
import { npmAgent } from '../../scripts/lib/clients.mjs';
import { having } from '../harness/round.mjs';
import { runsRounds } from './rounds.mjs';

runsRounds({
  name: 'Gemini CLI',
  protocol: 'gemini',
  script: having({ name: 'run_shell_command', arguments: { command: 'cat canary.txt' } }),
  run: ({ url, key, model, task }) => ({
    command: npmAgent('gemini'),
    parameters: ['--yolo', '--model', model, '--prompt', task],
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
});
