/** Anthropic's messages, as its SDK types them. */
import type { MessageTokensCount } from '@anthropic-ai/sdk/resources/messages';
import type { ModelInfo } from '@anthropic-ai/sdk/resources/models';
import type { Message, MessageCreateParams, RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { ErrorResponse } from '@anthropic-ai/sdk/resources/shared';

// Of the version that providers are spoken to in; the newest one has it no more.
export type Request = MessageCreateParams & { temperature?: number; top_k?: number; top_p?: number };
export type Whole = Message;
export type Frame = RawMessageStreamEvent | { type: 'ping' } | ErrorResponse;
// The SDK's words lack one of the vendor's (decision 0117).
export type Failure = ErrorResponse | TooLarge;
type TooLarge = Omit<ErrorResponse, 'error'> & { error: { message: string; type: 'request_too_large' } };

export type Model = ModelInfo;
export type Models = { data: Model[]; first_id: string | null; has_more: boolean; last_id: string | null };
export type Tokens = MessageTokensCount;
