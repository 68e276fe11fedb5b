/** The providers' own SDKs for Python as clients, each through a provider of each protocol. */
import { clientFinds } from '../harness/python.mjs';

const errors = (unknown, refused) => ({ unknown, refused });
const usual = errors('NotFoundError', 'AuthenticationError');
const client = (name, finds) => clientFinds({ name, packages: 'sdks', finds });

client('openai_chat', () => usual);
client('openai_responses', (answer) => ({ ...usual, remembered: answer }));
client('anthropic_messages', () => ({ ...usual, counted: true }));
client('google_genai', (answer) => ({
  ...errors('ClientError', 'ClientError'),
  chat: answer,
  counted: true,
}));
client('ollama_chat', () => ({
  ...errors('ResponseError', 'ResponseError'),
  generate: 'Nothing to do.',
  described: true,
  listed: true,
}));
