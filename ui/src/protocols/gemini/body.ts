/** Gemini: writes what is sent to `:generateContent`; the model and whether to stream stand in the address. */
import type { Answer, Turn } from '../conversation';
import { type Json, parsed, record } from '../json';
import type { Composition, Effort } from '../wire';

const budgets: Record<Effort, number> = { none: 0, low: 2048, medium: 8192, high: 16_384 };

export function body(composition: Composition): Json {
  const { model, upstreamModel, instructions, turns, tools, schema, parameters } = composition;
  const { maxTokens, temperature, topP, stop, effort, images } = parameters;
  const config = {
    ...(maxTokens !== null && { maxOutputTokens: maxTokens }),
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { topP }),
    ...(stop.length > 0 && { stopSequences: stop }),
    ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
    ...(images && { responseModalities: ['TEXT', 'IMAGE'] }),
    ...(effort !== null && { thinkingConfig: thinkingOf(effort, upstreamModel ?? model) }),
  };
  return {
    contents: turns.flatMap(contents),
    ...(instructions.trim() !== '' && { systemInstruction: { parts: [{ text: instructions }] } }),
    ...(tools.length > 0 && {
      tools: [
        {
          functionDeclarations: tools.map(({ name, description, schema: wanted }) => ({
            name,
            ...(description !== '' && { description }),
            parametersJsonSchema: wanted,
          })),
        },
      ],
    }),
    ...(Object.keys(config).length > 0 && { generationConfig: config }),
  };
}

/** Up to Gemini 2.5 reasoning is asked for by a budget, later by a word; "off" has only a number. */
function thinkingOf(effort: Effort, model: string): Json {
  if (effort === 'none') return { thinkingBudget: 0 };
  const budget = /gemini-[12]/.test(model);
  return {
    includeThoughts: true,
    ...(budget ? { thinkingBudget: budgets[effort] } : { thinkingLevel: effort.toUpperCase() }),
  };
}

function contents(turn: Turn): Json[] {
  const content = (role: string, parts: Json[]) => (parts.length === 0 ? [] : [{ role, parts }]);
  switch (turn.kind) {
    case 'question':
      return content('user', [
        ...turn.pictures
          .filter(({ data }) => data !== '')
          .map(({ mediaType, data }) => ({ inlineData: { mimeType: mediaType, data } })),
        ...(turn.text === '' ? [] : [{ text: turn.text }]),
      ]);
    case 'answer':
      return content(
        'model',
        turn.parts.flatMap((part) => partsOf(part, turn)),
      );
    case 'results':
      return content(
        'user',
        turn.results.map(({ call, name, text, failed }) => ({
          functionResponse: { id: call, name, response: failed ? { error: text } : { output: text } },
        })),
      );
  }
}

function partsOf(part: Answer['parts'][number], { protocol, state }: Answer): Json[] {
  const own = protocol === 'gemini';
  switch (part.kind) {
    case 'text':
      return part.text === '' ? [] : [{ text: part.text }];
    case 'reasoning':
      return own && part.signature !== ''
        ? [{ text: part.text, thought: true, thoughtSignature: part.signature }]
        : [];
    case 'sealed_reasoning':
      return own ? [{ text: '', thought: true, thoughtSignature: part.data }] : [];
    case 'tool_call':
      // A call that was cut off has no result, and a call without one is refused.
      return state === 'done'
        ? [
            {
              functionCall: { id: part.id, name: part.name, args: record(parsed(part.arguments)) },
              ...(own && part.signature && { thoughtSignature: part.signature }),
            },
          ]
        : [];
    case 'image':
      return part.data === ''
        ? []
        : [
            {
              inlineData: { mimeType: part.mediaType, data: part.data },
              ...(own && part.signature && { thoughtSignature: part.signature }),
            },
          ];
    case 'image_link':
      return [];
  }
}
