/** What the client protocols have in common: how a request is written and an answer is read. */
import type { ServerSentEvent } from '../api/sse';
import type { AnswerPart, Turn, Usage } from './conversation';

export interface Tool {
  name: string;
  description: string;
  /** A JSON schema of the arguments. */
  schema: Record<string, unknown>;
}

/** Everything that goes into one request. */
export interface Composition {
  model: string;
  /** The provider's own name of the model, if a dry run told it. */
  upstreamModel: string | null;
  instructions: string;
  turns: readonly Turn[];
  tools: readonly Tool[];
  /** A JSON schema the answer has to follow. */
  schema: Record<string, unknown> | null;
  parameters: Parameters;
}

export type Effort = 'none' | 'low' | 'medium' | 'high';

export interface Parameters {
  maxTokens: number | null;
  temperature: number | null;
  topP: number | null;
  stop: string[];
  stream: boolean;
  effort: Effort | null;
  /** Whether images are asked for beside text. */
  images: boolean;
}

/** One step of an answer. */
export type AnswerEvent =
  | { kind: 'part'; part: AnswerPart }
  | { kind: 'delta'; key: string; text: string }
  | { kind: 'signature'; key: string; text: string }
  | { kind: 'usage'; usage: Partial<Usage> }
  | { kind: 'finish'; reason: string }
  | { kind: 'failure'; message: string }
  /** The answer is whole. */
  | { kind: 'end' };

/** Reads one streamed answer, event by event. */
export type StreamReader = (event: ServerSentEvent) => AnswerEvent[];

export interface Wire {
  /** Where a request is sent; in some protocols the model stands there. */
  path(asked: { model: string; stream: boolean }): string;
  headers: Record<string, string>;
  /** The request's body. */
  body(composition: Composition): Record<string, unknown>;
  reader(): StreamReader;
  /** Reads an answer that was not streamed. */
  whole(answer: unknown): AnswerEvent[];
}

/** One request as it is sent. */
export interface Request {
  wire: Wire;
  model: string;
  stream: boolean;
  body: Record<string, unknown>;
}
