//! Frames to events. The stream has no end mark and no finish reason: it ends where it ends, between two frames.

use serde::de::IgnoredAny;

use crate::{
    EventDecoder, ExchangeId, Protocol,
    amazon_q::{
        error,
        wire::{Payload, TokenUsage},
    },
    canonical::{
        ApiError, CallFragment, Events, Finish, FinishReason, Opaque, OpaqueKind, Parts, Usage,
        think_tags::ThinkTags,
    },
    framing::event_stream::{EventStreamDecoder, Frame},
    json::{self, Mended},
};

/// A reply stopped because it would have become too long.
const LENGTH_EXCEPTION: &str = "ContentLengthExceeded";

/// The provider's stream.
#[derive(Debug)]
pub(in crate::amazon_q) struct Decoder {
    frames: EventStreamDecoder,
    reader: Reader,
}

impl Decoder {
    pub(in crate::amazon_q) fn new(exchange: &ExchangeId) -> Self {
        Self {
            frames: EventStreamDecoder::default(),
            reader: Reader::new(exchange),
        }
    }
}

impl EventDecoder for Decoder {
    fn push(&mut self, chunk: &[u8], out: &mut Events) {
        let reader = &mut self.reader;
        if let Err(error) = self.frames.push(chunk, |frame| reader.frame(frame, out)) {
            reader.fail(error, out);
        }
    }

    fn finish(&mut self, out: &mut Events) {
        match self.frames.finish() {
            Ok(()) => self.reader.close(out),
            Err(error) => self.reader.fail(error, out),
        }
    }

    /// A connection that breaks does so between two frames as well as within one.
    fn break_off(&mut self, out: &mut Events) {
        let broken = "The connection broke before the reply was finished.";
        self.reader.fail(ApiError::provider_fault(broken), out);
    }
}

#[derive(Debug)]
struct Reader {
    parts: Parts,
    tags: ThinkTags,
    id: String,
    /// Something of an answer has come, be it empty.
    answered: bool,
    /// Calls that nobody said to be complete, with their arguments so far.
    open: Vec<(String, String)>,
    usage: Option<Usage>,
    context_full: bool,
    reported: Vec<String>,
}

impl Reader {
    fn new(exchange: &ExchangeId) -> Self {
        Self {
            parts: Parts::new(0, exchange),
            tags: ThinkTags::interleaved(),
            id: String::new(),
            answered: false,
            open: Vec::new(),
            usage: None,
            context_full: false,
            reported: Vec::new(),
        }
    }

    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) {
        if self.parts.has_ended() {
            return;
        }
        match frame.message_type {
            "error" | "exception" => self.exception(frame, out),
            _ => self.event(frame, out),
        }
    }

    fn exception(&mut self, frame: Frame<'_>, out: &mut Events) {
        if self.answered && frame.kind.starts_with(LENGTH_EXCEPTION) {
            self.finish(FinishReason::Length, Some(frame.kind), out);
            return;
        }
        let error = error::of_frame(frame.kind, frame.message, frame.payload);
        self.fail(error, out);
    }

    fn event(&mut self, frame: Frame<'_>, out: &mut Events) {
        let is_read = matches!(
            frame.kind,
            "assistantResponseEvent"
                | "contextUsageEvent"
                | "messageMetadataEvent"
                | "metadataEvent"
                | "reasoningContentEvent"
                | "toolUseEvent"
        );
        if !is_read {
            self.other(frame, out);
            return;
        }
        let mended = Mended::new();
        let payload: Payload<'_> = match json::parse_reply(frame.payload, &mended) {
            Ok(payload) => payload,
            Err(error) => return self.fail(error, out),
        };
        match frame.kind {
            "assistantResponseEvent" => {
                self.start(&payload, out);
                let text = payload.content.as_deref().unwrap_or_default();
                let parts = &mut self.parts;
                self.tags.push(text, |piece| parts.tagged(piece, out));
            }
            "contextUsageEvent" => {
                self.context_full |= payload
                    .context_usage_percentage
                    .is_some_and(|percentage| percentage >= 100.0);
            }
            "messageMetadataEvent" => {
                if let Some(id) = payload.utterance_id.filter(|_| self.id.is_empty()) {
                    self.id = id.into_owned();
                }
            }
            "metadataEvent" => {
                self.answered = true;
                self.usage = payload.token_usage.and_then(usage).or(self.usage);
            }
            "reasoningContentEvent" => {
                self.start(&payload, out);
                self.reasoning(&payload, out);
            }
            _ => {
                self.start(&payload, out);
                self.call(&payload, out);
            }
        }
    }

    fn start(&mut self, payload: &Payload<'_>, out: &mut Events) {
        self.answered = true;
        let model = payload.model_id.as_deref().unwrap_or_default();
        self.parts.start(&self.id, model, out);
    }

    fn reasoning(&mut self, payload: &Payload<'_>, out: &mut Events) {
        let said = payload.text.as_deref().unwrap_or_default();
        if !said.is_empty() {
            self.tags.give_up();
        }
        self.parts.reasoning(said, out);
        for (kind, value) in [
            (OpaqueKind::Signature, &payload.signature),
            (OpaqueKind::Content, &payload.redacted_content),
        ] {
            if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                let opaque = Opaque {
                    owner: Protocol::AmazonQ,
                    kind,
                    value: value.to_owned(),
                    id: None,
                };
                self.parts.opaque(opaque, out);
            }
        }
    }

    fn call(&mut self, payload: &Payload<'_>, out: &mut Events) {
        self.release_text(out);
        let id = payload.tool_use_id.as_deref();
        let arguments = payload.input.as_ref();
        let arguments = arguments.map(|arguments| &*arguments.0).unwrap_or_default();
        let place = id.unwrap_or_default();
        let place = self.open.iter().position(|(open, _)| open == place);
        let place = place.unwrap_or_else(|| {
            let id = id.unwrap_or_default().to_owned();
            self.open.push((id, String::new()));
            self.open.len() - 1
        });
        self.open[place].1.push_str(arguments);
        let mut fragment = CallFragment {
            slot: None,
            id,
            name: payload.name.as_deref(),
            arguments,
        };
        if payload.stop == Some(true) {
            let (_, whole) = self.open.swap_remove(place);
            if whole.trim().is_empty() {
                fragment.arguments = "{}";
            }
        }
        self.parts.call(fragment, out);
    }

    /// Events of other types. Those that show something to a person are reported, once a type.
    fn other(&mut self, frame: Frame<'_>, out: &mut Events) {
        match frame.kind {
            "invalidStateEvent" => {
                let error = error::of_frame("", frame.message, frame.payload);
                self.fail(error, out);
            }
            "citationEvent" | "codeReferenceEvent" | "supplementaryWebLinksEvent"
                if !self.reported.iter().any(|kind| kind == frame.kind) =>
            {
                self.reported.push(frame.kind.to_owned());
                self.parts.start(&self.id, "", out);
                self.parts
                    .loss(frame.kind, "of the reply could not be carried over", out);
            }
            _ => {}
        }
    }

    /// The text held back for a tag that did not come.
    fn release_text(&mut self, out: &mut Events) {
        let parts = &mut self.parts;
        self.tags.finish(|piece| parts.tagged(piece, out));
    }

    /// The connection was closed in good order, between two frames.
    fn close(&mut self, out: &mut Events) {
        if self.parts.has_ended() {
            return;
        }
        let is_cut = |(_, arguments): &(String, String)| {
            serde_json::from_str::<IgnoredAny>(arguments).is_err()
        };
        if self.open.iter().any(is_cut) {
            let cut = "The provider closed the connection in the middle of a tool call.";
            self.fail(ApiError::provider_fault(cut), out);
        } else if !self.answered {
            let nothing = "The provider closed the connection without an answer.";
            self.fail(ApiError::provider_fault(nothing), out);
        } else if self.context_full {
            self.finish(FinishReason::ContextFull, None, out);
        } else {
            self.finish(FinishReason::Stop, None, out);
        }
    }

    fn finish(&mut self, reason: FinishReason, raw: Option<&str>, out: &mut Events) {
        self.release_text(out);
        self.tell_usage(out);
        self.parts.finish(Finish::new(reason, raw), out);
    }

    fn fail(&mut self, error: ApiError, out: &mut Events) {
        if !self.parts.has_ended() {
            self.release_text(out);
            self.tell_usage(out);
            self.parts.error(error, out);
        }
    }

    fn tell_usage(&mut self, out: &mut Events) {
        if let Some(usage) = self.usage.take() {
            self.parts.usage(usage, out);
        }
    }
}

fn usage(wire: TokenUsage) -> Option<Usage> {
    let usage = Usage {
        input: wire.uncached_input_tokens,
        cache_read: wire.cache_read_input_tokens,
        cache_write: wire.cache_write_input_tokens,
        output: wire.output_tokens,
        reasoning: None,
        estimated: false,
    };
    (usage != Usage::default()).then_some(usage)
}
