//! Events to chunks of a text that is gone on with.

use std::collections::HashSet;

use bytes::BytesMut;

use super::{
    finish_word,
    reply::{Echoes, no_place_for_reasoning},
    shown_id,
};
use crate::{
    EventEncoder, ReplyContext,
    canonical::{Choice, Delta, Event, FinishReason, Losses, PartKind, Request},
    framing::sse,
    openai_chat::{
        events::Ending,
        wire::{self, TextChoice, TextCompletion},
    },
};

/// A stream to a client.
pub(in crate::openai_chat) struct TextEncoder {
    id: String,
    created: u64,
    model: String,
    echoes: Echoes,
    begun: bool,
    /// The parts that are text.
    open: HashSet<(Choice, usize)>,
    ending: Ending,
}

impl TextEncoder {
    pub(in crate::openai_chat) fn new(request: &Request, reply: &ReplyContext) -> Self {
        Self {
            id: shown_id(&reply.exchange.0),
            created: reply.created,
            model: reply.model.clone(),
            echoes: Echoes::of(request),
            begun: false,
            open: HashSet::new(),
            ending: Ending::new(request, reply),
        }
    }

    fn write(&self, choices: &[TextChoice<'_>], usage: Option<wire::Usage>, out: &mut BytesMut) {
        let chunk = TextCompletion {
            id: &self.id,
            object: "text_completion",
            created: self.created,
            model: &self.model,
            choices,
            usage: self.ending.shown(usage),
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
        if self.ending.is_last() {
            if let Some(usage) = self.ending.usage(losses) {
                self.write(&[], Some(usage), out);
            }
            self.ending.mark(out);
        }
    }
}

impl EventEncoder for TextEncoder {
    fn push(&mut self, choice: Choice, event: &Event, out: &mut BytesMut, losses: &mut Losses) {
        if self.ending.is_done() {
            return;
        }
        match event {
            Event::Start { id, .. } => {
                if !self.begun {
                    self.id = shown_id(id);
                    self.begun = true;
                }
                let echo = self.echoes.at(choice);
                if !echo.is_empty() {
                    self.say(choice, echo, None, out);
                }
            }
            Event::PartStart { index, part } => self.part_start(choice, *index, part, losses),
            Event::PartDelta {
                index,
                delta: Delta::Text(text),
            } => {
                if self.open.contains(&(choice, *index)) {
                    self.ending.writes(text);
                    self.say(choice, text, None, out);
                }
            }
            Event::PartDelta {
                delta: Delta::Arguments(_) | Delta::Opaque(_),
                ..
            }
            | Event::PartEnd { .. } => {}
            Event::Usage(usage) => self.ending.counts(usage),
            Event::Ping => out.extend_from_slice(b": ping\n\n"),
            Event::Loss(loss) => losses.add(loss),
            Event::Finish(finish) => match finish.failure() {
                Some(failure) => self.ending.fail(&failure, out),
                None => self.finish(choice, finish.reason, out, losses),
            },
            Event::Error(failure) => self.ending.fail(failure, out),
        }
    }
}
