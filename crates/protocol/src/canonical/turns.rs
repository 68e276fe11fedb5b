//! A history for protocols of turns, in the order that their providers insist on:
//!
//! - turns alternate and begin with the user;
//! - each tool call is answered by exactly one result, at the head of the very next turn, in order of the calls;
//! - ids of calls are legal and unique; no text is blank; no turn is empty;
//! - reasoning is there only with this protocol's own proof of it.
//!
//! A pure function of the messages; whatever it changes is reported. Protocols of messages, which need their
//! calls and results paired and nothing more, take [`super::history`].

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{
    ApiError, Losses, Message, Part, Request, Role,
    pairs::{Step, pair},
    spelling,
};
use crate::Protocol;

/// Why reasoning is left out that nobody here can vouch for.
pub(crate) const UNSIGNED: &str = "cannot be sent back: it lacks this provider's signature";
const BLANK: &str = "held blank text, which is left out";

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Side {
    Assistant,
    User,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Turn<'a> {
    pub side: Side,
    pub pieces: Vec<Piece<'a>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece<'a> {
    Call {
        id: String,
        name: &'a str,
        arguments: &'a str,
    },
    Plain(Cow<'a, Part>),
    Result {
        id: String,
        parts: Cow<'a, [Part]>,
        is_error: bool,
    },
}

/// What a provider takes back of what its models said before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TakesBack {
    /// The protocol whose reasoning it takes.
    pub owner: Protocol,
    /// Images that a model drew; not their addresses.
    pub images: bool,
}

impl TakesBack {
    pub(crate) fn reasoning_of(owner: Protocol) -> Self {
        Self {
            owner,
            images: false,
        }
    }
}

/// One thing that somebody said, in the order it was said.
enum Item<'a> {
    /// And which message it is in.
    Call(usize, Call<'a>),
    Plain(Side, Cow<'a, Part>),
    Result(Answer<'a>),
}

#[derive(Clone, Copy, PartialEq)]
struct Call<'a> {
    id: &'a str,
    name: &'a str,
    arguments: &'a str,
}

#[derive(Clone, Copy)]
struct Answer<'a> {
    id: &'a str,
    parts: &'a [Part],
    is_error: bool,
}

/// A request in turns: the messages at its head that are instructions, and the conversation behind them.
///
/// # Errors
/// `InvalidRequest` where nobody has said anything.
pub(crate) fn of<'a>(
    request: &'a Request,
    takes: TakesBack,
    losses: &mut Losses,
) -> Result<(&'a [Message], Vec<Turn<'a>>), ApiError> {
    let mut messages = request.messages.iter();
    let head = messages.position(|message| message.role != Role::System);
    let (leading, conversation) = request
        .messages
        .split_at(head.unwrap_or(request.messages.len()));
    let turns = repair(conversation, takes, losses);
    if turns.is_empty() {
        let what = if request.messages.is_empty() && request.instructions.is_empty() {
            "messages: at least one message is required."
        } else if request.messages.iter().any(|said| said.role == Role::User) {
            "messages: nothing that the user says in them can be sent to this model."
        } else {
            "messages: at least one user message is required."
        };
        return Err(ApiError::invalid("messages", what));
    }
    Ok((leading, turns))
}

/// What the model is told before the conversation, for protocols that take text there: each part, and its text.
pub(crate) fn instructions<'a>(
    request: &'a Request,
    leading: &'a [Message],
    losses: &mut Losses,
) -> Vec<(&'a Part, &'a str)> {
    let leading = leading.iter().flat_map(|message| &message.parts);
    let mut texts = Vec::new();
    for part in request.instructions.iter().chain(leading) {
        match part {
            Part::Text(text) | Part::Refusal(text) if text.trim().is_empty() => {
                losses.repaired("messages", BLANK);
            }
            Part::Text(text) | Part::Refusal(text) => texts.push((part, text.as_str())),
            Part::File(_)
            | Part::Image(_)
            | Part::Reasoning { .. }
            | Part::ToolCall { .. }
            | Part::ToolResult { .. } => {
                losses.dropped("system", "holds more than text, which is refused there");
            }
        }
    }
    texts
}

pub(crate) fn repair<'a>(
    messages: &'a [Message],
    takes: TakesBack,
    losses: &mut Losses,
) -> Vec<Turn<'a>> {
    let mut items = flatten(messages, takes, losses);
    drop_repeated_calls(&mut items, losses);
    let answers = pair(items.iter().enumerate().filter_map(step));
    let mut turns = arrange(items, answers, losses);
    if turns
        .first()
        .is_some_and(|turn| turn.side == Side::Assistant)
    {
        losses.repaired(
            "messages",
            "begin with the assistant: a first user message was added",
        );
        turns.insert(
            0,
            Turn {
                side: Side::User,
                pieces: vec![text("(The conversation begins with your reply.)")],
            },
        );
    }
    turns
}

fn text(text: impl Into<String>) -> Piece<'static> {
    Piece::Plain(Cow::Owned(Part::Text(text.into())))
}

fn flatten<'a>(messages: &'a [Message], takes: TakesBack, losses: &mut Losses) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        if message.name.is_some() {
            losses.dropped("messages[].name", "has no place in this protocol");
        }
        if message.parts.is_empty() {
            losses.repaired("messages", "held an empty message; it was left out");
        }
        for part in &message.parts {
            items.extend(item(index, message, takes, part, losses));
        }
    }
    items
}

fn item<'a>(
    index: usize,
    message: &Message,
    takes: TakesBack,
    part: &'a Part,
    losses: &mut Losses,
) -> Option<Item<'a>> {
    let role = message.role;
    let side = match role {
        Role::Assistant => Side::Assistant,
        Role::System | Role::Tool | Role::User => Side::User,
    };
    match part {
        Part::Text(words) | Part::Refusal(words) => {
            if words.trim().is_empty() {
                losses.repaired("messages", BLANK);
                return None;
            }
            if role == Role::System {
                losses.repaired(
                    message.field(),
                    "are instructions amid the conversation: they became part of the user's turn",
                );
                let words = format!("<system-reminder>\n{words}\n</system-reminder>");
                return Some(Item::Plain(side, Cow::Owned(Part::Text(words))));
            }
            if matches!(part, Part::Refusal(_)) {
                losses.emulated(message.field(), "held a refusal; it was sent as text");
            }
            Some(Item::Plain(side, Cow::Borrowed(part)))
        }
        Part::File(_) | Part::Image(_) => {
            let is_drawn =
                takes.images && matches!(part, Part::Image(image) if image.source.is_inline());
            if side == Side::Assistant && !is_drawn {
                losses.dropped(
                    message.field(),
                    "holds an image or a file of the assistant, which this protocol does not know",
                );
                return None;
            }
            Some(Item::Plain(side, Cow::Borrowed(part)))
        }
        Part::Reasoning { opaque, .. } => {
            let is_own = opaque
                .as_ref()
                .is_some_and(|opaque| opaque.owner == takes.owner && !opaque.value.is_empty());
            if !is_own || side != Side::Assistant {
                losses.dropped("messages[].reasoning", UNSIGNED);
                return None;
            }
            Some(Item::Plain(side, Cow::Borrowed(part)))
        }
        Part::ToolCall {
            id,
            name,
            arguments,
        } => {
            let call = Call {
                id,
                name,
                arguments,
            };
            Some(Item::Call(index, call))
        }
        Part::ToolResult {
            id,
            parts,
            is_error,
        } => Some(Item::Result(Answer {
            id,
            parts,
            is_error: *is_error,
        })),
    }
}

/// The same call twice in one turn is one call.
fn drop_repeated_calls(items: &mut Vec<Item<'_>>, losses: &mut Losses) {
    let mut turn: HashMap<&str, Call<'_>> = HashMap::new();
    items.retain(|item| match item {
        Item::Call(_, call) => {
            let repeated = turn.insert(call.id, *call) == Some(*call);
            if repeated {
                losses.repaired("messages", "held the same tool call twice in one turn");
            }
            !repeated
        }
        Item::Plain(Side::Assistant, _) => true,
        Item::Plain(Side::User, _) | Item::Result(_) => {
            turn.clear();
            true
        }
    });
}

fn step<'a>((place, item): (usize, &Item<'a>)) -> Option<Step<'a, usize, usize>> {
    match item {
        Item::Call(message, call) => Some(Step::Call {
            id: call.id,
            message: *message,
            place,
        }),
        Item::Plain(..) => None,
        Item::Result(answer) => Some(Step::Result {
            id: answer.id,
            result: place,
        }),
    }
}

/// `answers`: for the place of each call, the place of its result.
fn arrange<'a>(
    items: Vec<Item<'a>>,
    answers: HashMap<usize, usize>,
    losses: &mut Losses,
) -> Vec<Turn<'a>> {
    let mut results: HashMap<usize, Answer<'a>> = HashMap::new();
    for place in answers.values() {
        if let Some(Item::Result(answer)) = items.get(*place) {
            results.insert(*place, *answer);
        }
    }
    let mut turns = Turns {
        done: Vec::new(),
        owed: Vec::new(),
        taken: HashSet::new(),
        repetitions: HashMap::new(),
        losses,
    };
    let mut called = HashSet::new();
    for (place, item) in items.into_iter().enumerate() {
        match item {
            Item::Call(_, call) => {
                called.insert(call.id);
                let answer = answers.get(&place).and_then(|place| results.get(place));
                turns.call(call, answer.copied());
            }
            Item::Plain(side, part) => turns.push(side, Piece::Plain(part)),
            Item::Result(answer) => {
                turns.pay();
                if !results.contains_key(&place) {
                    turns.stray(answer, called.contains(answer.id));
                }
            }
        }
    }
    turns.pay();
    turns.done
}

struct Turns<'a, 'l> {
    done: Vec<Turn<'a>>,
    /// The results of the calls in the last turn, which the next turn must begin with.
    owed: Vec<Piece<'a>>,
    taken: HashSet<String>,
    /// How often each id stood before.
    repetitions: HashMap<String, usize>,
    losses: &'l mut Losses,
}

impl<'a> Turns<'a, '_> {
    fn push(&mut self, side: Side, piece: Piece<'a>) {
        if side == Side::User {
            self.pay();
        }
        match self.done.last_mut() {
            Some(turn) if turn.side == side => turn.pieces.push(piece),
            _ => self.done.push(Turn {
                side,
                pieces: vec![piece],
            }),
        }
    }

    /// Lets the user's turn begin with what is owed to the calls before it.
    fn pay(&mut self) {
        for result in std::mem::take(&mut self.owed) {
            self.push(Side::User, result);
        }
    }

    fn call(&mut self, call: Call<'a>, answer: Option<Answer<'a>>) {
        let id = self.unique(call.id);
        let result = if let Some(answer) = answer {
            Piece::Result {
                id: id.clone(),
                parts: Cow::Borrowed(answer.parts),
                is_error: answer.is_error,
            }
        } else {
            self.losses.repaired(
                "messages",
                "held a tool call without a result: one that says so was added",
            );
            Piece::Result {
                id: id.clone(),
                parts: Cow::Owned(vec![Part::Text(
                    "There is no result: the call was interrupted.".to_owned(),
                )]),
                is_error: true,
            }
        };
        self.push(
            Side::Assistant,
            Piece::Call {
                id,
                name: call.name,
                arguments: call.arguments,
            },
        );
        self.owed.push(result);
    }

    fn unique(&mut self, id: &str) -> String {
        let mut legal = spelling::call_id(id).into_owned();
        if legal != id {
            self.losses.repaired(
                "messages[].tool_call_id",
                "had characters or a length that this provider refuses",
            );
        }
        let mut repetition = self.repetitions.get(id).copied().unwrap_or(1);
        while self.taken.contains(&legal) {
            self.losses
                .repaired("messages[].tool_call_id", "stood for several calls");
            repetition += 1;
            legal = spelling::call_id(&format!("{id}#{repetition}")).into_owned();
        }
        self.repetitions.insert(id.to_owned(), repetition);
        self.taken.insert(legal.clone());
        legal
    }

    /// A result that no call is waiting for.
    fn stray(&mut self, answer: Answer<'a>, is_repetition: bool) {
        if is_repetition {
            self.losses.repaired(
                "messages",
                "held a second result of one tool call, which is left out",
            );
            return;
        }
        self.losses.repaired(
            "messages",
            "held a result without its tool call: it became part of the user's text",
        );
        self.push(
            Side::User,
            text("The result of a tool call that is not shown:"),
        );
        for part in answer.parts {
            match part {
                Part::Text(words) if words.trim().is_empty() => {}
                Part::File(_) | Part::Image(_) | Part::Refusal(_) | Part::Text(_) => {
                    self.push(Side::User, Piece::Plain(Cow::Borrowed(part)));
                }
                Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => {}
            }
        }
    }
}

/// Settles how the conversation ends, for providers that refuse a last turn of the assistant whose end is blank.
pub(crate) fn close(turns: &mut Vec<Turn<'_>>, may_prefill: bool, losses: &mut Losses) {
    if let Some(last) = turns.last_mut()
        && last.side == Side::Assistant
        && let Some(Piece::Plain(part)) = last.pieces.last_mut()
        && let Part::Text(words) | Part::Refusal(words) = &**part
        && words.trim_end().len() < words.len()
    {
        losses.repaired("messages", "ended in blank space, which is cut off");
        *part = Cow::Owned(Part::Text(words.trim_end().to_owned()));
    }
    go_on(turns, may_prefill, losses);
}

/// A last turn of the assistant is a beginning that the model is to continue. Where it refuses one, the user asks for
/// it.
pub(crate) fn go_on(turns: &mut Vec<Turn<'_>>, may_prefill: bool, losses: &mut Losses) {
    let is_begun = turns
        .last()
        .is_some_and(|turn| turn.side == Side::Assistant);
    if is_begun && !may_prefill {
        losses.emulated(
            "messages",
            "end with the assistant, which is refused here: the user asks to go on from there",
        );
        turns.push(Turn {
            side: Side::User,
            pieces: vec![text(
                "Continue your last message from exactly where it ends, without repeating any of it.",
            )],
        });
    }
}

#[cfg(test)]
#[path = "turns_tests.rs"]
mod tests;
