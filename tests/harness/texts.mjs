/** What the provider answers where nobody chats: a text that is gone on with, and texts as vectors. */

/** A text goes on with where it is: its own last word, or what its gap is between. */
const wentOn = ({ prompt, suffix }) =>
  suffix ? `<between ${prompt.length} and ${suffix.length}>` : ` after ${prompt.length}`;

function completion(body) {
  const whole = (text, finish) => ({
    id: 'cmpl-9',
    object: 'text_completion',
    created: 1763700000,
    model: body.model,
    choices: [{ text, index: 0, logprobs: null, finish_reason: finish }],
  });
  const usage = { prompt_tokens: 42, completion_tokens: 7, total_tokens: 49 };
  const text = wentOn(body);
  if (!body.stream) return { whole: { ...whole(text, 'stop'), usage } };
  const words = text.split(/(?= )/);
  const chunks = [...words.map((word) => whole(word, null)), whole('', 'stop')];
  if (body.stream_options?.include_usage) chunks.push({ ...whole('', null), choices: [], usage });
  return { chunks };
}

function embedding({ input, model, dimensions = 3, encoding_format: format = 'float' }) {
  const vector = (text) => Array.from({ length: dimensions }, (_, n) => (n === 0 ? text.length : n / 8));
  const packed = (numbers) => Buffer.from(Float32Array.from(numbers).buffer).toString('base64');
  const data = [input].flat().map((text, index) => ({
    object: 'embedding',
    index,
    embedding: format === 'base64' ? packed(vector(text)) : vector(text),
  }));
  return { whole: { object: 'list', data, model, usage: { prompt_tokens: 5, total_tokens: 5 } } };
}

/** `{ whole }` or `{ chunks }`; null for paths of chats. */
export function textsAnswer(path, body) {
  if (path === '/v1/completions') return completion(body);
  if (path === '/v1/embeddings') return embedding(body);
  return null;
}
