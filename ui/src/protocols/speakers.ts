/** The protocols as the playground speaks them; apart from their list, because the rest of the page does without. */
import type { ClientProtocol } from '.';
import { anthropic } from './anthropic/speaker';
import { gemini } from './gemini/speaker';
import { ollama } from './ollama/speaker';
import { openaiChat } from './openai_chat/speaker';
import { openaiResponses } from './openai_responses/speaker';
import type { Speaker } from './speaker';

export const speakers: Record<ClientProtocol, Speaker> = {
  openai_chat: openaiChat,
  openai_responses: openaiResponses,
  anthropic,
  gemini,
  ollama,
};
