//! A provider's chunks and whole replies to events: a reply is a chunk that says everything at once.

use std::collections::BTreeMap;

use serde_json::{Value, value::RawValue};

use crate::{
    EventDecoder, ExchangeId,
    canonical::{
        ApiError, CallFragment, Choice, Events, Finish, FinishReason, OpaqueKind, Parts, Usage,
    },
    framing::{json::JsonDecoder, sse::SseDecoder},
    gemini::{
        error, signature,
        wire::{CandidateBody, Reply, ReplyPart, UsageBody},
    },
    json::{self, Mended},
};

/// A provider's stream, in whichever form it comes, or a whole reply.
pub(in crate::gemini) struct Decoder {
    framing: Framing,
    reader: Reader,
}

enum Framing {
    /// Objects, in an array or alone.
    Json(JsonDecoder),
    Sse(SseDecoder),
    /// Nothing but blank space has come.
    Undecided,
}

impl Decoder {
    pub(in crate::gemini) fn new(exchange: &ExchangeId) -> Self {
        Self {
            framing: Framing::Undecided,
            reader: Reader::new(exchange),
        }
    }
}

impl EventDecoder for Decoder {
    fn push(&mut self, chunk: &[u8], out: &mut Events) {
        if matches!(self.framing, Framing::Undecided) {
            let Some(first) = chunk.iter().find(|byte| !byte.is_ascii_whitespace()) else {
                return;
            };
            self.framing = match first {
                b'{' | b'[' => Framing::Json(JsonDecoder::default()),
                _ => Framing::Sse(SseDecoder::default()),
            };
        }
        let reader = &mut self.reader;
        let pushed = match &mut self.framing {
            Framing::Json(decoder) => decoder.push(chunk, |object| reader.read(object, out)),
            Framing::Sse(decoder) => decoder.push(chunk, |frame| reader.read(frame.data, out)),
            Framing::Undecided => Ok(()),
        };
        if let Err(error) = pushed {
            reader.fail(error, out);
        }
    }

    fn finish(&mut self, out: &mut Events) {
        let reader = &mut self.reader;
        match &mut self.framing {
            Framing::Json(decoder) if decoder.is_cut() => reader.fail(cut(), out),
            Framing::Sse(decoder) => decoder.finish(|frame| reader.read(frame.data, out)),
            Framing::Json(_) | Framing::Undecided => {}
        }
        reader.close(out);
    }
}

struct Reader {
    exchange: ExchangeId,
    id: String,
    model: String,
    answers: BTreeMap<Choice, Answer>,
    usage: Option<Usage>,
    ended: bool,
}

struct Answer {
    parts: Parts,
    calls: u64,
    finish: Option<Finish>,
    reported: Vec<&'static str>,
}

impl Reader {
    fn new(exchange: &ExchangeId) -> Self {
        Self {
            exchange: exchange.clone(),
            id: String::new(),
            model: String::new(),
            answers: BTreeMap::new(),
            usage: None,
            ended: false,
        }
    }

    fn read(&mut self, data: &[u8], out: &mut Events) {
        let data = data.trim_ascii();
        if self.ended || data.is_empty() {
            return;
        }
        // The end mark of another protocol, which some servers that speak this one write.
        if data == b"[DONE]" {
            self.close(out);
            return;
        }
        let mended = Mended::new();
        // A failure may stand in a list.
        if data.starts_with(b"[") {
            self.failure(data, out);
            return;
        }
        match json::parse_reply::<Reply<'_>>(data, &mended) {
            Ok(reply) => self.reply(reply, data, out),
            Err(error) => self.fail(error, out),
        }
    }

    fn reply(&mut self, reply: Reply<'_>, data: &[u8], out: &mut Events) {
        if reply.error.is_some() {
            self.failure(data, out);
            return;
        }
        if let Some(id) = reply.response_id.filter(|_| self.id.is_empty()) {
            self.id = id.into_owned();
        }
        if let Some(model) = reply.model_version.filter(|_| self.model.is_empty()) {
            self.model = model.into_owned();
        }
        // Totals so far: the last ones count.
        if let Some(usage) = reply.usage_metadata.and_then(usage) {
            self.usage.get_or_insert_default().update(&usage);
        }
        for candidate in reply.candidates.into_iter().flatten() {
            if let Some(failure) = self.candidate(candidate, out) {
                self.fail(failure, out);
                return;
            }
        }
        let blocked = reply.prompt_feedback.and_then(|feedback| {
            let reason = feedback.block_reason.filter(|reason| !reason.is_empty())?;
            Some((reason, feedback.block_reason_message))
        });
        if let (Some((reason, message)), true) = (blocked, self.answers.is_empty()) {
            let said = match message {
                Some(message) => format!(
                    "The provider blocked the prompt ({}): {}",
                    &*reason, &*message
                ),
                None => format!("The provider blocked the prompt ({}).", &*reason),
            };
            let answer = self.answer(0, out);
            answer.parts.refusal(&said, out);
            answer.finish = Some(Finish::new(FinishReason::ContentFilter, Some(&reason)));
        }
    }

    fn answer(&mut self, choice: Choice, out: &mut Events) -> &mut Answer {
        let exchange = &self.exchange;
        let answer = self.answers.entry(choice).or_insert_with(|| Answer {
            parts: Parts::new(choice, exchange),
            calls: 0,
            finish: None,
            reported: Vec::new(),
        });
        answer.parts.start(&self.id, &self.model, out);
        answer
    }

    /// Returns the failure that a candidate ends in, if it does.
    fn candidate(&mut self, candidate: CandidateBody<'_>, out: &mut Events) -> Option<ApiError> {
        let answer = self.answer(candidate.index.unwrap_or(0), out);
        for part in candidate
            .content
            .and_then(|said| said.parts)
            .into_iter()
            .flatten()
        {
            answer.part(part, out);
        }
        answer.report("citationMetadata", candidate.citation_metadata, out);
        answer.report("groundingMetadata", candidate.grounding_metadata, out);
        answer.report("urlContextMetadata", candidate.url_context_metadata, out);
        answer.report("logprobsResult", candidate.logprobs_result, out);
        let word = candidate.finish_reason.filter(|word| !word.is_empty())?;
        if let Some(what) = failure_of(&word) {
            let message = candidate
                .finish_message
                .filter(|text| !text.trim().is_empty());
            let message = message.map(|text| format!(": {}", crate::quoting::quoted(&text)));
            return Some(
                ApiError::provider_fault(format!(
                    "{what} ({}){}",
                    &*word,
                    message.unwrap_or_else(|| ".".to_owned())
                ))
                .with_code(word.to_ascii_lowercase()),
            );
        }
        if &*word == "CONTINUATION" {
            answer.parts.loss(
                "continuationToken",
                "of the reply could not be carried over: it ends where the provider paused",
                out,
            );
        }
        answer.finish = Some(Finish::new(finish_reason(&word), Some(&word)));
        None
    }

    /// The provider reports a failure.
    fn failure(&mut self, data: &[u8], out: &mut Events) {
        let body = serde_json::from_slice(data)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(data)));
        self.fail(error::of_json(&body, None), out);
    }

    fn fail(&mut self, error: ApiError, out: &mut Events) {
        if self.ended {
            return;
        }
        self.ended = true;
        self.tell_usage(out);
        let mut answers = self.answers.values_mut();
        let first = answers.next();
        for other in answers {
            other.parts.cut(out);
        }
        match first {
            Some(first) => first.parts.error(error, out),
            None => Parts::new(0, &self.exchange).error(error, out),
        }
    }

    /// The connection is closed, which is the only end mark there is.
    fn close(&mut self, out: &mut Events) {
        let is_over = |answer: &Answer| answer.finish.is_some();
        if self.answers.is_empty() || !self.answers.values().all(is_over) {
            self.fail(cut(), out);
        } else if !self.answers.contains_key(&0) {
            // Clients that asked for one answer read the first.
            self.fail(
                ApiError::provider_fault("The provider's reply holds no answer."),
                out,
            );
        }
        if self.ended {
            return;
        }
        self.ended = true;
        self.tell_usage(out);
        for answer in self.answers.values_mut() {
            let finish = answer.finish.take();
            let finish = finish.unwrap_or_else(|| Finish::new(FinishReason::Stop, None));
            answer.parts.finish(finish, out);
        }
    }

    fn tell_usage(&mut self, out: &mut Events) {
        if let (Some(usage), Some(first)) = (self.usage.take(), self.answers.values_mut().next()) {
            first.parts.usage(usage, out);
        }
    }
}

impl Answer {
    fn part(&mut self, part: ReplyPart<'_>, out: &mut Events) {
        let is_thought = part.thought == Some(true);
        let state = part.thought_signature.as_deref();
        let state = state.and_then(|signature| signature::read(signature, is_thought));
        let text = part.text.as_deref().unwrap_or_default();
        // State stands before what it is of, but a thought's proof behind the thought.
        let (before, behind) = match state {
            Some(state) if is_thought || state.kind == OpaqueKind::Signature => (None, Some(state)),
            state => (state, None),
        };
        if let Some(state) = before {
            self.parts.opaque(state, out);
        }
        if is_thought {
            self.parts.reasoning(text, out);
        } else {
            self.parts.text(text, out);
        }
        if let Some(state) = behind {
            self.parts.opaque(state, out);
        }
        if let Some(call) = part.function_call {
            let arguments = match call.args.map(RawValue::get) {
                None | Some("null") => "{}",
                Some(arguments) => arguments,
            };
            let fragment = CallFragment {
                slot: Some(self.calls),
                id: call.id.as_deref(),
                name: call.name.as_deref(),
                arguments,
            };
            self.calls += 1;
            self.parts.call(fragment, out);
        }
        self.report("inlineData", part.inline_data, out);
        self.report("fileData", part.file_data, out);
        self.report("executableCode", part.executable_code, out);
        self.report("codeExecutionResult", part.code_execution_result, out);
        self.report("toolCall", part.tool_call, out);
        self.report("toolResponse", part.tool_response, out);
    }

    /// Says once that a field has no place in the canonical model.
    fn report(&mut self, field: &'static str, raw: Option<&RawValue>, out: &mut Events) {
        let says_something = raw.is_some_and(|raw| !matches!(raw.get(), "[]" | "{}"));
        if says_something && !self.reported.contains(&field) {
            self.reported.push(field);
            self.parts
                .loss(field, "of the reply could not be carried over", out);
        }
    }
}

fn cut() -> ApiError {
    ApiError::provider_fault("The provider closed the connection before the reply was finished.")
}

fn finish_reason(word: &str) -> FinishReason {
    match word {
        "STOP" => FinishReason::Stop,
        "CONTINUATION" | "MAX_TOKENS" => FinishReason::Length,
        "BLOCKLIST"
        | "IMAGE_OTHER"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "IMAGE_SAFETY"
        | "LANGUAGE"
        | "MODEL_ARMOR"
        | "PROHIBITED_CONTENT"
        | "RECITATION"
        | "SAFETY"
        | "SPII" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}

/// What went wrong, for the words that mean a reply nobody can use.
fn failure_of(word: &str) -> Option<&'static str> {
    match word {
        "MALFORMED_FUNCTION_CALL" => Some("The model wrote a tool call that is not valid"),
        "MALFORMED_RESPONSE" => Some("The model wrote a reply that is not valid"),
        "MISSING_THOUGHT_SIGNATURE" => {
            Some("The provider misses the thought signature of an earlier tool call")
        }
        "TOO_MANY_TOOL_CALLS" => Some("The model called too many tools"),
        "UNEXPECTED_TOOL_CALL" => Some("The model called a tool though none was offered"),
        _ => None,
    }
}

/// The cached share is inside the prompt's count here, and thoughts are outside the answer's; in the canonical
/// model it is the other way round.
fn usage(body: UsageBody) -> Option<Usage> {
    let sum = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
    };
    let prompt = sum(body.prompt_token_count, body.tool_use_prompt_token_count);
    let cache_read = body.cached_content_token_count;
    let written = sum(body.candidates_token_count, body.thoughts_token_count);
    let rest = |total: u64| total.saturating_sub(prompt.unwrap_or(0));
    let usage = Usage {
        input: Usage::fresh_input(prompt, cache_read, None),
        cache_read,
        cache_write: None,
        output: written.or_else(|| body.total_token_count.map(rest)),
        reasoning: body.thoughts_token_count,
        estimated: false,
    };
    (usage != Usage::default()).then_some(usage)
}
