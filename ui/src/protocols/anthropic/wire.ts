/** Anthropic: reads `/v1/messages`. What it is asked is written in body.ts. */
import type { AnswerPart } from '../conversation';
import { failureMessage, type Json, list, number, parsed, record, string } from '../json';
import type { AnswerEvent, StreamReader, Wire } from '../wire';
import { body } from './body';

/** The version that still knows sampling parameters; every server accepts it. */
export const anthropicVersion = '2023-06-01';

export const wire: Wire = {
  path: () => '/v1/messages',
  headers: { 'anthropic-version': anthropicVersion },
  body,
  reader: readStream,
  whole: (answer) => {
    const body = record(answer);
    return [
      ...list(body['content']).flatMap((block, index) => begin(String(index), record(block), true)),
      ...usage(body['usage']),
      ...finish(body['stop_reason']),
      { kind: 'end' },
    ];
  },
};

function readStream(): StreamReader {
  return ({ event, data }) => {
    const body = record(parsed(data));
    const key = String(body['index']);
    switch (string(body['type']) || event) {
      case 'error':
        return [{ kind: 'failure', message: failureMessage(body) }];
      case 'message_start':
        return usage(record(body['message'])['usage'], true);
      case 'content_block_start':
        return begin(key, record(body['content_block']), false);
      case 'content_block_delta':
        return delta(key, record(body['delta']));
      case 'message_delta':
        return [...usage(body['usage']), ...finish(record(body['delta'])['stop_reason'])];
      case 'message_stop':
        return [{ kind: 'end' }];
      default:
        return [];
    }
  };
}

/** A block's start; a whole one has its `input` already, a streamed one has an empty object in its place. */
function begin(key: string, block: Json, isWhole: boolean): AnswerEvent[] {
  const part = partOf(key, block, isWhole);
  return part ? [{ kind: 'part', part }] : [];
}

/** A whole block, or the start of a streamed one. */
export function partOf(key: string, block: Json, isWhole: boolean): AnswerPart | null {
  switch (block['type']) {
    case 'text':
      return { kind: 'text', key, text: string(block['text']) };
    case 'thinking':
      return {
        kind: 'reasoning',
        key,
        text: string(block['thinking']),
        signature: string(block['signature']),
      };
    case 'redacted_thinking':
      return { kind: 'sealed_reasoning', key, data: string(block['data']) };
    case 'tool_use': {
      const input = isWhole ? JSON.stringify(block['input'] ?? {}) : '';
      return {
        kind: 'tool_call',
        key,
        id: string(block['id']),
        name: string(block['name']),
        arguments: input,
      };
    }
    default:
      return null;
  }
}

function delta(key: string, { type, ...rest }: Json): AnswerEvent[] {
  switch (type) {
    case 'text_delta':
      return [{ kind: 'delta', key, text: string(rest['text']) }];
    case 'thinking_delta':
      return [{ kind: 'delta', key, text: string(rest['thinking']) }];
    case 'input_json_delta':
      return [{ kind: 'delta', key, text: string(rest['partial_json']) }];
    case 'signature_delta':
      return [{ kind: 'signature', key, text: string(rest['signature']) }];
    default:
      return [];
  }
}

/** At the start of a stream only the input is known; the counts at the end are totals. */
function usage(given: unknown, atStart = false): AnswerEvent[] {
  const counts = record(given);
  const read = (name: string) => number(counts[name]);
  const known = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens']
    .map(read)
    .filter((count) => count !== null);
  const reasoning = number(record(counts['output_tokens_details'])['thinking_tokens']);
  const found = {
    ...(known.length > 0 && { input: known.reduce((sum, count) => sum + count, 0) }),
    ...(!atStart && read('output_tokens') !== null && { output: read('output_tokens') }),
    ...(reasoning && { reasoning }),
  };
  return Object.keys(found).length === 0 ? [] : [{ kind: 'usage', usage: found }];
}

function finish(reason: unknown): AnswerEvent[] {
  return typeof reason === 'string' ? [{ kind: 'finish', reason }] : [];
}
