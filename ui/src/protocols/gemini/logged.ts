/** Reads a Gemini request back into a draft. */
import type { Turn } from '../conversation';
import { type Json, list, number, record, string } from '../json';
import {
  addResult,
  answerOf,
  type Logged,
  openCall,
  others,
  pictureOf,
  textOf,
  typed,
  typedEffort,
  typedStop,
} from '../logged';
import type { Effort } from '../wire';
import { partOf } from './wire';

const taken = ['contents', 'systemInstruction', 'generationConfig', 'tools'];
const takenConfig = [
  'maxOutputTokens',
  'temperature',
  'topP',
  'stopSequences',
  'thinkingConfig',
  'responseModalities',
  'responseMimeType',
  'responseJsonSchema',
  'responseSchema',
];

export function readLog(body: Json): Logged | null {
  if (!Array.isArray(body['contents'])) return null;
  const turns: Turn[] = [];
  const left = others(body, taken);
  for (const content of list(body['contents']).map(record)) {
    const parts = list(content['parts']).map(record);
    if (content['role'] === 'model') {
      const read = parts.map((part, at) => partOf(String(at), part)).filter((part) => part !== null);
      turns.push(answerOf('gemini', '', read));
    } else {
      addSaid(turns, parts);
      left.push(...parts.flatMap(notSaid));
    }
  }
  const config = record(body['generationConfig']);
  const schema = config['responseJsonSchema'] ?? config['responseSchema'];
  left.push(...others(config, takenConfig));
  if (config['responseMimeType'] === 'application/json' && !schema) left.push('responseMimeType');
  left.push(...list(body['tools']).flatMap((tool) => others(record(tool), ['functionDeclarations'])));
  const declared = list(body['tools']).flatMap((tool) => list(record(tool)['functionDeclarations']));
  return {
    instructions: textOf(record(body['systemInstruction'])['parts']),
    turns,
    schema,
    tools: declared,
    parameters: {
      maxTokens: typed(config['maxOutputTokens']),
      temperature: typed(config['temperature']),
      topP: typed(config['topP']),
      stop: typedStop(config['stopSequences']),
      effort: effortOf(record(config['thinkingConfig'])),
      images: list(config['responseModalities']).some((one) => string(one).toUpperCase() === 'IMAGE'),
    },
    left,
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

/** What of a part is not taken. */
function notSaid(part: Json): string[] {
  const isPicture = string(record(part['inlineData'])['mimeType']).startsWith('image/');
  const names = ['text', 'functionResponse', 'thoughtSignature', ...(isPicture ? ['inlineData'] : [])];
  return others(part, names);
}

function effortOf(thinking: Json): Effort | '' {
  const budget = number(thinking['thinkingBudget']);
  if (budget === null) return typedEffort(string(thinking['thinkingLevel']).toLowerCase());
  if (budget <= 0) return budget === 0 ? 'none' : '';
  return budget < 8192 ? 'low' : budget < 16_384 ? 'medium' : 'high';
}
