/** OpenAI's chat completions, as its SDK types them. */
import type { Completion, CompletionChoice, CompletionCreateParams } from 'openai/resources/completions';
import type { CreateEmbeddingResponse, Embedding, EmbeddingCreateParams } from 'openai/resources/embeddings';
import type { Model as Listed } from 'openai/resources/models';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
} from 'openai/resources/chat/completions/completions';
import type { ErrorObject } from 'openai/resources/shared';

export type Request = Asked<ChatCompletionCreateParams>;
// Models that draw are asked for images as for text (decision 0164).
type Asked<Params> = Params extends object
  ? Omit<Params, 'modalities'> & { modalities?: ('audio' | 'image' | 'text')[] | null }
  : never;
type Drawn = { image_url: { url: string }; index?: number; type: 'image_url' };
export type Whole = ChatCompletion;
export type Frame = ChatCompletionChunk | Failure;
export type Failure = { error: ErrorObject };

// The fields for reasoning and for drawn images that other servers of this protocol brought into use.
declare module 'openai/resources/chat/completions/completions' {
  interface ChatCompletionAssistantMessageParam {
    images?: Drawn[];
  }
  interface ChatCompletionMessage {
    images?: Drawn[];
    reasoning_content?: string;
    reasoning_details?: object[];
  }
  namespace ChatCompletionChunk.Choice {
    interface Delta {
      // Of models that search; typed of whole messages alone (decision 0117).
      annotations?: ChatCompletionMessage.Annotation[];
      images?: Drawn[];
      reasoning_content?: string;
      reasoning_details?: object[];
    }
  }
}

export type Completed = Completion;
// Until the last chunk of a stream there is no reason to finish; the SDK has one type for both.
export type CompletedFrame =
  | (Omit<Completion, 'choices' | 'usage'> & {
      choices: (Omit<CompletionChoice, 'finish_reason'> & Unfinished)[];
      usage?: Completion['usage'] | null;
    })
  | Failure;
type Unfinished = { finish_reason: CompletionChoice['finish_reason'] | null };
export type CompletionRequest = CompletionCreateParams;

export type EmbeddingRequest = EmbeddingCreateParams;
export type Vectors = CreateEmbeddingResponse;
// The SDK asks for them so by itself and unpacks them.
export type Packed = Omit<Vectors, 'data'> & { data: (Omit<Embedding, 'embedding'> & { embedding: string })[] };

// Old clients insist on what the vendor once sent.
export type Model = Listed & { parent: string | null; permission: object[]; root: string };
export type Models = { data: Model[]; object: 'list' };
