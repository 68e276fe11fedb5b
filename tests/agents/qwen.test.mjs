/** Qwen Code: the address, the key and the model in its environment. */
import { npmAgent } from '../../scripts/lib/clients.mjs';
import { having } from '../harness/round.mjs';
import { runsRounds } from './rounds.mjs';

runsRounds({
  name: 'Qwen Code',
  protocol: 'openai_chat',
  script: having({
    name: 'run_shell_command',
    arguments: { command: 'cat canary.txt', is_background: false },
  }),
  run: ({ url, key, model, task }) => ({
    command: npmAgent('qwen'),
    parameters: ['--yolo', '--auth-type', 'openai', '--prompt', task],
    env: { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: model },
    files: {
      '.qwen/settings.json': JSON.stringify({
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
        general: { disableAutoUpdate: true, enableAutoUpdate: false },
      }),
    },
  }),
});
