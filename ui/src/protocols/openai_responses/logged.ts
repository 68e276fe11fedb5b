/** Reads an OpenAI Responses request back into a draft. */
import type { AnswerPart, Turn } from '../conversation';
import { type Json, list, record, string } from '../json';
import {
  addResult,
  answerOf,
  calledName,
  type Logged,
  picturesOfUrls,
  textOf,
  typed,
  typedEffort,
} from '../logged';
import { partOf } from './wire';

export function readLog(body: Json): Logged | null {
  const { input } = body;
  if (typeof input !== 'string' && !Array.isArray(input)) return null;
  const turns: Turn[] = [];
  const instructions = [string(body['instructions'])];
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : list(input);
  for (const [at, item] of items.map(record).entries()) {
    const { role, content } = item;
    if (role === 'system' || role === 'developer') instructions.push(textOf(content));
    else if (role === 'user') {
      const pictures = picturesOfUrls(list(content).map((part) => string(record(part)['image_url'])));
      turns.push({ kind: 'question', id: crypto.randomUUID(), text: textOf(content), pictures });
    } else if (item['type'] === 'function_call_output') {
      const call = string(item['call_id']);
      const text = textOf(item['output']);
      addResult(turns, { call, name: calledName(turns, call), text, failed: false });
    } else addPart(turns, body['model'], role === 'assistant' ? said(at, content) : partOf(String(at), item));
  }
  const format = record(record(body['text'])['format']);
  return {
    instructions: instructions.filter((text) => text !== '').join('\n\n'),
    turns,
    schema: format['type'] === 'json_schema' ? format['schema'] : undefined,
    parameters: {
      maxTokens: typed(body['max_output_tokens']),
      effort: typedEffort(record(body['reasoning'])['effort']),
    },
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
