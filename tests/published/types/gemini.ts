/** Gemini's contents, as its SDK types them. */
import type {
  Content,
  ContentEmbedding,
  CountTokensResponse,
  GenerateContentResponse,
  GenerationConfig,
  Model as Listed,
  SafetySetting,
  Tool,
  ToolConfig,
} from '@google/genai';

// What the SDK makes of its parameters and sends; it has no type for it.
export type Request = Wire<{
  cachedContent?: string;
  contents: Content[];
  generationConfig?: GenerationConfig;
  safetySettings?: SafetySetting[];
  systemInstruction?: Content;
  toolConfig?: ToolConfig;
  tools?: Tool[];
}>;
// Without what the SDK's class reads out of it.
export type Whole = Wire<
  Pick<
    GenerateContentResponse,
    'candidates' | 'createTime' | 'modelStatus' | 'modelVersion' | 'promptFeedback' | 'responseId' | 'usageMetadata'
  >
>;
export type Frame = Whole | Failure;
export type Failure = {
  error: { code: number; message: string; status: string; details?: ({ '@type': string } & { [field: string]: unknown })[] };
};

// What the SDK calls actions has its older name on the wire.
export type Model = Omit<Listed, 'supportedActions'> & { supportedGenerationMethods: string[] };
export type Models = { models: Model[]; nextPageToken?: string };
export type Tokens = Pick<CountTokensResponse, 'cachedContentTokenCount' | 'totalTokens'>;

// The SDK sends one text as a batch of one; others ask for one vector.
export type EmbeddingRequest = { requests: Embedded[] };
type Embedded = {
  content: Content;
  model: string;
  outputDimensionality?: number;
  taskType?: string;
  title?: string;
};
export type Vector = { embedding: ContentEmbedding };
export type Vectors = { embeddings: ContentEmbedding[] };

/** Words where the SDK has enumerations. */
type Wire<T> = T extends string
  ? `${T}`
  : T extends (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Field in keyof T]: Wire<T[Field]> }
      : T;
