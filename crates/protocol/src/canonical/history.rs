//! A history for protocols of messages, in the order that their providers insist on: each call is answered
//! exactly once, directly after it. Protocols of turns, which must alternate as well, take [`super::turns`].

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{
    ApiError, Capabilities, Losses, Message, Part, Role,
    pairs::{Step, pair},
};

/// Of a place in the target protocol.
pub(crate) const TEXT_ONLY: &str = "may hold text only in the target protocol";
/// Of reasoning.
pub(crate) const NOT_RESENT: &str = "of earlier turns is not sent to this model";
const NO_RESULT: &str = "No result was given for this call.";
const ORPHAN: &str = "Result of a tool call that is not in this conversation:";

/// What the model is told before the conversation, where a message of its own holds text only.
pub(crate) fn instructions<'r>(parts: &'r [Part], losses: &mut Losses) -> Vec<&'r str> {
    let told = instruction_parts(parts, losses).into_iter();
    told.map(|(_, text)| text).collect()
}

/// The same, each with the part that it is of.
pub(crate) fn instruction_parts<'r>(
    parts: &'r [Part],
    losses: &mut Losses,
) -> Vec<(&'r Part, &'r str)> {
    let mut texts = Vec::new();
    for part in parts {
        match part {
            Part::Text(text) if text.is_empty() => {}
            Part::Text(text) => texts.push((part, text.as_str())),
            Part::File(_)
            | Part::Image(_)
            | Part::Reasoning { .. }
            | Part::Refusal(_)
            | Part::ToolCall { .. }
            | Part::ToolResult { .. } => losses.dropped("system", TEXT_ONLY),
        }
    }
    texts
}

/// What the user says last where the assistant did, to a model that does not go on with its own message.
pub(crate) fn hint_to_go_on(
    history: &[Message],
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Option<&'static str> {
    let last = history.last()?;
    if capabilities.prefill || last.role != Role::Assistant {
        return None;
    }
    losses.emulated(
        "messages",
        "ended with the assistant; a hint to go on was added, because this model does not continue a message",
    );
    Some("Go on exactly where your last message ends.")
}

/// A history in which nobody says anything.
pub(crate) fn nothing_said() -> ApiError {
    let what = "messages: at least one message that is not empty is required.";
    ApiError::invalid("messages", what)
}

/// The history with its calls and results paired; untouched and uncopied where it is in order already.
pub(crate) fn repaired<'m>(messages: &'m [Message], losses: &mut Losses) -> Cow<'m, [Message]> {
    if is_in_order(messages) {
        Cow::Borrowed(messages)
    } else {
        Cow::Owned(Repair::new(messages, losses).run())
    }
}

fn is_in_order(messages: &[Message]) -> bool {
    let mut rest = messages.iter().peekable();
    while let Some(message) = rest.next() {
        let ids: Vec<&str> = call_ids(message).collect();
        let mut known = HashSet::new();
        let is_twice = ids.iter().any(|id| !known.insert(*id));
        let holds_results = message.role == Role::Tool || result_ids(message).next().is_some();
        if says_nothing(message) || holds_results || is_twice {
            return false;
        }
        if !ids.is_empty() {
            let answers = rest.next_if(|next| {
                next.role == Role::Tool
                    && next.parts.len() == ids.len()
                    && result_ids(next).eq(ids.iter().copied())
            });
            if answers.is_none() {
                return false;
            }
        }
    }
    true
}

struct Repair<'m, 'l> {
    messages: &'m [Message],
    /// For each call, by its message's place and its own among the calls there, the result: its message's place, and
    /// itself.
    answers: HashMap<(usize, usize), (usize, &'m Part)>,
    /// Results that have a call.
    taken: HashSet<*const Part>,
    /// The place of the first message that calls an id.
    calls: HashMap<&'m str, usize>,
    losses: &'l mut Losses,
}

impl<'m, 'l> Repair<'m, 'l> {
    fn new(messages: &'m [Message], losses: &'l mut Losses) -> Self {
        let mut calls = HashMap::new();
        let mut steps = Vec::new();
        for (at, message) in messages.iter().enumerate() {
            for part in &message.parts {
                if let Part::ToolResult { id, .. } = part {
                    steps.push(Step::Result {
                        id,
                        result: (at, part),
                    });
                }
            }
            for (nth, id) in call_ids(message).enumerate() {
                calls.entry(id).or_insert(at);
                steps.push(Step::Call {
                    id,
                    message: at,
                    place: (at, nth),
                });
            }
        }
        let answers = pair(steps);
        Self {
            messages,
            taken: answers
                .values()
                .map(|(_, part)| std::ptr::from_ref(*part))
                .collect(),
            answers,
            calls,
            losses,
        }
    }

    fn run(mut self) -> Vec<Message> {
        let mut repaired = Vec::with_capacity(self.messages.len() + 1);
        for (at, message) in self.messages.iter().enumerate() {
            let (message, answers) = match message.role {
                Role::Assistant => self.with_answers(at, message),
                Role::System | Role::Tool | Role::User => (self.without_results(at, message), None),
            };
            if let Some(message) = message {
                repaired.push(message);
            }
            repaired.extend(answers);
        }
        repaired
    }

    fn with_answers(
        &mut self,
        at: usize,
        message: &'m Message,
    ) -> (Option<Message>, Option<Message>) {
        let Some(mut message) = self.without_results(at, message) else {
            return (None, None);
        };
        let mut answers = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        for part in &mut message.parts {
            let Part::ToolCall { id, name, .. } = part else {
                continue;
            };
            let mut answer = self.answer(at, answers.len(), id, name);
            if seen.contains(id) {
                let another = format!("{id}_{}", answers.len());
                self.losses.repaired(
                    "messages",
                    "used one call id twice in a message; the second call got another",
                );
                if let Part::ToolResult { id, .. } = &mut answer {
                    id.clone_from(&another);
                }
                *id = another;
            }
            seen.insert(id.clone());
            answers.push(answer);
        }
        let answers = (!answers.is_empty()).then(|| Message::new(Role::Tool, answers));
        (Some(message), answers)
    }

    /// The result of a message's call.
    fn answer(&mut self, at: usize, nth: usize, id: &str, name: &str) -> Part {
        let Some((place, part)) = self.answers.get(&(at, nth)).copied() else {
            let why = format!("had no result for a call of \"{name}\"; one was made up");
            self.losses.repaired("messages", why);
            return Part::ToolResult {
                id: id.to_owned(),
                parts: vec![Part::Text(NO_RESULT.to_owned())],
                is_error: false,
            };
        };
        if place != at + 1 {
            let why =
                "had tool results apart from their calls; they were moved directly after them";
            self.losses.repaired("messages", why);
        }
        part.clone()
    }

    fn is_taken(&self, part: &Part) -> bool {
        self.taken.contains(&std::ptr::from_ref(part))
    }

    /// The message without its results; those that answer no call become text of the user.
    fn without_results(&mut self, at: usize, message: &Message) -> Option<Message> {
        let mut parts = Vec::with_capacity(message.parts.len());
        for part in &message.parts {
            match part {
                Part::ToolResult { .. } if self.is_taken(part) => {}
                Part::ToolResult {
                    id, parts: held, ..
                } => {
                    let called = self.calls.get(id.as_str());
                    if called.is_some_and(|place| *place < at) {
                        let why = "had more than one result for a call; the first one counts";
                        self.losses.repaired("messages", why);
                    } else {
                        let why = "had a result for a call that is not there; it became text";
                        self.losses.repaired("messages", why);
                        parts.push(Part::Text(ORPHAN.to_owned()));
                        parts.extend(held.iter().cloned());
                    }
                }
                Part::File(_)
                | Part::Image(_)
                | Part::Reasoning { .. }
                | Part::Refusal(_)
                | Part::Text(_)
                | Part::ToolCall { .. } => parts.push(part.clone()),
            }
        }
        let mut kept = Message {
            role: message.role,
            parts,
            name: message.name.clone(),
            at: message.at,
        };
        if kept.role == Role::Tool {
            kept.role = Role::User;
        } else if says_nothing(message) {
            self.losses
                .repaired("messages", "held an empty message; it was left out");
        }
        (!says_nothing(&kept)).then_some(kept)
    }
}

fn call_ids(message: &Message) -> impl Iterator<Item = &str> {
    let calls = message.role == Role::Assistant;
    message.parts.iter().filter_map(move |part| match part {
        Part::ToolCall { id, .. } if calls => Some(id.as_str()),
        Part::File(_)
        | Part::Image(_)
        | Part::Reasoning { .. }
        | Part::Refusal(_)
        | Part::Text(_)
        | Part::ToolCall { .. }
        | Part::ToolResult { .. } => None,
    })
}

fn result_ids(message: &Message) -> impl Iterator<Item = &str> {
    message.parts.iter().filter_map(|part| match part {
        Part::ToolResult { id, .. } => Some(id.as_str()),
        Part::File(_)
        | Part::Image(_)
        | Part::Reasoning { .. }
        | Part::Refusal(_)
        | Part::Text(_)
        | Part::ToolCall { .. } => None,
    })
}

fn says_nothing(message: &Message) -> bool {
    message
        .parts
        .iter()
        .all(|part| matches!(part, Part::Text(text) if text.is_empty()))
}
