/** llm: a model of its own in its list of OpenAI's models, and a tool written in Python. */
import { pythonProgram } from '../../scripts/lib/python.mjs';
import { having } from '../harness/round.mjs';
import { runsRounds } from './rounds.mjs';

const functions = `
def read_file(name: str) -> str:
    "What a file says"
    return open(name).read()
`;

runsRounds({
  name: 'llm',
  protocol: 'openai_chat',
  script: having({ name: 'read_file', arguments: { name: 'canary.txt' } }),
  run: ({ url, key, model, task, home }) => ({
    command: pythonProgram('sdks', 'llm'),
    parameters: ['prompt', '--model', 'patchbay', '--functions', functions, task],
    env: { LLM_USER_PATH: `${home}/llm` },
    files: {
      'llm/keys.json': JSON.stringify({ patchbay: key }),
      'llm/extra-openai-models.yaml': `
- model_id: patchbay
  model_name: ${model}
  api_base: ${url}/v1
  api_key_name: patchbay
  supports_tools: true
`,
    },
  }),
});
