//! Events to chunks. Text goes out as it comes; a call goes out whole, because clients of this protocol know
//! no fragments of one.

use std::collections::{BTreeMap, VecDeque};

use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    EventEncoder, Place, ReplyContext, StreamForm,
    canonical::{
        ApiError, Choice, Delta, Event, FinishReason, Logprobs, Losses, Note, Notes, ONLY_ADDRESS,
        Opaque, OpaqueKind, PartKind, Request, Usage,
    },
    framing::sse,
    gemini::{
        address, drawn, error, signature,
        wire::{CallOut, CandidateOut, Grounding, LogprobsResult, PartOut, ReplyOut, UsageOut},
    },
    json::arguments_object,
};

/// Blank lines, and nothing else: comments and names of events are more than some clients understand.
const BLANK: &[u8] = b"\r\n\r\n";

pub(in crate::gemini) fn stream_form(reply: &ReplyContext) -> StreamForm {
    if address::wants_sse(reply.query.as_deref()) {
        StreamForm::sse(BLANK)
    } else {
        StreamForm {
            content_type: "application/json",
            frame_end: b"\n",
            keep_alive: Bytes::from_static(b"\n"),
        }
    }
}

/// A stream to a client.
pub(in crate::gemini) struct Encoder {
    id: String,
    model: String,
    form: Form,
    expected: usize,
    wants_logprobs: bool,
    answers: BTreeMap<Choice, Answer>,
    usage: Option<Usage>,
    estimated_input: Option<u64>,
    /// Bytes of text written, for an estimate where the provider counts nothing.
    written: usize,
    finished: usize,
    done: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Array { begun: bool },
    Sse,
}

#[derive(Default)]
struct Answer {
    kinds: BTreeMap<usize, Kind>,
    /// What waits for a call before it to be whole.
    queue: VecDeque<Held>,
    /// State that stands on the part behind it, as it goes out.
    state: Option<String>,
    /// How likely the tokens were that come next.
    likely: Option<Box<Logprobs>>,
    /// What the answer is from, which is told at its end.
    notes: Notes,
    text: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Call,
    Reasoning,
    Refusal,
    Text,
}

enum Held {
    Call {
        index: usize,
        id: String,
        name: String,
        arguments: String,
        state: Option<String>,
        ended: bool,
    },
    /// A part of its own for state.
    State { signature: String, is_thought: bool },
}

impl Encoder {
    pub(in crate::gemini) fn new(request: &Request, reply: &ReplyContext) -> Self {
        Self {
            id: reply.exchange.0.clone(),
            model: reply.model.clone(),
            form: if address::wants_sse(reply.query.as_deref()) {
                Form::Sse
            } else {
                Form::Array { begun: false }
            },
            expected: request.choices.unwrap_or(1).max(1) as usize,
            wants_logprobs: request.sampling.logprobs.is_some(),
            answers: BTreeMap::new(),
            usage: None,
            estimated_input: reply.estimated_input_tokens,
            written: 0,
            finished: 0,
            done: false,
        }
    }

    fn frame(&mut self, value: &impl serde::Serialize, out: &mut BytesMut) {
        let Form::Array { begun } = &mut self.form else {
            sse::write("", value, out);
            return;
        };
        out.extend_from_slice(if *begun { b"," } else { b"[" });
        *begun = true;
        // Our own structs with string keys, written to memory: there is nothing that could fail.
        let written = serde_json::to_writer(out.writer(), value);
        debug_assert!(written.is_ok(), "a chunk is always JSON");
        out.extend_from_slice(b"\n");
    }

    fn say(
        &mut self,
        choice: Choice,
        parts: Vec<PartOut<'_>>,
        end: Option<(FinishReason, Option<UsageOut>)>,
        out: &mut BytesMut,
    ) {
        let (reason, usage) = match end {
            Some((reason, usage)) => (Some(finish_word(reason)), usage),
            None => (None, None),
        };
        let is_answer = reason.is_some() || parts.iter().any(PartOut::is_answer);
        let answer = self.answers.get_mut(&choice);
        let (likely, grounding) = answer.map_or((None, None), |answer| {
            let likely = answer.likely.take_if(|_| is_answer);
            let is_end = reason.is_some();
            (likely, is_end.then(|| answer.grounding()).flatten())
        });
        let (id, model) = (
            std::mem::take(&mut self.id),
            std::mem::take(&mut self.model),
        );
        let chunk = ReplyOut {
            candidates: vec![CandidateOut {
                finish_reason: reason,
                logprobs_result: likely.as_deref().and_then(LogprobsResult::of),
                grounding_metadata: grounding,
                ..CandidateOut::new(choice, parts)
            }],
            usage_metadata: usage,
            model_version: &model,
            response_id: &id,
        };
        self.frame(&chunk, out);
        (self.id, self.model) = (id, model);
    }

    fn answer(&mut self, choice: Choice) -> &mut Answer {
        self.answers.entry(choice).or_default()
    }

    fn start(
        &mut self,
        choice: Choice,
        index: usize,
        part: &PartKind,
        out: &mut BytesMut,
        losses: &mut Losses,
    ) {
        let answer = self.answer(choice);
        let kind = match part {
            PartKind::Text => Kind::Text,
            PartKind::Refusal => Kind::Refusal,
            PartKind::Reasoning => Kind::Reasoning,
            PartKind::Image(image) => {
                let Some(part) = drawn::write(image) else {
                    return losses.dropped("content", ONLY_ADDRESS);
                };
                let state = answer.state_of_next();
                return self.say(choice, vec![part.signed(state.map(Into::into))], None, out);
            }
            PartKind::ToolCall { id, name } => {
                let state = answer.state.take();
                answer.queue.push_back(Held::Call {
                    index,
                    id: id.clone(),
                    name: name.clone(),
                    arguments: String::new(),
                    state,
                    ended: false,
                });
                Kind::Call
            }
        };
        answer.kinds.insert(index, kind);
    }

    fn delta(&mut self, choice: Choice, index: usize, delta: &Delta, out: &mut BytesMut) {
        if let Delta::Arguments(fragment) | Delta::Text(fragment) = delta {
            self.written += fragment.len();
        }
        let answer = self.answer(choice);
        let kind = answer.kinds.get(&index).copied();
        match (kind, delta) {
            (Some(Kind::Refusal | Kind::Text), Delta::Text(text)) => {
                let state = answer.state_of_next();
                if kind == Some(Kind::Text) {
                    answer.text.push_str(text);
                }
                let part = PartOut::text(text).signed(state.map(Into::into));
                self.say(choice, vec![part], None, out);
            }
            (Some(Kind::Reasoning), Delta::Text(text)) => {
                self.say(choice, vec![PartOut::thought(text)], None, out);
            }
            (Some(Kind::Reasoning), Delta::Opaque(opaque)) => {
                answer.keep(opaque);
                self.flush(choice, out);
            }
            (Some(Kind::Call), Delta::Arguments(fragment)) => {
                let call = answer.queue.iter_mut().find_map(|held| match held {
                    Held::Call {
                        index: at,
                        arguments,
                        ..
                    } if *at == index => Some(arguments),
                    Held::Call { .. } | Held::State { .. } => None,
                });
                if let Some(arguments) = call {
                    arguments.push_str(fragment);
                }
            }
            (_, Delta::Arguments(_) | Delta::Opaque(_) | Delta::Text(_)) => {}
        }
    }

    fn end(&mut self, choice: Choice, index: usize) {
        for held in &mut self.answer(choice).queue {
            if let Held::Call {
                index: at, ended, ..
            } = held
                && *at == index
            {
                *ended = true;
            }
        }
    }

    /// Writes what waits for nothing any more, in order.
    fn flush(&mut self, choice: Choice, out: &mut BytesMut) {
        loop {
            let queue = &mut self.answer(choice).queue;
            if matches!(queue.front(), None | Some(Held::Call { ended: false, .. })) {
                return;
            }
            let Some(held) = queue.pop_front() else {
                return;
            };
            let part = match &held {
                Held::Call {
                    id,
                    name,
                    arguments,
                    state,
                    ..
                } => PartOut {
                    function_call: Some(CallOut {
                        id: id.into(),
                        name: name.into(),
                        args: arguments_object(arguments),
                    }),
                    thought_signature: state.as_deref().map(Into::into),
                    ..PartOut::default()
                },
                Held::State {
                    signature,
                    is_thought,
                } => {
                    let part = if *is_thought {
                        PartOut::thought("")
                    } else {
                        PartOut::text("")
                    };
                    part.signed(Some(signature.as_str().into()))
                }
            };
            self.say(choice, vec![part], None, out);
        }
    }

    fn finish(
        &mut self,
        choice: Choice,
        reason: FinishReason,
        out: &mut BytesMut,
        losses: &mut Losses,
    ) {
        self.answer(choice).let_go();
        self.flush(choice, out);
        self.finished += 1;
        let is_last = self.finished >= self.expected;
        // Before the last answer ends nothing is estimated: the provider may still count.
        let usage = (is_last || self.usage.is_some())
            .then(|| usage_out(self.usage, self.estimated_input, self.written, losses));
        self.say(choice, Vec::new(), Some((reason, usage)), out);
        if is_last {
            self.close(out);
        }
    }

    fn fail(&mut self, failure: &ApiError, out: &mut BytesMut) {
        self.frame(&error::body(failure), out);
        self.close(out);
    }

    fn close(&mut self, out: &mut BytesMut) {
        if self.form != Form::Sse {
            out.extend_from_slice(b"]");
        }
        self.done = true;
    }
}

impl Answer {
    fn grounding(&self) -> Option<Grounding> {
        Grounding::of(&self.text, &self.notes.citations, &self.notes.searches)
    }

    /// Keeps state for the part behind it, or gives it a part of its own.
    fn keep(&mut self, opaque: &Opaque) {
        let signature = signature::write(opaque).into_owned();
        self.let_go_if(opaque.kind == OpaqueKind::Signature || self.state.is_some());
        match opaque.kind {
            OpaqueKind::Content => self.state = Some(signature),
            OpaqueKind::Signature => self.queue.push_back(Held::State {
                signature,
                is_thought: true,
            }),
        }
    }

    /// The state of a part that goes out at once. It may not overtake state that waits for a call.
    fn state_of_next(&mut self) -> Option<String> {
        if self.queue.is_empty() {
            return self.state.take();
        }
        self.let_go();
        None
    }

    fn let_go_if(&mut self, is_due: bool) {
        if is_due {
            self.let_go();
        }
    }

    fn let_go(&mut self) {
        if let Some(signature) = self.state.take() {
            self.queue.push_back(Held::State {
                signature,
                is_thought: false,
            });
        }
    }
}

impl EventEncoder for Encoder {
    fn ends(&mut self, out: &mut BytesMut, _losses: &mut Losses) {
        if !self.done {
            self.close(out);
        }
    }

    fn follows(&mut self, _place: &Place) {
        if let Form::Array { begun } = &mut self.form {
            *begun = true;
        }
    }

    fn push(&mut self, choice: Choice, event: &Event, out: &mut BytesMut, losses: &mut Losses) {
        if self.done {
            return;
        }
        if event.goes_on() {
            self.flush(choice, out);
        }
        match event {
            Event::Start { id, .. } => {
                if self.answers.is_empty() && !id.is_empty() {
                    self.id.clone_from(id);
                }
                self.answer(choice);
            }
            Event::PartStart { index, part } => self.start(choice, *index, part, out, losses),
            Event::PartDelta { index, delta } => self.delta(choice, *index, delta, out),
            Event::PartEnd { index } => self.end(choice, *index),
            Event::Usage(usage) => self.usage.get_or_insert_default().update(usage),
            Event::Ping => out.extend_from_slice(match self.form {
                Form::Array { .. } => b"\n",
                Form::Sse => BLANK,
            }),
            Event::Loss(loss) => losses.add(loss),
            Event::Note(note) => match &**note {
                Note::Citation(citation) => {
                    self.answer(choice).notes.citations.push(citation.clone());
                }
                Note::Search(search) => {
                    let searches = &mut self.answer(choice).notes.searches;
                    searches.push((0, search.clone()));
                }
                Note::Logprobs(more) if self.wants_logprobs => {
                    let likely = self.answer(choice).likely.get_or_insert_default();
                    likely.extend(more.clone());
                }
                Note::Logprobs(_) => {}
            },
            Event::Finish(finish) => match finish.failure() {
                Some(failure) => self.fail(&failure, out),
                None => self.finish(choice, finish.reason, out, losses),
            },
            Event::Error(failure) => self.fail(failure, out),
        }
    }
}

pub(in crate::gemini) fn finish_word(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::ContentFilter => "SAFETY",
        FinishReason::ContextFull | FinishReason::Length | FinishReason::Pause => "MAX_TOKENS",
        FinishReason::Error => "OTHER",
        FinishReason::Other | FinishReason::Stop | FinishReason::ToolCalls => "STOP",
    }
}

/// What the provider did not count is estimated.
pub(in crate::gemini) fn usage_out(
    usage: Option<Usage>,
    estimated_input: Option<u64>,
    written: usize,
    losses: &mut Losses,
) -> UsageOut {
    let usage = usage.unwrap_or_default();
    let (prompt, output) = usage.totals(estimated_input, written, losses);
    let thoughts = usage.reasoning.filter(|thoughts| *thoughts > 0);
    UsageOut {
        prompt_token_count: Some(prompt),
        cached_content_token_count: usage.cache_read.filter(|tokens| *tokens > 0),
        candidates_token_count: Some(output.saturating_sub(thoughts.unwrap_or(0))),
        thoughts_token_count: thoughts,
        total_token_count: Some(prompt.saturating_add(output)),
    }
}
