/** Reads an OpenAI chat request back into a draft. */
import type { AnswerPart, Turn } from '../conversation';
import { type Json, list, record, string } from '../json';
import {
  addResult,
  answerOf,
  calledName,
  kindsBut,
  type Logged,
  otherEffort,
  others,
  picturesOfUrls,
  textOf,
  typed,
  typedEffort,
  typedStop,
} from '../logged';
import { dataOfUrl } from '../media-type';
import { imagesOf } from './wire';

const taken = [
  'model',
  'messages',
  'tools',
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'reasoning_effort',
  'modalities',
  'response_format',
];

export function readLog(body: Json): Logged | null {
  if (!Array.isArray(body['messages'])) return null;
  const turns: Turn[] = [];
  const instructions: string[] = [];
  const left = [...others(body, taken), ...otherEffort('reasoning_effort', body['reasoning_effort'])];
  for (const message of list(body['messages']).map(record)) {
    const { role, content } = message;
    if (role === 'system' || role === 'developer') instructions.push(textOf(content));
    else if (role === 'user') {
      const pictures = picturesOfUrls(list(content).map((part) => urlOf(record(part))));
      left.push(...kindsBut((part) => dataOfUrl(urlOf(part)) !== null, content));
      turns.push({ kind: 'question', id: crypto.randomUUID(), text: textOf(content), pictures });
    } else if (role === 'assistant') turns.push(answerOf('openai_chat', body['model'], partsOf(message)));
    else if (role === 'tool') {
      const call = string(message['tool_call_id']);
      const name = calledName(turns, call);
      addResult(turns, { call, name, text: textOf(content), failed: false });
    }
  }
  const format = record(body['response_format']);
  if (format['type'] === 'json_object') left.push('response_format');
  return {
    instructions: instructions.join('\n\n'),
    turns,
    schema: format['type'] === 'json_schema' ? record(format['json_schema'])['schema'] : undefined,
    parameters: {
      maxTokens: typed(body['max_completion_tokens']) || typed(body['max_tokens']),
      stop: typedStop(body['stop']),
      effort: typedEffort(body['reasoning_effort']),
      images: list(body['modalities']).includes('image'),
    },
    left,
  };
}

const urlOf = (part: Json): string => string(record(part['image_url'])['url']);

function partsOf(message: Json): AnswerPart[] {
  const text = textOf(message['content']);
  const reasoning = string(message['reasoning_content']);
  return [
    ...(reasoning === ''
      ? []
      : [{ kind: 'reasoning' as const, key: 'reasoning', text: reasoning, signature: '' }]),
    ...(text === '' ? [] : [{ kind: 'text' as const, key: 'text', text }]),
    ...imagesOf(message),
    ...list(message['tool_calls']).map((given, at) => {
      const call = record(given);
      const called = record(call['function']);
      return {
        kind: 'tool_call' as const,
        key: `call-${at}`,
        id: string(call['id']),
        name: string(called['name']),
        arguments: string(called['arguments']),
      };
    }),
  ];
}
