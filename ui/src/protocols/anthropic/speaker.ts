/** Anthropic, as the page speaks it. */
import type { Speaker } from '../speaker';
import { usualMaxTokens } from './body';
import { readLog } from './logged';
import { programs } from './programs';
import { wire } from './wire';

export const anthropic: Speaker = {
  wire,
  programs,
  readLog,
  hasStops: true,
  asksForImages: false,
  usualMaxTokens,
  cutsTexts: true,
  streamsByAddress: false,
};
