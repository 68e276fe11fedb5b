/** Gemini, as the page speaks it. */
import type { Speaker } from '../speaker';
import { readLog } from './logged';
import { programs } from './programs';
import { wire } from './wire';

export const gemini: Speaker = {
  wire,
  programs,
  readLog,
  hasStops: true,
  asksForImages: true,
  usualMaxTokens: null,
  cutsTexts: false,
  streamsByAddress: true,
};
