//! Events to chunks.

use std::collections::{BTreeMap, HashMap};

use bytes::BytesMut;
use serde_json::{Value, value::RawValue};

use super::Ending;
use crate::{
    EventEncoder, ReplyContext,
    canonical::{
        Choice, Delta, Event, FinishReason, Logprob, Logprobs, Losses, NO_DRAWING, NOT_OF_PROTOCOL,
        Note, Opaque, PartKind, Request, ToolKind, Usage, WEB_SEARCH, free_text,
    },
    framing::sse,
    openai::logprobs,
    openai_chat::{
        reasoning,
        wire::{
            self, Annotation, Chunk, ChunkChoice, ChunkDelta, Custom, DrawnImage, Function, Likely,
            ToolCall,
        },
    },
};

/// A stream to a client.
pub(in crate::openai_chat) struct ChatEncoder {
    id: String,
    created: u64,
    model: String,
    legacy: bool,
    custom: Vec<String>,
    wants_logprobs: bool,
    answers: BTreeMap<Choice, Answer>,
    /// Parts that are over, unless the reply turns out to be cut there.
    ended: Vec<(Choice, usize)>,
    ending: Ending,
}

#[derive(Default)]
struct Answer {
    parts: HashMap<usize, Open>,
    calls: u64,
    images: u64,
    details: usize,
    /// For the call that comes next, or the message that ends without one.
    extra: Option<Box<RawValue>>,
    has_text: bool,
    /// How likely the tokens were that come next.
    likely: Option<Box<Logprobs>>,
}

/// A part that is being written.
enum Open {
    /// `spoken`: some arguments have been written.
    Call {
        at: u64,
        spoken: bool,
    },
    /// Free text is taken out of its arguments when they are complete.
    Custom {
        at: u64,
        arguments: String,
    },
    Legacy {
        spoken: bool,
    },
    Reasoning {
        text: String,
    },
    Refusal,
    /// Has no place in the reply.
    Skipped,
    Text,
}

impl ChatEncoder {
    pub(in crate::openai_chat) fn new(request: &Request, reply: &ReplyContext) -> Self {
        let custom = |kind: &ToolKind| matches!(kind, ToolKind::Custom { .. });
        Self {
            id: shown_id(&reply.exchange.0),
            created: reply.created,
            model: reply.model.clone(),
            legacy: request.legacy_calls,
            custom: request
                .tools
                .iter()
                .filter(|tool| custom(&tool.kind))
                .map(|tool| tool.name.clone())
                .collect(),
            wants_logprobs: request.sampling.logprobs.is_some(),
            answers: BTreeMap::new(),
            ended: Vec::new(),
            ending: Ending::new(request, reply),
        }
    }

    fn write(&self, choices: &[ChunkChoice<'_>], usage: Option<wire::Usage>, out: &mut BytesMut) {
        let chunk = Chunk {
            id: &self.id,
            object: "chat.completion.chunk",
            created: self.created,
            model: &self.model,
            choices,
            usage: self.ending.shown(usage),
        };
        sse::write("", &chunk, out);
    }

    fn say(&self, index: Choice, delta: ChunkDelta<'_>, out: &mut BytesMut) {
        self.say_likely(index, delta, None, out);
    }

    fn say_likely(
        &self,
        index: Choice,
        delta: ChunkDelta<'_>,
        likely: Option<Box<Logprobs>>,
        out: &mut BytesMut,
    ) {
        let choice = ChunkChoice {
            index,
            delta,
            logprobs: likely.as_deref().and_then(likely_of),
            finish_reason: None,
        };
        self.write(&[choice], None, out);
    }

    fn part_start(
        &mut self,
        choice: Choice,
        index: usize,
        part: &PartKind,
        out: &mut BytesMut,
        losses: &mut Losses,
    ) {
        let answer = self.answers.entry(choice).or_default();
        let open = match part {
            PartKind::Text => Open::Text,
            PartKind::Refusal => Open::Refusal,
            PartKind::Image(image) => {
                let Some(image) = DrawnImage::of(image, Some(answer.images)) else {
                    return losses.dropped("content", NO_DRAWING);
                };
                answer.images += 1;
                let delta = ChunkDelta {
                    images: Some([image]),
                    ..ChunkDelta::default()
                };
                return self.say(choice, delta, out);
            }
            PartKind::Reasoning => Open::Reasoning {
                text: String::new(),
            },
            PartKind::ToolCall { .. } if self.legacy && answer.calls > 0 => {
                losses.dropped(
                    "tool_calls",
                    "may be one a reply in the older form of calls",
                );
                Open::Skipped
            }
            PartKind::ToolCall { id, name } => {
                let at = answer.calls;
                answer.calls += 1;
                let is_custom = self.custom.contains(name);
                let (id, name) = (id.as_str().into(), name.as_str().into());
                let (delta, open) = if self.legacy {
                    let delta = ChunkDelta {
                        function_call: Some(Function::called(Some(name), "")),
                        ..ChunkDelta::default()
                    };
                    (delta, Open::Legacy { spoken: false })
                } else if is_custom {
                    let call = ToolCall {
                        extra_content: answer.extra.take(),
                        ..ToolCall::of_free_text(id, name, "".into())
                    };
                    let arguments = String::new();
                    (calling(at, call), Open::Custom { at, arguments })
                } else {
                    let call = ToolCall {
                        extra_content: answer.extra.take(),
                        ..ToolCall::of_function(id, name, "")
                    };
                    let spoken = false;
                    (calling(at, call), Open::Call { at, spoken })
                };
                self.say(choice, delta, out);
                open
            }
        };
        let answer = self.answers.entry(choice).or_default();
        answer.parts.insert(index, open);
    }

    fn note(&mut self, choice: Choice, note: &Note, out: &mut BytesMut, losses: &mut Losses) {
        match note {
            Note::Citation(citation) => {
                let delta = ChunkDelta {
                    annotations: Some([Annotation::of(citation)]),
                    ..ChunkDelta::default()
                };
                self.say(choice, delta, out);
            }
            Note::Logprobs(more) if self.wants_logprobs => {
                let answer = self.answers.entry(choice).or_default();
                let likely = answer.likely.get_or_insert_default();
                likely.extend(more.clone());
            }
            Note::Logprobs(_) => {}
            Note::Search(_) => losses.dropped(WEB_SEARCH, NOT_OF_PROTOCOL),
        }
    }

    fn part_delta(&mut self, choice: Choice, index: usize, delta: &Delta, out: &mut BytesMut) {
        let answer = self.answers.entry(choice).or_default();
        let Some(open) = answer.parts.get_mut(&index) else {
            return;
        };
        let delta = match (delta, open) {
            (Delta::Text(text), Open::Text) => {
                answer.has_text |= !text.is_empty();
                ChunkDelta {
                    content: Some(text),
                    ..ChunkDelta::default()
                }
            }
            (Delta::Text(text), Open::Refusal) => ChunkDelta {
                refusal: Some(Some(text)),
                ..ChunkDelta::default()
            },
            (Delta::Text(fragment), Open::Reasoning { text }) => {
                text.push_str(fragment);
                ChunkDelta {
                    reasoning_content: Some(fragment),
                    ..ChunkDelta::default()
                }
            }
            (Delta::Opaque(opaque), Open::Reasoning { text }) => {
                if let Some(extra) = reasoning::extra_of(opaque) {
                    answer.extra = Some(extra);
                    return;
                }
                let items = details_of(opaque, text, answer.has_text, &mut answer.details);
                ChunkDelta {
                    reasoning_details: items,
                    ..ChunkDelta::default()
                }
            }
            (Delta::Arguments(fragment), Open::Call { at, spoken }) => {
                *spoken |= !fragment.is_empty();
                saying(*at, fragment)
            }
            (Delta::Arguments(fragment), Open::Legacy { spoken }) => {
                *spoken |= !fragment.is_empty();
                ChunkDelta {
                    function_call: Some(Function::called(None, fragment)),
                    ..ChunkDelta::default()
                }
            }
            (Delta::Arguments(fragment), Open::Custom { arguments, .. }) => {
                arguments.push_str(fragment);
                return;
            }
            (Delta::Arguments(_) | Delta::Opaque(_) | Delta::Text(_), _) => return,
        };
        let is_answer = delta.content.is_some() || delta.refusal.is_some();
        let likely = answer.likely.take_if(|_| is_answer);
        self.say_likely(choice, delta, likely, out);
    }

    /// What ends the parts that are over: a reply that fails is cut in them, and nobody may carry out half a call.
    fn settle(&mut self, out: &mut BytesMut) {
        for (choice, index) in std::mem::take(&mut self.ended) {
            self.part_end(choice, index, out);
        }
    }

    fn part_end(&mut self, choice: Choice, index: usize, out: &mut BytesMut) {
        let answer = self.answers.entry(choice).or_default();
        let free;
        let delta = match answer.parts.remove(&index) {
            // Clients parse what they got, and nothing is not JSON.
            Some(Open::Call { at, spoken: false }) => saying(at, "{}"),
            Some(Open::Legacy { spoken: false }) => ChunkDelta {
                function_call: Some(Function::called(None, "{}")),
                ..ChunkDelta::default()
            },
            Some(Open::Custom { at, arguments }) => {
                free = free_text::unwrap(&arguments);
                let call = ToolCall {
                    custom: Some(Custom {
                        input: Some(free.as_str().into()),
                        ..Custom::default()
                    }),
                    ..ToolCall::default()
                };
                calling(at, call)
            }
            Some(
                Open::Call { .. }
                | Open::Legacy { .. }
                | Open::Reasoning { .. }
                | Open::Refusal
                | Open::Skipped
                | Open::Text,
            )
            | None => return,
        };
        self.say(choice, delta, out);
    }

    fn finish(
        &mut self,
        choice: Choice,
        reason: FinishReason,
        out: &mut BytesMut,
        losses: &mut Losses,
    ) {
        let answer = self.answers.entry(choice).or_default();
        if let Some(extra) = answer.extra.take() {
            let delta = ChunkDelta {
                extra_content: Some(extra),
                ..ChunkDelta::default()
            };
            self.say(choice, delta, out);
        }
        let answer = self.answers.entry(choice).or_default();
        let likely = answer.likely.take();
        let last = ChunkChoice {
            index: choice,
            delta: ChunkDelta::default(),
            logprobs: likely.as_deref().and_then(likely_of),
            finish_reason: Some(finish_word(reason, self.legacy)),
        };
        self.write(&[last], None, out);
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

impl EventEncoder for ChatEncoder {
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
                if self.answers.is_empty() {
                    self.id = shown_id(id);
                }
                self.answers.entry(choice).or_default();
                let delta = ChunkDelta {
                    role: Some("assistant"),
                    content: Some(""),
                    refusal: Some(None),
                    ..ChunkDelta::default()
                };
                self.say(choice, delta, out);
            }
            Event::PartStart { index, part } => {
                self.settle(out);
                self.part_start(choice, *index, part, out, losses);
            }
            Event::PartDelta { index, delta } => {
                if let Delta::Arguments(text) | Delta::Text(text) = delta {
                    self.ending.writes(text);
                }
                self.settle(out);
                self.part_delta(choice, *index, delta, out);
            }
            Event::PartEnd { index } => self.ended.push((choice, *index)),
            Event::Usage(usage) => self.ending.counts(usage),
            Event::Ping => out.extend_from_slice(b": ping\n\n"),
            Event::Loss(loss) => losses.add(loss),
            Event::Note(note) => self.note(choice, note, out, losses),
            Event::Finish(finish) => match finish.failure() {
                Some(failure) => self.ending.fail(&failure, out),
                None => {
                    self.settle(out);
                    self.finish(choice, finish.reason, out, losses);
                }
            },
            Event::Error(failure) => self.ending.fail(failure, out),
        }
    }
}

/// The provider's id in the form that clients of this protocol know.
pub(in crate::openai_chat) fn shown_id(id: &str) -> String {
    if id.starts_with("chatcmpl") {
        id.to_owned()
    } else {
        format!("chatcmpl-{id}")
    }
}

pub(in crate::openai_chat) fn finish_word(reason: FinishReason, legacy: bool) -> &'static str {
    match reason {
        FinishReason::ContentFilter => "content_filter",
        FinishReason::ContextFull | FinishReason::Length | FinishReason::Pause => "length",
        FinishReason::Error | FinishReason::Other | FinishReason::Stop => "stop",
        FinishReason::ToolCalls if legacy => "function_call",
        FinishReason::ToolCalls => "tool_calls",
    }
}

/// `None` where nobody said how likely anything was.
pub(in crate::openai_chat) fn likely_of(likely: &Logprobs) -> Option<Likely> {
    let write = |likely: &[Logprob]| (!likely.is_empty()).then(|| logprobs::write(likely));
    (!likely.is_empty()).then(|| Likely {
        content: write(&likely.text),
        refusal: write(&likely.refusal),
    })
}

/// Items that carry provider state; `count` numbers them through the reply.
pub(in crate::openai_chat) fn details_of(
    opaque: &Opaque,
    text: &str,
    behind_text: bool,
    count: &mut usize,
) -> Vec<Value> {
    let items = reasoning::items(opaque, text, *count, behind_text);
    *count += items.len();
    items
}

/// The counts as clients read them.
pub(in crate::openai_chat) fn usage_of(
    usage: Option<Usage>,
    estimated_input: Option<u64>,
    written: usize,
    losses: &mut Losses,
) -> wire::Usage {
    let known = usage.unwrap_or_default();
    let (prompt, completion) = known.totals(estimated_input, written, losses);
    wire::Usage {
        prompt_tokens: Some(prompt),
        completion_tokens: Some(completion),
        total_tokens: Some(prompt.saturating_add(completion)),
        prompt_tokens_details: known.cache_read.or(known.cache_write).map(|_| {
            wire::PromptDetails {
                cached_tokens: known.cache_read,
                cache_write_tokens: known.cache_write,
                ..wire::PromptDetails::default()
            }
        }),
        completion_tokens_details: known.reasoning.map(|reasoning| wire::CompletionDetails {
            reasoning_tokens: Some(reasoning),
        }),
        ..wire::Usage::default()
    }
}

fn calling(at: u64, call: ToolCall<'_>) -> ChunkDelta<'_> {
    let index = Some(at);
    ChunkDelta {
        tool_calls: Some([ToolCall { index, ..call }]),
        ..ChunkDelta::default()
    }
}

/// A fragment of a call's arguments.
fn saying(at: u64, fragment: &str) -> ChunkDelta<'_> {
    let call = ToolCall {
        function: Some(Function::called(None, fragment)),
        ..ToolCall::default()
    };
    calling(at, call)
}
