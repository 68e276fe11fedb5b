//! Stop sequences for providers that know none, or too few: the reply is cut where one begins.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Choice, Delta, Event, Events, Finish, FinishReason, Loss, LossKind, PartKind, Usage,
    usage::NOT_REPORTED,
};
use crate::tokens;

/// Cuts one reply. What may be the beginning of a stop sequence is held back until it is known.
#[derive(Debug)]
pub(super) struct Stops {
    stops: Vec<String>,
    choices: BTreeMap<Choice, State>,
    /// How many of them are to come.
    count: usize,
    /// Bytes of text that were told.
    told: usize,
    /// The provider has said how much it wrote so far, which some do before they write.
    is_counted: bool,
}

#[derive(Debug, Default)]
struct State {
    open: BTreeSet<usize>,
    /// The end of each open text that may go on to be a stop sequence.
    held: BTreeMap<usize, String>,
    /// It was cut: nothing of it is told any more.
    cut: bool,
    finished: bool,
}

impl Stops {
    pub(super) fn new(stops: &[String], count: usize) -> Self {
        Self {
            stops: stops
                .iter()
                .filter(|stop| !stop.is_empty())
                .cloned()
                .collect(),
            choices: BTreeMap::new(),
            count,
            told: 0,
            is_counted: false,
        }
    }

    /// Whether nothing that the provider still sends matters to anyone.
    pub(super) fn is_over(&self) -> bool {
        let mut states = self.choices.values();
        self.choices.len() >= self.count
            && states.any(|state| state.cut)
            && self.choices.values().all(|state| state.finished)
    }

    pub(super) fn apply(&mut self, events: &mut Events) {
        if self.stops.is_empty() {
            return;
        }
        for (choice, event) in std::mem::take(events) {
            if self.is_over() {
                return;
            }
            let state = self.choices.entry(choice).or_default();
            if state.cut {
                // What concerns all choices is told, with one that is still open.
                match event {
                    Event::Error(error) => events.push((choice, Event::Error(error))),
                    Event::Usage(usage) => {
                        self.is_counted |= usage.output.is_some();
                        let mut choices = self.choices.iter();
                        let open = choices.find(|(_, state)| !state.finished);
                        events.extend(open.map(|(choice, _)| (*choice, Event::Usage(usage))));
                    }
                    _ => {}
                }
                continue;
            }
            let known = events.len();
            match event {
                Event::PartStart { index, part } => {
                    state.open.insert(index);
                    if part == PartKind::Text {
                        state.held.insert(index, String::new());
                    }
                    events.push((choice, Event::PartStart { index, part }));
                }
                Event::PartDelta {
                    index,
                    delta: Delta::Text(text),
                } if state.held.contains_key(&index) => {
                    state.read(&self.stops, choice, index, &text, events);
                }
                Event::PartEnd { index } => {
                    state.open.remove(&index);
                    let held = state.held.remove(&index).unwrap_or_default();
                    say(choice, index, held, events);
                    events.push((choice, Event::PartEnd { index }));
                }
                Event::Finish(finish) => {
                    state.finished = true;
                    events.push((choice, Event::Finish(finish)));
                }
                Event::Usage(usage) => {
                    self.is_counted |= usage.output.is_some();
                    events.push((choice, Event::Usage(usage)));
                }
                event @ (Event::Error(_)
                | Event::Loss(_)
                | Event::Note(_)
                | Event::PartDelta { .. }
                | Event::Ping
                | Event::Start { .. }) => events.push((choice, event)),
            }
            let is_cut = state.cut;
            self.told += events.iter().skip(known).map(words).sum::<usize>();
            if is_cut && self.is_counted {
                let finish = events.pop();
                events.extend(self.estimate().map(|event| (choice, event)));
                events.extend(finish);
            }
        }
    }

    /// In the place of the provider's count, which is not of the reply as it was cut.
    fn estimate(&self) -> [Event; 2] {
        let usage = Usage {
            output: Some(tokens::of_bytes(self.told)),
            estimated: true,
            ..Usage::default()
        };
        let loss = Loss {
            field: "usage".to_owned(),
            kind: LossKind::Estimated,
            why: NOT_REPORTED.to_owned(),
        };
        [Event::Loss(loss), Event::Usage(usage)]
    }
}

/// How much of the model's own words is in it.
fn words((_, event): &(Choice, Event)) -> usize {
    match event {
        Event::PartDelta {
            delta: Delta::Arguments(text) | Delta::Text(text),
            ..
        } => text.len(),
        _ => 0,
    }
}

impl State {
    fn read(
        &mut self,
        stops: &[String],
        choice: Choice,
        index: usize,
        text: &str,
        events: &mut Events,
    ) {
        let held = self.held.entry(index).or_default();
        held.push_str(text);
        let found = stops
            .iter()
            .filter_map(|stop| Some((held.find(stop.as_str())?, stop)))
            // The first to be complete, however the text is split.
            .min_by_key(|(at, stop)| (at + stop.len(), *at));
        let Some((at, stop)) = found else {
            let keep = beginning(held, stops);
            let rest = held.split_off(held.len() - keep);
            say(choice, index, std::mem::replace(held, rest), events);
            return;
        };
        held.truncate(at);
        say(choice, index, std::mem::take(held), events);
        for (index, held) in std::mem::take(&mut self.held) {
            say(choice, index, held, events);
        }
        for index in std::mem::take(&mut self.open) {
            events.push((choice, Event::PartEnd { index }));
        }
        let finish = Finish {
            stop_sequence: Some(stop.clone()),
            ..Finish::new(FinishReason::Stop, None)
        };
        events.push((choice, Event::Finish(finish)));
        self.cut = true;
        self.finished = true;
    }
}

fn say(choice: Choice, index: usize, text: String, events: &mut Events) {
    if !text.is_empty() {
        let delta = Delta::Text(text);
        events.push((choice, Event::PartDelta { index, delta }));
    }
}

/// The length of the longest end of the text that a stop sequence begins with.
fn beginning(text: &str, stops: &[String]) -> usize {
    let longest = stops.iter().map(String::len).max().unwrap_or(0);
    let from = text.len().saturating_sub(longest.saturating_sub(1));
    (from..text.len())
        .filter_map(|at| text.get(at..))
        .find(|end| stops.iter().any(|stop| stop.starts_with(end)))
        .map_or(0, str::len)
}
