/** OpenAI Responses: reads `/v1/responses`. What it is asked is written in body.ts. */
import type { AnswerPart } from '../conversation';
import { failureMessage, type Json, list, number, parsed, record, string } from '../json';
import { sniffBase64 } from '../media-type';
import type { AnswerEvent, StreamReader, Wire } from '../wire';
import { body } from './body';

export const wire: Wire = {
  path: () => '/v1/responses',
  headers: {},
  body,
  reader: readStream,
  whole: (answer) => {
    const response = record(answer);
    const parts = list(response['output'])
      .map((item, index) => partOf(String(index), record(item)))
      .filter((part) => part !== null);
    return [...parts.map((part) => ({ kind: 'part' as const, part })), ...ended(response)];
  },
};

function readStream(): StreamReader {
  const items = new Items();
  return ({ event, data }) => {
    const body = record(parsed(data));
    const key = String(body['output_index']);
    switch (string(body['type']) || event) {
      case 'error':
        return [{ kind: 'failure', message: failureMessage(body) }];
      case 'response.output_item.added':
        return items.begin(key, record(body['item']));
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        return items.grow(key, 'text', `content ${String(body['content_index'])}`, string(body['delta']));
      case 'response.reasoning_summary_text.delta':
        return items.grow(
          key,
          'reasoning',
          `summary ${String(body['summary_index'])}`,
          string(body['delta']),
        );
      case 'response.reasoning_text.delta':
        return items.grow(
          key,
          'reasoning',
          `content ${String(body['content_index'])}`,
          string(body['delta']),
        );
      case 'response.function_call_arguments.delta':
        return items.grow(key, 'tool_call', '', string(body['delta']));
      case 'response.output_item.done':
        return items.end(key, record(body['item']));
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        return ended(record(body['response']));
      default:
        return [];
    }
  };
}

/** The items of a streamed answer: each is one part, which begins with its first piece. */
class Items {
  /** The piece that came last of each open part. */
  #open = new Map<string, string>();

  /** Only a call says something before its first piece. */
  begin(key: string, item: Json): AnswerEvent[] {
    if (item['type'] !== 'function_call' || this.#open.has(key)) return [];
    const given = string(item['arguments']);
    this.#open.set(key, given);
    return [{ kind: 'part', part: call(key, item, given) }];
  }

  grow(key: string, kind: 'text' | 'reasoning' | 'tool_call', piece: string, text: string): AnswerEvent[] {
    if (text === '') return [];
    const before = this.#open.get(key);
    if (before === undefined) {
      // A call that was not announced comes whole when it is done.
      if (kind === 'tool_call') return [];
      this.#open.set(key, piece);
      const part = kind === 'text' ? { kind, key, text } : { kind, key, text, signature: '' };
      return [{ kind: 'part', part }];
    }
    this.#open.set(key, kind === 'tool_call' ? before + text : piece);
    const apart = kind === 'reasoning' && before !== piece ? '\n\n' : '';
    return [{ kind: 'delta', key, text: apart + text }];
  }

  /** What did not come in pieces comes now, and the seal of reasoning always does. */
  end(key: string, item: Json): AnswerEvent[] {
    const before = this.#open.get(key);
    if (before === undefined) {
      const part = partOf(key, item);
      this.#open.set(key, '');
      return part ? [{ kind: 'part', part }] : [];
    }
    if (item['type'] === 'reasoning') {
      const seal = string(item['encrypted_content']);
      return seal === '' ? [] : [{ kind: 'signature', key, text: seal }];
    }
    const given = string(item['arguments']);
    const late = item['type'] === 'function_call' && before === '' && given !== '';
    return late ? [{ kind: 'delta', key, text: given }] : [];
  }
}

/** A whole item. */
export function partOf(key: string, item: Json): AnswerPart | null {
  switch (item['type']) {
    case 'message': {
      const said = list(item['content']).map(record);
      const text = said.map((part) => string(part['text']) || string(part['refusal'])).join('');
      return text === '' ? null : { kind: 'text', key, text };
    }
    case 'reasoning': {
      const seal = string(item['encrypted_content']);
      const pieces = [...list(item['summary']), ...list(item['content'])];
      const text = pieces.map((piece) => string(record(piece)['text'])).join('\n\n');
      if (text !== '') return { kind: 'reasoning', key, text, signature: seal };
      return seal === '' ? null : { kind: 'sealed_reasoning', key, data: seal };
    }
    case 'function_call':
      return call(key, item, string(item['arguments']));
    case 'image_generation_call': {
      const data = string(item['result']);
      const format = string(item['output_format']);
      const mediaType = format === '' ? (sniffBase64(data) ?? 'image/png') : `image/${format}`;
      return data === '' ? null : { kind: 'image', key, mediaType, data, id: string(item['id']) };
    }
    default:
      return null;
  }
}

function call(key: string, item: Json, given: string): AnswerPart {
  const id = string(item['call_id']) || string(item['id']);
  return { kind: 'tool_call', key, id, name: string(item['name']), arguments: given };
}

/** How the answer as a whole went. */
function ended(response: Json): AnswerEvent[] {
  const { status } = response;
  if (status === 'failed' || status === 'cancelled') {
    return [...usage(response['usage']), { kind: 'failure', message: failureMessage(response) }];
  }
  const why = record(response['incomplete_details'])['reason'];
  return [
    ...usage(response['usage']),
    ...(typeof status === 'string' ? [{ kind: 'finish' as const, reason: string(why) || status }] : []),
    { kind: 'end' },
  ];
}

function usage(given: unknown): AnswerEvent[] {
  if (typeof given !== 'object' || given === null) return [];
  const { input_tokens, output_tokens, output_tokens_details } = record(given);
  return [
    {
      kind: 'usage',
      usage: {
        input: number(input_tokens),
        output: number(output_tokens),
        reasoning: number(record(output_tokens_details)['reasoning_tokens']) || null,
      },
    },
  ];
}
