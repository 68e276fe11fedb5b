/** Builds an answer from its events, without changing what was there: a screen may hold it. */
import type { ClientProtocol } from '.';
import type { Answer, AnswerPart, Loss } from './conversation';
import type { AnswerEvent } from './wire';

export function newAnswer(protocol: ClientProtocol, model: string): Answer {
  return {
    kind: 'answer',
    id: crypto.randomUUID(),
    protocol,
    model,
    state: 'streaming',
    parts: [],
    finish: null,
    usage: { input: null, output: null, reasoning: null },
    failure: null,
    exchange: null,
    losses: [],
    firstTokenMs: null,
    durationMs: null,
  };
}

export function after(answer: Answer, event: AnswerEvent): Answer {
  switch (event.kind) {
    case 'part':
      return { ...answer, parts: [...answer.parts, event.part] };
    case 'delta':
      return { ...answer, parts: answer.parts.map((part) => grown(part, event.key, event.text)) };
    case 'signature':
      return {
        ...answer,
        parts: answer.parts.map((part) =>
          part.key === event.key && part.kind === 'reasoning'
            ? { ...part, signature: part.signature + event.text }
            : part,
        ),
      };
    case 'usage':
      return { ...answer, usage: { ...answer.usage, ...event.usage } };
    case 'finish':
      return { ...answer, finish: event.reason };
    case 'failure':
      return {
        ...answer,
        state: 'failed',
        failure: { status: 200, message: event.message, reason: 'refused' },
      };
    case 'end':
      return answer.state === 'streaming' ? { ...answer, state: 'done' } : answer;
  }
}

function grown(part: AnswerPart, key: string, text: string): AnswerPart {
  if (part.key !== key) return part;
  switch (part.kind) {
    case 'text':
    case 'reasoning':
      return { ...part, text: part.text + text };
    case 'tool_call':
      return { ...part, arguments: part.arguments + text };
    case 'sealed_reasoning':
    case 'image':
    case 'image_link':
      return part;
  }
}

/** Reads `dropped top_k, clamped temperature` from the answer's header. */
export function readLosses(header: string | null): Loss[] {
  if (header === null) return [];
  return header.split(', ').flatMap((words) => {
    const space = words.indexOf(' ');
    return space === -1 ? [] : [{ kind: words.slice(0, space), field: words.slice(space + 1) }];
  });
}

/** Tokens a second after the first one; null unless it says something. */
export function speed({ usage, firstTokenMs, durationMs }: Answer): number | null {
  if (usage.output === null || firstTokenMs === null || durationMs === null) return null;
  const time = durationMs - firstTokenMs;
  return time < 50 || usage.output < 2 ? null : (usage.output / time) * 1000;
}
