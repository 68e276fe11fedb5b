/** The protocols, by the words that the server has for them, in the order in which they are offered. */
import { amazonQ } from './amazon_q';
import { anthropic } from './anthropic';
import { echo } from './echo';
import { gemini } from './gemini';
import { ollama } from './ollama';
import { openaiChat } from './openai_chat';
import { openaiRealtime } from './openai_realtime';
import { openaiResponses } from './openai_responses';
import type { Protocol } from './protocol';

const all = {
  openai_chat: openaiChat,
  openai_responses: openaiResponses,
  openai_realtime: openaiRealtime,
  anthropic,
  gemini,
  ollama,
  amazon_q: amazonQ,
  echo,
} satisfies Record<string, Protocol>;

export type ProtocolName = keyof typeof all;

/** Those that the page speaks as clients do. */
export type ClientProtocol = {
  [Name in ProtocolName]: (typeof all)[Name]['client'] extends true ? Name : never;
}[ProtocolName];

export const protocols = Object.keys(all) as readonly ProtocolName[];

export const clientProtocols = protocols.filter((name): name is ClientProtocol => all[name].client);

/** The protocols that a provider can be called in. */
export const upstreamProtocols = protocols.filter((name) => all[name].upstream);

/** What most programs and providers speak. */
export const usualProtocol = 'openai_chat' satisfies ClientProtocol;
export const usualForm = all[usualProtocol].form;

/** Undefined for a word that is none of them: rows of an older database may name one that is gone. */
export function protocolOf(name: string): Protocol | undefined {
  return isKnown(name) ? all[name] : undefined;
}

export function isKnown(name: string): name is ProtocolName {
  return Object.hasOwn(all, name);
}
