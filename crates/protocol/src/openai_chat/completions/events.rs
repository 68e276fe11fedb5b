//! Events to chunks of a text that is gone on with.

use std::collections::HashSet;

use bytes::BytesMut;

use super::{
    finish_word,
    reply::{echoed, no_place_for_reasoning},
    shown_id,
};
use crate::{
    EventEncoder, ReplyContext,
    canonical::{ApiError, Choice, Delta, Event, FinishReason, Losses, PartKind, Request, Usage},
    framing::sse,
    openai_chat::{
        error,
        events::usage_of,
        wire::{self, TextChoice, TextCompletion},
    },
};

/// A stream to a client.
pub(in crate::openai_chat) struct TextEncoder {
    id: String,
    created: u64,
    model: String,
    /// Stands at the head of each answer.
    echoed: String,
    /// The client asked for token counts.
    shows_usage: bool,
    expected: usize,
    begun: bool,
    /// The parts that are text.
    open: HashSet<(Choice, usize)>,
    usage: Option<Usage>,
    estimated_input: Option<u64>,
    /// Bytes of text written, for an estimate where the provider counts nothing.
    written: usize,
    finished: usize,
    done: bool,
}

impl TextEncoder {
    pub(in crate::openai_chat) fn new(request: &Request, reply: &ReplyContext) -> Self {
        Self {
            id: shown_id(&reply.exchange.0),
            created: reply.created,
            model: reply.model.clone(),
            echoed: echoed(request).to_owned(),
            shows_usage: request.stream_usage,
            expected: request.choices.unwrap_or(1).max(1) as usize,
            begun: false,
            open: HashSet::new(),
            usage: None,
            estimated_input: reply.estimated_input_tokens,
            written: 0,
            finished: 0,
            done: false,
        }
    }

    fn write(&self, choices: &[TextChoice<'_>], usage: Option<wire::Usage>, out: &mut BytesMut) {
        let chunk = TextCompletion {
            id: &self.id,
            object: "text_completion",
            created: self.created,
            model: &self.model,
            choices,
            usage: self.shows_usage.then_some(usage),
        };
        sse::write("", &chunk, out);
    }

    fn say(&self, index: Choice, text: &str, reason: Option<FinishReason>, out: &mut BytesMut) {
        let choice = TextChoice {
            text,
            index,
            logprobs: (),
            finish_reason: reason.map(finish_word),
        };
        self.write(&[choice], None, out);
    }

    fn part_start(&mut self, choice: Choice, index: usize, part: &PartKind, losses: &mut Losses) {
        match part {
            PartKind::Refusal | PartKind::Text => {
                self.open.insert((choice, index));
            }
            PartKind::Reasoning => no_place_for_reasoning(losses),
            PartKind::ToolCall { .. } => losses.dropped("text", "may hold nothing but text"),
        }
    }

    fn finish(
        &mut self,
        choice: Choice,
        reason: FinishReason,
        out: &mut BytesMut,
        losses: &mut Losses,
    ) {
        self.say(choice, "", Some(reason), out);
        self.finished += 1;
        if self.finished < self.expected {
            return;
        }
        if self.shows_usage {
            let usage = usage_of(self.usage, self.estimated_input, self.written, losses);
            self.write(&[], Some(usage), out);
        }
        self.end(out);
    }

    fn fail(&mut self, failure: &ApiError, out: &mut BytesMut) {
        sse::write("", &error::body(failure), out);
        self.end(out);
    }

    fn end(&mut self, out: &mut BytesMut) {
        out.extend_from_slice(b"data: [DONE]\n\n");
        self.done = true;
    }
}

impl EventEncoder for TextEncoder {
    fn push(&mut self, choice: Choice, event: &Event, out: &mut BytesMut, losses: &mut Losses) {
        if self.done {
            return;
        }
        match event {
            Event::Start { id, .. } => {
                if !self.begun {
                    self.id = shown_id(id);
                    self.begun = true;
                }
                if !self.echoed.is_empty() {
                    self.say(choice, &self.echoed, None, out);
                }
            }
            Event::PartStart { index, part } => self.part_start(choice, *index, part, losses),
            Event::PartDelta {
                index,
                delta: Delta::Text(text),
            } => {
                if self.open.contains(&(choice, *index)) {
                    self.written += text.len();
                    self.say(choice, text, None, out);
                }
            }
            Event::PartDelta {
                delta: Delta::Arguments(_) | Delta::Opaque(_),
                ..
            }
            | Event::PartEnd { .. } => {}
            Event::Usage(usage) => self.usage.get_or_insert_default().update(usage),
            Event::Ping => out.extend_from_slice(b": ping\n\n"),
            Event::Loss(loss) => losses.add(loss),
            Event::Finish(finish) => match finish.failure() {
                Some(failure) => self.fail(&failure, out),
                None => self.finish(choice, finish.reason, out, losses),
            },
            Event::Error(failure) => self.fail(failure, out),
        }
    }
}
