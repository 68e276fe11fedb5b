//! The six plain events: `conversation.created`, `message.created`, `content.start`, `content.delta`,
//! `content.stop`, `message.completed`; beside them `session.updated`, `message.retrieved`, `message.deleted` and
//! `error`. Each has a `type` and a
//! `message`, which is text; what else it has helps those who look for it.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_with::skip_serializing_none;

use super::{
    Action, Item, OpenItem, Reply,
    settings::Shown,
    voice::{self, EventIds},
};
use crate::openai_realtime::wire::{Failure, Over, Status, UsageOut};

#[derive(Debug)]
pub(super) struct Simple {
    ids: EventIds,
}

/// An event; which fields it has is said by its type.
#[skip_serializing_none]
#[derive(Default, Serialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    event_id: String,
    message: &'a str,
    conversation_id: Option<&'a str>,
    message_id: Option<&'a str>,
    role: Option<&'a str>,
    model: Option<&'a str>,
    index: Option<usize>,
    content: Option<ContentOut<'a>>,
    status: Option<Status>,
    reason: Option<&'a str>,
    output: Option<&'a [Box<RawValue>]>,
    item: Option<&'a RawValue>,
    usage: Option<UsageOut>,
    error: Option<ErrorOut<'a>>,
}

/// What a piece is.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
enum ContentOut<'a> {
    FunctionCall { call_id: &'a str, name: &'a str },
    Text,
}

#[derive(Serialize)]
struct ErrorOut<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    code: Option<&'a str>,
    param: Option<&'a str>,
    event_id: Option<&'a str>,
}

impl Simple {
    pub(super) fn new(seed: &str) -> Self {
        Self {
            ids: EventIds::new(seed),
        }
    }

    fn send(&mut self, frame: Frame<'_>, out: &mut Vec<Action>) {
        let event_id = self.ids.next();
        voice::send(&Frame { event_id, ..frame }, out);
    }

    pub(super) fn opened(&mut self, conversation: &str, out: &mut Vec<Action>) {
        let frame = Frame {
            kind: "conversation.created",
            conversation_id: Some(conversation),
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn updated(&mut self, shown: &Shown<'_>, out: &mut Vec<Action>) {
        let frame = Frame {
            kind: "session.updated",
            model: shown.model,
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn item_created(&mut self, item: &Item, out: &mut Vec<Action>) {
        let frame = Frame {
            kind: "message.created",
            message_id: Some(&item.id),
            role: Some(item.role.as_deref().unwrap_or("tool")),
            item: Some(&item.raw),
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn item_deleted(&mut self, id: &str, out: &mut Vec<Action>) {
        let frame = Frame {
            kind: "message.deleted",
            message_id: Some(id),
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn item_retrieved(&mut self, item: &Item, out: &mut Vec<Action>) {
        let frame = Frame {
            kind: "message.retrieved",
            message_id: Some(&item.id),
            role: item.role.as_deref(),
            item: Some(&item.raw),
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn reply_begun(&mut self, reply: &Reply, out: &mut Vec<Action>) {
        let frame = Frame {
            kind: "message.created",
            conversation_id: reply.conversation_id.as_deref(),
            message_id: Some(&reply.id),
            role: Some("assistant"),
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn item_begun(&mut self, reply: &Reply, open: &OpenItem, out: &mut Vec<Action>) {
        let frame = Frame {
            content: Some(content(open)),
            ..of_piece("content.start", reply)
        };
        self.send(frame, out);
    }

    pub(super) fn delta(&mut self, reply: &Reply, delta: &str, out: &mut Vec<Action>) {
        let frame = Frame {
            message: delta,
            ..of_piece("content.delta", reply)
        };
        self.send(frame, out);
    }

    /// `message` is the whole text, or the whole arguments of a call.
    pub(super) fn item_over(
        &mut self,
        reply: &Reply,
        open: &OpenItem,
        status: Status,
        out: &mut Vec<Action>,
    ) {
        let frame = Frame {
            message: open.arguments_or_text(status),
            content: Some(content(open)),
            status: Some(status),
            ..of_piece("content.stop", reply)
        };
        self.send(frame, out);
    }

    /// `message` is all that was said.
    pub(super) fn reply_over(&mut self, reply: &Reply, over: &Over<'_>, out: &mut Vec<Action>) {
        let frame = Frame {
            kind: "message.completed",
            message: &reply.said,
            conversation_id: reply.conversation_id.as_deref(),
            message_id: Some(&reply.id),
            role: Some("assistant"),
            status: Some(over.status),
            reason: over.reason.as_deref(),
            output: Some(&reply.output),
            usage: over.usage,
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn error(
        &mut self,
        failure: &Failure<'_>,
        event: Option<&str>,
        out: &mut Vec<Action>,
    ) {
        let error = ErrorOut {
            kind: &failure.kind,
            code: failure.code.as_deref(),
            param: failure.param.as_deref(),
            event_id: event,
        };
        let frame = Frame {
            kind: "error",
            message: &failure.message,
            error: Some(error),
            ..Frame::default()
        };
        self.send(frame, out);
    }
}

/// What all events of one piece say.
fn of_piece<'a>(kind: &'static str, reply: &'a Reply) -> Frame<'a> {
    Frame {
        kind,
        message_id: Some(&reply.id),
        index: Some(reply.output.len()),
        ..Frame::default()
    }
}

fn content(open: &OpenItem) -> ContentOut<'_> {
    match &open.call {
        Some(call) => ContentOut::FunctionCall {
            call_id: &call.id,
            name: &call.name,
        },
        None => ContentOut::Text,
    }
}
