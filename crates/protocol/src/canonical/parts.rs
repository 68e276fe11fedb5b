//! Opens and closes parts for protocols whose streams are flat, so that none of them keeps the books itself.

use serde_json::Value;

use super::{
    ApiError, Choice, Delta, Event, Events, Finish, FinishReason, Loss, LossKind, Media, Note,
    Opaque, PartKind, Usage, think_tags::Tagged,
};
use crate::ExchangeId;

/// The open parts of one choice. Text, reasoning and refusal follow one another: a change of kind closes
/// the one and opens the other. Tool calls may stay open beside them, because some providers interleave; a
/// call whose arguments are complete is closed as soon as anything else begins, for clients that read one
/// part at a time.
#[derive(Debug)]
pub struct Parts {
    choice: Choice,
    exchange: String,
    started: bool,
    ended: bool,
    next: usize,
    flat: Option<Flat>,
    calls: Vec<Call>,
    refused: bool,
}

/// A piece of a tool call, with whatever the provider said in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallFragment<'a> {
    /// The provider's own number of the call.
    pub slot: Option<u64>,
    pub id: Option<&'a str>,
    pub name: Option<&'a str>,
    pub arguments: &'a str,
}

#[derive(Debug)]
struct Flat {
    index: usize,
    kind: PartKind,
    has_opaque: bool,
}

#[derive(Debug, Default)]
struct Call {
    slot: Option<u64>,
    id: Option<String>,
    name: String,
    arguments: String,
    /// How much of `arguments` has been passed on.
    sent: usize,
    json: JsonEnd,
    /// The part's index, once it has started.
    part: Option<usize>,
    closed: bool,
}

impl Parts {
    /// `exchange` names the calls and the reply where the provider does not.
    pub fn new(choice: Choice, exchange: &ExchangeId) -> Self {
        Self {
            choice,
            exchange: exchange.0.clone(),
            started: false,
            ended: false,
            next: 0,
            flat: None,
            calls: Vec::new(),
            refused: false,
        }
    }

    /// Says who answers; only the first one counts. An empty `id` is made from the exchange's.
    pub fn start(&mut self, id: &str, model: &str, out: &mut Events) {
        if self.started || self.ended {
            return;
        }
        self.started = true;
        let id = if id.is_empty() {
            self.exchange.clone()
        } else {
            id.to_owned()
        };
        let model = model.to_owned();
        self.emit(Event::Start { id, model }, out);
    }

    pub fn has_started(&self) -> bool {
        self.started
    }

    /// Whether a finish or an error was given out, after which everything is ignored.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Adds a fragment of text; an empty one opens nothing.
    pub fn text(&mut self, fragment: &str, out: &mut Events) {
        self.flat(PartKind::Text, fragment, out);
    }

    /// Adds a fragment of reasoning; an empty one opens nothing.
    pub fn reasoning(&mut self, fragment: &str, out: &mut Events) {
        self.flat(PartKind::Reasoning, fragment, out);
    }

    /// Adds a piece of a text that may hold reasoning between tags.
    pub(crate) fn tagged(&mut self, piece: Tagged<'_>, out: &mut Events) {
        match piece {
            Tagged::Reasoning(text) => self.reasoning(text, out),
            Tagged::Text(text) => self.text(text, out),
        }
    }

    /// Adds a fragment of a refusal; an empty one opens nothing.
    pub fn refusal(&mut self, fragment: &str, out: &mut Events) {
        self.refused |= !fragment.is_empty();
        self.flat(PartKind::Refusal, fragment, out);
    }

    /// Adds an image that the model drew.
    pub fn image(&mut self, image: Media, out: &mut Events) {
        if self.ended {
            return;
        }
        self.ensure_start(out);
        self.close_flat(out);
        self.settle(out);
        let index = self.next_index();
        let part = PartKind::Image(Box::new(image));
        self.emit(Event::PartStart { index, part }, out);
        self.emit(Event::PartEnd { index }, out);
    }

    /// The open text, reasoning or refusal is over: more of its kind is another part.
    pub fn end_text(&mut self, out: &mut Events) {
        if !self.ended {
            self.close_flat(out);
        }
    }

    /// Adds provider state to the open reasoning, or to a part of its own where none is open or it has some.
    pub fn opaque(&mut self, opaque: Opaque, out: &mut Events) {
        let fits = self
            .flat
            .as_ref()
            .is_some_and(|open| open.kind == PartKind::Reasoning && !open.has_opaque);
        if !fits {
            self.open_flat(PartKind::Reasoning, out);
        }
        let Some(open) = self.flat.as_mut().filter(|_| !self.ended) else {
            return;
        };
        open.has_opaque = true;
        let index = open.index;
        let delta = Delta::Opaque(opaque);
        self.emit(Event::PartDelta { index, delta }, out);
    }

    /// Adds a fragment of a tool call. Which call it belongs to is found by slot and id; a new id on an old
    /// slot is a new call. Nothing is passed on before the name is known.
    pub fn call(&mut self, fragment: CallFragment<'_>, out: &mut Events) {
        if self.ended {
            return;
        }
        self.ensure_start(out);
        let at = match self.find(&fragment) {
            Some(at) => at,
            None => {
                self.close_flat(out);
                self.settle(out);
                self.calls.push(Call {
                    slot: fragment.slot,
                    ..Call::default()
                });
                self.calls.len() - 1
            }
        };
        let call = &mut self.calls[at];
        if let Some(id) = said(fragment.id).filter(|_| call.id.is_none()) {
            call.id = Some(id.to_owned());
        }
        if let Some(name) = said(fragment.name).filter(|_| call.part.is_none()) {
            call.hear_name(name);
        }
        let understood = call.hear_arguments(fragment.arguments);
        let ready = !call.name.is_empty() && !call.arguments.is_empty();
        if ready {
            self.begin(at, out);
            self.pass_on(at, false, out);
        }
        if !understood {
            self.loss(
                "tool_calls.arguments",
                "went on after their end; the rest was left out",
                out,
            );
        }
    }

    /// Totals so far.
    pub fn usage(&mut self, usage: Usage, out: &mut Events) {
        if !self.ended {
            self.ensure_start(out);
            self.emit(Event::Usage(usage), out);
        }
    }

    /// Something of the answer beside its parts.
    pub fn note(&mut self, note: Note, out: &mut Events) {
        if !self.ended {
            self.ensure_start(out);
            self.emit(Event::Note(Box::new(note)), out);
        }
    }

    /// Something in the reply that has no place in the canonical model.
    pub fn loss(&mut self, field: &str, why: &str, out: &mut Events) {
        if self.ended {
            return;
        }
        self.ensure_start(out);
        let loss = Loss {
            field: field.to_owned(),
            kind: LossKind::Dropped,
            why: why.to_owned(),
        };
        self.emit(Event::Loss(loss), out);
    }

    /// Ends the reply. The reason is what was given out first, the provider's word second.
    pub fn finish(&mut self, finish: Finish, out: &mut Events) {
        if self.ended {
            return;
        }
        self.ensure_start(out);
        self.close_flat(out);
        for at in 0..self.calls.len() {
            let call = &self.calls[at];
            if call.part.is_none() && call.name.is_empty() {
                self.loss(
                    "tool_calls.name",
                    "was never given; the call was left out",
                    out,
                );
            } else {
                self.begin(at, out);
                self.close_call(at, out);
            }
        }
        let called = self.calls.iter().any(|call| call.part.is_some());
        let reason = match finish.reason {
            FinishReason::Stop | FinishReason::Other if called => FinishReason::ToolCalls,
            FinishReason::ToolCalls if !called => FinishReason::Stop,
            FinishReason::Stop if self.refused => FinishReason::ContentFilter,
            reason => reason,
        };
        self.emit(Event::Finish(Finish { reason, ..finish }), out);
        self.ended = true;
    }

    /// Ends the whole reply with a failure. Where there are several choices, the others are cut before.
    pub fn error(&mut self, error: ApiError, out: &mut Events) {
        if self.ended {
            return;
        }
        self.cut(out);
        self.emit(Event::Error(error), out);
    }

    /// Closes what is open; another choice says why no more comes.
    pub fn cut(&mut self, out: &mut Events) {
        if self.ended {
            return;
        }
        self.close_flat(out);
        for at in 0..self.calls.len() {
            self.end_call(at, out);
        }
        self.ended = true;
    }

    fn emit(&self, event: Event, out: &mut Events) {
        out.push((self.choice, event));
    }

    fn ensure_start(&mut self, out: &mut Events) {
        self.start("", "", out);
    }

    fn flat(&mut self, kind: PartKind, fragment: &str, out: &mut Events) {
        if fragment.is_empty() || self.ended {
            return;
        }
        let index = match &self.flat {
            Some(open) if open.kind == kind => Some(open.index),
            Some(_) | None => self.open_flat(kind, out),
        };
        if let Some(index) = index {
            let delta = Delta::Text(fragment.to_owned());
            self.emit(Event::PartDelta { index, delta }, out);
        }
    }

    fn open_flat(&mut self, kind: PartKind, out: &mut Events) -> Option<usize> {
        if self.ended {
            return None;
        }
        self.ensure_start(out);
        self.close_flat(out);
        self.settle(out);
        let index = self.next_index();
        self.flat = Some(Flat {
            index,
            kind: kind.clone(),
            has_opaque: false,
        });
        self.emit(Event::PartStart { index, part: kind }, out);
        Some(index)
    }

    fn close_flat(&mut self, out: &mut Events) {
        if let Some(Flat { index, .. }) = self.flat.take() {
            self.emit(Event::PartEnd { index }, out);
        }
    }

    fn next_index(&mut self) -> usize {
        let index = self.next;
        self.next += 1;
        index
    }

    /// Something else begins: calls whose name is known begin before it, complete ones end.
    fn settle(&mut self, out: &mut Events) {
        for at in 0..self.calls.len() {
            if self.calls[at].name.is_empty() {
                continue;
            }
            self.begin(at, out);
            if self.calls[at].json.is_complete() {
                self.close_call(at, out);
            }
        }
    }

    fn find(&self, fragment: &CallFragment<'_>) -> Option<usize> {
        let name = said(fragment.name);
        if let Some(id) = said(fragment.id) {
            let same = self.calls.iter().rposition(|call| {
                call.id.as_deref() == Some(id)
                    && (call.slot == fragment.slot
                        || call.slot.is_none()
                        || fragment.slot.is_none())
            });
            if same.is_some() {
                return same;
            }
            let at = self.at_slot(fragment.slot?)?;
            let call = &self.calls[at];
            // Some providers make up another id for every fragment; only a call's first one has the name.
            let goes_on = match &call.id {
                None => name.is_none() || call.name.is_empty(),
                Some(_) => name.is_none() && !call.name.is_empty() && !call.json.is_complete(),
            };
            return goes_on.then_some(at);
        }
        let at = match fragment.slot {
            Some(slot) => self.at_slot(slot)?,
            None => self.calls.len().checked_sub(1)?,
        };
        let call = &self.calls[at];
        let begins = match name {
            None => false,
            Some(_) if call.name.is_empty() => false,
            Some(name) if call.json.is_complete() => {
                let another = !fragment.arguments.is_empty() && !call.is_copy(fragment.arguments);
                name != call.name || another
            }
            Some(name) => fragment.slot.is_none() && name != call.name,
        };
        (!begins).then_some(at)
    }

    fn at_slot(&self, slot: u64) -> Option<usize> {
        self.calls.iter().rposition(|call| call.slot == Some(slot))
    }

    fn begin(&mut self, at: usize, out: &mut Events) {
        if self.calls[at].part.is_some() {
            return;
        }
        let index = self.next_index();
        let id = self.unique_id(at);
        let call = &mut self.calls[at];
        call.part = Some(index);
        let part = PartKind::ToolCall {
            id,
            name: call.name.clone(),
        };
        self.emit(Event::PartStart { index, part }, out);
    }

    /// The provider's id, unless it gave none or gave it to a call that began before as well.
    fn unique_id(&self, at: usize) -> String {
        let mut begun = self.calls.iter().filter(|call| call.part.is_some());
        match &self.calls[at].id {
            Some(id) if begun.all(|other| other.id.as_ref() != Some(id)) => id.clone(),
            Some(_) | None if self.choice == 0 => format!("call_{}_{at}", self.exchange),
            Some(_) | None => format!("call_{}_{}_{at}", self.exchange, self.choice),
        }
    }

    fn pass_on(&mut self, at: usize, ending: bool, out: &mut Events) {
        let call = &mut self.calls[at];
        let Some(index) = call.part.filter(|_| !call.closed) else {
            return;
        };
        // `{}` may be a mere beginning that the real arguments replace.
        if call.sent == call.arguments.len() || (!ending && call.is_placeholder()) {
            return;
        }
        let delta = Delta::Arguments(call.arguments[call.sent..].to_owned());
        call.sent = call.arguments.len();
        self.emit(Event::PartDelta { index, delta }, out);
    }

    fn close_call(&mut self, at: usize, out: &mut Events) {
        self.pass_on(at, true, out);
        self.end_call(at, out);
    }

    fn end_call(&mut self, at: usize, out: &mut Events) {
        let call = &mut self.calls[at];
        if let Some(index) = call.part.filter(|_| !call.closed) {
            call.closed = true;
            self.emit(Event::PartEnd { index }, out);
        }
    }
}

impl Call {
    /// A name may come whole, in pieces, growing, or again and again.
    fn hear_name(&mut self, name: &str) {
        if name.starts_with(&self.name) {
            name.clone_into(&mut self.name);
        } else {
            self.name.push_str(name);
        }
    }

    /// False when the arguments were complete already and this is not a repetition of them.
    fn hear_arguments(&mut self, fragment: &str) -> bool {
        if self.json.is_complete() {
            if fragment.trim().is_empty() || self.is_copy(fragment) {
                return true;
            }
            if !self.is_placeholder() || self.closed {
                return false;
            }
            self.arguments.clear();
            self.json = JsonEnd::default();
        }
        self.arguments.push_str(fragment);
        self.json.read(fragment);
        true
    }

    fn is_placeholder(&self) -> bool {
        self.sent == 0 && self.arguments == "{}"
    }

    fn is_copy(&self, fragment: &str) -> bool {
        let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
        fragment == self.arguments
            || parsed(fragment).is_some_and(|copy| parsed(&self.arguments) == Some(copy))
    }
}

fn said(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// Finds the end of a JSON object or array in fragments.
#[derive(Debug, Default)]
struct JsonEnd {
    depth: usize,
    in_string: bool,
    escaped: bool,
    complete: bool,
    /// Begins with something else: then nobody can say where it ends.
    other: bool,
}

impl JsonEnd {
    fn is_complete(&self) -> bool {
        self.complete
    }

    fn read(&mut self, fragment: &str) {
        for byte in fragment.bytes() {
            if self.complete || self.other {
                return;
            }
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    self.complete = self.depth == 0;
                }
                b'"' if self.depth > 0 => self.in_string = true,
                _ if self.depth == 0 && !byte.is_ascii_whitespace() => self.other = true,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
#[path = "parts_tests.rs"]
mod tests;
