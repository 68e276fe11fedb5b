//! Listens to a connection that is passed through: a provider's events to those of the replies that they make.

use std::collections::{BTreeMap, VecDeque};

use serde_json::value::RawValue;

use super::wire::{Content, Item, ReplySaid, ServerEvent, Text, TextOr};
use crate::{
    ExchangeId,
    canonical::{CallFragment, Events, Finish, FinishReason, NOT_OF_PROTOCOL, Parts, Usage},
    json::{self, Mended},
    openai::error,
};

/// Replies in the making at once; one more, and the oldest is not listened to any longer.
const MAX_OPEN: usize = 16;

/// Hears what a provider says. What it cannot read says nothing to it: the connection goes on as it is.
#[derive(Debug)]
pub struct Tap {
    exchange: ExchangeId,
    model: String,
    replies: u64,
    open: VecDeque<Reply>,
}

/// What an event of the provider says of one reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// The reply's number on its connection, from 0.
    pub reply: u64,
    /// All that are heard of a reply together keep the grammar, and end with the provider's own end of it.
    pub events: Events,
}

#[derive(Debug)]
struct Reply {
    number: u64,
    id: String,
    parts: Parts,
    /// By their place in the reply.
    items: BTreeMap<u64, ItemSoFar>,
    has_sound: bool,
}

/// What was streamed already is not read again from what repeats it.
#[derive(Debug, Default)]
struct ItemSoFar {
    /// Bytes of each piece that were passed on, by place.
    said: BTreeMap<u64, usize>,
    begun: bool,
    done: bool,
}

impl Tap {
    /// `exchange` names what the provider does not.
    pub fn new(exchange: &ExchangeId) -> Self {
        Self {
            exchange: exchange.clone(),
            model: String::new(),
            replies: 0,
            open: VecDeque::new(),
        }
    }

    /// An event of the provider; `None` where it says nothing of a reply.
    pub fn hear(&mut self, text: &str) -> Option<Heard> {
        let mended = Mended::new();
        let mut event: ServerEvent<'_> = json::parse_reply(text.as_bytes(), &mended).ok()?;
        let kind = event.kind.take()?;
        if let Some(model) = event.session.take().and_then(|session| session.model) {
            self.model = model.into_owned();
        }
        let what = kind.strip_prefix("response.")?;
        let id = match &event.response {
            Some(reply) => reply.id.as_deref(),
            None => event.response_id.as_deref(),
        };
        let id = id.unwrap_or_default().to_owned();
        let known = self.position(&id);
        // Of a reply whose beginning nobody heard only the end says all.
        let at = match (what, known) {
            ("created" | "done", None) => self.begin(&id),
            (_, known) => known?,
        };
        let reply = self.open.get_mut(at)?;
        let mut out = Events::new();
        reply.parts.start(&id, &self.model, &mut out);
        reply.event(what, event, &mut out);
        let number = reply.number;
        if reply.parts.has_ended() {
            self.open.remove(at);
        }
        (!out.is_empty()).then_some(Heard {
            reply: number,
            events: out,
        })
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.open.iter().rposition(|reply| reply.id == id)
    }

    fn begin(&mut self, id: &str) -> usize {
        if self.open.len() >= MAX_OPEN {
            self.open.pop_front();
        }
        let number = self.replies;
        self.replies += 1;
        let exchange = ExchangeId(format!("{}_{number}", self.exchange.0));
        self.open.push_back(Reply {
            number,
            id: id.to_owned(),
            parts: Parts::new(0, &exchange),
            items: BTreeMap::new(),
            has_sound: false,
        });
        self.open.len() - 1
    }
}

impl Reply {
    fn event(&mut self, what: &str, event: ServerEvent<'_>, out: &mut Events) {
        let at = event.output_index.unwrap_or(0);
        let place = event.content_index.unwrap_or(0);
        let delta = event.delta.as_deref().unwrap_or_default();
        match what {
            "output_item.added" => {
                if let Some(item) = event.item {
                    self.begin(at, &item, out);
                }
            }
            "audio_transcript.delta"
            | "output_audio_transcript.delta"
            | "output_text.delta"
            | "text.delta" => self.say(at, place, delta, out),
            "function_call_arguments.delta" => self.argue(at, delta, out),
            "audio.delta" | "output_audio.delta" => self.sound(out),
            "content_part.done" => self.parts.end_text(out),
            "output_item.done" => {
                if let Some(item) = event.item {
                    self.item(at, item, out);
                }
            }
            "done" => self.end(event.response.unwrap_or_default(), out),
            _ => {}
        }
    }

    /// The name of a call stands at its beginning.
    fn begin(&mut self, at: u64, item: &Item<'_>, out: &mut Events) {
        let is_call = item.kind.as_deref() == Some("function_call");
        let Some(name) = item.name.as_deref().filter(|_| is_call) else {
            return;
        };
        let so_far = self.items.entry(at).or_default();
        if std::mem::replace(&mut so_far.begun, true) {
            return;
        }
        let id = item.call_id.as_deref().filter(|id| !id.is_empty());
        let fragment = CallFragment {
            slot: Some(at),
            id: id.or(item.id.as_deref()),
            name: Some(name),
            arguments: "",
        };
        self.parts.call(fragment, out);
    }

    /// The next fragment of a message, or of what is said aloud.
    fn say(&mut self, at: u64, place: u64, text: &str, out: &mut Events) {
        if self.passes_on(at, place, text) {
            self.parts.text(text, out);
        }
    }

    /// The next fragment of a call's arguments.
    fn argue(&mut self, at: u64, text: &str, out: &mut Events) {
        if self.passes_on(at, 0, text) {
            let fragment = CallFragment {
                slot: Some(at),
                arguments: text,
                ..CallFragment::default()
            };
            self.parts.call(fragment, out);
        }
    }

    fn passes_on(&mut self, at: u64, place: u64, text: &str) -> bool {
        let item = self.items.entry(at).or_default();
        if item.done {
            return false;
        }
        *item.said.entry(place).or_default() += text.len();
        true
    }

    /// Of a piece as a whole: what was not streamed.
    fn rest<'t>(&self, at: u64, place: u64, whole: &'t str) -> &'t str {
        let item = self.items.get(&at);
        let said = item.and_then(|item| item.said.get(&place));
        whole.get(said.copied().unwrap_or(0)..).unwrap_or_default()
    }

    /// The canonical model has no sounds; what was said is in the transcript.
    fn sound(&mut self, out: &mut Events) {
        if !std::mem::replace(&mut self.has_sound, true) {
            self.parts.loss("output_audio", NOT_OF_PROTOCOL, out);
        }
    }

    /// An item as a whole, which is over now.
    fn item(&mut self, at: u64, item: Item<'_>, out: &mut Events) {
        if self.items.get(&at).is_some_and(|so_far| so_far.done) {
            return;
        }
        match item.kind.as_deref() {
            Some("message") => {
                for (place, piece) in (0..).zip(pieces(item.content)) {
                    let said = [piece.text, piece.transcript].into_iter().flatten().next();
                    let said = said.unwrap_or_default();
                    let rest = self.rest(at, place, &said);
                    self.say(at, place, rest, out);
                }
            }
            Some("function_call") => {
                self.begin(at, &item, out);
                let arguments = item.arguments.unwrap_or_default();
                let rest = self.rest(at, 0, &arguments.0);
                self.argue(at, rest, out);
            }
            Some(_) | None => {}
        }
        self.parts.end_text(out);
        self.items.entry(at).or_default().done = true;
    }

    /// The reply as a whole, which is over now.
    fn end(&mut self, reply: ReplySaid<'_>, out: &mut Events) {
        let output = reply.output.into_iter().flatten();
        for (at, raw) in (0..).zip(output) {
            if let Ok(item) = serde_json::from_str(raw.get()) {
                self.item(at, item, out);
            }
        }
        if let Some(usage) = reply.usage {
            let cache_read = usage.input_token_details.and_then(|of| of.cached_tokens);
            let usage = Usage {
                input: Usage::fresh_input(usage.input_tokens, cache_read, None),
                cache_read,
                output: usage.output_tokens,
                ..Usage::default()
            };
            self.parts.usage(usage, out);
        }
        let status = reply.status.as_deref().unwrap_or("completed");
        let details = reply.status_details.unwrap_or_default();
        if status == "failed" {
            self.parts.error(error::of_json(&details, None), out);
            return;
        }
        let word = details["reason"].as_str().unwrap_or(status);
        let reason = match (status, word) {
            ("incomplete", "max_output_tokens") => FinishReason::Length,
            ("incomplete", "content_filter") => FinishReason::ContentFilter,
            ("cancelled" | "incomplete", _) => FinishReason::Other,
            _ => FinishReason::Stop,
        };
        self.parts.finish(Finish::new(reason, Some(word)), out);
    }
}

fn pieces<'a>(content: Option<TextOr<'a, Vec<&'a RawValue>>>) -> Vec<Content<'a>> {
    let text = |text: Text<'a>| Content {
        text: Some(text),
        ..Content::default()
    };
    match content {
        Some(TextOr::Other(pieces)) => {
            let pieces = pieces.into_iter();
            let pieces = pieces.map(|raw| serde_json::from_str(raw.get()).unwrap_or_default());
            pieces.collect()
        }
        Some(TextOr::Text(said)) => vec![text(said)],
        None => Vec::new(),
    }
}

#[cfg(test)]
#[path = "tap_tests.rs"]
mod tests;
