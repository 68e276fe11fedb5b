//! The pieces of a message.

use super::Media;
use crate::Protocol;

/// A piece of a message, in the order the model reads or wrote it.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    File(Media),
    Image(Media),
    Reasoning {
        /// Empty where the provider keeps its reasoning to itself and only hands out `opaque`.
        text: String,
        opaque: Option<Opaque>,
    },
    /// The model declined; shown as text by protocols that know no refusal.
    Refusal(String),
    Text(String),
    ToolCall {
        id: String,
        name: String,
        /// JSON text exactly as the model wrote it: perhaps empty, perhaps cut, perhaps not JSON.
        arguments: String,
    },
    ToolResult {
        /// The id of the call it answers.
        id: String,
        parts: Vec<Self>,
        is_error: bool,
    },
}

/// Provider state that nobody but its owner may interpret, replayed byte for byte or not at all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Opaque {
    pub owner: Protocol,
    pub kind: OpaqueKind,
    pub value: String,
    /// What its owner calls it, for owners that know it by a name, too.
    pub id: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OpaqueKind {
    /// The reasoning itself, encrypted (`redacted_thinking`, `encrypted_content`).
    Content,
    /// A proof that the readable reasoning is genuine.
    Signature,
}
