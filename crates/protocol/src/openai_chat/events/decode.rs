//! Chunks to events.

use bytes::Bytes;
use serde_json::{Value, value::RawValue};

use crate::{
    EventDecoder, ExchangeId,
    canonical::{
        AnswerSoFar, Answers, ApiError, CallFragment, Events, Finish, FinishReason, Logprobs,
        Media, Note, Opaque, Usage, free_text, think_tags::ThinkTags,
    },
    framing::sse::{Frame, SseDecoder},
    json::{self, Mended},
    openai::{error, logprobs::Token},
    openai_chat::{
        reasoning, request,
        wire::{self, Reply, Said, SaidCall, TextOr},
    },
};

/// A provider's stream.
pub(in crate::openai_chat) struct ChatDecoder {
    sse: SseDecoder,
    /// Some answer a request for a stream with one JSON object: it is collected here.
    whole: Option<Vec<u8>>,
    begun: bool,
    reader: Reader,
}

impl ChatDecoder {
    pub(in crate::openai_chat) fn new(exchange: &ExchangeId) -> Self {
        Self {
            sse: SseDecoder::default(),
            whole: None,
            begun: false,
            reader: Reader::new(exchange),
        }
    }
}

impl EventDecoder for ChatDecoder {
    fn push(&mut self, chunk: &[u8], out: &mut Events) {
        if !self.begun {
            let Some(first) = chunk.iter().find(|byte| !byte.is_ascii_whitespace()) else {
                return;
            };
            self.begun = true;
            self.whole = matches!(first, b'{' | b'[').then(Vec::new);
        }
        if let Some(whole) = &mut self.whole {
            whole.extend_from_slice(chunk);
            return;
        }
        let reader = &mut self.reader;
        if let Err(error) = self.sse.push(chunk, |frame| reader.frame(frame, out)) {
            reader.fail(error, out);
        }
    }

    fn finish(&mut self, out: &mut Events) {
        let reader = &mut self.reader;
        match self.whole.take() {
            Some(whole) => reader.whole(&whole, out),
            None => self.sse.finish(|frame| reader.frame(frame, out)),
        }
        reader.answers.close(out, Answer::complete);
    }

    fn awaits_end_mark(&self) -> bool {
        self.reader.answers.have_finished()
    }
}

/// Reads chunks and whole replies, which differ in one word only.
pub(in crate::openai_chat) struct Reader {
    answers: Answers<Own>,
}

type Answer = AnswerSoFar<Own>;

/// What is remembered of one answer.
#[derive(Default)]
struct Own {
    tags: ThinkTags,
    /// Reasoning has come as plain text, which its details only repeat.
    plain_reasoning: bool,
    /// Fragments of `reasoning_details` that no part holds yet.
    details: Vec<Value>,
    /// What was added to what is said.
    extra: Option<Opaque>,
    /// Calls of tools for free text, whose arguments are still open.
    custom: Vec<(Option<u64>, Option<String>)>,
    /// What came last was of the last of them.
    ends_in_free_text: bool,
}

impl Reader {
    pub(in crate::openai_chat) fn new(exchange: &ExchangeId) -> Self {
        Self {
            answers: Answers::new(exchange),
        }
    }

    /// A whole reply in one body.
    pub(in crate::openai_chat) fn whole(&mut self, body: &[u8], out: &mut Events) {
        // Some wrap a failure in a list, and nothing else.
        if body.trim_ascii_start().starts_with(b"[") {
            self.failure(body, out);
            return;
        }
        let mended = Mended::new();
        match json::parse_reply::<Reply<'_>>(body, &mended) {
            Ok(reply) => {
                self.reply(reply, body, out);
                self.end(out);
            }
            Err(error) => self.fail(error, out),
        }
    }

    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) {
        let data = frame.data.trim_ascii();
        if self.answers.have_ended() || data.is_empty() {
            return;
        }
        if data == b"[DONE]" {
            self.end(out);
            return;
        }
        let mended = Mended::new();
        if frame.event == "error" {
            self.failure(data, out);
            return;
        }
        match json::parse_reply::<Reply<'_>>(data, &mended) {
            Ok(reply) => self.reply(reply, data, out),
            Err(error) => self.fail(error, out),
        }
    }

    fn reply(&mut self, reply: Reply<'_>, body: &[u8], out: &mut Events) {
        let went_wrong = reply
            .base_resp
            .and_then(|outcome| outcome.status_code)
            .is_some_and(|code| code != 0);
        let went_wrong = went_wrong || reply.error.is_some() || reply.tells_why_not();
        if went_wrong || reply.object.as_deref() == Some("error") {
            self.failure(body, out);
            return;
        }
        self.answers.name(reply.id, reply.model);
        let counts = reply.usage.or_else(|| reply.x_groq?.usage);
        self.answers.count(counts.and_then(usage));
        for choice in reply.choices.into_iter().flatten() {
            if let Some(error) = choice.error {
                self.failure(error.get().as_bytes(), out);
                return;
            }
            self.answers.count(choice.usage.and_then(usage));
            let answer = self.answers.answer(choice.index.unwrap_or(0), out);
            if let Some(raw) = choice.logprobs {
                answer.likely(raw, out);
            }
            // Some servers repeat there what a delta says.
            let is_chat = choice.delta.is_some() || choice.message.is_some();
            if let Some(text) = choice.text.filter(|_| !is_chat) {
                answer.plain_text(&text, out);
            }
            if let Some(said) = choice.delta {
                answer.say(said, false, out);
            }
            if let Some(said) = choice.message {
                answer.say(*said, true, out);
            }
            if let Some(word) = choice.finish_reason.filter(|word| !word.is_empty()) {
                answer.finish = Some(Finish {
                    stop_sequence: choice
                        .stop_reason
                        .and_then(|raw| serde_json::from_str(raw.get()).ok()),
                    ..Finish::new(finish_reason(&word), Some(&word))
                });
            }
        }
    }

    /// The provider reports a failure.
    fn failure(&mut self, body: &[u8], out: &mut Events) {
        let body = serde_json::from_slice(body)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(body)));
        self.fail(error::of_json(&body, None), out);
    }

    fn fail(&mut self, error: ApiError, out: &mut Events) {
        self.answers.fail(error, out);
    }

    /// The end mark has come.
    fn end(&mut self, out: &mut Events) {
        self.answers.end(out, Answer::complete);
    }
}

impl Answer {
    fn say(&mut self, said: Said<'_>, whole: bool, out: &mut Events) {
        self.think(&said, out);
        match said.content {
            None => {}
            Some(TextOr::Text(text)) => self.text(&text, out),
            Some(TextOr::Other(parts)) => {
                for part in parts {
                    self.part(&part, out);
                }
            }
        }
        if let Some(refusal) = said.refusal.filter(|refusal| !refusal.is_empty()) {
            self.release_text(out);
            self.parts.refusal(&refusal, out);
        }
        if let Some(raw) = said.images {
            self.images(raw, out);
        }
        for (at, call) in (0..).zip(said.tool_calls.into_iter().flatten()) {
            self.release_text(out);
            let slot = if whole { Some(at) } else { call.index };
            self.extra(&call, out);
            self.call(slot, &call, out);
        }
        if let Some(function) = said.function_call {
            self.release_text(out);
            let call = SaidCall {
                function: Some(*function),
                ..SaidCall::default()
            };
            self.call(Some(0), &call, out);
        }
        if let Some(raw) = said.annotations {
            self.annotations(raw, out);
        }
        if let Some(opaque) = said.extra_content.and_then(reasoning::of_message) {
            self.own.extra = Some(opaque);
        }
        self.report("audio", said.audio, out);
    }

    /// What was drawn.
    fn images(&mut self, raw: &RawValue, out: &mut Events) {
        let Ok(images) = serde_json::from_str::<Vec<wire::Part<'_>>>(raw.get()) else {
            return self.report("images", Some(raw), out);
        };
        for image in images {
            match drawn(&image) {
                Some(image) => self.image(image, out),
                None => self.report("images", Some(raw), out),
            }
        }
    }

    fn image(&mut self, image: Media, out: &mut Events) {
        self.release_text(out);
        self.parts.image(image, out);
    }

    /// How likely the tokens were that the same chunk says.
    fn likely(&mut self, raw: &RawValue, out: &mut Events) {
        let read = |tokens: Option<Vec<Token>>| {
            let tokens = tokens.into_iter().flatten();
            tokens.map(Token::read).collect()
        };
        let likely = match serde_json::from_str(raw.get()) {
            Ok(wire::Likely { content, refusal }) if content.is_some() || refusal.is_some() => {
                Logprobs {
                    refusal: read(refusal),
                    text: read(content),
                }
            }
            // Beside a text that is gone on with they have another form.
            Ok(_) => match serde_json::from_str::<wire::TextLikely<'_>>(raw.get()) {
                Ok(likely) => Logprobs {
                    text: likely.read(),
                    ..Logprobs::default()
                },
                Err(_) => return self.report("logprobs", Some(raw), out),
            },
            Err(_) => return self.report("logprobs", Some(raw), out),
        };
        if !likely.is_empty() {
            self.parts.note(Note::Logprobs(likely), out);
        }
    }

    fn annotations(&mut self, raw: &RawValue, out: &mut Events) {
        let Ok(annotations) = serde_json::from_str::<Vec<wire::Annotation<'_>>>(raw.get()) else {
            return self.report("annotations", Some(raw), out);
        };
        for annotation in annotations {
            match annotation.read() {
                Some(citation) => self.parts.note(Note::Citation(citation), out),
                None => self.report("annotations", Some(raw), out),
            }
        }
    }

    /// What goes on with a text is nothing but text, whatever it looks like.
    fn plain_text(&mut self, text: &str, out: &mut Events) {
        if !text.is_empty() {
            self.own.tags.give_up();
            self.text(text, out);
        }
    }

    fn think(&mut self, said: &Said<'_>, out: &mut Events) {
        let details = said.reasoning_details;
        let details = details.and_then(|raw| match serde_json::from_str(raw.get()) {
            Ok(details) => Some(details),
            Err(_) => {
                self.report("reasoning_details", Some(raw), out);
                None
            }
        });
        let details: Vec<Value> = details.unwrap_or_default();
        if let Some(TextOr::Other(value)) = &said.reasoning {
            self.report("reasoning", Some(&json::raw(value)), out);
        }
        let plain = match (&said.reasoning_content, &said.reasoning) {
            (Some(text), _) if !text.is_empty() => Some(text),
            (_, Some(TextOr::Text(text))) if !text.is_empty() => Some(text),
            (_, Some(TextOr::Text(_) | TextOr::Other(_)) | None) => None,
        };
        self.own.plain_reasoning |= plain.is_some();
        match plain {
            Some(text) => self.thought(text, out),
            None if self.own.plain_reasoning => {}
            None => self.thought(&reasoning::text(&details), out),
        }
        for fragment in details {
            reasoning::merge(&mut self.own.details, fragment);
        }
    }

    fn thought(&mut self, text: &str, out: &mut Events) {
        if !text.is_empty() {
            self.own.tags.give_up();
            self.parts.reasoning(text, out);
        }
    }

    fn part(&mut self, part: &TextOr<'_, wire::Part<'_>>, out: &mut Events) {
        match part {
            TextOr::Text(text) => self.text(text, out),
            TextOr::Other(part) => {
                let is_thought = matches!(part.kind.as_deref(), Some("reasoning" | "thinking"));
                match (&part.thinking, part.text.as_deref()) {
                    (Some(thinking), _) => self.thought(&request::flattened(thinking), out),
                    (None, Some(text)) if is_thought => self.thought(text, out),
                    (None, None) if part.kind.is_some() => match drawn(part) {
                        Some(image) => self.image(image, out),
                        None => {
                            let why = "of the reply held something that is not text";
                            self.parts.loss("content", why, out);
                        }
                    },
                    (None, text) => self.text(text.unwrap_or_default(), out),
                }
            }
        }
    }

    fn text(&mut self, text: &str, out: &mut Events) {
        if text.is_empty() {
            return;
        }
        self.own.ends_in_free_text = false;
        self.hand_over_details(out);
        let parts = &mut self.parts;
        self.own.tags.push(text, |piece| parts.tagged(piece, out));
    }

    /// The state of a call stands before it, and in no part with what was thought aloud.
    fn extra(&mut self, call: &SaidCall<'_>, out: &mut Events) {
        let begins = call.function.as_ref().is_some_and(|function| {
            let name = function.name.as_deref();
            name.is_some_and(|name| !name.is_empty())
        });
        match call.extra_content.and_then(reasoning::of_call) {
            Some(opaque) if begins => {
                self.parts.end_text(out);
                self.parts.opaque(opaque, out);
            }
            Some(_) | None => self.report("tool_calls.extra_content", call.extra_content, out),
        }
    }

    fn call(&mut self, slot: Option<u64>, call: &SaidCall<'_>, out: &mut Events) {
        let id = call.id.as_deref();
        self.own.ends_in_free_text = call.custom.is_some();
        if let Some(custom) = &call.custom {
            let key = (slot, call.id.as_deref().map(str::to_owned));
            let name = custom.name.as_deref();
            let mut arguments = String::new();
            if name.is_some_and(|name| !name.is_empty()) && !self.own.custom.contains(&key) {
                self.own.custom.push(key);
                arguments.push_str(free_text::HEAD);
            }
            arguments.push_str(&free_text::escape(
                custom.input.as_deref().unwrap_or_default(),
            ));
            let fragment = CallFragment {
                slot,
                id,
                name,
                arguments: &arguments,
            };
            self.parts.call(fragment, out);
            return;
        }
        let function = call.function.as_ref();
        let arguments = function.and_then(|function| function.arguments.as_ref());
        let fragment = CallFragment {
            slot,
            id,
            name: function.and_then(|function| function.name.as_deref()),
            arguments: arguments.map(|arguments| &*arguments.0).unwrap_or_default(),
        };
        self.parts.call(fragment, out);
    }

    /// What was held back stands before what comes now.
    fn release_text(&mut self, out: &mut Events) {
        self.hand_over_details(out);
        let parts = &mut self.parts;
        self.own.tags.finish(|piece| parts.tagged(piece, out));
    }

    /// Gives the state collected so far to the reasoning it belongs to.
    fn hand_over_details(&mut self, out: &mut Events) {
        if let Some(opaque) = reasoning::own(&self.own.details) {
            self.parts.opaque(opaque, out);
            self.own.details.clear();
        }
    }

    fn complete(&mut self, out: &mut Events) {
        self.release_text(out);
        let is_cut = self.finish.as_ref().is_some_and(|finish| {
            use FinishReason::{ContextFull, Length};
            matches!(finish.reason, ContextFull | Length)
        });
        if is_cut && self.own.ends_in_free_text {
            // Half a text stays half, as the arguments of functions do: nobody may take it for the whole.
            self.own.custom.pop();
        }
        for (slot, id) in std::mem::take(&mut self.own.custom) {
            let fragment = CallFragment {
                slot,
                id: id.as_deref(),
                name: None,
                arguments: free_text::TAIL,
            };
            self.parts.call(fragment, out);
        }
        if let Some(opaque) = self.own.extra.take() {
            self.parts.end_text(out);
            self.parts.opaque(opaque, out);
        }
    }
}

/// The image that a part holds, if it is one.
fn drawn(part: &wire::Part<'_>) -> Option<Media> {
    let url = match part.image_url.as_ref()? {
        TextOr::Other(image) => &image.url,
        TextOr::Text(url) => url,
    };
    Media::image(&Bytes::new(), url)
}

fn finish_reason(word: &str) -> FinishReason {
    match word {
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" | "completed" => {
            FinishReason::Stop
        }
        "length" | "max_tokens" | "max_output_tokens" => FinishReason::Length,
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        "content_filter" | "safety" | "refusal" | "sensitive" => FinishReason::ContentFilter,
        "model_context_window_exceeded" => FinishReason::ContextFull,
        "error" | "insufficient_system_resource" => FinishReason::Error,
        _ => FinishReason::Other,
    }
}

/// The prompt's cached share is inside its count here, outside in the canonical model.
fn usage(wire: wire::Usage) -> Option<Usage> {
    let prompt = wire.prompt_tokens_details.unwrap_or_default();
    let cache_read = prompt
        .cached_tokens
        .or(wire.prompt_cache_hit_tokens)
        .or(wire.cached_tokens);
    let cache_write = prompt.cache_write_tokens.or(prompt.cache_creation_tokens);
    let usage = Usage {
        input: Usage::fresh_input(wire.prompt_tokens, cache_read, cache_write),
        cache_read,
        cache_write,
        output: wire.completion_tokens,
        reasoning: wire
            .completion_tokens_details
            .and_then(|details| details.reasoning_tokens),
        estimated: false,
    };
    (usage != Usage::default()).then_some(usage)
}
