/** Gemini: reads `:generateContent`. What it is asked is written in body.ts. */
import type { AnswerPart } from '../conversation';
import { failureMessage, type Json, list, number, parsed, record, string } from '../json';
import type { AnswerEvent, StreamReader, Wire } from '../wire';
import { body } from './body';

export const wire: Wire = {
  path: ({ model, stream }) => {
    const id = model.split('/').map(encodeURIComponent).join('/');
    return `/v1beta/models/${id}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
  },
  headers: {},
  body,
  reader: readStream,
  whole: (answer) => new Chunks().read(record(answer)),
};

function readStream(): StreamReader {
  const chunks = new Chunks();
  return ({ data }) => chunks.read(record(parsed(data)));
}

/** Turns chunks into parts; a whole answer is a chunk that holds everything. */
class Chunks {
  #parts = 0;
  /** The text or reasoning that the next piece may belong to. */
  #open: { kind: 'text' | 'reasoning'; key: string } | null = null;

  read(chunk: Json): AnswerEvent[] {
    if (chunk['error'] !== undefined) return [{ kind: 'failure', message: failureMessage(chunk) }];
    const candidate = record(list(chunk['candidates'])[0]);
    const reason =
      string(candidate['finishReason']) || string(record(chunk['promptFeedback'])['blockReason']);
    return [
      ...list(record(candidate['content'])['parts']).flatMap((part) => this.#part(record(part))),
      ...usage(chunk['usageMetadata']),
      // The protocol has no other end.
      ...(reason === '' ? [] : [{ kind: 'finish' as const, reason }, { kind: 'end' as const }]),
    ];
  }

  #part(part: Json): AnswerEvent[] {
    const read = partOf(String(this.#parts), part);
    if (!read) return [];
    const { kind } = read;
    if ((kind === 'text' || kind === 'reasoning') && this.#open?.kind === kind) {
      const { key } = this.#open;
      const seal = kind === 'reasoning' ? read.signature : '';
      return [
        { kind: 'delta', key, text: read.text },
        ...(seal === '' ? [] : [{ kind: 'signature' as const, key, text: seal }]),
      ];
    }
    // State that comes behind its reasoning belongs to it.
    if (kind === 'sealed_reasoning' && this.#open?.kind === 'reasoning') {
      return [{ kind: 'signature', key: this.#open.key, text: read.data }];
    }
    this.#parts += 1;
    this.#open = kind === 'text' || kind === 'reasoning' ? { kind, key: read.key } : null;
    return [{ kind: 'part', part: read }];
  }
}

/** A part, or a piece of one. */
export function partOf(key: string, part: Json): AnswerPart | null {
  const seal = string(part['thoughtSignature']);
  if (part['functionCall'] !== undefined) {
    const call = record(part['functionCall']);
    return {
      kind: 'tool_call',
      key,
      id: string(call['id']) || `call_${crypto.randomUUID()}`,
      name: string(call['name']),
      arguments: JSON.stringify(record(call['args'])),
      ...(seal !== '' && { signature: seal }),
    };
  }
  const { mimeType, data } = record(part['inlineData']);
  // Images inside thoughts are on the way to the finished one.
  if (part['thought'] !== true && string(data) !== '' && string(mimeType).startsWith('image/')) {
    return {
      kind: 'image',
      key,
      mediaType: string(mimeType),
      data: string(data),
      ...(seal !== '' && { signature: seal }),
    };
  }
  const text = string(part['text']);
  if (text === '') return seal === '' ? null : { kind: 'sealed_reasoning', key, data: seal };
  return part['thought'] === true
    ? { kind: 'reasoning', key, text, signature: seal }
    : { kind: 'text', key, text };
}

function usage(given: unknown): AnswerEvent[] {
  if (typeof given !== 'object' || given === null) return [];
  const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount } = record(given);
  const reasoning = number(thoughtsTokenCount);
  const said = number(candidatesTokenCount);
  const output = said === null && reasoning === null ? null : (said ?? 0) + (reasoning ?? 0);
  return [
    { kind: 'usage', usage: { input: number(promptTokenCount), output, reasoning: reasoning || null } },
  ];
}
