//! Lines to events.

use serde_json::{Value, value::RawValue};

use crate::{
    EventDecoder, ExchangeId,
    canonical::{
        ApiError, CallFragment, Events, Finish, FinishReason, Logprobs, Note, Parts, Usage,
        think_tags::ThinkTags,
    },
    framing::ndjson::NdjsonDecoder,
    json::{self, Mended},
    ollama::{
        CONTENT_FILTER, error,
        wire::{Called, Reply, Said, Token, ToolCall},
    },
};

/// A provider's stream.
pub(in crate::ollama) struct LineDecoder {
    lines: NdjsonDecoder,
    reader: Reader,
}

impl LineDecoder {
    pub(in crate::ollama) fn new(exchange: &ExchangeId) -> Self {
        Self {
            lines: NdjsonDecoder::default(),
            reader: Reader::new(exchange),
        }
    }
}

impl EventDecoder for LineDecoder {
    fn push(&mut self, chunk: &[u8], out: &mut Events) {
        let reader = &mut self.reader;
        if let Err(error) = self.lines.push(chunk, |line| reader.line(line, out)) {
            reader.parts.error(error, out);
        }
    }

    fn finish(&mut self, out: &mut Events) {
        let reader = &mut self.reader;
        self.lines.finish(|line| reader.line(line, out));
        reader.parts.error(ApiError::cut_off(), out);
    }
}

/// Reads lines and whole replies, which are alike.
pub(in crate::ollama) struct Reader {
    parts: Parts,
    /// Servers that do not know a model's way to think leave it in the text.
    tags: ThinkTags,
    calls: u64,
    reported: bool,
}

impl Reader {
    pub(in crate::ollama) fn new(exchange: &ExchangeId) -> Self {
        Self {
            parts: Parts::new(0, exchange),
            tags: ThinkTags::default(),
            calls: 0,
            reported: false,
        }
    }

    /// A whole reply in one body.
    pub(in crate::ollama) fn whole(&mut self, body: &[u8], out: &mut Events) {
        self.line(body, out);
        if self.parts.has_started() {
            // Whole it is all the same.
            self.end(None, None, out);
        }
        self.parts.error(ApiError::no_answer(), out);
    }

    fn line(&mut self, line: &[u8], out: &mut Events) {
        if self.parts.has_ended() {
            return;
        }
        let mended = Mended::new();
        match json::parse_reply::<Reply<'_>>(line, &mended) {
            Ok(reply) => self.reply(reply, line, out),
            Err(error) => self.parts.error(error, out),
        }
    }

    fn reply(&mut self, reply: Reply<'_>, line: &[u8], out: &mut Events) {
        if reply.error.is_some() {
            let body = serde_json::from_slice(line)
                .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(line)));
            self.parts.error(error::of_json(&body, None), out);
            return;
        }
        let is_done = reply.done == Some(true);
        let said = reply.message.or_else(|| {
            let is_text = reply.response.is_some() || reply.thinking.is_some();
            (is_text || reply.tool_calls.is_some()).then_some(Said {
                content: reply.response,
                thinking: reply.thinking,
                tool_calls: reply.tool_calls,
                ..Said::default()
            })
        });
        if said.is_none() && !is_done {
            return;
        }
        let model = reply.model.as_deref().unwrap_or_default();
        self.parts.start("", model, out);
        if let Some(raw) = reply.logprobs {
            self.likely(raw, out);
        }
        if let Some(said) = said {
            self.say(said, out);
        }
        if is_done {
            let usage = Usage {
                input: reply.prompt_eval_count,
                output: reply.eval_count,
                ..Usage::default()
            };
            self.end(reply.done_reason.as_deref(), Some(usage), out);
        }
    }

    /// How likely the tokens were that the same line says.
    fn likely(&mut self, raw: &RawValue, out: &mut Events) {
        match serde_json::from_str::<Vec<Token>>(raw.get()) {
            Ok(tokens) if tokens.is_empty() => {}
            Ok(tokens) => {
                let likely = Logprobs {
                    text: tokens.into_iter().map(Token::read).collect(),
                    ..Logprobs::default()
                };
                self.parts.note(Note::Logprobs(likely), out);
            }
            Err(_) if std::mem::replace(&mut self.reported, true) => {}
            Err(_) => self
                .parts
                .loss("logprobs", "of the reply could not be carried over", out),
        }
    }

    fn say(&mut self, said: Said<'_>, out: &mut Events) {
        let thinking = said.thinking.as_deref().unwrap_or_default();
        if !thinking.is_empty() {
            self.tags.give_up();
            self.parts.reasoning(thinking, out);
        }
        let text = said.content.as_deref().unwrap_or_default();
        if !text.is_empty() {
            let parts = &mut self.parts;
            self.tags.push(text, |piece| parts.tagged(piece, out));
        }
        for call in said.tool_calls.into_iter().flatten() {
            self.flush(out);
            self.call(&call, out);
        }
        if said
            .images
            .is_some_and(|raw| !matches!(raw.get(), "null" | "[]"))
        {
            self.parts
                .loss("images", "of the reply could not be carried over", out);
        }
    }

    /// Each is whole.
    fn call(&mut self, call: &ToolCall<'_>, out: &mut Events) {
        // One without a function is told as one without a name.
        let none = Called::default();
        let function = call.function.as_ref().unwrap_or(&none);
        let arguments = function.arguments();
        let fragment = CallFragment {
            slot: Some(self.calls),
            id: call.id.as_deref(),
            name: function.name.as_deref(),
            arguments: json::parseable(&arguments),
        };
        self.calls += 1;
        self.parts.call(fragment, out);
    }

    fn flush(&mut self, out: &mut Events) {
        let parts = &mut self.parts;
        self.tags.finish(|piece| parts.tagged(piece, out));
    }

    fn end(&mut self, word: Option<&str>, usage: Option<Usage>, out: &mut Events) {
        self.flush(out);
        if let Some(usage) = usage.filter(|usage| *usage != Usage::default()) {
            self.parts.usage(usage, out);
        }
        let reason = match word {
            None | Some("stop" | "load" | "unload") => FinishReason::Stop,
            Some(CONTENT_FILTER) => FinishReason::ContentFilter,
            Some("length") => FinishReason::Length,
            Some("tool_calls") => FinishReason::ToolCalls,
            Some(_) => FinishReason::Other,
        };
        self.parts.finish(Finish::new(reason, word), out);
    }
}
