//! The provider's stream to events, and a whole reply as if it had been streamed.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, value::RawValue};

use super::{finish, own, paused::SoFar};
use crate::{
    EventDecoder, ExchangeId,
    anthropic::{
        error, response, search,
        wire::{Block, DeltaBody, EndBody, EventBody, StartBody, Text, UsageBody},
    },
    canonical::{
        ApiError, Citation, Delta, ErrorKind, Event, Events, Fault, Finish, Loss, LossKind, Note,
        OpaqueKind, Page, PartKind, Search, Usage, count_chars,
    },
    framing::sse::{Frame, MAX_FRAME_BYTES, SseDecoder},
    json,
};

/// Why a reply ended that may be gone on with.
const PAUSE: &str = "pause_turn";

/// Goes by the `type` inside each frame; `event:` lines are only looked at where that is missing.
#[derive(Debug)]
pub(in crate::anthropic) struct Decoder {
    frames: SseDecoder,
    /// Of a round that comes whole: its bytes.
    whole: Option<Vec<u8>>,
    begun: bool,
    state: State,
}

#[derive(Debug)]
struct State {
    exchange: ExchangeId,
    started: bool,
    ended: bool,
    /// The index of the next part.
    next: usize,
    open: Vec<Open>,
    usage: Usage,
    stop: Option<Stop>,
    calls: bool,
    /// Characters of text so far.
    chars: u64,
    /// Searches whose results have not come: their ids and what is looked for.
    searches: Vec<(String, Option<String>)>,
    /// Where its pauses are gone on with.
    so_far: Option<SoFar>,
    /// The content to be sent back, where the reply pauses.
    paused: Option<String>,
    /// What the rounds before cost.
    before: Option<Usage>,
}

#[derive(Debug)]
struct Stop {
    reason: Option<String>,
    sequence: Option<String>,
}

/// A content block that has begun and not yet ended.
#[derive(Debug)]
struct Open {
    /// Its index on the wire.
    block: u64,
    kind: Kind,
    /// Its index among the parts; `None` until it has something to say, because empty blocks are no parts.
    part: Option<usize>,
    /// A tool's input that came whole with the block's start; deltas make it void.
    whole_input: Option<String>,
    /// A proof, handed out when the block ends: a part has one of them.
    signature: String,
    /// A tool call's arguments have begun.
    has_arguments: bool,
    /// Of a search: its id, and its input so far.
    search: Option<(String, String)>,
    /// Where a text begins, and the pages it leans on.
    start: u64,
    cited: Vec<Page>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Call,
    /// Content that the canonical model has no place for; already reported.
    Foreign,
    Reasoning,
    Text,
}

impl Decoder {
    pub(in crate::anthropic) fn new(exchange: &ExchangeId) -> Self {
        Self {
            frames: SseDecoder::default(),
            whole: None,
            begun: false,
            state: State::new(exchange),
        }
    }
}

/// The events that a stream of the same reply would be.
pub(in crate::anthropic) fn of_whole(
    start: StartBody<'_>,
    content: Vec<Block<'_>>,
    end: EndBody<'_>,
    exchange: &ExchangeId,
) -> Events {
    let mut events = Events::new();
    let mut state = State::new(exchange);
    state.hear_whole(start, content, end, &mut events);
    state.conclude(&mut events);
    events
}

impl EventDecoder for Decoder {
    fn push(&mut self, chunk: &[u8], out: &mut Events) {
        let mut chunk = chunk;
        if !self.begun
            && let Some(first) = chunk.iter().position(|byte| !is_blank(*byte))
        {
            self.begun = true;
            if chunk[first] == b'{' {
                self.whole = Some(Vec::new());
                chunk = &chunk[first..];
            }
        }
        if let Some(whole) = &mut self.whole {
            if whole.len() + chunk.len() > MAX_FRAME_BYTES {
                let message =
                    format!("The provider sent a reply of more than {MAX_FRAME_BYTES} bytes.");
                let error = ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message);
                whole.clear();
                return self.state.fail(error, out);
            }
            whole.extend_from_slice(chunk);
            if whole.trim_ascii_end().ends_with(b"}") {
                self.state.reply(whole, out);
            }
            return;
        }
        let state = &mut self.state;
        if let Err(error) = self.frames.push(chunk, |frame| state.frame(frame, out)) {
            state.fail(error, out);
        }
    }

    fn finish(&mut self, out: &mut Events) {
        let state = &mut self.state;
        self.frames.finish(|frame| state.frame(frame, out));
        if state.paused.take().is_some() {
            return state.conclude(out);
        }
        // Nobody streamed: it is no stream that is cut.
        if let Some(whole) = &self.whole
            && let Err(error) = response::read(whole, |_, _, _| ())
        {
            return state.fail(error, out);
        }
        // Some servers say why the reply ended, and close.
        let has_ended = state
            .stop
            .as_ref()
            .is_some_and(|stop| stop.reason.is_some());
        if has_ended && !state.ended && state.open.is_empty() {
            return state.conclude(out);
        }
        self.break_off(out);
    }

    fn may_go_on(&mut self) {
        self.state.so_far.get_or_insert_default();
    }

    fn paused(&self) -> Option<&str> {
        self.state.paused.as_deref()
    }

    fn go_on(&mut self) {
        (self.frames, self.whole, self.begun) = (SseDecoder::default(), None, false);
        self.state.go_on();
    }

    fn break_off(&mut self, out: &mut Events) {
        let state = &mut self.state;
        self.frames.finish(|frame| state.frame(frame, out));
        state.fail(
            ApiError::new(
                ErrorKind::ProviderFault,
                Fault::Network,
                "The provider closed the stream before its end.",
            ),
            out,
        );
    }
}

impl State {
    fn new(exchange: &ExchangeId) -> Self {
        Self {
            exchange: exchange.clone(),
            started: false,
            ended: false,
            next: 0,
            open: Vec::new(),
            usage: Usage::default(),
            stop: None,
            calls: false,
            chars: 0,
            searches: Vec::new(),
            so_far: None,
            paused: None,
            before: None,
        }
    }

    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) {
        // Some servers append the end mark of another vendor.
        if self.ended || self.paused.is_some() || frame.data == b"[DONE]" {
            return;
        }
        let mended = json::Mended::new();
        let event: EventBody<'_> = match json::parse_reply(frame.data, &mended) {
            Ok(event) => event,
            Err(error) => return self.fail(error, out),
        };
        let block = event.index.as_ref().and_then(Value::as_u64).unwrap_or(0);
        match event.kind.as_deref().unwrap_or(frame.event) {
            "content_block_delta" => {
                if let Some(so_far) = &mut self.so_far {
                    so_far.adds(block, event.delta);
                }
                self.delta(block, event.delta, out);
            }
            "content_block_start" => {
                if let Some(so_far) = &mut self.so_far {
                    so_far.begins(block, event.content_block);
                }
                match read(event.content_block) {
                    Some(body) => self.begin(block, body, out),
                    None => self.begin_unreadable(block, out),
                }
            }
            "content_block_stop" => self.end(block, out),
            "error" => {
                let body = serde_json::from_slice(frame.data).unwrap_or_default();
                self.fail(error::from_body(&body, None), out);
            }
            "message_delta" => {
                self.start(None, out);
                if let Some(end) = read(event.delta) {
                    self.hear_end(end, out);
                }
                self.count(read(event.usage), out);
            }
            "message_start" => {
                let start = read::<StartBody<'_>>(event.message);
                self.start(start, out);
            }
            "message_stop" => self.stop(out),
            // Before the start there is nobody to ping yet.
            "ping" if self.started => out.push((0, Event::Ping)),
            _ => {}
        }
    }

    /// Says who answers; without a `message_start` in front, from what is known here.
    fn start(&mut self, start: Option<StartBody<'_>>, out: &mut Events) {
        if self.started {
            let usage = start.filter(|_| self.before.is_some());
            return self.count(usage.and_then(|start| start.usage), out);
        }
        self.started = true;
        let (id, model, usage) = start.map_or((None, None, None), |start| {
            (start.id, start.model, start.usage)
        });
        out.push((
            0,
            Event::Start {
                id: given(id).unwrap_or_else(|| format!("msg_{}", self.exchange.0)),
                model: model.map(Text::into_owned).unwrap_or_default(),
            },
        ));
        self.count(usage, out);
    }

    fn hear_end(&mut self, end: EndBody<'_>, out: &mut Events) {
        if let Some(explanation) = explanation(end.stop_details.as_ref()) {
            self.refuse(explanation, out);
        }
        if end.stop_reason.is_some() || self.stop.is_none() {
            self.stop = Some(Stop {
                reason: end.stop_reason.map(Text::into_owned),
                sequence: end.stop_sequence.map(Text::into_owned),
            });
        }
    }

    /// Why the provider declined is the last thing it says.
    fn refuse(&mut self, explanation: String, out: &mut Events) {
        for open in std::mem::take(&mut self.open) {
            self.close(open, true, out);
        }
        let index = self.begin_part(PartKind::Refusal, out);
        let delta = Delta::Text(explanation);
        out.push((0, Event::PartDelta { index, delta }));
        out.push((0, Event::PartEnd { index }));
    }

    fn count(&mut self, usage: Option<UsageBody>, out: &mut Events) {
        let Some(usage) = usage.map(Usage::from) else {
            return;
        };
        // Counts are totals. Some servers fill the last event with zeros where they mean "as before".
        let later =
            |count: Option<u64>, known: Option<u64>| count.filter(|n| *n > 0 || known.is_none());
        let before = self.usage;
        self.usage.update(&Usage {
            input: later(usage.input, before.input),
            cache_read: later(usage.cache_read, before.cache_read),
            cache_write: later(usage.cache_write, before.cache_write),
            output: later(usage.output, before.output),
            reasoning: later(usage.reasoning, before.reasoning),
            estimated: false,
        });
        let before = self.before.as_ref();
        let usage = before.map_or(self.usage, |before| before.plus(&self.usage));
        out.push((0, Event::Usage(usage)));
    }

    fn begin_unreadable(&mut self, block: u64, out: &mut Events) {
        self.start(None, out);
        self.end(block, out);
        out.push((0, Event::Loss(unreadable())));
        self.open(block, Kind::Foreign);
    }

    fn begin(&mut self, block: u64, body: Block<'_>, out: &mut Events) {
        self.start(None, out);
        self.end(block, out);
        let cited = read::<Vec<&RawValue>>(body.citations).unwrap_or_default();
        match &*body.kind {
            "text" => {
                self.open(block, Kind::Text);
                if let Some(text) = body.text {
                    self.text(block, Kind::Text, text.into_owned(), out);
                }
                for citation in cited {
                    self.cite(block, citation, out);
                }
            }
            "thinking" => {
                self.open(block, Kind::Reasoning);
                if let Some(text) = body.thinking {
                    self.text(block, Kind::Reasoning, text.into_owned(), out);
                }
                if let (Some(signature), Some(open)) = (body.signature, self.open.last_mut()) {
                    open.signature.push_str(&signature);
                }
            }
            "redacted_thinking" => {
                self.open(block, Kind::Reasoning);
                let opaque = body
                    .data
                    .and_then(|data| own(OpaqueKind::Content, data.into_owned()));
                if let Some(opaque) = opaque {
                    let index = self.part(block, PartKind::Reasoning, out);
                    let delta = Delta::Opaque(opaque);
                    out.push((0, Event::PartDelta { index, delta }));
                }
            }
            "tool_use" => {
                self.calls = true;
                let open = self.open(block, Kind::Call);
                open.whole_input = body
                    .input
                    .map(|input| input.get().to_owned())
                    .filter(|input| !is_nothing(input));
                let index = self.next;
                let part = PartKind::ToolCall {
                    id: given(body.id)
                        .unwrap_or_else(|| format!("call_{}_{index}", self.exchange.0)),
                    name: body.name.map(Text::into_owned).unwrap_or_default(),
                };
                self.part(block, part, out);
            }
            "server_tool_use" if body.name.as_deref() == Some(search::NAME) => {
                let input = body
                    .input
                    .map(RawValue::get)
                    .filter(|input| !is_nothing(input));
                let id = body.id.map(Text::into_owned).unwrap_or_default();
                let input = input.unwrap_or_default().to_owned();
                self.open(block, Kind::Foreign).search = Some((id, input));
            }
            "web_search_tool_result" => {
                let id = body.tool_use_id.unwrap_or_default();
                let known = self.searches.iter().position(|(known, _)| *known == *id);
                let query = known.and_then(|at| self.searches.remove(at).1);
                let pages = body.content.and_then(search::pages);
                if pages.is_none() {
                    let loss = dropped(
                        format!("content.{}", &*body.kind),
                        "says that a search failed",
                    );
                    out.push((0, Event::Loss(loss)));
                }
                found(query, pages.unwrap_or_default(), out);
                self.open(block, Kind::Foreign);
            }
            kind => {
                let loss = dropped(
                    format!("content.{kind}"),
                    "is a kind of content that only this provider's own protocol carries",
                );
                out.push((0, Event::Loss(loss)));
                self.open(block, Kind::Foreign);
            }
        }
    }

    fn delta(&mut self, block: u64, body: Option<&RawValue>, out: &mut Events) {
        self.start(None, out);
        let Some(body) = read::<DeltaBody<'_>>(body) else {
            out.push((0, Event::Loss(unreadable())));
            return;
        };
        match body.kind.as_deref().unwrap_or_default() {
            "text_delta" => {
                let text = body.text.map(Text::into_owned).unwrap_or_default();
                self.text(block, Kind::Text, text, out);
            }
            "thinking_delta" => {
                let text = body.thinking.map(Text::into_owned).unwrap_or_default();
                self.text(block, Kind::Reasoning, text, out);
            }
            "signature_delta" => {
                if let (Some(open), Some(signature)) = (self.find(block), body.signature) {
                    open.signature.push_str(&signature);
                }
            }
            "input_json_delta" => {
                let json = body.partial_json.map(Text::into_owned).unwrap_or_default();
                self.arguments(block, json, out);
            }
            "citations_delta" => match body.citation {
                Some(citation) => self.cite(block, citation, out),
                None => out.push((0, Event::Loss(unreadable()))),
            },
            kind => out.push((
                0,
                Event::Loss(dropped(format!("delta.{kind}"), "is not known to Patchbay")),
            )),
        }
    }

    fn text(&mut self, block: u64, kind: Kind, text: String, out: &mut Events) {
        if text.is_empty() {
            return;
        }
        let open = match self.find(block) {
            Some(open) => open.kind,
            // The start of the block is missing: what comes says what it is.
            None => self.open(block, kind).kind,
        };
        if open != kind {
            if open != Kind::Foreign {
                out.push((0, Event::Loss(unreadable())));
            }
            return;
        }
        let part = match kind {
            Kind::Reasoning => PartKind::Reasoning,
            Kind::Call | Kind::Foreign | Kind::Text => PartKind::Text,
        };
        let index = self.part(block, part, out);
        if kind == Kind::Text {
            self.chars += count_chars(&text);
        }
        let delta = Delta::Text(text);
        out.push((0, Event::PartDelta { index, delta }));
    }

    /// A page that a text leans on, which is told when the text is over: then its place is known.
    fn cite(&mut self, block: u64, citation: &RawValue, out: &mut Events) {
        let page = search::citation(citation);
        match (self.find(block), page) {
            (Some(open), Some(page)) if open.kind == Kind::Text => open.cited.push(page),
            _ => out.push((0, Event::Loss(citations_loss()))),
        }
    }

    fn arguments(&mut self, block: u64, json: String, out: &mut Events) {
        if json.is_empty() {
            return;
        }
        match self.find(block) {
            Some(Open {
                kind: Kind::Call,
                part: Some(index),
                has_arguments,
                whole_input,
                ..
            }) => {
                *has_arguments = true;
                *whole_input = None;
                let (index, delta) = (*index, Delta::Arguments(json));
                out.push((0, Event::PartDelta { index, delta }));
            }
            // The input of a server tool; its block is already reported, or told when its results come.
            Some(Open {
                kind: Kind::Foreign,
                search,
                ..
            }) => {
                if let Some((_, input)) = search {
                    input.push_str(&json);
                }
            }
            _ => out.push((0, Event::Loss(unreadable()))),
        }
    }

    fn end(&mut self, block: u64, out: &mut Events) {
        if let Some(at) = self.open.iter().position(|open| open.block == block) {
            let open = self.open.remove(at);
            self.close(open, true, out);
        }
    }

    fn close(&mut self, mut open: Open, complete: bool, out: &mut Events) {
        if open.kind == Kind::Reasoning {
            let signature = std::mem::take(&mut open.signature);
            if let Some(opaque) = own(OpaqueKind::Signature, signature) {
                let index = match open.part {
                    Some(index) => index,
                    None => self.begin_part(PartKind::Reasoning, out),
                };
                open.part = Some(index);
                let delta = Delta::Opaque(opaque);
                out.push((0, Event::PartDelta { index, delta }));
            }
        }
        if let Some((id, input)) = open.search.take() {
            self.searches.push((id, search::query(&input)));
        }
        let Some(index) = open.part else {
            return;
        };
        for page in std::mem::take(&mut open.cited) {
            let citation = Citation {
                url: page.url,
                title: page.title,
                start: Some(open.start),
                end: Some(self.chars),
            };
            out.push((0, Event::Note(Box::new(Note::Citation(citation)))));
        }
        if open.kind == Kind::Call && !open.has_arguments && complete {
            // No input at all means an empty object.
            let json = open.whole_input.unwrap_or_else(|| "{}".to_owned());
            let delta = Delta::Arguments(json);
            out.push((0, Event::PartDelta { index, delta }));
        }
        out.push((0, Event::PartEnd { index }));
    }

    /// A round that came in one piece; what is none yet may go on.
    fn reply(&mut self, body: &[u8], out: &mut Events) {
        if self.ended
            || self.paused.is_some()
            || serde_json::from_slice::<IgnoredAny>(body).is_err()
        {
            return;
        }
        if let Some(so_far) = &mut self.so_far {
            so_far.whole(body);
        }
        let heard = response::read(body, |start, content, end| {
            self.hear_whole(start, content, end, out);
            self.stop(out);
        });
        if let Err(error) = heard {
            self.fail(error, out);
        }
    }

    fn hear_whole(
        &mut self,
        start: StartBody<'_>,
        content: Vec<Block<'_>>,
        end: EndBody<'_>,
        out: &mut Events,
    ) {
        self.start(Some(start), out);
        for (index, block) in (0..).zip(content) {
            self.begin(index, block, out);
            self.end(index, out);
        }
        self.hear_end(end, out);
    }

    fn go_on(&mut self) {
        self.paused = None;
        self.stop = None;
        self.before = Some(match &self.before {
            Some(before) => before.plus(&self.usage),
            None => self.usage,
        });
        self.usage = Usage::default();
    }

    fn stop(&mut self, out: &mut Events) {
        if self.pauses() {
            for open in std::mem::take(&mut self.open) {
                self.close(open, true, out);
            }
            self.paused = self.so_far.as_mut().and_then(SoFar::paused);
        }
        if self.paused.is_none() {
            self.conclude(out);
        }
    }

    fn pauses(&self) -> bool {
        let reason = self.stop.as_ref().and_then(|stop| stop.reason.as_deref());
        reason == Some(PAUSE)
    }

    fn conclude(&mut self, out: &mut Events) {
        self.start(None, out);
        for open in std::mem::take(&mut self.open) {
            self.close(open, true, out);
        }
        for (_, query) in std::mem::take(&mut self.searches) {
            found(query, Vec::new(), out);
        }
        if self.so_far.is_some() && self.pauses() {
            let loss = dropped(
                "stop_reason",
                "tells of a pause that was not gone on from: the reply ends there",
            );
            out.push((0, Event::Loss(loss)));
        }
        self.ended = true;
        let finish: Finish = match self.stop.take() {
            Some(stop) => finish(stop.reason.as_deref(), stop.sequence, self.calls),
            None => finish(None, None, self.calls),
        };
        out.push((0, Event::Finish(finish)));
    }

    fn fail(&mut self, error: ApiError, out: &mut Events) {
        if self.ended {
            return;
        }
        for open in std::mem::take(&mut self.open) {
            self.close(open, false, out);
        }
        self.ended = true;
        out.push((0, Event::Error(error)));
    }

    fn find(&mut self, block: u64) -> Option<&mut Open> {
        self.open.iter_mut().find(|open| open.block == block)
    }

    fn open(&mut self, block: u64, kind: Kind) -> &mut Open {
        self.open.push(Open {
            block,
            kind,
            part: None,
            whole_input: None,
            signature: String::new(),
            has_arguments: false,
            search: None,
            start: self.chars,
            cited: Vec::new(),
        });
        let last = self.open.len() - 1;
        &mut self.open[last]
    }

    /// The index of an open block's part, which begins now if it has not yet.
    fn part(&mut self, block: u64, part: PartKind, out: &mut Events) -> usize {
        if let Some(index) = self.find(block).and_then(|open| open.part) {
            return index;
        }
        let index = self.begin_part(part, out);
        if let Some(open) = self.find(block) {
            open.part = Some(index);
        }
        index
    }

    fn begin_part(&mut self, part: PartKind, out: &mut Events) -> usize {
        let index = self.next;
        self.next += 1;
        out.push((0, Event::PartStart { index, part }));
        index
    }
}

fn read<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
}

fn found(query: Option<String>, pages: Vec<Page>, out: &mut Events) {
    let queries = query.into_iter().collect();
    let search = Search { queries, pages };
    out.push((0, Event::Note(Box::new(Note::Search(search)))));
}

fn unreadable() -> Loss {
    dropped("stream", "held an event that does not fit its place")
}

fn citations_loss() -> Loss {
    dropped("content.citations", "have no place in other protocols")
}

fn dropped(field: impl Into<String>, why: impl Into<String>) -> Loss {
    Loss {
        field: field.into(),
        kind: LossKind::Dropped,
        why: why.into(),
    }
}

fn given(id: Option<Text<'_>>) -> Option<String> {
    id.map(Text::into_owned).filter(|id| !id.is_empty())
}

/// What may come before a reply: blank space and the bytes of a byte order mark.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\xef\xbb\xbf".contains(&byte)
}

/// An input that only holds the place of the fragments to come.
fn is_nothing(input: &str) -> bool {
    let inside = input.strip_prefix('{').unwrap_or(input).trim();
    matches!(inside, "}" | "null" | "\"\"")
}

/// Why the provider declined, in its own words; the category that it may name has no place in other protocols.
fn explanation(details: Option<&Value>) -> Option<String> {
    let text = details?.get("explanation")?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}
