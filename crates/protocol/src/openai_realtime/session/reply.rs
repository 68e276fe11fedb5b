//! The reply that is being made, and its item that is open.

use serde::{Serialize, de::IgnoredAny};
use serde_json::value::{RawValue, to_raw_value};
use serde_with::skip_serializing_none;

use super::items::Item;
use crate::{
    json::{empty_object, parseable},
    openai_realtime::{
        dialect::Dialect,
        wire::{OpenedItem, Status},
    },
};

#[derive(Debug)]
pub(super) struct Reply {
    pub(super) id: String,
    /// `None`: it is not to be part of the conversation.
    pub(super) conversation_id: Option<String>,
    /// The item that the next one stands behind; `None` is the very beginning.
    pub(super) anchor: Option<String>,
    pub(super) max_output_tokens: Option<u64>,
    pub(super) metadata: Option<Box<RawValue>>,
    /// Items that are over.
    pub(super) output: Vec<Box<RawValue>>,
    /// The text of all messages in it that are over.
    pub(super) said: String,
    pub(super) open: Option<OpenItem>,
}

#[derive(Debug)]
pub(super) struct OpenItem {
    pub(super) id: String,
    /// `None`: a message.
    pub(super) call: Option<Call>,
    /// Its text or its arguments so far.
    pub(super) text: String,
    /// The item that it stands behind in the conversation.
    pub(super) previous: Option<String>,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
}

/// An item of the model.
#[skip_serializing_none]
#[derive(Serialize)]
struct ItemOut<'a> {
    id: &'a str,
    object: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    status: Status,
    role: Option<&'static str>,
    content: Option<&'a [PartOut<'a>]>,
    call_id: Option<&'a str>,
    name: Option<&'a str>,
    arguments: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct PartOut<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) text: &'a str,
}

impl OpenItem {
    pub(super) fn new(id: String, item: OpenedItem<'_>) -> Self {
        let call = match item {
            OpenedItem::FunctionCall { call_id, name } => Some(Call {
                id: call_id.into_owned(),
                name: name.into_owned(),
            }),
            OpenedItem::Message => None,
        };
        Self {
            id,
            call,
            text: String::new(),
            previous: None,
        }
    }

    /// A call whose arguments are all there.
    pub(super) fn is_whole_call(&self) -> bool {
        self.call.is_some() && serde_json::from_str::<IgnoredAny>(&self.text).is_ok()
    }

    /// The arguments of a call that is over: clients parse what they get, and nothing is not JSON.
    pub(super) fn arguments(&self, status: Status) -> &str {
        match status {
            Status::Completed => parseable(&self.text),
            Status::Cancelled | Status::Failed | Status::InProgress | Status::Incomplete => {
                &self.text
            }
        }
    }

    /// What it has said, whatever it is.
    pub(super) fn arguments_or_text(&self, status: Status) -> &str {
        match self.call {
            Some(_) => self.arguments(status),
            None => &self.text,
        }
    }

    /// The item at this moment.
    pub(super) fn item(&self, dialect: Dialect, status: Status) -> Item {
        let part = PartOut {
            kind: dialect.said(),
            text: &self.text,
        };
        let content: &[PartOut<'_>] = match status {
            Status::InProgress => &[],
            Status::Cancelled | Status::Completed | Status::Failed | Status::Incomplete => &[part],
        };
        let is_message = self.call.is_none();
        let out = ItemOut {
            id: &self.id,
            object: "realtime.item",
            kind: if is_message {
                "message"
            } else {
                "function_call"
            },
            status,
            role: is_message.then_some("assistant"),
            content: is_message.then_some(content),
            call_id: self.call.as_ref().map(|call| call.id.as_str()),
            name: self.call.as_ref().map(|call| call.name.as_str()),
            arguments: (!is_message).then(|| self.arguments(status)),
        };
        Item {
            id: self.id.clone(),
            role: is_message.then(|| "assistant".to_owned()),
            // Our own struct with string keys: there is nothing that could fail.
            raw: to_raw_value(&out).unwrap_or_else(|_| empty_object()),
        }
    }
}
