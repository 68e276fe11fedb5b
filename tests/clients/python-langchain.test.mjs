/** LangChain as a client with each of its models, each through a provider of each protocol. */
import { clientFinds } from '../harness/python.mjs';

const client = (protocol, unknown) =>
  clientFinds({ name: `langchain_${protocol}`, packages: 'frameworks', finds: () => ({ unknown }) });

client('openai_chat', 'NotFoundError');
client('openai_responses', 'NotFoundError');
client('anthropic_messages', 'AnthropicModelNotFoundError');
client('gemini', 'GoogleModelNotFoundError');
client('ollama_chat', 'ResponseError');
