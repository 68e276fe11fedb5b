/** OpenAI's responses, as its SDK types them. */
import type { Model as Listed } from 'openai/resources/models';
import type { InputTokenCountResponse } from 'openai/resources/responses/input-tokens';
import type {
  Response,
  ResponseCreateParamsBase,
  ResponseError,
  ResponseInputItem,
  ResponseReasoningItem,
  ResponseStreamEvent,
  Tool,
  WebSearchPreviewTool,
  WebSearchTool,
} from 'openai/resources/responses/responses';
import type { ErrorObject } from 'openai/resources/shared';

// A reasoning item goes without its id (decision 0072).
export type Request = Omit<ResponseCreateParamsBase, 'input' | 'tools'> & {
  input?: string | (ResponseInputItem | Omit<ResponseReasoningItem, 'id'>)[];
  tools?: (Tool | Search)[];
};
// Settings of a search that clients send, and the SDK types of one of its kinds or not at all (decision 0117).
type Search = (WebSearchTool | WebSearchPreviewTool) & { external_web_access?: boolean; filters?: object };
export type Whole = Sent<Response>;
export type Frame = ResponseStreamEvent extends infer Event
  ? Event extends { response: Response }
    ? Omit<Event, 'response'> & { response: Sent<Response> }
    : Event extends { logprobs: object[] }
      ? Omit<Event, 'logprobs'> & { logprobs: Likely[] }
      : Event
  : never;
// Of whole texts the SDK types the bytes of tokens, of fragments not (decision 0117).
type Token = { bytes: number[]; logprob: number; token: string };
type Likely = Token & { top_logprobs?: Token[] };
export type Failure = { error: ErrorObject };

// The SDK itself adds the text. Of the codes it types some; the vendor's own agent acts on others (decision 0116).
type Sent<Reply extends Response> = Omit<Reply, 'error' | 'output_text'> & {
  error: null | { code: ResponseError['code'] | Code; message: string };
  // The vendor repeats it, and types it for requests alone (decision 0117).
  store: boolean;
};
type Code =
  | 'context_length_exceeded'
  | 'insufficient_quota'
  | 'overloaded'
  | 'timeout'
  | 'upstream_auth_error'
  | 'upstream_unreachable';

// The vendor tells more of an image than its SDK types.
declare module 'openai/resources/responses/responses' {
  namespace ResponseOutputItem {
    interface ImageGenerationCall {
      output_format?: string;
    }
  }
}

// Old clients insist on what the vendor once sent.
export type Model = Listed & { parent: string | null; permission: object[]; root: string };
export type Models = { data: Model[]; object: 'list' };
export type Tokens = InputTokenCountResponse;
