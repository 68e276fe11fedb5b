/** Anthropic's messages, as its SDK types them. */
import type { MessageTokensCount } from '@anthropic-ai/sdk/resources/messages';
import type { ModelInfo } from '@anthropic-ai/sdk/resources/models';
import type {
  Message,
  MessageCreateParams,
  RawContentBlockStartEvent,
  RawMessageStreamEvent,
  TextCitation,
} from '@anthropic-ai/sdk/resources/messages';
import type { ErrorResponse } from '@anthropic-ai/sdk/resources/shared';

// Of the version that providers are spoken to in; the newest one has it no more.
export type Request = MessageCreateParams & { temperature?: number; top_k?: number; top_p?: number };
// A text without citations comes without the field, which the SDK types as null and other clients refuse as null.
type Sent<Block> = Block extends { type: 'text' }
  ? { type: 'text'; text: string; citations?: TextCitation[] }
  : Block;
export type Whole = Omit<Message, 'content'> & { content: Sent<Message['content'][number]>[] };
type Started = Omit<RawContentBlockStartEvent, 'content_block'> & {
  content_block: Sent<RawContentBlockStartEvent['content_block']>;
};
export type Frame =
  | Exclude<RawMessageStreamEvent, RawContentBlockStartEvent>
  | Started
  | { type: 'ping' }
  | ErrorResponse;
// The SDK's words lack one of the vendor's (decision 0117).
export type Failure = ErrorResponse | TooLarge;
type TooLarge = Omit<ErrorResponse, 'error'> & { error: { message: string; type: 'request_too_large' } };

export type Model = ModelInfo;
export type Models = { data: Model[]; first_id: string | null; has_more: boolean; last_id: string | null };
export type Tokens = MessageTokensCount;
