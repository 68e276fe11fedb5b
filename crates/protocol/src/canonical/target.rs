//! The model that a request is going to, and what it can do. Data, filled by the gateway's capability table:
//! a codec asks it and never matches on model names.

use serde_json::{Map, Value};

use super::{CompletionForm, Effort, Infill};

#[derive(Clone, Debug, PartialEq)]
pub struct TargetModel {
    /// The name that the provider knows.
    pub name: String,
    pub capabilities: Capabilities,
}

/// What differs between models of one protocol. `Default` is a model that we know nothing about and that
/// does everything its protocol describes.
#[derive(Clone, Debug, PartialEq)]
pub struct Capabilities {
    /// The most it can write in one reply; `None` when unknown.
    pub max_output_tokens: Option<u64>,
    /// Tokens of prompt and reply together; `None` when unknown.
    pub context_length: Option<u64>,
    pub token_limit_field: TokenLimitField,
    pub thinking: ThinkingForm,
    /// Gives several answers to one request.
    pub several_choices: bool,
    /// Accepts `temperature`, `top_p`, `top_k`.
    pub sampling: bool,
    /// Continues a trailing assistant message.
    pub prefill: bool,
    /// Sees images.
    pub images: bool,
    /// Fetches images by URL itself.
    pub image_url: bool,
    /// Fetches files by URL itself.
    pub file_url: bool,
    /// Is asked for images by name, and takes back those that it drew earlier in the conversation.
    pub drawn_images: bool,
    /// Wants earlier reasoning sent back as text beside tool calls (DeepSeek's `reasoning_content`).
    pub reasoning_replay: bool,
    /// Can reason and be given tools in one request.
    pub reasoning_with_tools: bool,
    /// Reports usage on a stream when asked for it.
    pub stream_usage: bool,
    pub structured_output: StructuredOutput,
    /// Has a switch for any JSON, without a schema.
    pub json_mode: bool,
    /// How many stop sequences it takes.
    pub stops: usize,
    /// Takes stop sequences of nothing but blank space.
    pub blank_stops: bool,
    /// The longest tool name.
    pub tool_name_limit: usize,
    /// Accepts text content only as a plain string, not as an array with one text in it.
    pub flat_text: bool,
    /// Knows the role `developer`.
    pub developer_role: bool,
    /// Takes instructions in the middle of a conversation, too.
    pub late_instructions: bool,
    /// Knows tools that take free text.
    pub free_text_tools: bool,
    /// Knows the tools that its protocol's own vendor runs, beside a search of the web.
    pub hosted_tools: bool,
    /// Ids of calls are exactly so many letters and digits; `None`: as protocols spell them.
    pub call_id_length: Option<usize>,
    /// The user may speak directly after the results of tools.
    pub user_after_results: bool,
    /// Answers in a chat, too, and does not only go on with texts.
    pub chats: bool,
    /// Turns texts into vectors, and does nothing else.
    pub embeds: bool,
    pub completion: CompletionForm,
    /// The path to go on with a text, where it is not the protocol's.
    pub completion_path: Option<String>,
    pub infill: Option<Infill>,
    /// Takes JSON schemas as they are, not only the vendor's own subset of them.
    pub json_schema: bool,
    /// Can be held to a schema and be given tools in one request.
    pub output_with_tools: bool,
    /// The results of tools may hold images and files.
    pub media_in_results: bool,
    /// Wants the provider's signature on the tool calls of the history, or a word that there is none.
    pub signed_calls: bool,
    /// Finds what it cached by a key of the conversation.
    pub cache_key: bool,
    /// Keeps of a prompt what is marked, where marks are no part of its host's protocol.
    pub cache_marks: bool,
    /// Wants to know of its own messages which were said amid its work.
    pub phases: bool,
    /// Holds conversations over a socket itself.
    pub realtime: bool,
    /// Takes what the protocol's own vendor added beside the conversation: tiers, caches, who asks.
    pub vendor_fields: bool,
    /// The bounds of a [`ThinkingForm::Budget`]; 0 at the lower end turns thinking off.
    pub least_thinking: u64,
    pub most_thinking: Option<u64>,
    /// The words for the depth of its reasoning that it takes; empty: all of them.
    pub efforts: Vec<Effort>,
    /// Cannot be told to answer without reasoning.
    pub thinks_always: bool,
    /// The fields of a request by which its reasoning is switched off, where that is not done by a word for its depth.
    pub thinking_off: Map<String, Value>,
}

impl Capabilities {
    /// How a request for JSON is made, which may hold tools as well.
    pub(crate) fn output_form(&self, has_tools: bool) -> StructuredOutput {
        match self.structured_output {
            StructuredOutput::Native if has_tools && !self.output_with_tools => {
                StructuredOutput::Instruction
            }
            form => form,
        }
    }
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            max_output_tokens: None,
            context_length: None,
            token_limit_field: TokenLimitField::MaxTokens,
            thinking: ThinkingForm::None,
            several_choices: true,
            sampling: true,
            prefill: true,
            images: true,
            image_url: true,
            file_url: true,
            drawn_images: false,
            reasoning_replay: false,
            reasoning_with_tools: true,
            stream_usage: true,
            structured_output: StructuredOutput::Native,
            json_mode: true,
            stops: usize::MAX,
            blank_stops: true,
            tool_name_limit: 64,
            flat_text: true,
            developer_role: false,
            late_instructions: true,
            free_text_tools: true,
            hosted_tools: true,
            call_id_length: None,
            user_after_results: true,
            chats: true,
            embeds: false,
            completion: CompletionForm::Native,
            completion_path: None,
            infill: None,
            json_schema: true,
            output_with_tools: true,
            media_in_results: true,
            signed_calls: false,
            cache_key: false,
            cache_marks: false,
            phases: false,
            realtime: false,
            vendor_fields: true,
            least_thinking: 0,
            most_thinking: None,
            efforts: Vec::new(),
            thinks_always: false,
            thinking_off: Map::new(),
        }
    }
}

/// How reasoning is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ThinkingForm {
    /// By a word for its depth; the model decides how much.
    Adaptive,
    /// By a number of tokens.
    Budget,
    /// By a word for its depth, as models take it that always reason.
    Effort,
    /// Not at all.
    None,
    /// Perhaps, and then by a word for its depth: nobody knows this model, and it is told no more than a client asks.
    Unsure,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StructuredOutput {
    /// Through a tool that the model is made to call.
    ForcedTool,
    /// Through words in the instructions.
    Instruction,
    Native,
}

/// Which field limits the length of the reply.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenLimitField {
    MaxCompletionTokens,
    MaxTokens,
}
