/** What a conversation is made of, whichever protocol carries it. */
import type { ClientProtocol } from '.';

export interface Picture {
  id: string;
  name: string;
  mediaType: string;
  /** Base64; empty once the page was loaded anew, because pictures are not stored. */
  data: string;
  bytes: number;
  /** Null if the page could not read it. */
  width: number | null;
  height: number | null;
}

/** What the person said. */
export interface Question {
  kind: 'question';
  id: string;
  text: string;
  pictures: Picture[];
}

export type AnswerPart = { key: string } & (
  | { kind: 'text'; text: string }
  /** `signature` is the provider's proof, sent back with the reasoning; empty if there is none. */
  | { kind: 'reasoning'; text: string; signature: string }
  /** Reasoning that only the provider can read. */
  | { kind: 'sealed_reasoning'; data: string }
  /** `arguments` is JSON text, in pieces until the part is whole; some providers prove calls, too. */
  | { kind: 'tool_call'; id: string; name: string; arguments: string; signature?: string }
  /**
   * An image that the model drew. `data` is base64; empty once the page was loaded anew, because images are not stored.
   * `id` is the provider's name of it, `signature` its proof.
   */
  | { kind: 'image'; mediaType: string; data: string; id?: string; signature?: string }
  /** An image that the model drew and that is elsewhere. */
  | { kind: 'image_link'; url: string }
);

export type DrawnImage = Extract<AnswerPart, { kind: 'image' }>;

export type ToolCall = Extract<AnswerPart, { kind: 'tool_call' }>;

export interface Usage {
  input: number | null;
  output: number | null;
  reasoning: number | null;
}

export interface AnswerFailure {
  /** 0 if no answer came. */
  status: number;
  /** Empty for an answer that broke off and one that never came. */
  message: string;
  reason: 'refused' | 'broken' | 'unreachable';
}

/** What came back, as far as it came. */
export interface Answer {
  kind: 'answer';
  id: string;
  protocol: ClientProtocol;
  model: string;
  state: 'streaming' | 'done' | 'stopped' | 'failed';
  parts: AnswerPart[];
  finish: string | null;
  usage: Usage;
  failure: AnswerFailure | null;
  /** The exchange in the log. */
  exchange: string | null;
  losses: Loss[];
  /** From sending to the first part, and to the end. */
  firstTokenMs: number | null;
  durationMs: number | null;
}

export interface Loss {
  field: string;
  /** `dropped`, `clamped`, ... */
  kind: string;
}

/** What the person answered in the place of tools. */
export interface Results {
  kind: 'results';
  id: string;
  results: ToolResult[];
}

export interface ToolResult {
  call: string;
  name: string;
  text: string;
  failed: boolean;
}

export type Turn = Question | Answer | Results;

export function toolCalls(answer: Answer): ToolCall[] {
  return answer.parts.filter((part) => part.kind === 'tool_call');
}

/** The calls that wait for a result: those of a whole answer that ends the conversation. */
export function waitingCalls(turns: readonly Turn[]): ToolCall[] {
  const last = turns.at(-1);
  return last?.kind === 'answer' && last.state === 'done' ? toolCalls(last) : [];
}

/** The conversation up to the last question, and that question. */
export function beforeLastQuestion(turns: readonly Turn[]): [Turn[], Question] | null {
  const at = turns.findLastIndex(({ kind }) => kind === 'question');
  const question = turns[at];
  return question?.kind === 'question' ? [turns.slice(0, at), question] : null;
}
