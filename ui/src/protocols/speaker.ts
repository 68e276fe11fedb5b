/** How the page speaks a protocol as its clients do, in the playground. */
import type { LogReader } from './logged';
import type { Programs } from './programs';
import type { Wire } from './wire';

export interface Speaker {
  wire: Wire;
  programs: Programs;
  readLog: LogReader;
  /** Whether a request can name stop sequences. */
  hasStops: boolean;
  /** Whether a request can ask for images. */
  asksForImages: boolean;
  /** The limit of tokens where the person gives none and the protocol wants one. */
  usualMaxTokens: number | null;
  /** Whether a text comes in blocks that are cut in the middle of sentences. */
  cutsTexts: boolean;
  /** Whether the address, and not the body, says that an answer is streamed. */
  streamsByAddress: boolean;
}
