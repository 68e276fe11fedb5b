//! Marks of what a provider may keep for the next request. Most providers decide that by themselves.

use std::{cell::Cell, collections::HashMap};

use serde_json::{Value, json};

use super::{ApiError, Losses, Message, Part, Request, spare};

/// More in one request are refused by whoever takes any.
const MOST: usize = 4;

/// The end of something that may be kept.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CacheMark {
    /// How long, in the words of who keeps it (`1h`); `None` is its usual time.
    pub ttl: Option<String>,
}

impl CacheMark {
    /// As the clients of several protocols write it: `{"type":"ephemeral","ttl":"1h"}`.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let is_word = |key: &str| key == "type" || key == "ttl";
        let fields = value.as_object()?;
        let is_known = fields.get("type")? == "ephemeral" && fields.keys().all(|key| is_word(key));
        let ttl = fields.get("ttl").filter(|ttl| !ttl.is_null());
        let ttl = ttl.map(|ttl| ttl.as_str().map(str::to_owned));
        match ttl {
            _ if !is_known => None,
            None => Some(Self::default()),
            Some(word) => word.map(|word| Self { ttl: Some(word) }),
        }
    }

    pub(crate) fn write(&self) -> Value {
        match &self.ttl {
            Some(ttl) => json!({"type": "ephemeral", "ttl": ttl}),
            None => json!({"type": "ephemeral"}),
        }
    }
}

/// What a mark stands on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CachePlace {
    /// One of [`Request::instructions`].
    Instruction(usize),
    /// One of the parts of what stands at this place of the client's list ([`super::Message::at`]), be it one message
    /// here or several.
    Part { at: usize, index: usize },
    /// A tool, by its name.
    Tool(String),
}

impl CachePlace {
    /// The end of what was said.
    pub(crate) fn end(instructions: &[Part], messages: &[Message]) -> Option<Self> {
        let Some(last) = messages.last() else {
            return instructions.len().checked_sub(1).map(Self::Instruction);
        };
        let at = last.at?;
        let there = messages.iter().filter(|message| message.at == last.at);
        let parts: usize = there.map(|message| message.parts.len()).sum();
        let index = parts.checked_sub(1)?;
        Some(Self::Part { at, index })
    }

    fn list(&self) -> u8 {
        match self {
            Self::Tool(_) => 0,
            Self::Instruction(_) => 1,
            Self::Part { .. } => 2,
        }
    }
}

/// The marks of a request, in the order in which a provider reads it: tools, instructions, messages.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CacheMarks(Vec<(CachePlace, CacheMark)>);

impl CacheMarks {
    /// The last mark of a place counts.
    pub(crate) fn add(&mut self, place: CachePlace, mark: CacheMark) {
        self.0.retain(|(taken, _)| *taken != place);
        let behind = self.0.iter().position(|(one, _)| one.list() > place.list());
        let behind = behind.unwrap_or(self.0.len());
        self.0.insert(behind, (place, mark));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// For providers that take none.
    pub fn left_out(&self, losses: &mut Losses) {
        left_out(self.0.len(), losses);
    }

    /// What is sent of a request's marks, as many as may be: a later one keeps what stands before it as well. Who has
    /// none, and counts on the cache all the same, gets some: nothing is kept unmarked where marks are taken.
    pub(crate) fn sent(request: &Request) -> Self {
        let first = request.cache.len().saturating_sub(MOST);
        let mut marks = Self(request.cache.0.iter().skip(first).cloned().collect());
        if marks.len() > 0 || !request.expects_cache() {
            return marks;
        }
        let mut tools = request.tools.iter().rev();
        let tool = tools.find(|tool| tool.is_clients());
        let instruction = request.instructions.len().checked_sub(1);
        let places = [
            tool.map(|tool| CachePlace::Tool(tool.name.clone())),
            instruction.map(CachePlace::Instruction),
            CachePlace::end(&[], &request.messages),
        ];
        for place in places.into_iter().flatten() {
            marks.add(place, CacheMark::default());
        }
        marks
    }

    /// The part of `request` at a place; of a result, what it begins with.
    fn part<'r>(place: &CachePlace, request: &'r Request) -> Option<&'r Part> {
        let part = match place {
            CachePlace::Instruction(index) => request.instructions.get(*index)?,
            CachePlace::Part { at, index } => {
                let there = request.messages.iter().filter(|one| one.at == Some(*at));
                there.flat_map(|message| &message.parts).nth(*index)?
            }
            CachePlace::Tool(_) => return None,
        };
        begun(part)
    }
}

/// What stands for a part where it is sent: a result is marked by what it begins with.
fn begun(part: &Part) -> Option<&Part> {
    match part {
        Part::ToolResult { parts, .. } => parts.first(),
        Part::File(_)
        | Part::Image(_)
        | Part::Reasoning { .. }
        | Part::Refusal(_)
        | Part::Text(_)
        | Part::ToolCall { .. } => Some(part),
    }
}

/// The marks of one request that are sent, found again whatever list the parts are put into.
pub(crate) struct Marking<'r> {
    sent: &'r CacheMarks,
    parts: HashMap<*const Part, &'r CacheMark>,
    written: Cell<usize>,
}

impl<'r> Marking<'r> {
    /// `sent`: of the request's marks ([`CacheMarks::sent`]).
    pub(crate) fn new(request: &Request, sent: &'r CacheMarks) -> Self {
        Self::of(sent, |place| CacheMarks::part(place, request))
    }

    /// In `history`, which holds copies of the request's parts where it had to be put in order.
    pub(crate) fn in_history(request: &Request, history: &[Message], sent: &'r CacheMarks) -> Self {
        let is_copy = !std::ptr::eq(history, request.messages.as_slice());
        Self::of(sent, |place| {
            let marked = CacheMarks::part(place, request)?;
            if !is_copy || matches!(place, CachePlace::Instruction(_)) {
                return Some(marked);
            }
            let parts = |of: Option<usize>| {
                let there = history
                    .iter()
                    .rev()
                    .filter(move |one| of.is_none() || one.at == of);
                there.flat_map(|one| one.parts.iter().rev().filter_map(begun))
            };
            // Where it stood; a result may have gone to another message.
            let at = match place {
                CachePlace::Part { at, .. } => Some(*at),
                CachePlace::Instruction(_) | CachePlace::Tool(_) => None,
            };
            let mut copies = parts(at).chain(parts(None));
            copies.find(|copy| *copy == marked)
        })
    }

    fn of<'p>(sent: &'r CacheMarks, find: impl Fn(&CachePlace) -> Option<&'p Part>) -> Self {
        let marks = sent.0.iter();
        let found =
            marks.filter_map(|(place, mark)| Some((std::ptr::from_ref(find(place)?), mark)));
        Self {
            sent,
            parts: found.collect(),
            written: Cell::new(0),
        }
    }

    pub(crate) fn of_tool(&self, name: &str) -> Option<&'r CacheMark> {
        let mut marks = self.sent.0.iter();
        let found = marks.find(|(place, _)| matches!(place, CachePlace::Tool(of) if of == name));
        self.writes(found.map(|(_, mark)| mark))
    }

    pub(crate) fn of_part(&self, part: &Part) -> Option<&'r CacheMark> {
        if self.parts.is_empty() {
            return None;
        }
        self.writes(self.parts.get(&std::ptr::from_ref(part)).copied())
    }

    fn writes(&self, mark: Option<&'r CacheMark>) -> Option<&'r CacheMark> {
        self.written
            .set(self.written.get() + usize::from(mark.is_some()));
        mark
    }

    /// Says what came of those that are not sent.
    pub(crate) fn report(&self, request: &Request, losses: &mut Losses) {
        if self.written.get() >= request.cache.len() {
            return;
        }
        let why = if request.cache.len() > MOST {
            format!("marks more than the {MOST} places that may be cached, or what cannot be")
        } else {
            "marks what cannot be cached".to_owned()
        };
        losses.dropped("cache_control", why);
    }
}

/// Whether a failure says of the marks in a request that they are not known.
pub fn refuses_marks(failure: &ApiError) -> bool {
    spare::refuses(failure) && failure.message.contains("cache_control")
}

/// One loss for all marks, however many.
pub(crate) fn left_out(marks: usize, losses: &mut Losses) {
    match marks {
        0 => {}
        1 => losses.dropped(
            "cache_control",
            "1 cache mark is left out: the provider decides by itself what to cache",
        ),
        marks => losses.dropped(
            "cache_control",
            format!(
                "{marks} cache marks are left out: the provider decides by itself what to cache"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::Role;

    fn request(words: &[&str]) -> Request {
        let messages = words.iter().enumerate().map(|(at, words)| {
            let parts = vec![Part::Text((*words).to_owned())];
            let mut message = Message::new(Role::User, parts);
            message.at = Some(at);
            message
        });
        let mut request = Request {
            messages: messages.collect(),
            ..Request::default()
        };
        for at in 0..words.len() {
            let place = CachePlace::Part { at, index: 0 };
            request.cache.add(place, CacheMark::default());
        }
        request
    }

    fn why(request: &Request, marking: &Marking<'_>) -> Vec<String> {
        let mut losses = Losses::default();
        marking.report(request, &mut losses);
        losses.iter().map(|loss| loss.why.clone()).collect()
    }

    #[test]
    fn a_mark_stays_with_its_message_though_another_says_the_same() {
        let request = request(&["continue", "continue"]);
        let history = request.messages.clone();
        let sent = CacheMarks::sent(&request);
        let marking = Marking::in_history(&request, &history, &sent);
        for message in &history {
            assert!(marking.of_part(&message.parts[0]).is_some());
        }
        assert_eq!(why(&request, &marking), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_marked_is_told_with_its_reason() {
        let five = request(&["a", "b", "c", "d", "e"]);
        let sent = CacheMarks::sent(&five);
        let marking = Marking::new(&five, &sent);
        for message in &five.messages {
            marking.of_part(&message.parts[0]);
        }
        let [told] = <[String; 1]>::try_from(why(&five, &marking)).unwrap();
        assert!(told.starts_with("marks more than the 4 places"));
        let two = request(&["a", "b"]);
        let sent = CacheMarks::sent(&two);
        let marking = Marking::new(&two, &sent);
        assert_eq!(why(&two, &marking), ["marks what cannot be cached"]);
    }
}
