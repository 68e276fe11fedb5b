/**
 * aider: OpenAI's variables, which LiteLLM reads. It offers no tools: the provider edits a file in words, aider runs
 * the tests and tells what they print, which is where the word is.
 */
import { pythonAgent } from '../../scripts/lib/clients.mjs';
import { wordIn } from '../harness/round.mjs';
import { runsRounds } from './rounds.mjs';

const listing = (text) => `copy.txt\n\`\`\`\n${text}\n\`\`\`\n`;

runsRounds({
  name: 'aider',
  protocol: 'openai_chat',
  script: ({ raw }) => ({ text: listing(wordIn(raw) ?? 'no copy yet') }),
  answer: (word) => `copied ${word}`,
  run: ({ url, key, model }) => ({
    command: pythonAgent('aider'),
    parameters: [
      ...[
        '--model',
        `openai/${model}`,
        '--no-show-model-warnings',
        '--yes-always',
        '--no-pretty',
        '--no-git',
      ],
      ...['--no-analytics', '--no-check-update', '--no-show-release-notes', '--no-detect-urls'],
      ...['--edit-format', 'whole', '--auto-test', '--test-cmd', 'sh test.sh', '--file', 'copy.txt'],
      ...['--message', 'Make copy.txt a copy of canary.txt.'],
    ],
    env: { OPENAI_API_BASE: `${url}/v1`, OPENAI_API_KEY: key, LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
    files: {
      'work/copy.txt': 'nothing\n',
      'work/test.sh':
        'cmp canary.txt copy.txt || { cat canary.txt; exit 1; }\necho "copied $(cat copy.txt)" >&2\n',
    },
  }),
});
