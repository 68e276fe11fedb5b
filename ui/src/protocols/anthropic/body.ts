/** Anthropic: writes what is sent to `/v1/messages`. */
import type { Answer, Question, Turn } from '../conversation';
import { type Json, parsed, record } from '../json';
import type { Composition, Effort } from '../wire';

/** The protocol wants a limit; this is ours when the person gives none. */
export const usualMaxTokens = 4096;

const budgets: Record<Exclude<Effort, 'none'>, number> = { low: 1024, medium: 4096, high: 16_384 };

export function body(composition: Composition): Json {
  const { model, upstreamModel, instructions, turns, tools, schema, parameters } = composition;
  const { maxTokens, temperature, topP, stop, stream, effort } = parameters;
  const thinking = effort === null ? {} : thinkingOf(effort, upstreamModel ?? model, maxTokens);
  const config = { ...thinking.config, ...(schema && { format: { type: 'json_schema', schema } }) };
  return {
    model,
    max_tokens: maxTokens ?? usualMaxTokens + (thinking.budget ?? 0),
    ...(instructions.trim() !== '' && { system: instructions }),
    messages: turns.flatMap(messages),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, schema: wanted }) => ({
        name,
        ...(description !== '' && { description }),
        input_schema: wanted,
      })),
    }),
    ...(thinking.thinking && { thinking: thinking.thinking }),
    ...(Object.keys(config).length > 0 && { output_config: config }),
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { top_p: topP }),
    ...(stop.length > 0 && { stop_sequences: stop }),
    ...(stream && { stream: true }),
  };
}

interface Thinking {
  thinking?: Json;
  config?: Json;
  budget?: number;
}

/** Up to Claude 4.5 reasoning is asked for by a budget, later by a word. See docs/decisions/0065. */
function thinkingOf(effort: Effort, model: string, maxTokens: number | null): Thinking {
  if (effort === 'none') return { thinking: { type: 'disabled' } };
  if (!takesBudget(model)) return { thinking: { type: 'adaptive' }, config: { effort } };
  const most = maxTokens === null ? Number.POSITIVE_INFINITY : maxTokens - 1;
  const budget = Math.max(1024, Math.min(budgets[effort], most));
  return { thinking: { type: 'enabled', budget_tokens: budget }, budget };
}

export function takesBudget(model: string): boolean {
  if (/claude-[23]/.test(model)) return true;
  // The second number may also be a date, which is longer.
  const version = /claude-(?:opus|sonnet|haiku)-(\d)(?:[-.](\d{1,2})(?!\d))?/.exec(model);
  if (!version) return false;
  const [, major, minor = '0'] = version;
  return Number(major) * 100 + Number(minor) <= 405;
}

function messages(turn: Turn): Json[] {
  switch (turn.kind) {
    case 'question':
      return [{ role: 'user', content: content(turn) }];
    case 'answer': {
      const blocks = turn.parts.flatMap((part) => block(part, turn));
      return blocks.length === 0 ? [] : [{ role: 'assistant', content: blocks }];
    }
    case 'results':
      return [
        {
          role: 'user',
          content: turn.results.map(({ call, text, failed }) => ({
            type: 'tool_result',
            tool_use_id: call,
            content: text,
            ...(failed && { is_error: true }),
          })),
        },
      ];
  }
}

function content({ text, pictures }: Question): unknown {
  const held = pictures.filter(({ data }) => data !== '');
  if (held.length === 0) return text;
  return [
    ...held.map(({ mediaType, data }) => ({
      type: 'image',
      source: { type: 'base64', media_type: mediaType, data },
    })),
    ...(text === '' ? [] : [{ type: 'text', text }]),
  ];
}

function block(part: Answer['parts'][number], { protocol, state }: Answer): Json[] {
  switch (part.kind) {
    case 'text':
      // An empty text is refused.
      return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
    case 'reasoning':
      // Without its signature, or from another protocol, reasoning is refused.
      return protocol === 'anthropic' && part.signature !== ''
        ? [{ type: 'thinking', thinking: part.text, signature: part.signature }]
        : [];
    case 'sealed_reasoning':
      return protocol === 'anthropic' ? [{ type: 'redacted_thinking', data: part.data }] : [];
    case 'tool_call':
      // A call that was cut off has no result, and a call without one is refused.
      return state === 'done'
        ? [{ type: 'tool_use', id: part.id, name: part.name, input: record(parsed(part.arguments)) }]
        : [];
    case 'image':
    case 'image_link':
      // An assistant's message holds none.
      return [];
  }
}
