/** LiteLLM and instructor as clients, each through a provider of each protocol. */
import { clientFinds } from '../harness/python.mjs';

const packages = 'frameworks';

for (const prefix of ['openai', 'anthropic', 'gemini', 'ollama_chat'])
  clientFinds({
    name: 'litellm_completion',
    packages,
    env: { PREFIX: prefix, LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
    finds: () => ({ unknown: 'NotFoundError' }),
  });

clientFinds({
  name: 'instructor_openai_chat',
  packages,
  only: { tools: 'Oslo', strict_tools: 'Oslo', schema: 'Oslo', partly: 'Oslo' },
});
