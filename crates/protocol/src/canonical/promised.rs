//! JSON that a provider could only be asked for in words: checked before it is called what was asked for.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::error::ValidationErrorKind;
use serde_json::{Value, value::RawValue};

use super::{
    ApiError, Choice, Delta, Event, Events, Finish, FinishReason, Loss, LossKind, PartKind,
    applications, expressions,
};

/// The code of the failure: the model may do better the next time.
const CODE: &str = "json_not_as_asked";
/// Of all expressions of a schema together: to make one ready takes microseconds for each.
const MOST_STATES: u64 = 200_000;

/// What the text of a reply must be.
#[derive(Clone, Debug)]
pub enum JsonDemand {
    Object,
    Schema(Box<RawValue>),
}

impl JsonDemand {
    /// The text without what models put around it, or why it is not what was asked for. The words hold
    /// no more of the reply than names of fields: they are kept where its text is not.
    fn check(&self, text: &str) -> Result<(String, Option<Loss>), String> {
        let bare = without_fence(text.trim());
        let value: Value = serde_json::from_str(bare).map_err(|error| {
            format!(
                "it is not JSON (line {}, column {})",
                error.line(),
                error.column()
            )
        })?;
        let unchecked = match self {
            Self::Object if value.is_object() => None,
            Self::Object => return Err("it is JSON, but no object".to_owned()),
            Self::Schema(schema) => keeps(schema, &value)?,
        };
        let loss = unchecked.map(|why| Loss {
            field: "response_format".to_owned(),
            kind: LossKind::Emulated,
            why: format!("is JSON, but was not checked: {why}"),
        });
        Ok((bare.to_owned(), loss))
    }
}

/// Whether a value keeps to a schema, or why that cannot be said.
fn keeps(schema: &RawValue, value: &Value) -> Result<Option<&'static str>, String> {
    let schema: Value = serde_json::from_str(schema.get()).unwrap_or_default();
    let takes_long = "trying the expressions of its schema may take too long";
    if expressions::weight(&schema).is_none_or(|weight| weight > MOST_STATES) {
        return Ok(Some(takes_long));
    }
    if !applications::are_readable(&schema) || !applications::are_few(&schema, value) {
        return Ok(Some("trying the parts of its schema may take too long"));
    }
    // Of those that lie elsewhere nothing is fetched.
    let Ok(validator) = jsonschema::validator_for(&schema) else {
        return Ok(Some("its schema cannot be read"));
    };
    if validator.is_valid(value) {
        return Ok(None);
    }
    if !applications::can_be_told(&schema, value) {
        return Err("it does not keep to the schema".to_owned());
    }
    let Err(error) = validator.validate(value) else {
        return Ok(None);
    };
    if matches!(
        error.kind(),
        ValidationErrorKind::BacktrackLimitExceeded { .. }
            | ValidationErrorKind::RegexEngineFailure { .. }
    ) {
        return Ok(Some(takes_long));
    }
    let place = match error.instance_path().as_str() {
        "" => "the whole of it".to_owned(),
        path => format!("`{path}`"),
    };
    let rule = error.kind().keyword();
    Err(format!("{place} breaks the schema's rule `{rule}`"))
}

fn without_fence(text: &str) -> &str {
    let Some(inner) = text
        .strip_prefix("```")
        .and_then(|text| text.strip_suffix("```"))
    else {
        return text;
    };
    // The rest of the first line names the language.
    inner
        .split_once('\n')
        .map_or(inner, |(_, rest)| rest)
        .trim()
}

/// Holds the text of one reply back until it is whole and right.
#[derive(Debug)]
pub(super) struct Promised {
    demand: JsonDemand,
    choices: BTreeMap<Choice, State>,
    failed: bool,
}

#[derive(Debug, Default)]
struct State {
    /// Everything from the first text on, but for what may be told at any time.
    held: Vec<Event>,
    holds: bool,
    /// It refuses, or calls tools: its text is not the answer.
    exempt: bool,
    /// Those that the client knows of and that have not ended.
    open: BTreeSet<usize>,
}

impl Promised {
    pub(super) fn new(demand: JsonDemand) -> Self {
        Self {
            demand,
            choices: BTreeMap::new(),
            failed: false,
        }
    }

    pub(super) fn apply(&mut self, events: &mut Events) {
        for (choice, event) in std::mem::take(events) {
            if self.failed {
                return;
            }
            let state = self.choices.entry(choice).or_default();
            match event {
                event @ (Event::Loss(_)
                | Event::Note(_)
                | Event::Ping
                | Event::Start { .. }
                | Event::Usage(_)) => {
                    events.push((choice, event));
                }
                // Its parts were closed before it; those that the client never saw stay untold.
                Event::Error(error) => self.fail(error, events),
                Event::Finish(finish) => {
                    let told = std::mem::take(state).settle(&self.demand, &finish);
                    match told {
                        Ok(told) => {
                            events.extend(told.into_iter().map(|event| (choice, event)));
                            events.push((choice, Event::Finish(finish)));
                        }
                        Err((error, open)) => {
                            state.open = open;
                            self.fail(error, events);
                        }
                    }
                }
                event @ (Event::PartDelta { .. }
                | Event::PartEnd { .. }
                | Event::PartStart { .. }) => {
                    state.exempt |= is_exempt(&event);
                    state.holds |= matches!(
                        event,
                        Event::PartStart {
                            part: PartKind::Text,
                            ..
                        }
                    );
                    if state.holds {
                        state.held.push(event);
                        continue;
                    }
                    match &event {
                        Event::PartStart { index, .. } => _ = state.open.insert(*index),
                        Event::PartEnd { index } => _ = state.open.remove(index),
                        _ => {}
                    }
                    events.push((choice, event));
                }
            }
        }
    }

    fn fail(&mut self, error: ApiError, events: &mut Events) {
        self.failed = true;
        for (choice, state) in std::mem::take(&mut self.choices) {
            for index in state.open {
                events.push((choice, Event::PartEnd { index }));
            }
        }
        events.push((0, Event::Error(error)));
    }
}

type Failed = (ApiError, BTreeSet<usize>);

impl State {
    /// What was held back, with the text as it was asked for.
    fn settle(self, demand: &JsonDemand, finish: &Finish) -> Result<Vec<Event>, Failed> {
        let is_whole = match finish.reason {
            FinishReason::Other | FinishReason::Stop => finish.stop_sequence.is_none(),
            // The client sees by the finish that this is not the answer.
            FinishReason::ContentFilter
            | FinishReason::ContextFull
            | FinishReason::Error
            | FinishReason::Length
            | FinishReason::Pause
            | FinishReason::ToolCalls => false,
        };
        if !is_whole || self.exempt {
            return Ok(self.held);
        }
        let mut texts = BTreeSet::new();
        let mut whole = String::new();
        for event in &self.held {
            match event {
                Event::PartStart {
                    index,
                    part: PartKind::Text,
                } => _ = texts.insert(*index),
                Event::PartDelta {
                    index,
                    delta: Delta::Text(text),
                } if texts.contains(index) => whole.push_str(text),
                _ => {}
            }
        }
        let (text, loss) = match demand.check(&whole) {
            Ok(checked) => checked,
            Err(why) => {
                let message = format!(
                    "The model's reply is not the JSON that was asked for: {why}. This model can only be asked for it in words; try again, or take one with structured output."
                );
                let error = ApiError::provider_fault(message).with_code(CODE);
                return Err((error, self.open));
            }
        };
        let mut told: Vec<Event> = loss.map(Event::Loss).into_iter().collect();
        let mut text = Some(text);
        for event in self.held {
            match event {
                Event::PartDelta {
                    index,
                    delta: Delta::Text(_),
                } if texts.contains(&index) => {
                    if let Some(text) = text.take() {
                        let delta = Delta::Text(text);
                        told.push(Event::PartDelta { index, delta });
                    }
                }
                event => told.push(event),
            }
        }
        Ok(told)
    }
}

fn is_exempt(event: &Event) -> bool {
    matches!(
        event,
        Event::PartStart {
            part: PartKind::Refusal | PartKind::ToolCall { .. },
            ..
        }
    )
}
