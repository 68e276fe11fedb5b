//! What an encoder had to change in a request and must be changed back in the reply.

use std::collections::{HashMap, HashSet};

use super::{
    Choice, Delta, Event, Events, Finish, FinishReason, Part, PartKind, Request, Response,
    fence::Fence, spelling,
};
use crate::ExchangeId;

/// Made with the request, applied to every batch of events of its reply before anyone else sees them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Undo {
    /// Tool names that had to be shortened or respelled: what the provider knows -> what the client knows.
    pub tool_names: HashMap<String, String>,
    /// The tool that stands for a JSON schema: its arguments are the reply's text, and its call is no tool call.
    pub json_tool: Option<String>,
    /// The reply goes on with a text: a code fence around it is none of it.
    pub fence: bool,
    /// The ids that no new call may have; `None` where nothing was called yet.
    pub spent_ids: Option<SpentIds>,
}

/// The ids of a conversation's calls. Some servers number the calls of each reply anew, and a client that knows its
/// calls by their ids takes the new call for the old one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpentIds {
    ids: HashSet<String>,
    /// Tells this reply's ids from those of any other.
    exchange: ExchangeId,
}

impl SpentIds {
    pub fn of(request: &Request, exchange: &ExchangeId) -> Option<Self> {
        let parts = request.messages.iter().flat_map(|message| &message.parts);
        let ids: HashSet<String> = parts
            .filter_map(|part| match part {
                Part::ToolCall { id, .. } => Some(id.clone()),
                Part::File(_)
                | Part::Image(_)
                | Part::Reasoning { .. }
                | Part::Refusal(_)
                | Part::Text(_)
                | Part::ToolResult { .. } => None,
            })
            .collect();
        (!ids.is_empty()).then(|| Self {
            ids,
            exchange: exchange.clone(),
        })
    }

    /// An id that the client has already, be it in its own protocol's spelling, becomes another.
    fn renew(&self, id: &mut String) {
        if self.ids.contains(id) || self.ids.contains(&*spelling::call_id(id)) {
            *id = spelling::call_id(&format!("{id}#{}", self.exchange.0)).into_owned();
        }
    }
}

impl Undo {
    pub fn is_empty(&self) -> bool {
        self.tool_names.is_empty()
            && self.json_tool.is_none()
            && !self.fence
            && self.spent_ids.is_none()
    }

    /// A fresh pass over one reply.
    pub fn replay(&self) -> UndoReply {
        UndoReply {
            undo: self.clone(),
            choices: HashMap::new(),
            fences: HashMap::new(),
        }
    }

    /// The same for a reply that came whole.
    pub fn apply(&self, response: &mut Response) {
        for answer in &mut response.answers {
            let mut calls = Calls::default();
            for part in &mut answer.parts {
                if let Part::Text(text) = part
                    && self.fence
                {
                    *text = Fence::taken_off(text);
                }
                let Part::ToolCall {
                    id,
                    name,
                    arguments,
                } = part
                else {
                    continue;
                };
                if self.is_json_tool(name) {
                    calls.json = true;
                    *part = Part::Text(std::mem::take(arguments));
                } else {
                    calls.real = true;
                    self.rename(name);
                    self.renew(id);
                }
            }
            calls.correct(&mut answer.finish);
        }
    }

    fn is_json_tool(&self, name: &str) -> bool {
        self.json_tool.as_deref() == Some(name)
    }

    fn rename(&self, name: &mut String) {
        if let Some(original) = self.tool_names.get(name) {
            name.clone_from(original);
        }
    }

    fn renew(&self, id: &mut String) {
        if let Some(spent) = &self.spent_ids {
            spent.renew(id);
        }
    }
}

/// The state of undoing along one reply.
#[derive(Debug)]
pub struct UndoReply {
    undo: Undo,
    choices: HashMap<Choice, State>,
    /// Of the texts that are open.
    fences: HashMap<(Choice, usize), Fence>,
}

#[derive(Debug, Default)]
struct State {
    calls: Calls,
    /// The calls of the JSON tool: text to everyone else.
    json_parts: HashSet<usize>,
}

/// What kinds of calls a reply made.
#[derive(Debug, Default)]
struct Calls {
    json: bool,
    real: bool,
}

impl Calls {
    /// A reply that only called the JSON tool has not called a tool at all.
    fn correct(&self, finish: &mut Finish) {
        if self.json && !self.real && finish.reason == FinishReason::ToolCalls {
            // The provider's own word would contradict ours.
            *finish = Finish::new(FinishReason::Stop, None);
        }
    }
}

impl UndoReply {
    pub fn apply(&mut self, events: &mut Events) {
        if self.undo.is_empty() {
            return;
        }
        if self.undo.fence {
            self.take_off_fences(events);
        }
        events.retain_mut(|(choice, event)| {
            let state = self.choices.entry(*choice).or_default();
            match event {
                Event::PartStart { index, part } => {
                    if let PartKind::ToolCall { id, name } = part {
                        if self.undo.is_json_tool(name) {
                            state.calls.json = true;
                            state.json_parts.insert(*index);
                            *part = PartKind::Text;
                        } else {
                            state.calls.real = true;
                            self.undo.rename(name);
                            self.undo.renew(id);
                        }
                    }
                    true
                }
                Event::PartDelta { index, delta } if state.json_parts.contains(index) => {
                    if let Delta::Arguments(text) = delta {
                        *delta = Delta::Text(std::mem::take(text));
                    }
                    !matches!(delta, Delta::Text(text) if text.is_empty())
                }
                Event::Finish(finish) => {
                    state.calls.correct(finish);
                    true
                }
                Event::Error(_)
                | Event::Loss(_)
                | Event::Note(_)
                | Event::PartDelta { .. }
                | Event::PartEnd { .. }
                | Event::Ping
                | Event::Start { .. }
                | Event::Usage(_) => true,
            }
        });
    }

    fn take_off_fences(&mut self, events: &mut Events) {
        for (choice, event) in std::mem::take(events) {
            let said = |index, text| {
                let delta = Delta::Text(text);
                (choice, Event::PartDelta { index, delta })
            };
            let mut text = String::new();
            match &event {
                Event::PartStart {
                    index,
                    part: PartKind::Text,
                } => {
                    self.fences.insert((choice, *index), Fence::default());
                }
                Event::PartDelta {
                    index,
                    delta: Delta::Text(fragment),
                } => {
                    if let Some(fence) = self.fences.get_mut(&(choice, *index)) {
                        fence.push(fragment, &mut text);
                        if !text.is_empty() {
                            events.push(said(*index, text));
                        }
                        continue;
                    }
                }
                Event::PartEnd { index } => {
                    if let Some(mut fence) = self.fences.remove(&(choice, *index)) {
                        fence.finish(&mut text);
                        if !text.is_empty() {
                            events.push(said(*index, text));
                        }
                    }
                }
                Event::Error(_)
                | Event::Finish(_)
                | Event::Loss(_)
                | Event::Note(_)
                | Event::PartDelta { .. }
                | Event::PartStart { .. }
                | Event::Ping
                | Event::Start { .. }
                | Event::Usage(_) => {}
            }
            events.push((choice, event));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{Answer, Message, Notes, Role};

    fn undo() -> Undo {
        Undo {
            tool_names: HashMap::from([("short".to_owned(), "a.long/name".to_owned())]),
            json_tool: Some("answer".to_owned()),
            ..Undo::default()
        }
    }

    fn start(index: usize, name: &str) -> Event {
        Event::PartStart {
            index,
            part: PartKind::ToolCall {
                id: format!("call_{index}"),
                name: name.to_owned(),
            },
        }
    }

    fn arguments(index: usize, text: &str) -> Event {
        Event::PartDelta {
            index,
            delta: Delta::Arguments(text.to_owned()),
        }
    }

    fn finish(reason: FinishReason, raw: Option<&str>) -> Event {
        Event::Finish(Finish::new(reason, raw))
    }

    fn undone(events: &[(Choice, Event)]) -> Events {
        let undo = undo();
        let mut replay = undo.replay();
        let mut all = Events::new();
        for event in events {
            let mut batch = vec![event.clone()];
            replay.apply(&mut batch);
            all.append(&mut batch);
        }
        all
    }

    #[test]
    fn complaint_11_names_are_restored_in_streams() {
        let events = [(0, start(0, "short")), (0, start(1, "other"))];
        assert_eq!(
            undone(&events),
            [(0, start(0, "a.long/name")), (0, start(1, "other"))]
        );
    }

    #[test]
    fn a_lone_json_call_is_text_and_an_ordinary_end() {
        let text = |text: &str| Event::PartDelta {
            index: 0,
            delta: Delta::Text(text.to_owned()),
        };
        assert_eq!(
            undone(&[
                (0, start(0, "answer")),
                (0, arguments(0, "")),
                (0, arguments(0, "{\"a\"")),
                (0, arguments(0, ":1}")),
                (0, finish(FinishReason::ToolCalls, Some("tool_use"))),
            ]),
            [
                (
                    0,
                    Event::PartStart {
                        index: 0,
                        part: PartKind::Text
                    }
                ),
                (0, text("{\"a\"")),
                (0, text(":1}")),
                (0, finish(FinishReason::Stop, None)),
            ]
        );
    }

    #[test]
    fn a_json_call_beside_a_real_one_leaves_the_finish_alone() {
        let last = (0, finish(FinishReason::ToolCalls, Some("tool_use")));
        let events = [
            (0, start(0, "answer")),
            (0, start(1, "short")),
            (0, arguments(1, "{}")),
            (0, arguments(0, "{}")),
            last.clone(),
        ];
        let undone = undone(&events);
        assert_eq!(undone[2], events[2]);
        assert_eq!(undone.last(), Some(&last));
    }

    #[test]
    fn each_choice_keeps_its_own_state() {
        let undone = undone(&[
            (0, start(0, "answer")),
            (1, start(0, "other")),
            (1, arguments(0, "{}")),
            (1, finish(FinishReason::ToolCalls, None)),
            (0, finish(FinishReason::ToolCalls, None)),
        ]);
        assert_eq!(undone[2], (1, arguments(0, "{}")));
        assert_eq!(undone[3], (1, finish(FinishReason::ToolCalls, None)));
        assert_eq!(undone[4], (0, finish(FinishReason::Stop, None)));
    }

    #[test]
    fn a_call_gets_another_id_than_those_before_it() {
        let mut request = Request::default();
        let call = |id: &str| Part::ToolCall {
            id: id.to_owned(),
            name: "f".to_owned(),
            arguments: "{}".to_owned(),
        };
        // The second is how a client's own protocol spells `list:0`.
        let spelled = spelling::call_id("list:0").into_owned();
        let parts = vec![call("0"), call(&spelled)];
        request.messages.push(Message::new(Role::Assistant, parts));
        let undo = |exchange: &str| Undo {
            spent_ids: SpentIds::of(&request, &ExchangeId(exchange.to_owned())),
            ..Undo::default()
        };
        let ids = |exchange: &str, given: &[&str]| {
            let parts: Vec<Part> = given.iter().map(|id| call(id)).collect();
            let events = parts.iter().enumerate().map(|(index, _)| {
                let id = given[index].to_owned();
                let name = "f".to_owned();
                let part = PartKind::ToolCall { id, name };
                (0, Event::PartStart { index, part })
            });
            let mut events: Events = events.collect();
            undo(exchange).replay().apply(&mut events);
            let streamed: Vec<String> = events
                .into_iter()
                .filter_map(|(_, event)| match event {
                    Event::PartStart {
                        part: PartKind::ToolCall { id, .. },
                        ..
                    } => Some(id),
                    _ => None,
                })
                .collect();
            let mut whole = Response {
                id: "r".to_owned(),
                model: "m".to_owned(),
                answers: vec![Answer {
                    parts,
                    notes: Notes::default(),
                    finish: Finish::new(FinishReason::ToolCalls, None),
                }],
                usage: None,
                losses: Vec::new(),
            };
            undo(exchange).apply(&mut whole);
            let whole = whole.answers[0].parts.iter().map(|part| match part {
                Part::ToolCall { id, .. } => id.clone(),
                _ => unreachable!(),
            });
            assert_eq!(streamed, whole.collect::<Vec<_>>());
            streamed
        };
        let first = ids("x1", &["0", "list:0", "list:1"]);
        assert_eq!(first[2], "list:1");
        let second = ids("x2", &["0", "list:0", "list:1"]);
        let all = [&first[..2], &second[..2]].concat();
        for (at, id) in all.iter().enumerate() {
            assert!(spelling::is_plain(id, 64), "{id}");
            assert!(!all[..at].contains(id) && ![&spelled, "0"].contains(&id.as_str()));
        }
    }
}
