/** OpenAI Responses, as the page speaks it. */
import type { Speaker } from '../speaker';
import { readLog } from './logged';
import { programs } from './programs';
import { wire } from './wire';

export const openaiResponses: Speaker = {
  wire,
  programs,
  readLog,
  hasStops: false,
  asksForImages: false,
  usualMaxTokens: null,
  cutsTexts: false,
  streamsByAddress: false,
};
