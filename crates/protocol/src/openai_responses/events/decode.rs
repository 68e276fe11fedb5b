//! The provider's stream to events, and a whole reply as if it had been streamed.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    EventDecoder, ExchangeId, Place,
    canonical::{
        ApiError, CallFragment, Events, Finish, FinishReason, Logprobs, NO_PART, Note, Parts,
        Usage, count_chars, free_text,
    },
    framing::sse::{Frame, SseDecoder},
    json::{self, Mended},
    openai::{
        error,
        logprobs::{Token, has_some},
    },
    openai_responses::{
        drawn, opaque,
        request::joined,
        wire::{self, Annotation, EventBody, Kind, Output, Reply, Said, SearchAction, TextOr},
    },
};

/// Bytes of ended items: behind larger ones a stream that is cut ends without what is over.
const MOST_KEPT: usize = 1 << 20;

/// A provider's stream.
pub(in crate::openai_responses) struct Decoder {
    sse: SseDecoder,
    /// Some answer a request for a stream with one JSON object: it is collected here.
    whole: Option<Vec<u8>>,
    begun: bool,
    reader: Reader,
}

impl Decoder {
    pub(in crate::openai_responses) fn new(exchange: &ExchangeId) -> Self {
        Self {
            sse: SseDecoder::default(),
            whole: None,
            begun: false,
            reader: Reader::new(exchange),
        }
    }
}

impl EventDecoder for Decoder {
    fn push(&mut self, chunk: &[u8], out: &mut Events) {
        if !self.begun {
            let Some(first) = chunk.iter().find(|byte| !byte.is_ascii_whitespace()) else {
                return;
            };
            self.begun = true;
            self.whole = (*first == b'{').then(Vec::new);
        }
        if let Some(whole) = &mut self.whole {
            whole.extend_from_slice(chunk);
            return;
        }
        let reader = &mut self.reader;
        if let Err(error) = self.sse.push(chunk, |frame| reader.frame(frame, out)) {
            reader.parts.error(error, out);
        }
    }

    fn place(&self) -> Place {
        let over = self.reader.over.values();
        Place {
            output: over.filter_map(|frame| item_of(frame)).collect(),
            ..self.reader.place.clone()
        }
    }

    fn finish(&mut self, out: &mut Events) {
        let reader = &mut self.reader;
        match self.whole.take() {
            Some(whole) => reader.whole(&whole, out),
            None => self.sse.finish(|frame| reader.frame(frame, out)),
        }
        reader.parts.error(ApiError::cut_off(), out);
    }
}

/// Reads events and whole replies. What was streamed already is not read again from what repeats it: the end of
/// an item, and the reply at the very end.
pub(in crate::openai_responses) struct Reader {
    parts: Parts,
    place: Place,
    /// The events that ended an item, by its place in the reply: copied and not read, as hardly anybody wants them.
    over: BTreeMap<u64, Vec<u8>>,
    kept_bytes: usize,
    /// By their place in the reply, as far as that can be told.
    items: BTreeMap<u64, ItemSoFar>,
    /// The items' own names, and the newest item of each place that the provider named.
    ids: HashMap<String, u64>,
    newest: HashMap<u64, u64>,
    /// Characters of text so far, and how many of them stand before the newest text.
    chars: u64,
    before: u64,
    reported: Vec<String>,
}

#[derive(Default)]
struct ItemSoFar {
    /// The place that the provider named.
    index: u64,
    added: bool,
    /// Bytes of each piece of text that were passed on, by kind and place.
    said: BTreeMap<(Piece, u64), usize>,
    /// How many tokens' logprobs, and how many annotations, of each text were passed on.
    noted: BTreeMap<u64, (usize, usize)>,
    /// Of a call: its name is known.
    begun: bool,
    /// The call takes free text, which is its arguments in the canonical model.
    free: bool,
    done: bool,
}

/// What an event is in the life of its item.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Step {
    Added,
    Fragment,
    /// A piece as a whole, or something beside the pieces.
    Other,
    Over,
}

impl Step {
    fn of(kind: &str) -> Self {
        match kind {
            "response.output_item.added" => Self::Added,
            "response.output_item.done" => Self::Over,
            kind if kind.ends_with(".delta") => Self::Fragment,
            _ => Self::Other,
        }
    }
}

/// What a list of tokens holds.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Told {
    All,
    Next,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Piece {
    Call,
    Reasoning,
    Refusal,
    Summary,
    Text,
}

impl Reader {
    pub(in crate::openai_responses) fn new(exchange: &ExchangeId) -> Self {
        Self {
            parts: Parts::new(0, exchange),
            place: Place::default(),
            over: BTreeMap::new(),
            kept_bytes: 0,
            items: BTreeMap::new(),
            ids: HashMap::new(),
            newest: HashMap::new(),
            chars: 0,
            before: 0,
            reported: Vec::new(),
        }
    }

    /// A whole reply in one body.
    pub(in crate::openai_responses) fn whole(&mut self, body: &[u8], out: &mut Events) {
        let mended = Mended::new();
        match json::parse_reply::<Reply<'_>>(body, &mended) {
            Ok(reply) if reply.status.is_some() || reply.output.is_some() => {
                self.end(reply, None, body, out);
            }
            Ok(reply) if reply.error.is_some() => self.failure(body, out),
            Ok(_) => self.parts.error(ApiError::no_answer(), out),
            Err(error) => self.parts.error(error, out),
        }
    }

    fn frame(&mut self, frame: Frame<'_>, out: &mut Events) {
        let data = frame.data.trim_ascii();
        if self.parts.has_ended() || data.is_empty() || data == b"[DONE]" {
            return;
        }
        let mended = Mended::new();
        match json::parse_reply::<EventBody<'_>>(data, &mended) {
            Ok(event) => self.event(event, frame, out),
            Err(error) => {
                // New events may have other fields under the same names.
                let known = serde_json::from_slice::<Kind<'_>>(data).is_ok_and(|event| {
                    let kind = event.kind.as_deref().unwrap_or(frame.event);
                    kind.is_empty() || is_known(kind)
                });
                if known || serde_json::from_slice::<&RawValue>(data).is_err() {
                    self.parts.error(error, out);
                }
            }
        }
    }

    fn event(&mut self, event: EventBody<'_>, frame: Frame<'_>, out: &mut Events) {
        if let Some(number) = event.sequence_number {
            self.place.next = number.saturating_add(1);
        }
        let kind = event.kind.as_deref().unwrap_or(frame.event);
        match kind {
            "response.created" | "response.in_progress" | "response.queued" => {
                if let Some(reply) = event.response {
                    self.start(&reply, out);
                }
            }
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled" => match event.response {
                Some(reply) => self.end(*reply, kind.strip_prefix("response."), frame.data, out),
                None => self.failure(frame.data, out),
            },
            "error" => self.failure(frame.data, out),
            "" if event.error.is_some() => self.failure(frame.data, out),
            _ => self.of_item(event, frame, out),
        }
    }

    fn of_item(&mut self, event: EventBody<'_>, frame: Frame<'_>, out: &mut Events) {
        let kind = event.kind.as_deref().unwrap_or(frame.event);
        let id = event.item.as_ref().and_then(|item| item.id.as_deref());
        let id = event.item_id.as_deref().or(id);
        let at = self.stands_at(event.output_index, id, Step::of(kind));
        let place = event.content_index.or(event.summary_index).unwrap_or(0);
        let delta = event.delta.as_deref().unwrap_or_default();
        let text = event.text.as_deref().unwrap_or_default();
        match kind {
            "response.output_text.delta" => {
                if let Some(raw) = has_some(event.logprobs) {
                    self.likely(at, place, raw, Told::Next, out);
                }
                self.say(at, Piece::Text, place, delta, out);
            }
            "response.output_text.done" => {
                if let Some(raw) = has_some(event.logprobs) {
                    self.likely(at, place, raw, Told::All, out);
                }
                self.complete(at, Piece::Text, place, text, out);
            }
            "response.refusal.delta" => self.say(at, Piece::Refusal, place, delta, out),
            "response.refusal.done" => {
                let text = event.refusal.as_deref().unwrap_or_default();
                self.complete(at, Piece::Refusal, place, text, out);
            }
            "response.reasoning_summary_text.delta" => {
                self.say(at, Piece::Summary, place, delta, out);
            }
            "response.reasoning_summary_text.done" => {
                self.complete(at, Piece::Summary, place, text, out);
            }
            "response.reasoning_text.delta" => self.say(at, Piece::Reasoning, place, delta, out),
            "response.reasoning_text.done" => {
                self.complete(at, Piece::Reasoning, place, text, out);
            }
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                self.say(at, Piece::Call, 0, delta, out);
            }
            "response.function_call_arguments.done" => {
                let text = event
                    .arguments
                    .as_ref()
                    .map_or("", |arguments| &*arguments.0);
                self.complete(at, Piece::Call, 0, text, out);
            }
            "response.custom_tool_call_input.done" => {
                let text = event.input.as_deref().unwrap_or_default();
                self.complete(at, Piece::Call, 0, text, out);
            }
            "response.output_item.added" => {
                if let Some(item) = event.item {
                    self.begin(at, &item, out);
                }
            }
            "response.output_item.done" => {
                if let Some(item) = event.item {
                    self.keep(at, frame.data);
                    self.item(at, *item, out);
                }
            }
            "response.output_text.annotation.added" => {
                if let Some(raw) = event.annotation {
                    self.annotation(at, place, raw, out);
                }
            }
            _ => {}
        }
    }

    /// Where an item stands here: at the place that the provider names, or behind all others where another one stands
    /// there. Some give all items the same place, or none. Ids alone would not do: some make one up for each event.
    fn stands_at(&mut self, index: Option<u64>, id: Option<&str>, step: Step) -> u64 {
        let id = id.filter(|id| !id.is_empty());
        let known = id.and_then(|id| self.ids.get(id)).copied();
        let is_there = |at: &u64| self.items.get(at).map(|item| item.index) == index;
        if let Some(at) = known.filter(|at| index.is_none() || is_there(at)) {
            return at;
        }
        let index = index.unwrap_or(0);
        let newest = self.newest.get(&index).copied();
        let at = match newest.filter(|at| !self.is_another(*at, id, step)) {
            Some(at) => at,
            None => {
                let last = self.items.last_key_value().map_or(0, |(last, _)| *last);
                let is_free = !self.items.contains_key(&index);
                let at = if is_free {
                    index
                } else {
                    last.saturating_add(1)
                };
                self.newest.insert(index, at);
                at
            }
        };
        let item = self.items.entry(at).or_default();
        item.index = index;
        item.added |= step == Step::Added;
        let is_named = newest != Some(at) || matches!(step, Step::Added | Step::Over);
        if let Some(id) = id.filter(|_| is_named) {
            self.ids.insert(id.to_owned(), at);
        }
        at
    }

    /// Whether an event whose item is not known by its id speaks of another one than the newest at its place.
    fn is_another(&self, at: u64, id: Option<&str>, step: Step) -> bool {
        self.items.get(&at).is_some_and(|item| match step {
            Step::Added => item.done || id.is_some() && (item.added || !item.said.is_empty()),
            Step::Fragment => item.done,
            // It may come late, or twice.
            Step::Other => false,
            Step::Over => item.done && id.is_some(),
        })
    }

    fn start(&mut self, reply: &Reply<'_>, out: &mut Events) {
        let id = reply.id.as_deref().unwrap_or_default();
        let model = reply.model.as_deref().unwrap_or_default();
        if !id.is_empty() {
            self.place.id = Some(id.to_owned());
        }
        if !id.is_empty() || !model.is_empty() {
            self.parts.start(id, model, out);
        }
    }

    fn keep(&mut self, at: u64, frame: &[u8]) {
        self.kept_bytes += frame.len();
        if self.kept_bytes <= MOST_KEPT {
            self.over.insert(at, frame.to_vec());
        }
    }

    /// The name of a call stands at its beginning.
    fn begin(&mut self, at: u64, item: &Output<'_>, out: &mut Events) {
        let is_call = match item.kind.as_deref() {
            Some("function_call") => Some(false),
            Some("custom_tool_call") => Some(true),
            _ => None,
        };
        let (Some(free), Some(name)) = (is_call, item.name.as_deref()) else {
            return;
        };
        let so_far = self.items.entry(at).or_default();
        if std::mem::replace(&mut so_far.begun, true) {
            return;
        }
        so_far.free = free;
        let id = item.call_id.as_deref().filter(|id| !id.is_empty());
        let name = joined(item.namespace.as_deref(), name);
        let fragment = CallFragment {
            slot: Some(at),
            id: id.or(item.id.as_deref()),
            name: Some(&name),
            arguments: if free { free_text::HEAD } else { "" },
        };
        self.parts.call(fragment, out);
    }

    /// The next fragment of a piece.
    fn say(&mut self, at: u64, piece: Piece, place: u64, text: &str, out: &mut Events) {
        let item = self.items.entry(at).or_default();
        if text.is_empty() || item.done {
            return;
        }
        // Of a thought and what sums it up, the one that came first is passed on.
        let has = |other| item.said.keys().any(|(known, _)| *known == other);
        match piece {
            Piece::Reasoning if has(Piece::Summary) => {
                return self.report("reasoning.content", out);
            }
            Piece::Summary if has(Piece::Reasoning) => return,
            Piece::Call | Piece::Reasoning | Piece::Refusal | Piece::Summary | Piece::Text => {}
        }
        let is_first = !item.said.contains_key(&(piece, place));
        let goes_on = item.said.keys().any(|(known, _)| *known == piece);
        *item.said.entry((piece, place)).or_default() += text.len();
        match piece {
            Piece::Call => {
                let escaped;
                let arguments = if item.free {
                    escaped = free_text::escape(text);
                    escaped.as_str()
                } else {
                    text
                };
                let fragment = CallFragment {
                    slot: Some(at),
                    arguments,
                    ..CallFragment::default()
                };
                self.parts.call(fragment, out);
            }
            Piece::Reasoning => self.parts.reasoning(text, out),
            Piece::Refusal => self.parts.refusal(text, out),
            Piece::Summary => {
                if is_first && goes_on {
                    self.parts.reasoning("\n\n", out);
                }
                self.parts.reasoning(text, out);
            }
            Piece::Text => {
                if is_first {
                    self.before = self.chars;
                }
                self.chars += count_chars(text);
                self.parts.text(text, out);
            }
        }
    }

    /// How likely the tokens of a text were: those that come next, or all of them, of which some may be known.
    fn likely(&mut self, at: u64, place: u64, raw: &RawValue, told: Told, out: &mut Events) {
        let item = self.items.entry(at).or_default();
        if item.done {
            return;
        }
        let Ok(mut tokens) = serde_json::from_str::<Vec<Token>>(raw.get()) else {
            self.report("logprobs", out);
            return;
        };
        let (known, _) = item.noted.entry(place).or_default();
        if told == Told::All {
            tokens.drain(..(*known).min(tokens.len()));
        }
        *known += tokens.len();
        if !tokens.is_empty() {
            let likely = Logprobs {
                text: tokens.into_iter().map(Token::read).collect(),
                ..Logprobs::default()
            };
            self.parts.note(Note::Logprobs(likely), out);
        }
    }

    /// All that a text leans on, some of which may be known.
    fn annotations(&mut self, at: u64, place: u64, raw: &RawValue, out: &mut Events) {
        let Ok(annotations) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
            return self.report("annotations", out);
        };
        let noted = self.items.get(&at).and_then(|item| item.noted.get(&place));
        let known = noted.map_or(0, |(_, annotations)| *annotations);
        for annotation in annotations.into_iter().skip(known) {
            self.annotation(at, place, annotation, out);
        }
    }

    fn annotation(&mut self, at: u64, place: u64, raw: &RawValue, out: &mut Events) {
        let item = self.items.entry(at).or_default();
        if item.done {
            return;
        }
        let (_, known) = item.noted.entry(place).or_default();
        *known += 1;
        let annotation = serde_json::from_str::<Annotation<'_>>(raw.get()).ok();
        match annotation.and_then(|annotation| annotation.read(self.before)) {
            Some(citation) => self.parts.note(Note::Citation(citation), out),
            None => self.report("annotations", out),
        }
    }

    /// A piece as a whole: what of it was not streamed follows now.
    fn complete(&mut self, at: u64, piece: Piece, place: u64, whole: &str, out: &mut Events) {
        let item = self.items.entry(at).or_default();
        let said = item.said.get(&(piece, place)).copied().unwrap_or(0);
        if let Some(rest) = whole.get(said..) {
            self.say(at, piece, place, rest, out);
        }
    }

    /// An item as a whole, which is over now.
    fn item(&mut self, at: u64, item: Output<'_>, out: &mut Events) {
        if self.items.get(&at).is_some_and(|so_far| so_far.done) {
            return;
        }
        match item.kind.as_deref().unwrap_or_default() {
            "message" => {
                let mut texts = self.places(at, Piece::Text);
                let mut refusals = self.places(at, Piece::Refusal);
                for (listed, said) in (0..).zip(pieces(item.content)) {
                    let place = match (said.is_refusal(), said.words()) {
                        (_, "") => Some(listed),
                        (true, _) => refusals.next(),
                        (false, _) => texts.next(),
                    };
                    self.piece(at, place.unwrap_or(listed), &said, out);
                }
            }
            "reasoning" => {
                self.thoughts(at, Piece::Reasoning, pieces(item.content), out);
                self.thoughts(at, Piece::Summary, pieces(item.summary), out);
                let state = item.encrypted_content.filter(|state| !state.is_empty());
                if let Some(state) = state {
                    let state = opaque::of_reply(&state, item.id.as_deref());
                    self.parts.opaque(state, out);
                }
            }
            "function_call" => {
                self.begin(at, &item, out);
                let arguments = item.arguments.as_ref();
                let arguments = arguments.map_or("", |arguments| &*arguments.0);
                self.complete(at, Piece::Call, 0, arguments, out);
            }
            "custom_tool_call" => {
                self.begin(at, &item, out);
                let input = item.input.as_deref().unwrap_or_default();
                self.complete(at, Piece::Call, 0, input, out);
                let fragment = CallFragment {
                    slot: Some(at),
                    arguments: free_text::TAIL,
                    ..CallFragment::default()
                };
                self.parts.call(fragment, out);
            }
            "web_search_call" => {
                let action = item.action.map(RawValue::get).unwrap_or_default();
                let action = serde_json::from_str::<SearchAction>(action).ok();
                match action.and_then(SearchAction::read) {
                    Some(search) => self.parts.note(Note::Search(search), out),
                    None => self.left_out("web_search_call", out),
                }
            }
            drawn::KIND => {
                let format = item.output_format.as_deref();
                match drawn::read(item.result.as_deref(), format) {
                    Some(image) => self.parts.image(image, out),
                    None => self.left_out(drawn::KIND, out),
                }
            }
            kind => self.left_out(kind, out),
        }
        self.parts.end_text(out);
        self.items.entry(at).or_default().done = true;
    }

    /// Where the pieces of one kind stand: those that were streamed, then more. Some count on over all items of a reply,
    /// or over pieces that the item does not list in the end.
    fn places(&self, at: u64, piece: Piece) -> impl Iterator<Item = u64> + use<> {
        let said = self
            .items
            .get(&at)
            .into_iter()
            .flat_map(|item| item.said.keys());
        let said = said.filter(|(known, _)| *known == piece);
        let known: Vec<u64> = said.map(|(_, place)| *place).collect();
        let next = known.last().map_or(0, |last| last.saturating_add(1));
        known.into_iter().chain(next..=u64::MAX)
    }

    fn thoughts(&mut self, at: u64, piece: Piece, all: Vec<Said<'_>>, out: &mut Events) {
        let texts = all.iter().map(Said::words);
        // Nothing was streamed of an empty one.
        let texts = texts.filter(|text| !text.is_empty());
        for (place, text) in self.places(at, piece).zip(texts) {
            self.complete(at, piece, place, text, out);
        }
    }

    fn piece(&mut self, at: u64, place: u64, said: &Said<'_>, out: &mut Events) {
        if said.is_refusal() {
            return self.complete(at, Piece::Refusal, place, said.words(), out);
        }
        if let Some(raw) = has_some(said.logprobs) {
            self.likely(at, place, raw, Told::All, out);
        }
        self.complete(at, Piece::Text, place, said.words(), out);
        if let Some(raw) = has_some(said.annotations) {
            self.annotations(at, place, raw, out);
        }
    }

    /// The reply as a whole, which is over now. `told`: how it ended, by the name of its event.
    fn end(&mut self, reply: Reply<'_>, told: Option<&str>, body: &[u8], out: &mut Events) {
        self.start(&reply, out);
        let told = told.or_else(|| reply.error.map(|_| "failed"));
        let status = reply.status.as_deref().or(told).unwrap_or("completed");
        if status != "failed" {
            for (place, item) in (0..).zip(reply.output.into_iter().flatten()) {
                // Not all that was streamed has to be listed, nor in the same order.
                let known = item.id.as_deref().and_then(|id| self.ids.get(id));
                self.item(known.copied().unwrap_or(place), item, out);
            }
        }
        if let Some(usage) = reply.usage.and_then(usage) {
            self.parts.usage(usage, out);
        }
        let reason = reply.incomplete_details.and_then(|details| details.reason);
        let finish = match (status, reason.as_deref()) {
            ("failed", _) => return self.failure(body, out),
            ("cancelled" | "in_progress" | "queued", _) => {
                let why = format!("The provider's reply is not finished: its status is {status}.");
                return self.parts.error(ApiError::provider_fault(why), out);
            }
            ("incomplete", Some("max_output_tokens" | "max_tokens")) => FinishReason::Length,
            ("incomplete", Some("content_filter")) => FinishReason::ContentFilter,
            ("incomplete", _) => FinishReason::Other,
            (_, _) => FinishReason::Stop,
        };
        let raw = reason.as_deref().unwrap_or(status);
        self.parts.finish(Finish::new(finish, Some(raw)), out);
    }

    /// The provider reports a failure: in an event of its own, or as the reply's end.
    fn failure(&mut self, body: &[u8], out: &mut Events) {
        let mut body: Value = serde_json::from_slice(body)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(body)));
        if let Some(reply) = body.get_mut("response") {
            body = reply.take();
        }
        // A flat one says `type: "error"`, which is not the kind of failure.
        if let Some(fields) = body.as_object_mut()
            && fields.get("error").is_none_or(Value::is_null)
        {
            fields.shift_remove("type");
        }
        self.parts.error(error::of_json(&body, None), out);
    }

    /// Says once that something has no place in the canonical model.
    fn report(&mut self, kind: &str, out: &mut Events) {
        self.report_as(kind, "of the reply could not be carried over", out);
    }

    /// The same of a whole item.
    fn left_out(&mut self, kind: &str, out: &mut Events) {
        self.report_as(kind, NO_PART, out);
    }

    fn report_as(&mut self, kind: &str, why: &str, out: &mut Events) {
        let field = format!("output.{}", kind.chars().take(60).collect::<String>());
        if !self.reported.contains(&field) {
            self.parts.loss(&field, why, out);
            self.reported.push(field);
        }
    }
}

/// The item that an event ends, as it was written.
fn item_of(frame: &[u8]) -> Option<Box<RawValue>> {
    #[derive(Deserialize)]
    struct Done<'a> {
        #[serde(borrow)]
        item: &'a RawValue,
    }
    let done: Done<'_> = serde_json::from_slice(frame).ok()?;
    Some(done.item.to_owned())
}

/// Whether what an event says may not be passed over.
fn is_known(kind: &str) -> bool {
    const ENDS: [&str; 6] = [
        "error",
        "response.cancelled",
        "response.completed",
        "response.created",
        "response.failed",
        "response.incomplete",
    ];
    const PARTS: [&str; 6] = [
        "response.output_item.",
        "response.output_text.",
        "response.refusal.",
        "response.reasoning_",
        "response.function_call_arguments.",
        "response.custom_tool_call_input.",
    ];
    ENDS.contains(&kind) || PARTS.iter().any(|start| kind.starts_with(start))
}

fn pieces<'a>(content: Option<TextOr<'a, Vec<Said<'a>>>>) -> Vec<Said<'a>> {
    match content {
        None => Vec::new(),
        Some(TextOr::Text(text)) => vec![Said {
            text: Some(text),
            ..Said::default()
        }],
        Some(TextOr::Other(pieces)) => pieces,
    }
}

/// The prompt's cached share is inside its count here, outside in the canonical model.
fn usage(wire: wire::Usage) -> Option<Usage> {
    let input = wire.input_tokens_details.unwrap_or_default();
    let (cache_read, cache_write) = (input.cached_tokens, input.cache_write_tokens);
    let usage = Usage {
        input: Usage::fresh_input(wire.input_tokens, cache_read, cache_write),
        cache_read,
        cache_write,
        output: wire.output_tokens,
        reasoning: wire
            .output_tokens_details
            .and_then(|details| details.reasoning_tokens),
        estimated: false,
    };
    // A prompt has tokens: who says that nothing was used has not counted.
    let counted = wire.input_tokens > Some(0) || wire.output_tokens > Some(0);
    counted.then_some(usage)
}
