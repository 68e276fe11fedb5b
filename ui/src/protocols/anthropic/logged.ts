/** Reads an Anthropic request back into a draft. */
import type { Turn } from '../conversation';
import { type Json, list, number, record, string } from '../json';
import {
  answerOf,
  calledName,
  kindsBut,
  type Logged,
  others,
  pictureOf,
  textOf,
  typed,
  typedEffort,
  typedStop,
} from '../logged';
import type { Effort } from '../wire';
import { partOf } from './wire';

const taken = [
  'model',
  'messages',
  'system',
  'tools',
  'stream',
  'max_tokens',
  'temperature',
  'top_p',
  'stop_sequences',
  'thinking',
  'output_config',
];

export function readLog(body: Json): Logged | null {
  if (!Array.isArray(body['messages'])) return null;
  const turns: Turn[] = [];
  const instructions = [textOf(body['system'])];
  const left = others(body, taken);
  for (const { role, content } of list(body['messages']).map(record)) {
    const blocks =
      typeof content === 'string' ? [{ type: 'text', text: content }] : list(content).map(record);
    if (role === 'assistant') {
      const parts = blocks.map((block, at) => partOf(String(at), block, true));
      left.push(...blocks.filter((_, at) => parts[at] === null).map(({ type }) => string(type)));
      turns.push(
        answerOf(
          'anthropic',
          body['model'],
          parts.filter((part) => part !== null),
        ),
      );
    } else if (role === 'system') instructions.push(textOf(content));
    else {
      turns.push(...said(turns, blocks));
      left.push(...kindsBut((block) => isPicture(block) || block['type'] === 'tool_result', blocks));
      left.push(...blocks.flatMap((block) => kindsBut(() => false, block['content'])));
    }
  }
  const config = record(body['output_config']);
  const format = record(config['format']);
  return {
    instructions: instructions.filter((text) => text !== '').join('\n\n'),
    turns,
    schema: format['type'] === 'json_schema' ? format['schema'] : undefined,
    parameters: {
      maxTokens: typed(body['max_tokens']),
      stop: typedStop(body['stop_sequences']),
      effort: effortOf(record(body['thinking']), config),
    },
    left,
  };
}

/** A message of the user: results of tools, then what was said. */
function said(before: readonly Turn[], blocks: readonly Json[]): Turn[] {
  const results = blocks
    .filter(({ type }) => type === 'tool_result')
    .map((block) => {
      const call = string(block['tool_use_id']);
      return {
        call,
        name: calledName(before, call),
        text: textOf(block['content']),
        failed: block['is_error'] === true,
      };
    });
  const text = textOf(blocks.filter(({ type }) => type === 'text'));
  const pictures = blocks.flatMap((block, at) => {
    const source = record(block['source']);
    return isPicture(block) ? [pictureOf(string(source['media_type']), string(source['data']), at)] : [];
  });
  const asks = text !== '' || pictures.length > 0 || results.length === 0;
  return [
    ...(results.length > 0 ? [{ kind: 'results' as const, id: crypto.randomUUID(), results }] : []),
    ...(asks ? [{ kind: 'question' as const, id: crypto.randomUUID(), text, pictures }] : []),
  ];
}

function isPicture({ type, source }: Json): boolean {
  return type === 'image' && record(source)['type'] === 'base64';
}

function effortOf(thinking: Json, config: Json): Effort | '' {
  if (thinking['type'] === 'disabled') return 'none';
  const budget = number(thinking['budget_tokens']);
  if (budget === null) return typedEffort(config['effort']);
  return budget < 4096 ? 'low' : budget < 16_384 ? 'medium' : 'high';
}
