/** OpenAI Responses: writes what is sent to `/v1/responses`. */
import type { Answer, Question, Turn } from '../conversation';
import type { Json } from '../json';
import type { Composition } from '../wire';

/** The protocol has no stop sequences. */
export function body(composition: Composition): Json {
  const { model, instructions, turns, tools, schema, parameters } = composition;
  const { maxTokens, temperature, topP, stream, effort } = parameters;
  return {
    model,
    ...(instructions.trim() !== '' && { instructions }),
    input: turns.flatMap(items),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, schema: wanted }) => ({
        type: 'function',
        name,
        ...(description !== '' && { description }),
        parameters: wanted,
        // Unless told otherwise, the protocol changes the schema to a strict one.
        strict: false,
      })),
    }),
    ...(schema && { text: { format: { type: 'json_schema', name: 'answer', schema } } }),
    ...(maxTokens !== null && { max_output_tokens: maxTokens }),
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { top_p: topP }),
    ...(effort !== null && {
      reasoning: { effort, ...(effort !== 'none' && { summary: 'auto' }) },
    }),
    // The whole conversation is sent each time, its sealed reasoning too.
    include: ['reasoning.encrypted_content'],
    store: false,
    ...(stream && { stream: true }),
  };
}

function items(turn: Turn): Json[] {
  switch (turn.kind) {
    case 'question':
      return [{ role: 'user', content: content(turn) }];
    case 'answer':
      return turn.parts.flatMap((part) => item(part, turn));
    case 'results':
      return turn.results.map(({ call, text }) => ({
        type: 'function_call_output',
        call_id: call,
        output: text,
      }));
  }
}

function content({ text, pictures }: Question): unknown {
  const held = pictures.filter(({ data }) => data !== '');
  if (held.length === 0) return text;
  return [
    ...(text === '' ? [] : [{ type: 'input_text', text }]),
    ...held.map(({ mediaType, data }) => ({
      type: 'input_image',
      image_url: `data:${mediaType};base64,${data}`,
      detail: 'auto',
    })),
  ];
}

function item(part: Answer['parts'][number], { protocol, state }: Answer): Json[] {
  const own = protocol === 'openai_responses';
  switch (part.kind) {
    case 'text':
      return part.text === '' ? [] : [{ role: 'assistant', content: part.text }];
    case 'reasoning':
      // Nothing but its sealed form proves it.
      return own && part.signature !== ''
        ? [
            {
              type: 'reasoning',
              summary: [{ type: 'summary_text', text: part.text }],
              encrypted_content: part.signature,
            },
          ]
        : [];
    case 'sealed_reasoning':
      return own ? [{ type: 'reasoning', summary: [], encrypted_content: part.data }] : [];
    case 'tool_call':
      // A call that was cut off has no result, and a call without one is refused.
      return state === 'done'
        ? [
            {
              type: 'function_call',
              call_id: part.id,
              name: part.name,
              arguments: part.arguments === '' ? '{}' : part.arguments,
            },
          ]
        : [];
    case 'image':
      // The provider knows its own by their ids.
      return own && part.id && part.data !== ''
        ? [{ type: 'image_generation_call', id: part.id, status: 'completed', result: part.data }]
        : [];
    case 'image_link':
      return [];
  }
}
