//! Events to the client's stream: blocks strictly one after another.

use std::{borrow::Cow, collections::VecDeque};

use bytes::BytesMut;
use serde::Serialize;

use super::stop;
use crate::{
    EventEncoder, ReplyContext,
    anthropic::{
        error::ErrorOut,
        response::{
            BlockOut, CallerOut, DeltaUsageOut, MessageOut, RefusedOut, UsageOut, message_id, owned,
        },
        search::{self, CitationOut, ResultOut},
    },
    canonical::{
        ApiError, Choice, Citation, Delta, Event, Finish, Losses, NO_DRAWING, Note, OpaqueKind,
        PartKind, Search, Usage, spelling,
    },
    framing::sse,
    json::empty_object,
};

pub(in crate::anthropic) const PING: &[u8] = b"event: ping\ndata: {\"type\": \"ping\"}\n\n";

#[derive(Debug)]
pub(in crate::anthropic) struct Encoder {
    reply: ReplyContext,
    /// The reply's id, once it has begun.
    id: Option<String>,
    /// `message_start` is out.
    announced: bool,
    usage: Usage,
    /// The index of the next block.
    next: usize,
    /// Parts in order of their start. Only the first one's block may be open; the others wait.
    parts: VecDeque<OpenPart>,
    calls: bool,
    /// What the text leans on, until it stands.
    cited: Vec<Citation>,
    /// Searches that wait for the open block to end.
    searches: Vec<Search>,
    /// How many bytes of text were written, to estimate tokens where the provider counts none.
    written: usize,
}

#[derive(Debug)]
struct OpenPart {
    index: usize,
    part: PartKind,
    ended: bool,
    /// What came while an earlier part was still open.
    waiting: Vec<Delta>,
    /// Its block's index, once that is open.
    block: Option<usize>,
    /// Its block came whole with its start; nothing can be added to it.
    whole: bool,
    signature: String,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
enum EventOut<'a> {
    ContentBlockDelta {
        index: usize,
        delta: DeltaOut<'a>,
    },
    ContentBlockStart {
        index: usize,
        content_block: BlockOut<'a>,
    },
    ContentBlockStop {
        index: usize,
    },
    MessageDelta {
        delta: EndOut<'a>,
        usage: DeltaUsageOut,
    },
    MessageStart {
        message: MessageOut<'a>,
    },
    MessageStop,
}

impl EventOut<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::ContentBlockDelta { .. } => "content_block_delta",
            Self::ContentBlockStart { .. } => "content_block_start",
            Self::ContentBlockStop { .. } => "content_block_stop",
            Self::MessageDelta { .. } => "message_delta",
            Self::MessageStart { .. } => "message_start",
            Self::MessageStop => "message_stop",
        }
    }

    fn write(&self, out: &mut BytesMut) {
        sse::write(self.name(), self, out);
    }
}

#[expect(clippy::enum_variant_names, reason = "the vendor's names")]
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
enum DeltaOut<'a> {
    CitationsDelta { citation: CitationOut<'a> },
    InputJsonDelta { partial_json: &'a str },
    SignatureDelta { signature: &'a str },
    TextDelta { text: &'a str },
    ThinkingDelta { thinking: &'a str },
}

#[derive(Serialize)]
struct EndOut<'a> {
    stop_reason: &'static str,
    stop_sequence: Option<&'a str>,
    stop_details: Option<RefusedOut>,
    container: Option<()>,
}

impl Encoder {
    pub(in crate::anthropic) fn new(reply: &ReplyContext) -> Self {
        Self {
            reply: reply.clone(),
            id: None,
            announced: false,
            usage: Usage::default(),
            next: 0,
            parts: VecDeque::new(),
            calls: false,
            cited: Vec::new(),
            searches: Vec::new(),
            written: 0,
        }
    }

    fn fail(&mut self, error: &ApiError, out: &mut BytesMut) {
        let exchange = self.reply.exchange.clone();
        sse::write("error", &ErrorOut::new(error, Some(&exchange)), out);
    }

    /// Writes `message_start` as late as possible: a usage that comes early is then already in it.
    fn announce(&mut self, out: &mut BytesMut) {
        if std::mem::replace(&mut self.announced, true) {
            return;
        }
        let id = self.id.take().unwrap_or_default();
        let id = message_id(&id, &self.reply);
        let input = self.reply.estimated_input_tokens.unwrap_or(0);
        EventOut::MessageStart {
            message: MessageOut::empty(
                &id,
                &self.reply.model,
                UsageOut::new(&self.usage, input, 0),
            ),
        }
        .write(out);
    }

    fn part(&mut self, index: usize) -> Option<(usize, &mut OpenPart)> {
        self.parts
            .iter_mut()
            .enumerate()
            .find(|(_, part)| part.index == index)
    }

    fn begin(&mut self, index: usize, part: &PartKind, out: &mut BytesMut, losses: &mut Losses) {
        if matches!(part, PartKind::Image(_)) {
            losses.dropped("content", NO_DRAWING);
            return;
        }
        self.calls |= matches!(part, PartKind::ToolCall { .. });
        self.parts.push_back(OpenPart {
            index,
            part: part.clone(),
            ended: false,
            waiting: Vec::new(),
            block: None,
            whole: false,
            signature: String::new(),
        });
        if self.parts.len() == 1 {
            self.begin_first(out);
        }
    }

    /// A tool call's block opens at once; others wait for something to say.
    fn begin_first(&mut self, out: &mut BytesMut) {
        if let Some(OpenPart {
            part: PartKind::ToolCall { id, name },
            block,
            ..
        }) = self.parts.front_mut()
        {
            self.written += name.len();
            open_block(
                block,
                &mut self.next,
                BlockOut::ToolUse {
                    id: spelling::call_id(id),
                    name,
                    input: Cow::Owned(empty_object()),
                    caller: CallerOut::DIRECT,
                },
                out,
            );
        }
    }

    fn delta(&mut self, index: usize, delta: &Delta, out: &mut BytesMut, losses: &mut Losses) {
        match self.part(index) {
            Some((0, _)) => self.delta_of_first(delta, out, losses),
            Some((_, part)) => part.waiting.push(delta.clone()),
            None => {}
        }
    }

    fn delta_of_first(&mut self, delta: &Delta, out: &mut BytesMut, losses: &mut Losses) {
        let Some(part) = self.parts.front_mut() else {
            return;
        };
        let next = &mut self.next;
        let delta = match (delta, &part.part) {
            (Delta::Text(text), _) if text.is_empty() => return,
            (Delta::Text(_), _) if part.whole => {
                losses.dropped(
                    "reasoning",
                    "is both encrypted and readable: the encrypted one is kept",
                );
                return;
            }
            (Delta::Arguments(json), _) if json.is_empty() => return,
            (Delta::Text(text), PartKind::Reasoning) => {
                self.written += text.len();
                let empty = BlockOut::Thinking {
                    thinking: "",
                    signature: "",
                };
                open_block(&mut part.block, next, empty, out);
                DeltaOut::ThinkingDelta { thinking: text }
            }
            (Delta::Text(text), PartKind::Refusal | PartKind::Text) => {
                self.written += text.len();
                let empty = BlockOut::text("", Vec::new());
                open_block(&mut part.block, next, empty, out);
                DeltaOut::TextDelta { text }
            }
            (Delta::Arguments(json), PartKind::ToolCall { .. }) => {
                self.written += json.len();
                DeltaOut::InputJsonDelta { partial_json: json }
            }
            (Delta::Opaque(opaque), PartKind::Reasoning) if owned(opaque, losses) => {
                match opaque.kind {
                    OpaqueKind::Signature => part.signature.clone_from(&opaque.value),
                    OpaqueKind::Content if part.block.is_some() => losses.dropped(
                        "reasoning",
                        "is both readable and encrypted: the readable one is kept",
                    ),
                    OpaqueKind::Content => {
                        let data = &opaque.value;
                        let whole = BlockOut::RedactedThinking { data };
                        open_block(&mut part.block, next, whole, out);
                        part.whole = true;
                    }
                }
                return;
            }
            (Delta::Opaque(opaque), _) => {
                owned(opaque, losses);
                return;
            }
            (Delta::Arguments(_), _)
            | (Delta::Text(_), PartKind::Image(_) | PartKind::ToolCall { .. }) => return,
        };
        if let Some(index) = part.block {
            EventOut::ContentBlockDelta { index, delta }.write(out);
        }
        self.cite(out);
    }

    /// Puts what is cited on the text, if its block is open.
    fn cite(&mut self, out: &mut BytesMut) {
        let first = self.parts.front();
        let first = first.filter(|part| part.part == PartKind::Text);
        let Some(index) = first.and_then(|part| part.block) else {
            return;
        };
        for citation in &std::mem::take(&mut self.cited) {
            let citation = CitationOut::of(citation);
            let delta = DeltaOut::CitationsDelta { citation };
            EventOut::ContentBlockDelta { index, delta }.write(out);
        }
    }

    fn note(&mut self, note: &Note, out: &mut BytesMut) {
        match note {
            Note::Citation(citation) => {
                self.cited.push(citation.clone());
                self.cite(out);
            }
            // Nobody can ask for them.
            Note::Logprobs(_) => {}
            Note::Search(search) => {
                self.searches.push(search.clone());
                self.search(out);
            }
        }
    }

    /// Writes the searches and what they found, unless a block is open.
    fn search(&mut self, out: &mut BytesMut) {
        if !self.parts.is_empty() || self.searches.is_empty() {
            return;
        }
        self.announce(out);
        for search in &std::mem::take(&mut self.searches) {
            let id = format!("srvtoolu_{}_{}", self.reply.exchange.0, self.next);
            let input = search::input(search);
            let mut block = None;
            let empty = BlockOut::ServerToolUse {
                id: id.clone(),
                name: search::NAME,
                input: Cow::Owned(empty_object()),
                caller: CallerOut::DIRECT,
            };
            open_block(&mut block, &mut self.next, empty, out);
            if let Some(index) = block.take() {
                let delta = DeltaOut::InputJsonDelta {
                    partial_json: input.get(),
                };
                EventOut::ContentBlockDelta { index, delta }.write(out);
                EventOut::ContentBlockStop { index }.write(out);
            }
            let found = BlockOut::WebSearchToolResult {
                tool_use_id: id,
                content: ResultOut::all(search),
                caller: CallerOut::DIRECT,
            };
            open_block(&mut block, &mut self.next, found, out);
            if let Some(index) = block {
                EventOut::ContentBlockStop { index }.write(out);
            }
        }
    }

    fn end(&mut self, index: usize, out: &mut BytesMut, losses: &mut Losses) {
        if let Some((_, part)) = self.part(index) {
            part.ended = true;
        }
        while self.parts.front().is_some_and(|part| part.ended) {
            self.end_first(out);
            self.begin_first(out);
            if let Some(part) = self.parts.front_mut() {
                for delta in std::mem::take(&mut part.waiting) {
                    self.delta_of_first(&delta, out, losses);
                }
            }
        }
        self.search(out);
    }

    fn end_first(&mut self, out: &mut BytesMut) {
        let Some(mut part) = self.parts.pop_front() else {
            return;
        };
        if part.part == PartKind::Reasoning && !part.whole {
            let signature = part.signature.as_str();
            if !signature.is_empty() {
                let empty = BlockOut::Thinking {
                    thinking: "",
                    signature: "",
                };
                open_block(&mut part.block, &mut self.next, empty, out);
            }
            if let Some(index) = part.block {
                let delta = DeltaOut::SignatureDelta { signature };
                EventOut::ContentBlockDelta { index, delta }.write(out);
            }
        }
        if let Some(index) = part.block {
            EventOut::ContentBlockStop { index }.write(out);
        }
    }

    fn finish(&mut self, finish: &Finish, out: &mut BytesMut, losses: &mut Losses) {
        if !self.cited.is_empty() {
            losses.dropped("annotations", "came when their text was over");
        }
        let (stop_reason, stop_sequence) = stop(finish, self.calls);
        EventOut::MessageDelta {
            delta: EndOut {
                stop_reason,
                stop_sequence,
                stop_details: RefusedOut::of(finish),
                container: None,
            },
            usage: UsageOut::total(&self.usage, &self.reply, self.written, losses).into(),
        }
        .write(out);
        EventOut::MessageStop.write(out);
    }
}

/// Opens a part's block if it is not open yet.
fn open_block(
    block: &mut Option<usize>,
    next: &mut usize,
    content_block: BlockOut<'_>,
    out: &mut BytesMut,
) {
    if block.is_none() {
        let index = *next;
        *next += 1;
        *block = Some(index);
        EventOut::ContentBlockStart {
            index,
            content_block,
        }
        .write(out);
    }
}

impl EventEncoder for Encoder {
    fn push(&mut self, choice: Choice, event: &Event, out: &mut BytesMut, losses: &mut Losses) {
        // An error ends the whole reply, whichever answer it comes in.
        if choice != 0 && !matches!(event, Event::Error(_)) {
            losses.dropped(
                "n",
                "several answers do not fit in this protocol: the first is kept",
            );
            return;
        }
        match event {
            Event::Error(error) => self.fail(error, out),
            Event::Finish(finish) => match finish.failure() {
                Some(failure) => self.fail(&failure, out),
                None => {
                    self.announce(out);
                    self.finish(finish, out, losses);
                }
            },
            Event::Loss(loss) => losses.add(loss),
            Event::Note(note) => self.note(note, out),
            Event::PartDelta { index, delta } => self.delta(*index, delta, out, losses),
            Event::PartEnd { index } => self.end(*index, out, losses),
            Event::PartStart { index, part } => {
                self.announce(out);
                self.begin(*index, part, out, losses);
            }
            Event::Ping => {
                self.announce(out);
                out.extend_from_slice(PING);
            }
            Event::Start { id, .. } => self.id = Some(id.clone()),
            Event::Usage(usage) => self.usage.update(usage),
        }
    }
}
