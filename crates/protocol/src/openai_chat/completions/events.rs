//! Events to chunks of a text that is gone on with.

use std::collections::{BTreeMap, HashSet};

use bytes::BytesMut;

use super::{
    finish_word,
    reply::{Echoes, no_place_for_citations, no_place_for_reasoning},
    shown_id,
};
use crate::{
    EventEncoder, ReplyContext,
    canonical::{
        Choice, Delta, Event, FinishReason, Logprob, Losses, NOT_OF_PROTOCOL, Note, PartKind,
        Request, WEB_SEARCH,
    },
    framing::sse,
    openai_chat::{
        events::Ending,
        wire::{self, TextChoice, TextCompletion, TextLikely},
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
    /// How likely the tokens were, of each answer; `None` where nobody asked.
    likely: Option<BTreeMap<Choice, Likely>>,
    ending: Ending,
}

/// How likely the tokens were that come next, and where the first of them begins.
#[derive(Default)]
struct Likely {
    next: Vec<Logprob>,
    offset: u64,
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
            likely: request.sampling.logprobs.map(|_| BTreeMap::new()),
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

    fn say(&mut self, index: Choice, text: &str, reason: Option<FinishReason>, out: &mut BytesMut) {
        let likely = self.likely.as_mut();
        let mut likely = likely.and_then(|all| all.get_mut(&index));
        let next = likely
            .as_mut()
            .map(|likely| std::mem::take(&mut likely.next));
        let next = next.unwrap_or_default();
        let choice = TextChoice {
            text,
            index,
            logprobs: likely.and_then(|likely| TextLikely::of(&next, &mut likely.offset)),
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
            PartKind::Image(_) | PartKind::ToolCall { .. } => {
                losses.dropped("text", "may hold nothing but text");
            }
        }
    }

    fn note(&mut self, choice: Choice, note: &Note, losses: &mut Losses) {
        match note {
            Note::Citation(_) => no_place_for_citations(losses),
            Note::Search(_) => losses.dropped(WEB_SEARCH, NOT_OF_PROTOCOL),
            Note::Logprobs(more) => {
                if let Some(likely) = &mut self.likely {
                    let next = &mut likely.entry(choice).or_default().next;
                    next.extend(more.text.iter().chain(&more.refusal).cloned());
                }
            }
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
            self.end(out, losses);
        }
    }

    fn end(&mut self, out: &mut BytesMut, losses: &mut Losses) {
        if let Some(usage) = self.ending.usage(losses) {
            self.write(&[], Some(usage), out);
        }
        self.ending.mark(out);
    }
}

impl EventEncoder for TextEncoder {
    fn ends(&mut self, out: &mut BytesMut, losses: &mut Losses) {
        if !self.ending.is_done() {
            self.end(out, losses);
        }
    }

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
                let echo = self.echoes.at(choice).to_owned();
                if !echo.is_empty() {
                    self.say(choice, &echo, None, out);
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
            Event::Note(note) => self.note(choice, note, losses),
            Event::Finish(finish) => match finish.failure() {
                Some(failure) => self.ending.fail(&failure, out),
                None => self.finish(choice, finish.reason, out, losses),
            },
            Event::Error(failure) => self.ending.fail(failure, out),
        }
    }
}
