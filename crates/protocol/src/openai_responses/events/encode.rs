//! Events to the client's stream: items strictly one after another, each part one item.

use std::collections::{BTreeMap, VecDeque};

use bytes::{Bytes, BytesMut};

use crate::{
    EventEncoder, Place, ReplyContext,
    canonical::{
        ApiError, Choice, Citation, Delta, Event, FinishReason, Logprob, Losses, Note,
        ONLY_ADDRESS, PartKind, Request, Search, ToolKind, Usage, free_text,
    },
    framing::sse,
    json::{self, parseable},
    openai::{
        error,
        logprobs::{self, Token},
    },
    openai_responses::{
        drawn, opaque, request,
        response::{Head, Status, incomplete},
        wire::{Annotation, Frame, ItemOut, Piece, RaisedOut, SearchAction},
    },
};

/// A stream to a client.
#[derive(Debug)]
pub(in crate::openai_responses) struct Encoder {
    head: Head,
    /// Tools that take free text.
    free: Vec<String>,
    /// Groups of tools.
    groups: BTreeMap<String, String>,
    sequence: u64,
    announced: bool,
    /// Parts in order of their start. Only the first one's item may be open; the others wait.
    parts: VecDeque<OpenPart>,
    /// Items that are over.
    output: Vec<ItemOut>,
    /// How likely the tokens were that come next; `None` where nobody asked.
    likely: Option<Vec<Logprob>>,
    /// What the text leans on, until it stands.
    cited: Vec<Citation>,
    /// Searches that wait for the open item to end.
    searches: Vec<Search>,
    usage: Option<Usage>,
    /// Bytes of text written, for an estimate where the provider counts nothing.
    written: usize,
    /// The reply as a whole, once it has ended well.
    whole: Option<Bytes>,
    done: bool,
}

#[derive(Debug)]
struct OpenPart {
    index: usize,
    kind: PartKind,
    ended: bool,
    /// What came while an earlier part was still open.
    waiting: Vec<Delta>,
    /// Its item's id, once that is open.
    id: Option<String>,
    /// Its text or its arguments so far.
    text: String,
    opaque: Option<String>,
    /// How likely its tokens were.
    likely: Vec<Token>,
    annotations: Vec<Annotation<'static>>,
}

/// What is on the way out: the stream and its number.
struct Line<'o> {
    sequence: &'o mut u64,
    out: &'o mut BytesMut,
}

impl Line<'_> {
    fn write(&mut self, frame: Frame<'_>) {
        let frame = Frame {
            sequence_number: *self.sequence,
            ..frame
        };
        *self.sequence += 1;
        sse::write(frame.kind, &frame, self.out);
    }
}

impl Encoder {
    pub(in crate::openai_responses) fn new(request: &Request, reply: &ReplyContext) -> Self {
        let is_free = |kind: &ToolKind| matches!(kind, ToolKind::Custom { .. });
        Self {
            head: Head::new(request, reply),
            free: request
                .tools
                .iter()
                .filter(|tool| is_free(&tool.kind))
                .map(|tool| tool.name.clone())
                .collect(),
            groups: request.groups.clone(),
            sequence: 0,
            announced: false,
            parts: VecDeque::new(),
            output: Vec::new(),
            likely: request.sampling.logprobs.map(|_| Vec::new()),
            cited: Vec::new(),
            searches: Vec::new(),
            usage: None,
            written: 0,
            whole: None,
            done: false,
        }
    }

    fn announce(&mut self, out: &mut BytesMut) {
        if std::mem::replace(&mut self.announced, true) {
            return;
        }
        let response = self.head.response(Status::Begun, &[], None);
        let mut line = Line {
            sequence: &mut self.sequence,
            out,
        };
        for kind in ["response.created", "response.in_progress"] {
            line.write(Frame {
                kind,
                response: Some(&response),
                ..Frame::default()
            });
        }
    }

    fn begin(&mut self, index: usize, kind: &PartKind, out: &mut BytesMut, losses: &mut Losses) {
        if matches!(kind, PartKind::Image(image) if drawn::write(image).is_none()) {
            losses.dropped("content", ONLY_ADDRESS);
            return;
        }
        self.parts.push_back(OpenPart {
            index,
            kind: kind.clone(),
            ended: false,
            waiting: Vec::new(),
            id: None,
            text: String::new(),
            opaque: None,
            likely: Vec::new(),
            annotations: Vec::new(),
        });
        if self.parts.len() == 1 {
            self.begin_first(out);
        }
    }

    /// The items of calls and images open at once; others wait for something to say.
    fn begin_first(&mut self, out: &mut BytesMut) {
        match self.parts.front().map(|part| &part.kind) {
            Some(PartKind::Image(_)) => {}
            Some(PartKind::ToolCall { name, .. }) => self.written += name.len(),
            Some(PartKind::Reasoning | PartKind::Refusal | PartKind::Text) | None => return,
        }
        self.open_first(out);
    }

    /// Opens the first part's item if it is not open yet.
    fn open_first(&mut self, out: &mut BytesMut) {
        let at = self.output.len();
        let Some(part) = self.parts.front_mut().filter(|part| part.id.is_none()) else {
            return;
        };
        let prefix = match &part.kind {
            PartKind::Image(_) => "ig",
            PartKind::Reasoning => "rs",
            PartKind::Refusal | PartKind::Text => "msg",
            PartKind::ToolCall { name, .. } if self.free.contains(name) => "ctc",
            PartKind::ToolCall { .. } => "fc",
        };
        let id = self.head.item_id(prefix, at);
        part.id = Some(id.clone());
        let item = part.item(&self.free, &self.groups, Stage::Begun);
        let mut line = Line {
            sequence: &mut self.sequence,
            out,
        };
        line.write(Frame {
            kind: "response.output_item.added",
            output_index: Some(at),
            item: item.as_ref(),
            ..Frame::default()
        });
        let (kind, piece) = match part.kind {
            PartKind::Image(_) => {
                for kind in [
                    "response.image_generation_call.in_progress",
                    "response.image_generation_call.generating",
                ] {
                    line.write(part.frame(kind, at));
                }
                return;
            }
            PartKind::Text => ("response.content_part.added", Piece::text(String::new())),
            PartKind::Refusal => (
                "response.content_part.added",
                Piece::Refusal {
                    refusal: String::new(),
                },
            ),
            PartKind::Reasoning | PartKind::ToolCall { .. } => return,
        };
        line.write(Frame {
            part: Some(&piece),
            ..part.frame(kind, at)
        });
    }

    fn delta(&mut self, index: usize, delta: &Delta, out: &mut BytesMut, losses: &mut Losses) {
        let mut parts = self.parts.iter_mut().enumerate();
        match parts.find(|(_, part)| part.index == index) {
            Some((0, _)) => self.delta_of_first(delta, out, losses),
            Some((_, part)) => part.waiting.push(delta.clone()),
            None => {}
        }
    }

    fn delta_of_first(&mut self, delta: &Delta, out: &mut BytesMut, losses: &mut Losses) {
        let fragment = match delta {
            Delta::Arguments(text) | Delta::Text(text) if text.is_empty() => return,
            Delta::Arguments(text) | Delta::Text(text) => text,
            Delta::Opaque(opaque) => {
                let part = self.parts.front_mut();
                match part.filter(|part| part.kind == PartKind::Reasoning) {
                    Some(part) if part.opaque.is_none() => part.opaque = Some(opaque::pack(opaque)),
                    Some(_) | None => losses.dropped(
                        "reasoning",
                        "holds more provider state than has a place in the client's protocol",
                    ),
                }
                return;
            }
        };
        self.written += fragment.len();
        self.open_first(out);
        let at = self.output.len();
        let Some(part) = self.parts.front_mut() else {
            return;
        };
        let is_first = part.text.is_empty();
        part.text.push_str(fragment);
        let mut line = Line {
            sequence: &mut self.sequence,
            out,
        };
        let kind = match &part.kind {
            PartKind::Text => "response.output_text.delta",
            PartKind::Refusal => "response.refusal.delta",
            PartKind::Reasoning => {
                if is_first {
                    let text = String::new();
                    line.write(Frame {
                        part: Some(&Piece::SummaryText { text }),
                        ..part.frame("response.reasoning_summary_part.added", at)
                    });
                }
                "response.reasoning_summary_text.delta"
            }
            // Free text is taken out of its arguments when they are complete.
            PartKind::Image(_) => return,
            PartKind::ToolCall { name, .. } if self.free.contains(name) => return,
            PartKind::ToolCall { .. } => "response.function_call_arguments.delta",
        };
        let mut likely = None;
        if part.kind == PartKind::Text {
            let next = self.likely.as_mut().map(std::mem::take);
            let next = next.map(|next| told(&next)).unwrap_or_default();
            part.likely.extend_from_slice(&next);
            likely = Some(next);
        }
        line.write(Frame {
            delta: Some(fragment),
            logprobs: likely,
            ..part.frame(kind, at)
        });
        self.annotate(out);
    }

    fn note(&mut self, note: &Note, out: &mut BytesMut, losses: &mut Losses) {
        match note {
            Note::Citation(citation) => {
                self.cited.push(citation.clone());
                self.annotate(out);
            }
            Note::Search(search) => {
                self.searches.push(search.clone());
                self.settle(Stage::Over, out, losses);
            }
            Note::Logprobs(more) => {
                let Some(likely) = &mut self.likely else {
                    return;
                };
                likely.extend_from_slice(&more.text);
                if !more.refusal.is_empty() {
                    losses.dropped("logprobs", "have no place beside a refusal");
                }
            }
        }
    }

    /// Puts what is cited on the text, if it has begun.
    fn annotate(&mut self, out: &mut BytesMut) {
        if self.cited.is_empty() {
            return;
        }
        let at = self.output.len();
        let before = self.output.iter().map(ItemOut::text_chars).sum();
        let is_text = |part: &&mut OpenPart| part.kind == PartKind::Text && part.id.is_some();
        let Some(part) = self.parts.front_mut().filter(is_text) else {
            return;
        };
        let mut line = Line {
            sequence: &mut self.sequence,
            out,
        };
        for citation in self.cited.drain(..) {
            let annotation = Annotation::of(&citation, before);
            line.write(Frame {
                annotation: Some(&annotation),
                annotation_index: Some(part.annotations.len()),
                ..part.frame("response.output_text.annotation.added", at)
            });
            part.annotations.push(annotation);
        }
    }

    /// Ends the items whose parts are whole; `last`: what the one behind which nothing comes is then.
    fn settle(&mut self, last: Stage, out: &mut BytesMut, losses: &mut Losses) {
        while self.parts.front().is_some_and(|part| part.ended) {
            let is_last = self.parts.len() == 1;
            self.end_first(if is_last { last } else { Stage::Over }, out);
            self.begin_first(out);
            if let Some(part) = self.parts.front_mut() {
                for delta in std::mem::take(&mut part.waiting) {
                    self.delta_of_first(&delta, out, losses);
                }
            }
        }
        if self.parts.is_empty() {
            for search in std::mem::take(&mut self.searches) {
                self.search(&search, out);
            }
        }
    }

    /// An item that comes as a whole.
    fn search(&mut self, search: &Search, out: &mut BytesMut) {
        self.announce(out);
        let at = self.output.len();
        let id = self.head.item_id("ws", at);
        let item = |status| ItemOut::WebSearchCall {
            id: id.clone(),
            status,
            action: SearchAction::of(search),
        };
        let mut line = Line {
            sequence: &mut self.sequence,
            out,
        };
        line.write(Frame {
            kind: "response.output_item.added",
            output_index: Some(at),
            item: Some(&item("in_progress")),
            ..Frame::default()
        });
        for kind in [
            "response.web_search_call.in_progress",
            "response.web_search_call.searching",
            "response.web_search_call.completed",
        ] {
            line.write(Frame {
                kind,
                output_index: Some(at),
                item_id: Some(&id),
                ..Frame::default()
            });
        }
        let item = item("completed");
        line.write(Frame {
            kind: "response.output_item.done",
            output_index: Some(at),
            item: Some(&item),
            ..Frame::default()
        });
        self.output.push(item);
    }

    fn end_first(&mut self, stage: Stage, out: &mut BytesMut) {
        let is_silent = self
            .parts
            .front()
            .is_some_and(|part| part.id.is_none() && part.opaque.is_none());
        if !is_silent {
            self.open_first(out);
        }
        let Some(part) = self.parts.pop_front().filter(|_| !is_silent) else {
            return;
        };
        let at = self.output.len();
        let mut line = Line {
            sequence: &mut self.sequence,
            out,
        };
        let item = part.item(&self.free, &self.groups, stage);
        part.write_end(item.as_ref(), at, &mut line);
        line.write(Frame {
            kind: "response.output_item.done",
            output_index: Some(at),
            item: item.as_ref(),
            ..Frame::default()
        });
        self.output.extend(item);
    }

    fn finish(&mut self, reason: FinishReason, out: &mut BytesMut, losses: &mut Losses) {
        self.announce(out);
        let refused = self.parts.iter().any(|part| part.kind == PartKind::Refusal)
            || self.output.iter().any(ItemOut::is_refusal);
        let is_cut = incomplete(reason, refused).is_some();
        self.settle(if is_cut { Stage::Cut } else { Stage::Over }, out, losses);
        if self
            .likely
            .as_ref()
            .is_some_and(|likely| !likely.is_empty())
        {
            losses.dropped("logprobs", "came when their text was over");
        }
        if !self.cited.is_empty() {
            losses.dropped("annotations", "came when their text was over");
        }
        let usage = self.head.usage(self.usage, self.written, losses);
        let status = Status::Finished(reason);
        let response = self.head.response(status, &self.output, Some(usage));
        let kind = if response.incomplete_details.is_some() {
            "response.incomplete"
        } else {
            "response.completed"
        };
        let mut line = Line {
            sequence: &mut self.sequence,
            out,
        };
        line.write(Frame {
            kind,
            response: Some(&response),
            ..Frame::default()
        });
        self.whole = Some(json::write(&response));
        self.done = true;
    }

    fn fail(&mut self, failure: &ApiError, out: &mut BytesMut) {
        let told = with_wait(failure);
        let response = self
            .head
            .response(Status::Failed(&told), &self.output, None);
        let mut line = Line {
            sequence: &mut self.sequence,
            out,
        };
        if !self.announced {
            // Whoever has not seen a reply begin does not read how it ended.
            let raised = RaisedOut {
                kind: "server_error",
                code: error::code(&told).unwrap_or("server_error"),
                message: &told.message,
                param: told.param.as_deref(),
            };
            line.write(Frame {
                kind: "error",
                code: Some(raised.code),
                message: Some(raised.message),
                param: Some(raised.param),
                error: Some(&raised),
                ..Frame::default()
            });
        }
        line.write(Frame {
            kind: "response.failed",
            response: Some(&response),
            ..Frame::default()
        });
        self.done = true;
    }
}

/// Clients of this protocol insist on each token's bytes.
fn told(likely: &[Logprob]) -> Vec<Token> {
    let tokens = logprobs::write(likely).into_iter();
    tokens.map(Token::with_bytes).collect()
}

/// Clients read the pause from the sentence.
fn with_wait(failure: &ApiError) -> ApiError {
    let mut told = failure.clone();
    if let Some(wait) = failure.retry_after
        && !told.message.contains("try again in ")
    {
        let seconds = wait.as_secs_f64();
        told.message = format!("{} Please try again in {seconds}s.", told.message);
    }
    told
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Begun,
    /// It ends where the reply was cut.
    Cut,
    Over,
}

impl OpenPart {
    /// What all events of one piece say.
    fn frame<'a>(&'a self, kind: &'static str, at: usize) -> Frame<'a> {
        let (content_index, summary_index) = match self.kind {
            PartKind::Refusal | PartKind::Text => (Some(0), None),
            PartKind::Reasoning => (None, Some(0)),
            PartKind::Image(_) | PartKind::ToolCall { .. } => (None, None),
        };
        Frame {
            kind,
            item_id: self.id.as_deref(),
            output_index: Some(at),
            content_index,
            summary_index,
            ..Frame::default()
        }
    }

    /// `None` of a part that never said anything.
    fn item(
        &self,
        free: &[String],
        groups: &BTreeMap<String, String>,
        stage: Stage,
    ) -> Option<ItemOut> {
        let id = self.id.clone()?;
        let is_over = stage != Stage::Begun;
        let status = match stage {
            Stage::Begun => "in_progress",
            Stage::Cut => "incomplete",
            Stage::Over => "completed",
        };
        let message = |piece: Piece| ItemOut::Message {
            id: id.clone(),
            status,
            role: "assistant",
            content: is_over.then_some(piece).into_iter().collect(),
        };
        Some(match &self.kind {
            PartKind::Image(image) => {
                let (result, output_format) = drawn::write(image)?;
                ItemOut::ImageGenerationCall {
                    id,
                    // A reply that is cut behind it leaves it whole.
                    status: if is_over { "completed" } else { status },
                    result: is_over.then_some(result),
                    output_format,
                }
            }
            PartKind::Text => message(Piece::OutputText {
                text: self.text.clone(),
                annotations: self.annotations.clone(),
                logprobs: self.likely.clone(),
            }),
            PartKind::Refusal => message(Piece::Refusal {
                refusal: self.text.clone(),
            }),
            PartKind::Reasoning => {
                let text = self.text.clone();
                let summary = (is_over && !text.is_empty()).then_some(Piece::SummaryText { text });
                ItemOut::Reasoning {
                    id,
                    summary: summary.into_iter().collect(),
                    encrypted_content: self.opaque.clone().filter(|_| is_over),
                }
            }
            PartKind::ToolCall { id: call_id, name } => {
                let (namespace, own) = request::split(name, groups);
                let (call_id, namespace) = (call_id.clone(), namespace.map(str::to_owned));
                if free.contains(name) {
                    ItemOut::CustomToolCall {
                        id,
                        status,
                        call_id,
                        name: own.to_owned(),
                        namespace,
                        input: if is_over {
                            free_text::unwrap(&self.text)
                        } else {
                            String::new()
                        },
                    }
                } else {
                    ItemOut::FunctionCall {
                        id,
                        status,
                        call_id,
                        name: own.to_owned(),
                        namespace,
                        arguments: if is_over {
                            parseable(&self.text).to_owned()
                        } else {
                            String::new()
                        },
                    }
                }
            }
        })
    }

    /// Everything between the last fragment and the end of the item.
    fn write_end(&self, item: Option<&ItemOut>, at: usize, line: &mut Line<'_>) {
        let text = Some(self.text.as_str());
        match item {
            Some(ItemOut::Message { content, .. }) => {
                let is_text = self.kind == PartKind::Text;
                let kind = if is_text {
                    "response.output_text.done"
                } else {
                    "response.refusal.done"
                };
                line.write(Frame {
                    text: text.filter(|_| is_text),
                    refusal: text.filter(|_| !is_text),
                    logprobs: is_text.then(|| self.likely.clone()),
                    ..self.frame(kind, at)
                });
                line.write(Frame {
                    part: content.first(),
                    ..self.frame("response.content_part.done", at)
                });
            }
            Some(ItemOut::Reasoning { summary, .. }) if !summary.is_empty() => {
                line.write(Frame {
                    text,
                    ..self.frame("response.reasoning_summary_text.done", at)
                });
                line.write(Frame {
                    part: summary.first(),
                    ..self.frame("response.reasoning_summary_part.done", at)
                });
            }
            Some(ItemOut::FunctionCall {
                name, arguments, ..
            }) => {
                // Clients parse what they got, and nothing is not JSON.
                if self.text.trim().is_empty() {
                    line.write(Frame {
                        delta: Some(arguments),
                        ..self.frame("response.function_call_arguments.delta", at)
                    });
                }
                line.write(Frame {
                    name: Some(name),
                    arguments: Some(arguments),
                    ..self.frame("response.function_call_arguments.done", at)
                });
            }
            Some(ItemOut::ImageGenerationCall { .. }) => {
                line.write(self.frame("response.image_generation_call.completed", at));
            }
            Some(ItemOut::CustomToolCall { input, .. }) => {
                if !input.is_empty() {
                    line.write(Frame {
                        delta: Some(input),
                        ..self.frame("response.custom_tool_call_input.delta", at)
                    });
                }
                line.write(Frame {
                    input: Some(input),
                    ..self.frame("response.custom_tool_call_input.done", at)
                });
            }
            Some(
                ItemOut::Passed(_) | ItemOut::Reasoning { .. } | ItemOut::WebSearchCall { .. },
            )
            | None => {}
        }
    }
}

impl EventEncoder for Encoder {
    /// The vendor's own, which clients that wait for events expect; it is in no reference.
    fn keep_alive(&mut self) -> Option<Bytes> {
        if !self.announced || self.done {
            return None;
        }
        let mut out = BytesMut::new();
        let mut line = Line {
            sequence: &mut self.sequence,
            out: &mut out,
        };
        line.write(Frame {
            kind: "keepalive",
            ..Frame::default()
        });
        Some(out.freeze())
    }

    fn push(&mut self, choice: Choice, event: &Event, out: &mut BytesMut, losses: &mut Losses) {
        if self.done {
            return;
        }
        // An error ends the whole reply, whichever answer it comes in.
        if let Event::Error(failure) = event {
            self.fail(failure, out);
            return;
        }
        if choice != 0 {
            losses.dropped(
                "n",
                "several answers do not fit in this protocol: the first is kept",
            );
            return;
        }
        match event {
            Event::Start { .. } => self.announce(out),
            Event::PartStart { index, part } => {
                self.announce(out);
                self.settle(Stage::Over, out, losses);
                self.begin(*index, part, out, losses);
            }
            Event::PartDelta { index, delta } => {
                self.settle(Stage::Over, out, losses);
                self.delta(*index, delta, out, losses);
            }
            Event::PartEnd { index } => {
                if let Some(part) = self.parts.iter_mut().find(|part| part.index == *index) {
                    part.ended = true;
                }
            }
            Event::Usage(usage) => self.usage.get_or_insert_default().update(usage),
            Event::Ping => out.extend_from_slice(b": ping\n\n"),
            Event::Loss(loss) => losses.add(loss),
            Event::Note(note) => self.note(note, out, losses),
            Event::Finish(finish) => match finish.failure() {
                Some(failure) => {
                    self.settle(Stage::Cut, out, losses);
                    self.fail(&failure, out);
                }
                None => self.finish(finish.reason, out, losses),
            },
            Event::Error(_) => {}
        }
    }

    fn follows(&mut self, place: &Place) {
        self.sequence = place.next;
        if let Some(id) = &place.id {
            self.head.follow(id);
        }
        let output = place.output.iter().cloned();
        self.output = output.map(ItemOut::Passed).collect();
    }

    fn whole(&mut self) -> Option<Bytes> {
        self.whole.take()
    }
}
