//! The vendor's JSON, and nothing else. One set of types serves both directions; fields that only some speak
//! are optional, and text borrows from the body.

mod completion;
mod embedding;
mod input;
mod message;
mod reply;
mod request;

pub(super) use crate::json::{Arguments, Text, TextOr};
pub(super) use completion::{CompletionRequest, TextChoice, TextCompletion, TextLikely};
pub(super) use embedding::{
    Embedding, EmbeddingList, EmbeddingRequest, EmbeddingUsage, Embeddings,
};
pub(super) use input::{Input, Inputs};
pub(super) use message::{
    Annotation, Audio, Content, Custom, File, Function, ImageUrl, Message, Part, ToolCall,
};
pub(super) use reply::{
    Chunk, ChunkChoice, ChunkDelta, Completion, CompletionChoice, CompletionDetails,
    CompletionMessage, DrawnImage, Likely, PromptDetails, Reply, Said, SaidCall, Usage,
};
pub(super) use request::{
    AllowedTools, ChatRequest, JsonSchema, NamedTool, ReasoningSwitch, ResponseFormat, Tool,
};
