/** What all readers of logged requests need: pieces of a draft from pieces of a body. */
import type { ClientProtocol } from '.';
import { newAnswer } from './answer';
import {
  type Answer,
  type AnswerPart,
  type Picture,
  type ToolResult,
  type Turn,
  toolCalls,
} from './conversation';
import { type Json, list, record, string } from './json';
import { bytesIn, dataOfUrl } from './media-type';
import type { TypedParameters } from './parameters';
import type { Effort } from './wire';

/** What each protocol's request says in its own way. */
export interface Logged {
  instructions: string;
  turns: Turn[];
  schema: unknown;
  /** What is not in the protocol's `tools` one by one. */
  tools?: unknown[];
  parameters: Partial<TypedParameters>;
  /** The names of what was said and has no place in a draft. */
  left: string[];
}

/** Null: this is no request. */
export type LogReader = (body: Json) => Logged | null;

/** The names of what `given` says beside `taken`; null says nothing. */
export function others(given: Json, taken: readonly string[]): string[] {
  return Object.keys(given).filter((name) => !taken.includes(name) && given[name] !== null);
}

/** The kinds of those parts of a content that are no text and not `taken`. */
export function kindsBut(taken: (part: Json) => boolean, content: unknown): string[] {
  return list(content)
    .map(record)
    .filter((part) => typeof part['text'] !== 'string' && !taken(part))
    .map((part) => string(part['type']))
    .filter((kind) => kind !== '');
}

/** `name` if an effort was asked for that cannot be chosen. */
export function otherEffort(name: string, value: unknown): string[] {
  return value === undefined || value === null || typedEffort(value) !== '' ? [] : [name];
}

/** A number as it would be typed. */
export function typed(value: unknown): string {
  return typeof value === 'number' ? String(value) : '';
}

/** One stop sequence a line; those with a line break in them cannot be shown. */
export function typedStop(value: unknown): string {
  const given = typeof value === 'string' ? [value] : list(value).map(string);
  return given.filter((stop) => stop !== '' && !stop.includes('\n')).join('\n');
}

export function typedEffort(value: unknown): Effort | '' {
  return (['none', 'low', 'medium', 'high'] as const).find((effort) => effort === value) ?? '';
}

/** The text of a content that is a string or a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => string(record(part)['text']))
    .filter((text) => text !== '')
    .join('\n');
}

export function pictureOf(mediaType: string, data: string, at: number): Picture {
  return {
    id: crypto.randomUUID(),
    name: `${at + 1}.${mediaType.split('/').at(-1) ?? ''}`,
    mediaType,
    data,
    bytes: bytesIn(data),
    width: null,
    height: null,
  };
}

/** The pictures among addresses: those that are data. */
export function picturesOfUrls(urls: readonly string[]): Picture[] {
  return urls.flatMap((url, at) => {
    const held = dataOfUrl(url);
    return held === null ? [] : [pictureOf(held.mediaType, held.data, at)];
  });
}

export function answerOf(protocol: ClientProtocol, model: unknown, parts: AnswerPart[]): Answer {
  return { ...newAnswer(protocol, string(model)), state: 'done', parts };
}

/** The name of the tool that `call` called. */
export function calledName(turns: readonly Turn[], call: string): string {
  for (const turn of turns.toReversed()) {
    if (turn.kind !== 'answer') continue;
    for (const part of turn.parts) if (part.kind === 'tool_call' && part.id === call) return part.name;
  }
  return call;
}

/** Results that follow each other belong to one turn. */
export function addResult(turns: Turn[], result: ToolResult): void {
  const last = turns.at(-1);
  if (last?.kind === 'results') last.results.push(result);
  else turns.push({ kind: 'results', id: crypto.randomUUID(), results: [result] });
}

/** The id of the first call without a result in the last answer, of tool `name` if one is given. */
export function openCall(turns: readonly Turn[], name: string): string {
  const answer = turns.findLast((turn) => turn.kind === 'answer');
  const last = turns.at(-1);
  const done = last?.kind === 'results' ? last.results.map(({ call }) => call) : [];
  const open = answer ? toolCalls(answer).filter(({ id }) => !done.includes(id)) : [];
  return (open.find((call) => call.name === name) ?? open[0])?.id ?? name;
}
