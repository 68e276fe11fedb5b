//! The vendor's own events, in its names of today and in its first ones. The order is the same in both.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_with::skip_serializing_none;

use super::{
    Action, Item, OpenItem, Reply,
    reply::PartOut,
    settings::{Limit, Shown},
    voice::{self, EventIds},
};
use crate::openai_realtime::{
    dialect::Dialect,
    wire::{Failure, Over, Status, UsageOut},
};

const TEXT: [&str; 1] = ["text"];

#[derive(Debug)]
pub(super) struct Official {
    beta: bool,
    ids: EventIds,
}

/// An event; which fields it has is said by its type.
#[skip_serializing_none]
#[derive(Default, Serialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    event_id: String,
    session: Option<&'a SessionOut<'a>>,
    conversation: Option<ConversationOut<'a>>,
    previous_item_id: Option<Option<&'a str>>,
    response: Option<&'a ResponseOut<'a>>,
    response_id: Option<&'a str>,
    item_id: Option<&'a str>,
    output_index: Option<usize>,
    content_index: Option<u64>,
    item: Option<&'a RawValue>,
    part: Option<PartOut<'a>>,
    call_id: Option<&'a str>,
    delta: Option<&'a str>,
    text: Option<&'a str>,
    name: Option<&'a str>,
    arguments: Option<&'a str>,
    error: Option<ErrorOut<'a>>,
}

#[skip_serializing_none]
#[derive(Default, Serialize)]
struct SessionOut<'a> {
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    object: &'static str,
    id: &'a str,
    model: Option<&'a str>,
    output_modalities: Option<[&'static str; 1]>,
    modalities: Option<[&'static str; 1]>,
    instructions: &'a str,
    tools: Vec<&'a RawValue>,
    tool_choice: Option<ChoiceOut<'a>>,
    max_output_tokens: Option<Limit>,
    max_response_output_tokens: Option<Limit>,
    temperature: Option<f64>,
    parallel_tool_calls: Option<bool>,
    reasoning: Option<&'a RawValue>,
    tracing: Option<Option<()>>,
    truncation: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ChoiceOut<'a> {
    Stated(&'a RawValue),
    Word(&'static str),
}

#[derive(Serialize)]
struct ConversationOut<'a> {
    id: &'a str,
    object: &'static str,
}

#[derive(Serialize)]
struct ResponseOut<'a> {
    object: &'static str,
    id: &'a str,
    status: Status,
    status_details: Option<StatusDetails<'a>>,
    output: &'a [Box<RawValue>],
    conversation_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_modalities: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modalities: Option<[&'static str; 1]>,
    max_output_tokens: Limit,
    usage: Option<UsageOut>,
    metadata: Option<&'a RawValue>,
}

#[skip_serializing_none]
#[derive(Serialize)]
struct StatusDetails<'a> {
    #[serde(rename = "type")]
    kind: Status,
    reason: Option<&'a str>,
    error: Option<FailedOut<'a>>,
}

#[derive(Serialize)]
struct FailedOut<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    code: Option<&'a str>,
}

#[derive(Serialize)]
struct ErrorOut<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    code: Option<&'a str>,
    message: &'a str,
    param: Option<&'a str>,
    event_id: Option<&'a str>,
}

impl Official {
    pub(super) fn new(dialect: Dialect, seed: &str) -> Self {
        Self {
            beta: dialect == Dialect::Beta,
            ids: EventIds::new(seed),
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        if self.beta {
            Dialect::Beta
        } else {
            Dialect::Ga
        }
    }

    fn send(&mut self, frame: Frame<'_>, out: &mut Vec<Action>) {
        let event_id = self.ids.next();
        voice::send(&Frame { event_id, ..frame }, out);
    }

    pub(super) fn opened(&mut self, shown: &Shown<'_>, conversation: &str, out: &mut Vec<Action>) {
        self.session("session.created", shown, out);
        if self.beta {
            let conversation = ConversationOut {
                id: conversation,
                object: "realtime.conversation",
            };
            let frame = Frame {
                kind: "conversation.created",
                conversation: Some(conversation),
                ..Frame::default()
            };
            self.send(frame, out);
        }
    }

    pub(super) fn updated(&mut self, shown: &Shown<'_>, out: &mut Vec<Action>) {
        self.session("session.updated", shown, out);
    }

    fn session(&mut self, kind: &'static str, shown: &Shown<'_>, out: &mut Vec<Action>) {
        let settings = shown.settings;
        let limit = Limit::from(settings.max_output_tokens);
        let (beta, ga) = (self.beta, !self.beta);
        let choice = settings.tool_choice.as_deref();
        let session = SessionOut {
            kind: ga.then_some("realtime"),
            object: "realtime.session",
            id: &shown.id,
            model: shown.model,
            output_modalities: ga.then_some(TEXT),
            modalities: beta.then_some(TEXT),
            instructions: &settings.instructions,
            tools: settings.tools.iter().map(|tool| &**tool).collect(),
            tool_choice: Some(choice.map_or(ChoiceOut::Word("auto"), ChoiceOut::Stated)),
            max_output_tokens: ga.then_some(limit),
            max_response_output_tokens: beta.then_some(limit),
            temperature: settings.temperature.filter(|_| beta),
            parallel_tool_calls: settings.parallel_tool_calls.filter(|_| ga),
            reasoning: settings.reasoning.as_deref().filter(|_| ga),
            tracing: ga.then_some(None),
            truncation: ga.then_some("auto"),
        };
        let frame = Frame {
            kind,
            session: Some(&session),
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn item_created(
        &mut self,
        item: &Item,
        previous: Option<&str>,
        out: &mut Vec<Action>,
    ) {
        self.in_conversation(Stage::Begun, item, previous, out);
        if !self.beta {
            self.in_conversation(Stage::Over, item, previous, out);
        }
    }

    /// The item in the conversation, as far as the dialect tells of that stage.
    fn in_conversation(
        &mut self,
        stage: Stage,
        item: &Item,
        previous: Option<&str>,
        out: &mut Vec<Action>,
    ) {
        let kind = match (stage, self.beta) {
            (Stage::Begun, false) => "conversation.item.added",
            (Stage::Begun, true) => "conversation.item.created",
            (Stage::Over, false) => "conversation.item.done",
            (Stage::Over, true) => return,
        };
        let frame = Frame {
            kind,
            previous_item_id: Some(previous),
            item: Some(&item.raw),
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn item_deleted(&mut self, id: &str, out: &mut Vec<Action>) {
        let frame = Frame {
            kind: "conversation.item.deleted",
            item_id: Some(id),
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn item_retrieved(&mut self, item: &Item, out: &mut Vec<Action>) {
        let frame = Frame {
            kind: "conversation.item.retrieved",
            item: Some(&item.raw),
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn reply_begun(&mut self, reply: &Reply, out: &mut Vec<Action>) {
        self.response("response.created", Status::InProgress, reply, None, out);
    }

    pub(super) fn reply_over(&mut self, reply: &Reply, over: &Over<'_>, out: &mut Vec<Action>) {
        self.response("response.done", over.status, reply, Some(over), out);
    }

    fn response(
        &mut self,
        kind: &'static str,
        status: Status,
        reply: &Reply,
        over: Option<&Over<'_>>,
        out: &mut Vec<Action>,
    ) {
        let mut usage = over.and_then(|over| over.usage);
        if let Some(usage) = usage.as_mut().filter(|_| self.beta) {
            usage.input_token_details.image_tokens = None;
        }
        let details = over.filter(|over| over.reason.is_some() || over.error.is_some());
        let response = ResponseOut {
            object: "realtime.response",
            id: &reply.id,
            status,
            status_details: details.map(|over| StatusDetails {
                kind: status,
                reason: over.reason.as_deref(),
                error: over.error.as_ref().map(|error| FailedOut {
                    kind: &error.kind,
                    code: error.code.as_deref(),
                }),
            }),
            output: &reply.output,
            conversation_id: reply.conversation_id.as_deref(),
            output_modalities: (!self.beta).then_some(TEXT),
            modalities: self.beta.then_some(TEXT),
            max_output_tokens: reply.max_output_tokens.into(),
            usage,
            metadata: reply.metadata.as_deref(),
        };
        let frame = Frame {
            kind,
            response: Some(&response),
            ..Frame::default()
        };
        self.send(frame, out);
    }

    pub(super) fn item_begun(&mut self, reply: &Reply, open: &OpenItem, out: &mut Vec<Action>) {
        let item = open.item(self.dialect(), Status::InProgress);
        let frame = Frame {
            kind: "response.output_item.added",
            response_id: Some(&reply.id),
            output_index: Some(reply.output.len()),
            item: Some(&item.raw),
            ..Frame::default()
        };
        self.send(frame, out);
        if reply.conversation_id.is_some() {
            self.in_conversation(Stage::Begun, &item, open.previous.as_deref(), out);
        }
        if open.call.is_none() {
            let frame = Frame {
                part: Some(part("")),
                ..of_item("response.content_part.added", reply, open)
            };
            self.send(frame, out);
        }
    }

    pub(super) fn delta(
        &mut self,
        reply: &Reply,
        open: &OpenItem,
        delta: &str,
        out: &mut Vec<Action>,
    ) {
        let kind = match (&open.call, self.beta) {
            (Some(_), _) => "response.function_call_arguments.delta",
            (None, false) => "response.output_text.delta",
            (None, true) => "response.text.delta",
        };
        let frame = Frame {
            delta: Some(delta),
            ..of_item(kind, reply, open)
        };
        self.send(frame, out);
    }

    pub(super) fn item_over(
        &mut self,
        reply: &Reply,
        open: &OpenItem,
        item: &Item,
        status: Status,
        out: &mut Vec<Action>,
    ) {
        if let Some(call) = &open.call {
            // A call that was cut is not to be acted on: its arguments are never done.
            if status == Status::Completed {
                let arguments = open.arguments(status);
                if open.text.trim().is_empty() {
                    self.delta(reply, open, arguments, out);
                }
                let frame = Frame {
                    name: (!self.beta).then_some(&call.name),
                    arguments: Some(arguments),
                    ..of_item("response.function_call_arguments.done", reply, open)
                };
                self.send(frame, out);
            }
        } else {
            let kind = if self.beta {
                "response.text.done"
            } else {
                "response.output_text.done"
            };
            let frame = Frame {
                text: Some(&open.text),
                ..of_item(kind, reply, open)
            };
            self.send(frame, out);
            let frame = Frame {
                part: Some(part(&open.text)),
                ..of_item("response.content_part.done", reply, open)
            };
            self.send(frame, out);
        }
        if reply.conversation_id.is_some() {
            self.in_conversation(Stage::Over, item, open.previous.as_deref(), out);
        }
        let frame = Frame {
            kind: "response.output_item.done",
            response_id: Some(&reply.id),
            output_index: Some(reply.output.len()),
            item: Some(&item.raw),
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
            message: &failure.message,
            param: failure.param.as_deref(),
            event_id: event,
        };
        let frame = Frame {
            kind: "error",
            error: Some(error),
            ..Frame::default()
        };
        self.send(frame, out);
    }
}

#[derive(Clone, Copy)]
enum Stage {
    Begun,
    Over,
}

/// What all events of one item say.
fn of_item<'a>(kind: &'static str, reply: &'a Reply, open: &'a OpenItem) -> Frame<'a> {
    Frame {
        kind,
        response_id: Some(&reply.id),
        item_id: Some(&open.id),
        output_index: Some(reply.output.len()),
        content_index: open.call.is_none().then_some(0),
        call_id: open.call.as_ref().map(|call| call.id.as_str()),
        ..Frame::default()
    }
}

fn part(text: &str) -> PartOut<'_> {
    PartOut { kind: "text", text }
}
