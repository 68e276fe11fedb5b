/** OpenAI chat: reads `/v1/chat/completions`. What it is asked is written in body.ts. */
import type { AnswerPart } from '../conversation';
import { failureMessage, type Json, list, number, parsed, record, string } from '../json';
import { dataOfUrl } from '../media-type';
import type { AnswerEvent, StreamReader, Wire } from '../wire';
import { body } from './body';

export const wire: Wire = {
  path: () => '/v1/chat/completions',
  headers: {},
  body,
  reader: readStream,
  whole: (answer) => {
    const body = record(answer);
    const choice = record(list(body['choices'])[0]);
    const message = record(choice['message']);
    const calls = list(message['tool_calls']).map((call, index) => ({ index, ...record(call) }));
    const reader = new Parts();
    return [
      ...reader.read({ ...message, tool_calls: calls }),
      ...usage(body['usage']),
      ...finish(choice['finish_reason']),
      { kind: 'end' },
    ];
  },
};

function readStream(): StreamReader {
  const parts = new Parts();
  let finished = false;
  return ({ event, data }) => {
    if (data.trim() === '[DONE]') return [{ kind: 'end' }];
    const chunk = record(parsed(data));
    if (event === 'error' || chunk['error'] !== undefined) {
      return [{ kind: 'failure', message: failureMessage(chunk) }];
    }
    const choice = record(list(chunk['choices'])[0]);
    const events = [
      ...parts.read(record(choice['delta'])),
      ...usage(chunk['usage']),
      ...finish(choice['finish_reason']),
    ];
    // Some servers never say [DONE]; the finish reason tells as much.
    if (!finished && typeof choice['finish_reason'] === 'string') {
      finished = true;
      events.push({ kind: 'end' });
    }
    return events;
  };
}

/** Turns deltas into parts: a part begins with its first piece, and an image ends the texts before it. */
class Parts {
  #open = new Set<string>();
  #calls = 0;
  #images = 0;

  read(delta: Json): AnswerEvent[] {
    // Two names for the same are in use.
    const reasoning = string(delta['reasoning_content']) || string(delta['reasoning']);
    const text = string(delta['content']) + string(delta['refusal']);
    return [
      ...(reasoning === '' ? [] : this.#piece('reasoning', reasoning)),
      ...(text === '' ? [] : this.#piece('text', text)),
      ...imagesOf(delta).map((image) => this.#image(image)),
      ...list(delta['tool_calls']).flatMap((call) => this.#call(record(call))),
    ];
  }

  #piece(kind: 'reasoning' | 'text', text: string): AnswerEvent[] {
    const key = this.#images === 0 ? kind : `${kind}-${this.#images}`;
    if (this.#open.has(key)) return [{ kind: 'delta', key, text }];
    this.#open.add(key);
    const part = kind === 'text' ? { kind, key, text } : { kind, key, text, signature: '' };
    return [{ kind: 'part', part }];
  }

  #image(image: Image): AnswerEvent {
    return { kind: 'part', part: { ...image, key: `image-${this.#images++}` } };
  }

  #call(call: Json): AnswerEvent[] {
    const called = record(call['function']);
    const fragment = string(called['arguments']);
    // Without an index, a name begins a new call and everything else continues the last.
    const named = string(called['name']) !== '';
    const index = number(call['index']) ?? (named ? this.#calls : this.#calls - 1);
    const key = `call-${index}`;
    if (this.#open.has(key)) return fragment === '' ? [] : [{ kind: 'delta', key, text: fragment }];
    this.#open.add(key);
    this.#calls = index + 1;
    const id = string(call['id']) || key;
    return [
      {
        kind: 'part',
        part: { kind: 'tool_call', key, id, name: string(called['name']), arguments: fragment },
      },
    ];
  }
}

type Image = Extract<AnswerPart, { kind: 'image' | 'image_link' }>;

/** What a message holds beside its text: an image itself, or where it is. */
export function imagesOf(message: Json): Image[] {
  return list(message['images']).flatMap((given, at): Image[] => {
    const url = string(record(record(given)['image_url'])['url']);
    const key = `image-${at}`;
    const held = dataOfUrl(url);
    if (held) return [{ kind: 'image', key, ...held }];
    return url === '' ? [] : [{ kind: 'image_link', key, url }];
  });
}

function usage(given: unknown): AnswerEvent[] {
  if (typeof given !== 'object' || given === null) return [];
  const { prompt_tokens, completion_tokens, completion_tokens_details } = record(given);
  return [
    {
      kind: 'usage',
      usage: {
        input: number(prompt_tokens),
        output: number(completion_tokens),
        reasoning: number(record(completion_tokens_details)['reasoning_tokens']) || null,
      },
    },
  ];
}

function finish(reason: unknown): AnswerEvent[] {
  return typeof reason === 'string' ? [{ kind: 'finish', reason }] : [];
}
