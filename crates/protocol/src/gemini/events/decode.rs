//! A provider's chunks and whole replies to events: a reply is a chunk that says everything at once.

use serde_json::{Value, value::RawValue};

use crate::{
    EventDecoder, ExchangeId,
    canonical::{
        AnswerSoFar, Answers, ApiError, CallFragment, Events, Finish, FinishReason, Note,
        OpaqueKind, Usage,
    },
    framing::{json::JsonDecoder, sse::SseDecoder},
    gemini::{
        drawn, error, signature,
        wire::{CandidateBody, Grounding, LogprobsResult, Reply, ReplyPart, UsageBody},
    },
    json::{self, Mended, Text},
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
            Framing::Json(decoder) if decoder.is_cut() => reader.fail(ApiError::cut_off(), out),
            Framing::Sse(decoder) => decoder.finish(|frame| reader.read(frame.data, out)),
            Framing::Json(_) | Framing::Undecided => {}
        }
        reader.close(out);
    }

    fn awaits_end_mark(&self) -> bool {
        // An array has an end mark of its own.
        matches!(self.framing, Framing::Sse(_)) && self.reader.answers.have_finished()
    }

    fn paused(&self) -> Option<&str> {
        self.reader.paused()
    }

    fn go_on(&mut self) {
        self.framing = Framing::Undecided;
        self.reader.go_on();
    }
}

struct Reader {
    answers: Answers<SoFar>,
    /// The reply has come to the limit of one request, and may leave a mark to go on from.
    pause: Option<String>,
    /// Where it went on from last.
    since: String,
    /// What it had cost up to there.
    before: Option<Usage>,
}

#[derive(Default)]
struct SoFar {
    /// How many tools an answer has called.
    calls: u64,
    text: String,
    /// What it is from, as far as it was told.
    grounding: Option<Grounding>,
}

impl Reader {
    fn new(exchange: &ExchangeId) -> Self {
        Self {
            answers: Answers::new(exchange),
            pause: None,
            since: String::new(),
            before: None,
        }
    }

    /// Only one answer can be gone on with, and only from where it has not been before.
    fn paused(&self) -> Option<&str> {
        let mark = self.pause.as_deref()?;
        let goes_on = !mark.is_empty() && mark != self.since;
        (goes_on && self.answers.is_one() && !self.answers.have_ended()).then_some(mark)
    }

    fn go_on(&mut self) {
        if let Some(mark) = self.pause.take() {
            self.since = mark;
            self.before = self.answers.go_on();
        }
    }

    fn read(&mut self, data: &[u8], out: &mut Events) {
        let data = data.trim_ascii();
        if self.answers.have_ended() || data.is_empty() {
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
        self.answers.name(reply.response_id, reply.model_version);
        let usage = reply.usage_metadata.and_then(usage);
        let with_rounds = |usage| self.before.map_or(usage, |before| before.plus(&usage));
        self.answers.count(usage.map(with_rounds));
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
            let answer = self.answers.answer(0, out);
            answer.parts.refusal(&said, out);
            answer.finish = Some(Finish::new(FinishReason::ContentFilter, Some(&reason)));
        }
    }

    /// Returns the failure that a candidate ends in, if it does.
    fn candidate(&mut self, candidate: CandidateBody<'_>, out: &mut Events) -> Option<ApiError> {
        let answer = self.answers.answer(candidate.index.unwrap_or(0), out);
        if let Some(raw) = candidate.logprobs_result {
            match serde_json::from_str(raw.get()).map(LogprobsResult::read) {
                Ok(likely) if likely.is_empty() => {}
                Ok(likely) => answer.parts.note(Note::Logprobs(likely), out),
                Err(_) => answer.report("logprobsResult", Some(raw), out),
            }
        }
        for part in candidate
            .content
            .and_then(|said| said.parts)
            .into_iter()
            .flatten()
        {
            read_part(answer, part, out);
        }
        answer.report("citationMetadata", candidate.citation_metadata, out);
        if let Some(raw) = candidate.grounding_metadata {
            match serde_json::from_str::<Grounding>(raw.get()) {
                Ok(mut grounding) => {
                    for name in std::mem::take(&mut grounding.others).into_names() {
                        let field = format!("groundingMetadata.{name}");
                        answer
                            .parts
                            .loss(&field, "of the reply could not be carried over", out);
                    }
                    if grounding.has_other_sources() {
                        answer.report("groundingMetadata.groundingChunks", Some(raw), out);
                    }
                    answer
                        .own
                        .grounding
                        .get_or_insert_default()
                        .update(grounding);
                }
                Err(_) => answer.report("groundingMetadata", Some(raw), out),
            }
        }
        answer.report("urlContextMetadata", candidate.url_context_metadata, out);
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
            let mark = candidate.continuation_token.map(Text::into_owned);
            self.pause = Some(mark.unwrap_or_default());
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
        self.answers.fail(error, out);
    }

    /// The connection is closed, which is the only end mark that every server has.
    fn close(&mut self, out: &mut Events) {
        if self.pause.take().is_some() && !self.answers.have_ended() {
            self.answers.answer(0, out).parts.loss(
                "continuationToken",
                "of the reply could not be carried over: it ends where the provider paused",
                out,
            );
        }
        self.answers.close(out, tell_grounding);
    }
}

/// Where the answer is from is told when all of it was said: places are in it.
fn tell_grounding(answer: &mut AnswerSoFar<SoFar>, out: &mut Events) {
    let Some(grounding) = answer.own.grounding.take() else {
        return;
    };
    for citation in grounding.citations(&answer.own.text) {
        answer.parts.note(Note::Citation(citation), out);
    }
    if let Some(search) = grounding.search() {
        answer.parts.note(Note::Search(search), out);
    }
}

fn read_part(answer: &mut AnswerSoFar<SoFar>, part: ReplyPart<'_>, out: &mut Events) {
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
        answer.parts.opaque(state, out);
    }
    if is_thought {
        answer.parts.reasoning(text, out);
    } else {
        answer.own.text.push_str(text);
        answer.parts.text(text, out);
    }
    if let Some(state) = behind {
        answer.parts.opaque(state, out);
    }
    if let Some(call) = part.function_call {
        let arguments = match call.args.map(RawValue::get) {
            None | Some("null") => "{}",
            Some(arguments) => arguments,
        };
        let fragment = CallFragment {
            slot: Some(answer.own.calls),
            id: call.id.as_deref(),
            name: call.name.as_deref(),
            arguments,
        };
        answer.own.calls += 1;
        answer.parts.call(fragment, out);
    }
    // What is drawn on the way to the answer is none of it.
    let drawn = part.inline_data.filter(|_| !is_thought);
    match drawn.and_then(drawn::read) {
        Some(image) => answer.parts.image(image, out),
        None => answer.report("inlineData", part.inline_data, out),
    }
    answer.report("fileData", part.file_data, out);
    answer.report("executableCode", part.executable_code, out);
    answer.report("codeExecutionResult", part.code_execution_result, out);
    answer.report("toolCall", part.tool_call, out);
    answer.report("toolResponse", part.tool_response, out);
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
