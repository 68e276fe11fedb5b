/** OpenAI chat: writes what is sent to `/v1/chat/completions`. */
import { type Answer, type AnswerPart, type Question, type Turn, toolCalls } from '../conversation';
import type { Json } from '../json';
import type { Composition } from '../wire';

export function body(composition: Composition): Json {
  const { model, instructions, turns, tools, schema, parameters } = composition;
  const { maxTokens, temperature, topP, stop, stream, effort, images } = parameters;
  const system = instructions.trim() === '' ? [] : [{ role: 'system', content: instructions }];
  return {
    model,
    messages: [...system, ...turns.flatMap(messages)],
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, schema: wanted }) => ({
        type: 'function',
        function: { name, ...(description !== '' && { description }), parameters: wanted },
      })),
    }),
    ...(schema && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
    }),
    ...(maxTokens !== null && { max_completion_tokens: maxTokens }),
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { top_p: topP }),
    ...(stop.length > 0 && { stop }),
    ...(effort !== null && { reasoning_effort: effort }),
    ...(images && { modalities: ['text', 'image'] }),
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
  };
}

function messages(turn: Turn): Json[] {
  switch (turn.kind) {
    case 'question':
      return [{ role: 'user', content: content(turn) }];
    case 'answer':
      return assistant(turn);
    case 'results':
      return turn.results.map(({ call, text }) => ({ role: 'tool', tool_call_id: call, content: text }));
  }
}

function content({ text, pictures }: Question): unknown {
  const held = pictures.filter(({ data }) => data !== '');
  if (held.length === 0) return text;
  return [
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...held.map(({ mediaType, data }) => ({
      type: 'image_url',
      image_url: { url: `data:${mediaType};base64,${data}` },
    })),
  ];
}

function assistant(answer: Answer): Json[] {
  const joined = (kind: 'text' | 'reasoning') =>
    answer.parts.map((part) => (part.kind === kind ? part.text : '')).join('');
  const text = joined('text');
  // A call that was cut off has no result, and a call without one is refused.
  const calls = answer.state === 'done' ? toolCalls(answer) : [];
  const images = answer.parts.flatMap(imageOf);
  if (text === '' && calls.length === 0 && images.length === 0) return [];
  const reasoning = answer.protocol === 'openai_chat' ? joined('reasoning') : '';
  return [
    {
      role: 'assistant',
      content: text === '' && calls.length > 0 ? null : text,
      ...(images.length > 0 && { images }),
      ...(calls.length > 0 && {
        // Some models refuse a tool result unless their reasoning comes back with the call.
        ...(reasoning !== '' && { reasoning_content: reasoning }),
        tool_calls: calls.map(({ id, name, arguments: text }) => ({
          id,
          type: 'function',
          function: { name, arguments: text === '' ? '{}' : text },
        })),
      }),
    },
  ];
}

function imageOf(part: AnswerPart): Json[] {
  if (part.kind === 'image_link') return [{ type: 'image_url', image_url: { url: part.url } }];
  if (part.kind !== 'image' || part.data === '') return [];
  return [{ type: 'image_url', image_url: { url: `data:${part.mediaType};base64,${part.data}` } }];
}
