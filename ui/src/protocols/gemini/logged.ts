/** Reads a Gemini request back into a draft. */
import type { Turn } from '../conversation';
import { type Json, list, number, record, string } from '../json';
import {
  addResult,
  answerOf,
  type Logged,
  openCall,
  pictureOf,
  textOf,
  typed,
  typedEffort,
  typedStop,
} from '../logged';
import type { Effort } from '../wire';
import { partOf } from './wire';

export function readLog(body: Json): Logged | null {
  if (!Array.isArray(body['contents'])) return null;
  const turns: Turn[] = [];
  for (const content of list(body['contents']).map(record)) {
    const parts = list(content['parts']).map(record);
    if (content['role'] === 'model') {
      const read = parts.map((part, at) => partOf(String(at), part)).filter((part) => part !== null);
      turns.push(answerOf('gemini', '', read));
    } else addSaid(turns, parts);
  }
  const config = record(body['generationConfig']);
  const declared = list(body['tools']).flatMap((tool) => list(record(tool)['functionDeclarations']));
  return {
    instructions: textOf(record(body['systemInstruction'])['parts']),
    turns,
    schema: config['responseJsonSchema'] ?? config['responseSchema'],
    tools: declared,
    parameters: {
      maxTokens: typed(config['maxOutputTokens']),
      temperature: typed(config['temperature']),
      topP: typed(config['topP']),
      stop: typedStop(config['stopSequences']),
      effort: effortOf(record(config['thinkingConfig'])),
      images: list(config['responseModalities']).some((one) => string(one).toUpperCase() === 'IMAGE'),
    },
  };
}

/** Results of tools, then what was said. */
function addSaid(turns: Turn[], parts: readonly Json[]): void {
  const responses = parts.filter((part) => part['functionResponse'] !== undefined);
  for (const part of responses) {
    const given = record(part['functionResponse']);
    const name = string(given['name']);
    const response = record(given['response']);
    const failed = response['error'] !== undefined;
    const value = response['error'] ?? response['output'] ?? response;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    addResult(turns, { call: string(given['id']) || openCall(turns, name), name, text, failed });
  }
  const text = textOf(parts);
  const pictures = parts.flatMap((part, at) => {
    const { mimeType, data } = record(part['inlineData']);
    return string(mimeType).startsWith('image/') ? [pictureOf(string(mimeType), string(data), at)] : [];
  });
  if (text === '' && pictures.length === 0 && responses.length > 0) return;
  turns.push({ kind: 'question', id: crypto.randomUUID(), text, pictures });
}

function effortOf(thinking: Json): Effort | '' {
  const budget = number(thinking['thinkingBudget']);
  if (budget === null) return typedEffort(string(thinking['thinkingLevel']).toLowerCase());
  if (budget <= 0) return budget === 0 ? 'none' : '';
  return budget < 8192 ? 'low' : budget < 16_384 ? 'medium' : 'high';
}
