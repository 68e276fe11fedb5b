/** Ollama: writes what is sent to `/api/chat`. */
import { type Answer, type Turn, toolCalls } from '../conversation';
import { type Json, parsed, record } from '../json';
import type { Composition } from '../wire';

export function body(composition: Composition): Json {
  const { model, instructions, turns, tools, schema, parameters } = composition;
  const { maxTokens, temperature, topP, stop, stream, effort } = parameters;
  const system = instructions.trim() === '' ? [] : [{ role: 'system', content: instructions }];
  const options = {
    ...(maxTokens !== null && { num_predict: maxTokens }),
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { top_p: topP }),
    ...(stop.length > 0 && { stop }),
  };
  return {
    model,
    messages: [...system, ...turns.flatMap(messages)],
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, schema: wanted }) => ({
        type: 'function',
        function: { name, ...(description !== '' && { description }), parameters: wanted },
      })),
    }),
    ...(schema && { format: schema }),
    ...(effort !== null && { think: effort === 'none' ? false : effort }),
    ...(Object.keys(options).length > 0 && { options }),
    // The protocol streams unless it is told not to.
    stream,
  };
}

function messages(turn: Turn): Json[] {
  switch (turn.kind) {
    case 'question': {
      const held = turn.pictures.filter(({ data }) => data !== '');
      const images = held.map(({ data }) => data);
      return [{ role: 'user', content: turn.text, ...(images.length > 0 && { images }) }];
    }
    case 'answer':
      return assistant(turn);
    case 'results':
      return turn.results.map(({ call, name, text }) => ({
        role: 'tool',
        tool_name: name,
        tool_call_id: call,
        content: text,
      }));
  }
}

function assistant(answer: Answer): Json[] {
  const joined = (kind: 'text' | 'reasoning') =>
    answer.parts.map((part) => (part.kind === kind ? part.text : '')).join('');
  const text = joined('text');
  // A call that was cut off has no result, and a call without one is refused.
  const calls = answer.state === 'done' ? toolCalls(answer) : [];
  if (text === '' && calls.length === 0) return [];
  const reasoning = answer.protocol === 'ollama' ? joined('reasoning') : '';
  return [
    {
      role: 'assistant',
      content: text,
      ...(calls.length > 0 && {
        // Some models go on from their reasoning after a tool.
        ...(reasoning !== '' && { thinking: reasoning }),
        tool_calls: calls.map(({ id, name, arguments: given }) => ({
          id,
          function: { name, arguments: record(parsed(given)) },
        })),
      }),
    },
  ];
}
