//! A request, whoever sent it and wherever it goes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, value::RawValue};

use super::{
    ApiError, CacheMarks, Drawing, Effort, Losses, OwnFields, Part, Shown, WebSearch,
    loss::NOT_OF_PROTOCOL,
};
use crate::Protocol;

/// By which clients say that they count on the cache.
pub(crate) const CACHE_KEY: &str = "prompt_cache_key";

#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Empty when the client named none.
    pub model: String,
    /// System or developer text that leads the conversation.
    pub instructions: Vec<Part>,
    pub messages: Vec<Message>,
    pub tools: Vec<Tool>,
    /// By tool, the group that the client keeps it in: its name stands before the tool's own, with `__` between.
    pub groups: BTreeMap<String, String>,
    pub tool_choice: ToolChoice,
    /// The client speaks its protocol's older form of tool calls and is answered in it: one call a reply,
    /// without an id.
    pub legacy_calls: bool,
    /// Whether several tools may be called in one reply; `None` leaves it to the provider.
    pub parallel_tool_calls: Option<bool>,
    pub sampling: Sampling,
    pub reasoning: Reasoning,
    /// How much of the reply's reasoning the client wants to see.
    pub shown: Shown,
    pub output: OutputFormat,
    /// Whether the answer may hold images that the model draws.
    pub drawing: Drawing,
    /// The client wants a text gone on with, not answered: `messages` is one message of the user, the text.
    pub completion: Option<Completion>,
    /// How many answers are wanted; `None` is one.
    pub choices: Option<u32>,
    pub stream: bool,
    /// The client asked for token counts on the stream.
    pub stream_usage: bool,
    /// The end user's id, as the client names it to the provider.
    pub user: Option<String>,
    /// What the client's conversation is told by from its others, where it says so; a hash of its own word.
    pub session: Option<String>,
    /// Fields that the canonical model has no place for; only the same protocol writes them back.
    pub rest: Option<(Protocol, Map<String, Value>)>,
    /// Those of them that are seen to without the provider: no loss where it does not get them.
    pub kept_here: &'static [&'static str],
    /// What a reply repeats of its request, in the client's own words; empty in protocols whose replies do not.
    pub repeated: Map<String, Value>,
    /// What a provider may keep for the next request.
    pub cache: CacheMarks,
    /// What the client calls the fields that it was read from.
    pub own_fields: OwnFields,
}

impl Request {
    /// The unknown fields for an encoder of `protocol`; for any other protocol each is a reported loss.
    pub fn rest_for(&self, protocol: Protocol, losses: &mut Losses) -> Option<&Map<String, Value>> {
        self.rest_besides(&[], protocol, losses)
    }

    /// The same where the encoder sees to some fields itself, and says so.
    pub(crate) fn rest_besides(
        &self,
        seen_to: &[&str],
        protocol: Protocol,
        losses: &mut Losses,
    ) -> Option<&Map<String, Value>> {
        let (owner, rest) = self.rest.as_ref()?;
        if *owner == protocol {
            return Some(rest);
        }
        let is_told = |field: &str| !self.kept_here.contains(&field) && !seen_to.contains(&field);
        for field in rest.keys().filter(|field| is_told(field)) {
            losses.dropped(field, NOT_OF_PROTOCOL);
        }
        None
    }

    /// Clients of protocols without cache marks may say that they count on the cache.
    pub(crate) fn expects_cache(&self) -> bool {
        let rest = self.rest.as_ref();
        rest.is_some_and(|(_, rest)| rest.get(CACHE_KEY).is_some_and(Value::is_string))
    }

    /// For models that give one answer a request. Towards those the gateway sends several requests.
    ///
    /// # Errors
    /// `InvalidRequest` where more are wanted.
    pub(crate) fn one_answer(&self) -> Result<(), ApiError> {
        if self.choices.is_some_and(|choices| choices > 1) {
            return Err(ApiError::invalid(
                "n",
                "n > 1 is not supported by this model; send one request for each answer.",
            ));
        }
        Ok(())
    }

    /// For models that do not tell how likely their words are.
    ///
    /// # Errors
    /// `InvalidRequest` where that is wanted.
    pub(crate) fn no_logprobs(&self) -> Result<(), ApiError> {
        if self.sampling.logprobs.is_some() {
            return Err(ApiError::invalid(
                "logprobs",
                "logprobs are not supported by this model.",
            ));
        }
        Ok(())
    }
}

#[derive(Clone, Debug)]
pub struct Message {
    pub role: Role,
    pub parts: Vec<Part>,
    /// The speaker's name, where a protocol tells several users apart.
    pub name: Option<String>,
    /// Where it begins in the client's own list; `None` where that has none of it.
    pub at: Option<usize>,
}

/// Messages that say the same are equal, wherever they stood.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.role == other.role && self.name == other.name && self.parts == other.parts
    }
}

impl Message {
    pub fn new(role: Role, parts: Vec<Part>) -> Self {
        Self {
            role,
            parts,
            name: None,
            at: None,
        }
    }

    /// What encoders call it in losses and errors.
    pub(crate) fn field(&self) -> String {
        match self.at {
            Some(at) => format!("messages[{at}]"),
            None => "messages[]".to_owned(),
        }
    }

    /// Says of the last messages that they came from a place of the client's list.
    pub(crate) fn place(messages: &mut [Self], at: usize) {
        let new = messages.iter_mut().rev();
        for message in new.take_while(|message| message.at.is_none()) {
            message.at = Some(at);
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    Assistant,
    /// Instructions in the middle of a conversation; those at its head are [`Request::instructions`].
    System,
    /// Holds only [`Part::ToolResult`]s, directly after the calls they answer.
    Tool,
    User,
}

#[derive(Clone, Debug)]
pub struct Tool {
    pub name: String,
    pub description: Option<String>,
    pub kind: ToolKind,
    /// The provider must keep to the schema exactly.
    pub strict: Option<bool>,
}

impl Tool {
    /// Run by the client, not by a provider.
    pub(crate) fn is_clients(&self) -> bool {
        !matches!(self.kind, ToolKind::Hosted { .. })
    }
}

#[derive(Clone, Debug)]
pub enum ToolKind {
    /// Free text, perhaps bound by a grammar: `{"type":"grammar","grammar":{"syntax":…,"definition":…}}`. The arguments of its calls are
    /// `{"input": "the text"}` here, so that a protocol without such tools can offer it as a function.
    Custom { format: Option<Box<RawValue>> },
    /// JSON arguments by a JSON schema, byte-exact as sent; `None` takes no arguments.
    Function { schema: Option<Box<RawValue>> },
    /// Run by the provider itself: `kind` is its type in the vendor's words, `definition` the raw tool.
    Hosted {
        owner: Protocol,
        kind: String,
        definition: Box<RawValue>,
        /// Where it searches the web, so that other providers may run theirs for it.
        search: Option<Box<WebSearch>>,
    },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum ToolChoice {
    /// Only these may be called (or, if `required`, one of these must be).
    Allowed {
        names: Vec<String>,
        required: bool,
    },
    Auto,
    None,
    /// This one must be called.
    Named(String),
    /// Any one must be called.
    Required,
    #[default]
    Unset,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling {
    pub max_output_tokens: Option<u64>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub top_k: Option<u64>,
    pub stop: Vec<String>,
    pub seed: Option<i64>,
    pub penalties: Penalties,
    /// Log probabilities were asked for, with this many alternatives each.
    pub logprobs: Option<u32>,
}

/// What is asked for beside the text that is gone on with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// What stands behind the place that is to be filled.
    pub suffix: Option<String>,
    /// The reply begins with the text itself.
    pub echo: bool,
    /// More texts to go on with, each of which is answered like the first.
    pub others: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalties {
    pub frequency: Option<f64>,
    pub presence: Option<f64>,
}

/// How much the model may think before it answers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Reasoning {
    /// On, its depth left to the provider.
    Adaptive,
    Budget(u64),
    Effort(Effort),
    Off,
    #[default]
    Unset,
}

#[derive(Clone, Debug, Default)]
pub enum OutputFormat {
    /// Any JSON object.
    Json,
    JsonSchema {
        name: Option<String>,
        description: Option<String>,
        /// Byte-exact as sent.
        schema: Box<RawValue>,
        strict: Option<bool>,
    },
    #[default]
    Text,
}
