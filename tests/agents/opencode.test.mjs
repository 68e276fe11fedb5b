/** opencode: a provider of its own in its config, which it takes from its environment. */
import { npmAgent } from '../../scripts/lib/clients.mjs';
import { having } from '../harness/round.mjs';
import { runsRounds } from './rounds.mjs';

runsRounds({
  name: 'opencode',
  protocol: 'openai_chat',
  script: having({ name: 'bash', arguments: { command: 'cat canary.txt', description: 'Reads a file' } }),
  run: ({ url, key, model, task }) => ({
    command: npmAgent('opencode'),
    parameters: ['run', task],
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_CONFIG_CONTENT: JSON.stringify({
        autoupdate: false,
        share: 'disabled',
        model: `patchbay/${model}`,
        provider: {
          patchbay: {
            npm: '@ai-sdk/openai-compatible',
            name: 'Patchbay',
            options: { baseURL: `${url}/v1`, apiKey: key },
            models: { [model]: { name: model } },
          },
        },
      }),
    },
  }),
});
