/** Ollama's chats, as its SDK types them, and what the server's own types have beyond (decision 0117). */
import type {
  ChatRequest,
  ChatResponse,
  EmbeddingsResponse,
  EmbedRequest,
  EmbedResponse,
  ErrorResponse,
  GenerateRequest,
  GenerateResponse,
  Message,
  ModelResponse,
  ShowResponse,
  Tool,
  ToolCall,
} from 'ollama';

export type Request = Omit<ChatRequest, 'messages' | 'tools'> & { messages?: Said[]; tools?: Offered[] };
export type Whole = Omit<Line, keyof Counts> & Counts & { done: true; done_reason: string };
export type Frame = (Omit<Line, keyof Counts | 'done_reason'> & { done: false }) | Whole | ErrorResponse;
export type Failure = ErrorResponse;

// Times are words on the wire.
type Line = Omit<ChatResponse, 'created_at' | 'logprobs' | 'message' | Durations> & {
  created_at: string;
  logprobs?: Likely[];
  message: Said;
};
// The server tells the bytes of tokens, too.
type Token = { bytes?: number[]; logprob: number; token: string };
type Likely = Token & { top_logprobs?: Token[] };
// Left out by the server too where they are zero or not known.
type Durations = 'eval_duration' | 'load_duration' | 'prompt_eval_duration' | 'total_duration';
type Counts = Partial<Pick<ChatResponse, Durations | 'eval_count' | 'prompt_eval_count'>>;

type Said = Omit<Message, 'tool_calls'> & { tool_calls?: Call[]; tool_call_id?: string };
type Call = Omit<ToolCall, 'function'> & { id?: string; function: ToolCall['function'] & { index?: number } };
// Any JSON schema.
type Offered = { type: string; function: Omit<Tool['function'], 'parameters'> & { parameters?: object } };

export type CompletionRequest = GenerateRequest;
export type Completed = Omit<Text, keyof Counts> & Counts & { done: true; done_reason: string };
export type CompletedFrame = (Omit<Text, keyof Counts | 'done_reason'> & { done: false }) | Completed | ErrorResponse;
// The older way to go on with a conversation: the server itself leaves it out.
type Text = Omit<GenerateResponse, 'context' | 'created_at' | 'logprobs' | Durations> & {
  created_at: string;
  logprobs?: Likely[];
};

export type EmbeddingRequest = EmbedRequest;
export type Vector = EmbeddingsResponse;
export type Vectors = Omit<EmbedResponse, Durations> & Partial<Pick<EmbedResponse, 'load_duration' | 'total_duration'>>;

// The last two are told of models in memory.
export type Model = Omit<ShowResponse, 'messages' | 'model_info' | 'modified_at' | 'system'> & {
  model_info: { [key: string]: unknown };
  modified_at: string;
};
type Listed = Omit<ModelResponse, 'expires_at' | 'modified_at' | 'size_vram'>;
// Servers of before they were listed leave the capabilities out, and so do we where nobody stated any.
export type Models = { models: (Listed & { capabilities?: string[]; modified_at: string })[] };
