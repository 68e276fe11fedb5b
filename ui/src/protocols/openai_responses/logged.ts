/** Reads an OpenAI Responses request back into a draft. */
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
} from '../logged';
import { dataOfUrl } from '../media-type';
import { partOf } from './wire';

const taken = [
  'model',
  'input',
  'instructions',
  'tools',
  'stream',
  'temperature',
  'top_p',
  'max_output_tokens',
  'reasoning',
  'text',
  // What is sent from here says the same each time.
  'include',
  'store',
];

export function readLog(body: Json): Logged | null {
  const { input } = body;
  if (typeof input !== 'string' && !Array.isArray(input)) return null;
  const turns: Turn[] = [];
  const instructions = [string(body['instructions'])];
  const { effort } = record(body['reasoning']);
  const left = [...others(body, taken), ...otherEffort('reasoning.effort', effort)];
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : list(input);
  for (const [at, item] of items.map(record).entries()) {
    const { role, content } = item;
    if (role === 'system' || role === 'developer') instructions.push(textOf(content));
    else if (role === 'user') {
      const pictures = picturesOfUrls(list(content).map((part) => string(record(part)['image_url'])));
      left.push(...kindsBut((part) => dataOfUrl(string(part['image_url'])) !== null, content));
      turns.push({ kind: 'question', id: crypto.randomUUID(), text: textOf(content), pictures });
    } else if (item['type'] === 'function_call_output') {
      const call = string(item['call_id']);
      const text = textOf(item['output']);
      left.push(...kindsBut(() => false, item['output']));
      addResult(turns, { call, name: calledName(turns, call), text, failed: false });
    } else {
      const part = role === 'assistant' ? said(at, content) : partOf(String(at), item);
      if (part === null && role !== 'assistant') left.push(string(item['type']));
      addPart(turns, body['model'], part);
    }
  }
  const format = record(record(body['text'])['format']);
  if (format['type'] === 'json_object') left.push('text.format');
  return {
    instructions: instructions.filter((text) => text !== '').join('\n\n'),
    turns,
    schema: format['type'] === 'json_schema' ? format['schema'] : undefined,
    parameters: {
      maxTokens: typed(body['max_output_tokens']),
      effort: typedEffort(effort),
    },
    left,
  };
}

function said(at: number, content: unknown): AnswerPart | null {
  const text = textOf(content);
  return text === '' ? null : { kind: 'text', key: String(at), text };
}

/** Items of the model that follow each other are one answer. */
function addPart(turns: Turn[], model: unknown, part: AnswerPart | null): void {
  if (!part) return;
  const last = turns.at(-1);
  if (last?.kind === 'answer') last.parts.push(part);
  else turns.push(answerOf('openai_responses', model, [part]));
}
