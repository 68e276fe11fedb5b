//! Events to lines.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use bytes::{Bytes, BytesMut};

use crate::{
    EventEncoder, Operation, ReplyContext,
    canonical::{
        ApiError, Choice, Delta, Event, Finish, Losses, NO_DRAWING, NOT_OF_PROTOCOL, Note,
        PartKind, Request, Usage, WEB_SEARCH,
    },
    dates,
    framing::ndjson,
    json::arguments_object,
    ollama::{
        CONTENT_FILTER, error,
        wire::{Called, Line, SaidOut, Token, ToolCall},
    },
};

/// A line that says nothing: an empty one would break clients that parse each.
pub(in crate::ollama) fn nothing_yet(reply: &ReplyContext) -> Bytes {
    let mut line = BytesMut::new();
    let writer = Writer::new(&Request::default(), reply);
    ndjson::write(&writer.line(Said::default()), &mut line);
    line.freeze()
}

/// The client reads a text, not a message.
fn is_text(reply: &ReplyContext) -> bool {
    reply.operation == Operation::Complete
}

/// What a line says.
#[derive(Default)]
pub(in crate::ollama) struct Said<'a> {
    pub content: &'a str,
    pub thinking: &'a str,
    pub calls: &'a [ToolCall<'a>],
}

/// Makes lines, and whole replies, which are alike.
pub(in crate::ollama) struct Writer {
    model: String,
    created_at: String,
    is_text: bool,
    estimated_input: Option<u64>,
    /// Until the first bytes of a stream; nothing of a whole reply, which does not tell.
    prompt_took: Duration,
    /// In all, so far.
    took: Duration,
    usage: Usage,
    /// Bytes of text written, for an estimate where the provider counts nothing.
    written: usize,
    /// How likely the tokens were that come next; `None` where nobody asked.
    likely: Option<Vec<Token>>,
}

impl Writer {
    pub(in crate::ollama) fn new(request: &Request, reply: &ReplyContext) -> Self {
        Self {
            model: reply.model.clone(),
            created_at: dates::rfc3339(reply.created),
            is_text: is_text(reply),
            estimated_input: reply.estimated_input_tokens,
            prompt_took: Duration::ZERO,
            took: reply.elapsed,
            usage: Usage::default(),
            written: 0,
            likely: request.sampling.logprobs.map(|_| Vec::new()),
        }
    }

    pub(in crate::ollama) fn counts(&mut self, usage: &Usage) {
        self.usage.update(usage);
    }

    pub(in crate::ollama) fn writes(&mut self, text: &str) {
        self.written += text.len();
    }

    pub(in crate::ollama) fn notes(&mut self, note: &Note, losses: &mut Losses) {
        match note {
            Note::Citation(_) => losses.dropped("annotations", NOT_OF_PROTOCOL),
            Note::Search(_) => losses.dropped(WEB_SEARCH, NOT_OF_PROTOCOL),
            Note::Logprobs(more) => {
                if let Some(likely) = &mut self.likely {
                    likely.extend(more.text.iter().chain(&more.refusal).map(Token::of));
                }
            }
        }
    }

    /// How likely the tokens of the next line were.
    pub(in crate::ollama) fn take_likely(&mut self) -> Vec<Token> {
        let likely = self.likely.as_mut().map(std::mem::take);
        likely.unwrap_or_default()
    }

    pub(in crate::ollama) fn line<'a>(&'a self, said: Said<'a>) -> Line<'a> {
        let Said {
            content,
            thinking,
            calls,
        } = said;
        let thinking = (!thinking.is_empty()).then_some(thinking);
        let message = SaidOut {
            role: "assistant",
            content,
            thinking,
            tool_calls: calls,
        };
        Line {
            model: &self.model,
            created_at: &self.created_at,
            message: (!self.is_text).then_some(message),
            response: self.is_text.then_some(content),
            thinking: thinking.filter(|_| self.is_text),
            tool_calls: if self.is_text { calls } else { &[] },
            done: false,
            done_reason: None,
            total_duration: None,
            load_duration: None,
            prompt_eval_count: None,
            prompt_eval_duration: None,
            eval_count: None,
            eval_duration: None,
            logprobs: Vec::new(),
        }
    }

    /// The line that ends a reply.
    pub(in crate::ollama) fn last<'a>(
        &'a self,
        said: Said<'a>,
        finish: &'a Finish,
        losses: &mut Losses,
    ) -> Line<'a> {
        let word = finish_word(finish);
        if word == CONTENT_FILTER {
            let why = "is \"content_filter\", a word that only other protocols have";
            losses.emulated("done_reason", why);
        }
        let is_of_model = matches!(word, CONTENT_FILTER | "length" | "stop");
        let totals = is_of_model.then(|| {
            self.usage
                .totals(self.estimated_input, self.written, losses)
        });
        // Clients divide by these: none of them is nothing.
        let prompt = nanoseconds(self.prompt_took);
        let reply = nanoseconds(self.took.saturating_sub(self.prompt_took));
        Line {
            done: true,
            done_reason: Some(word),
            total_duration: totals.map(|_| prompt.saturating_add(reply)),
            load_duration: totals.map(|_| 0),
            prompt_eval_count: totals.map(|(input, _)| input),
            prompt_eval_duration: totals.map(|_| prompt),
            eval_count: totals.map(|(_, output)| output),
            eval_duration: totals.map(|_| reply),
            ..self.line(said)
        }
    }
}

fn nanoseconds(took: Duration) -> u64 {
    u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// A stream to a client.
pub(in crate::ollama) struct LineEncoder {
    writer: Writer,
    parts: HashMap<usize, PartKind>,
    /// In order of their start; one goes out once it is whole for certain and those before it are out.
    calls: VecDeque<Call>,
    done: bool,
}

struct Call {
    index: usize,
    name: String,
    arguments: String,
    ended: bool,
}

impl LineEncoder {
    pub(in crate::ollama) fn new(request: &Request, reply: &ReplyContext) -> Self {
        Self {
            writer: Writer {
                prompt_took: reply.elapsed,
                ..Writer::new(request, reply)
            },
            parts: HashMap::new(),
            calls: VecDeque::new(),
            done: false,
        }
    }

    fn start(&mut self, index: usize, part: &PartKind, losses: &mut Losses) {
        match part {
            PartKind::Image(_) => losses.dropped("content", NO_DRAWING),
            PartKind::ToolCall { name, .. } => self.calls.push_back(Call {
                index,
                name: name.clone(),
                arguments: String::new(),
                ended: false,
            }),
            PartKind::Reasoning | PartKind::Refusal | PartKind::Text => {
                self.parts.insert(index, part.clone());
            }
        }
    }

    fn delta(&mut self, index: usize, delta: &Delta, out: &mut BytesMut, losses: &mut Losses) {
        match (delta, self.parts.get(&index)) {
            (Delta::Text(text), Some(kind)) => {
                self.writer.writes(text);
                let (said, logprobs) = match kind {
                    PartKind::Reasoning => (
                        Said {
                            thinking: text,
                            ..Said::default()
                        },
                        Vec::new(),
                    ),
                    PartKind::Image(_)
                    | PartKind::Refusal
                    | PartKind::Text
                    | PartKind::ToolCall { .. } => (
                        Said {
                            content: text,
                            ..Said::default()
                        },
                        self.writer.take_likely(),
                    ),
                };
                let line = Line {
                    logprobs,
                    ..self.writer.line(said)
                };
                ndjson::write(&line, out);
            }
            (Delta::Arguments(text), None) => {
                self.writer.writes(text);
                if let Some(call) = self.calls.iter_mut().find(|call| call.index == index) {
                    call.arguments.push_str(text);
                }
            }
            (Delta::Opaque(_), _) => losses.dropped("reasoning.state", NOT_OF_PROTOCOL),
            (Delta::Arguments(_), Some(_)) | (Delta::Text(_), None) => {}
        }
    }

    fn end(&mut self, index: usize) {
        self.parts.remove(&index);
        if let Some(call) = self.calls.iter_mut().find(|call| call.index == index) {
            call.ended = true;
        }
    }

    fn flush(&mut self, out: &mut BytesMut) {
        while self.calls.front().is_some_and(|call| call.ended) {
            if let Some(call) = self.calls.pop_front() {
                let calls = [called(&call.name, &call.arguments)];
                let said = Said {
                    calls: &calls,
                    ..Said::default()
                };
                ndjson::write(&self.writer.line(said), out);
            }
        }
    }

    fn fail(&mut self, failure: &ApiError, out: &mut BytesMut) {
        ndjson::write(&error::body(failure), out);
        self.done = true;
    }
}

impl EventEncoder for LineEncoder {
    fn at(&mut self, elapsed: Duration) {
        self.writer.took = elapsed;
    }

    fn push(&mut self, choice: Choice, event: &Event, out: &mut BytesMut, losses: &mut Losses) {
        // An error ends the whole reply, whichever answer it comes in.
        if choice != 0 && !matches!(event, Event::Error(_)) {
            losses.dropped(
                "n",
                "several answers do not fit in this protocol: the first is kept",
            );
            return;
        }
        if self.done {
            return;
        }
        if event.goes_on() {
            self.flush(out);
        }
        match event {
            Event::Error(failure) => self.fail(failure, out),
            Event::Finish(finish) => match finish.failure() {
                Some(failure) => self.fail(&failure, out),
                None => {
                    let line = Line {
                        logprobs: self.writer.take_likely(),
                        ..self.writer.last(Said::default(), finish, losses)
                    };
                    ndjson::write(&line, out);
                    self.done = true;
                }
            },
            Event::Loss(loss) => losses.add(loss),
            Event::Note(note) => self.writer.notes(note, losses),
            Event::PartDelta { index, delta } => self.delta(*index, delta, out, losses),
            Event::PartEnd { index } => self.end(*index),
            Event::PartStart { index, part } => self.start(*index, part, losses),
            Event::Ping => ndjson::write(&self.writer.line(Said::default()), out),
            // What it promises is not yet there.
            Event::Start { .. } => {}
            Event::Usage(usage) => self.writer.counts(usage),
        }
    }
}

/// A call as clients read it: those of an older kind refuse any key but this one.
pub(in crate::ollama) fn called<'a>(name: &'a str, arguments: &'a str) -> ToolCall<'a> {
    ToolCall {
        id: None,
        function: Some(Called {
            name: Some(name.into()),
            arguments: Some(arguments_object(arguments)),
            ..Called::default()
        }),
        ..ToolCall::default()
    }
}

/// Calls of tools end a reply like anything else.
fn finish_word(finish: &Finish) -> &str {
    use crate::canonical::FinishReason;
    match (finish.reason, finish.raw.as_deref()) {
        (FinishReason::ContextFull | FinishReason::Length | FinishReason::Pause, _) => "length",
        // The vendor has no word for it, and clients read any: only a clean stop is called one.
        (FinishReason::ContentFilter, _) => CONTENT_FILTER,
        (FinishReason::Stop, Some(word @ ("load" | "unload"))) => word,
        (
            FinishReason::Error
            | FinishReason::Other
            | FinishReason::Stop
            | FinishReason::ToolCalls,
            _,
        ) => "stop",
    }
}
