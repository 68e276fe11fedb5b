/** Reads an Ollama request back into a draft. */
import type { AnswerPart, Picture, Turn } from '../conversation';
import { type Json, list, record, string } from '../json';
import {
  addResult,
  answerOf,
  calledName,
  type Logged,
  openCall,
  others,
  pictureOf,
  typed,
  typedEffort,
  typedStop,
} from '../logged';
import { sniffBase64 } from '../media-type';
import type { Effort } from '../wire';

const taken = ['model', 'messages', 'tools', 'stream', 'think', 'format', 'options'];
const takenOptions = ['num_predict', 'temperature', 'top_p', 'stop'];

export function readLog(body: Json): Logged | null {
  if (!Array.isArray(body['messages'])) return null;
  const turns: Turn[] = [];
  const instructions: string[] = [];
  for (const message of list(body['messages']).map(record)) {
    const text = string(message['content']);
    switch (string(message['role']).toLowerCase()) {
      case 'system':
        instructions.push(text);
        break;
      case 'assistant':
        turns.push(answerOf('ollama', body['model'], partsOf(message)));
        break;
      case 'tool': {
        const tool = string(message['tool_name']);
        const call = string(message['tool_call_id']) || openCall(turns, tool);
        addResult(turns, { call, name: tool || calledName(turns, call), text, failed: false });
        break;
      }
      default:
        turns.push({ kind: 'question', id: crypto.randomUUID(), text, pictures: picturesOf(message) });
    }
  }
  const options = record(body['options']);
  const limit = Number(options['num_predict']);
  return {
    instructions: instructions.join('\n\n'),
    turns,
    schema: typeof body['format'] === 'object' ? (body['format'] ?? undefined) : undefined,
    parameters: {
      // Below one it means "as many as there are".
      maxTokens: limit >= 1 ? typed(options['num_predict']) : '',
      temperature: typed(options['temperature']),
      topP: typed(options['top_p']),
      stop: typedStop(options['stop']),
      stream: body['stream'] !== false,
      effort: effortOf(body['think']),
    },
    left: [
      ...others(body, taken),
      ...others(options, takenOptions),
      ...(body['format'] === 'json' ? ['format'] : []),
    ],
  };
}

function picturesOf(message: Json): Picture[] {
  // The protocol does not say what a picture is.
  return list(message['images'])
    .map(string)
    .filter((data) => data !== '')
    .map((data, at) => pictureOf(sniffBase64(data) ?? 'image/png', data, at));
}

function partsOf(message: Json): AnswerPart[] {
  const text = string(message['content']);
  const reasoning = string(message['thinking']);
  return [
    ...(reasoning === ''
      ? []
      : [{ kind: 'reasoning' as const, key: 'reasoning', text: reasoning, signature: '' }]),
    ...(text === '' ? [] : [{ kind: 'text' as const, key: 'text', text }]),
    ...list(message['tool_calls']).map((given, at) => {
      const call = record(given);
      const called = record(call['function']);
      return {
        kind: 'tool_call' as const,
        key: `call-${at}`,
        id: string(call['id']) || `call_${crypto.randomUUID()}`,
        name: string(called['name']),
        arguments: JSON.stringify(record(called['arguments'])),
      };
    }),
  ];
}

function effortOf(think: unknown): Effort | '' {
  if (think === false) return 'none';
  return think === true ? 'medium' : typedEffort(think);
}
