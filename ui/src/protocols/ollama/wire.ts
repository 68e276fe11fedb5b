/** Ollama: reads `/api/chat`. What it is asked is written in body.ts. */
import { failureMessage, type Json, list, number, parsed, record, string } from '../json';
import type { AnswerEvent, StreamReader, Wire } from '../wire';
import { body } from './body';

export const wire: Wire = {
  path: () => '/api/chat',
  headers: {},
  body,
  reader: readStream,
  whole: (answer) => new Lines().read(record(answer)),
};

function readStream(): StreamReader {
  const lines = new Lines();
  return ({ data }) => lines.read(record(parsed(data)));
}

/** Turns lines into parts; a whole answer is a line that holds everything. */
class Lines {
  #open = new Set<string>();
  #calls = 0;

  read(line: Json): AnswerEvent[] {
    if (line['error'] !== undefined) return [{ kind: 'failure', message: failureMessage(line) }];
    const message = record(line['message']);
    return [
      ...this.#piece('reasoning', string(message['thinking'])),
      ...this.#piece('text', string(message['content'])),
      ...list(message['tool_calls']).map((call) => this.#call(record(call))),
      ...(line['done'] === true ? last(line) : []),
    ];
  }

  #piece(key: 'reasoning' | 'text', text: string): AnswerEvent[] {
    if (text === '') return [];
    if (this.#open.has(key)) return [{ kind: 'delta', key, text }];
    this.#open.add(key);
    const part = key === 'text' ? { kind: key, key, text } : { kind: key, key, text, signature: '' };
    return [{ kind: 'part', part }];
  }

  /** A call comes whole, and most servers give it no id: ours must differ from those of earlier answers. */
  #call(call: Json): AnswerEvent {
    const called = record(call['function']);
    const key = `call-${this.#calls++}`;
    const id = string(call['id']) || `call_${crypto.randomUUID()}`;
    const given = JSON.stringify(record(called['arguments']));
    return {
      kind: 'part',
      part: { kind: 'tool_call', key, id, name: string(called['name']), arguments: given },
    };
  }
}

function last({ prompt_eval_count, eval_count, done_reason }: Json): AnswerEvent[] {
  const input = number(prompt_eval_count);
  const output = number(eval_count);
  return [
    ...(input === null && output === null ? [] : [{ kind: 'usage' as const, usage: { input, output } }]),
    ...(typeof done_reason === 'string' ? [{ kind: 'finish' as const, reason: done_reason }] : []),
    { kind: 'end' },
  ];
}
