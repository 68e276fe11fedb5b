//! What must hold for any realtime connection: whatever its client sends and whatever the model says, its client is
//! told a sound story of it, and whoever listens hears the same.

#[path = "../realtime/script.rs"]
pub(crate) mod script;

use std::collections::{BTreeMap, HashSet};

use protocol::{
    Protocol,
    canonical::{Event, Events, FinishReason, Grammar, Losses, Part, Response},
    client_codec,
    realtime::{Action, Dialect, Heard, Opening, Session, Tap},
};
use serde_json::{Value, json};

use self::script::{Stage, sent, turns};

/// A longer one finds nothing else.
const MAX_LINES: usize = 400;

/// A connection as its client knows it from what it was told.
pub(crate) struct Told {
    dialect: Dialect,
    items: Vec<String>,
    events: HashSet<String>,
    reply: Option<String>,
    text: String,
    saying: Said,
    outputs: Vec<Value>,
    tap: Tap,
    heard: BTreeMap<u64, Events>,
    /// The replies that are over.
    pub(crate) replies: Vec<Said>,
}

/// One reply.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) status: String,
    pub(crate) text: String,
    /// Names and arguments.
    pub(crate) calls: Vec<(String, String)>,
}

impl Told {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            items: Vec::new(),
            events: HashSet::new(),
            reply: None,
            text: String::new(),
            saying: Said::default(),
            outputs: Vec::new(),
            tap: Tap::new(&super::exchange()),
            heard: BTreeMap::new(),
            replies: Vec::new(),
        }
    }

    pub(crate) fn is_replying(&self) -> bool {
        self.reply.is_some()
    }

    pub(crate) fn hear(&mut self, actions: &[Action]) {
        for action in actions {
            if let Action::Send(text) = action {
                let event: Value = serde_json::from_str(text).unwrap();
                let id = event["event_id"].as_str().unwrap().to_owned();
                assert!(self.events.insert(id), "an event id came twice: {event}");
                // Who listens does so without a client's knowledge of the dialect.
                let heard = self.tap.hear(text);
                match self.dialect {
                    Dialect::Beta | Dialect::Ga => self.official(&event, heard),
                    Dialect::Simple => {
                        assert_eq!(heard, None);
                        self.simple(&event);
                    }
                }
            }
        }
    }

    fn official(&mut self, event: &Value, heard: Option<Heard>) {
        let mut number = None;
        if let Some(Heard { reply, events }) = heard {
            number = Some(reply);
            self.heard.entry(reply).or_default().extend(events);
        }
        let is_beta = self.dialect == Dialect::Beta;
        match event["type"].as_str().unwrap() {
            "conversation.item.added" | "conversation.item.created" => {
                assert_eq!(is_beta, event["type"] == "conversation.item.created");
                let id = event["item"]["id"].as_str().unwrap().to_owned();
                assert!(!self.items.contains(&id), "an item came twice: {event}");
                let at = match event["previous_item_id"].as_str() {
                    None => 0,
                    Some(previous) => {
                        let known = self.items.iter().position(|item| item == previous);
                        known.unwrap() + 1
                    }
                };
                self.items.insert(at, id);
            }
            "conversation.item.deleted" => {
                let id = event["item_id"].as_str().unwrap();
                self.items.retain(|item| item != id);
            }
            "response.created" => self.begins(&event["response"]["id"]),
            "response.output_item.added" => {
                self.text.clear();
                assert_eq!(event["output_index"], self.outputs.len());
            }
            "response.output_text.delta"
            | "response.text.delta"
            | "response.function_call_arguments.delta" => {
                self.text.push_str(event["delta"].as_str().unwrap());
                assert_eq!(event["response_id"].as_str(), self.reply.as_deref());
            }
            "response.output_text.done" | "response.text.done" => {
                assert_eq!(event["text"], self.text.as_str());
                self.saying.text.push_str(&self.text);
            }
            "response.function_call_arguments.done" => {
                assert_eq!(event["arguments"], self.text.as_str());
            }
            "response.output_item.done" => {
                let item = &event["item"];
                if item["type"] == "function_call" {
                    let word = |name: &str| item[name].as_str().unwrap().to_owned();
                    self.saying.calls.push((word("name"), word("arguments")));
                }
                self.outputs.push(item.clone());
            }
            "response.done" => {
                let response = &event["response"];
                assert_eq!(response["output"], Value::from(self.outputs.clone()));
                self.ends(&response["id"], &response["status"]);
                let events = self.heard.remove(&number.unwrap()).unwrap();
                is_heard(&events, self.replies.last().unwrap());
            }
            _ => {}
        }
    }

    fn simple(&mut self, event: &Value) {
        assert!(event["message"].is_string(), "{event}");
        let of_reply = || event["message_id"].as_str() == self.reply.as_deref();
        match event["type"].as_str().unwrap() {
            "message.created" if event.get("item").is_none() => self.begins(&event["message_id"]),
            "content.start" => {
                assert!(of_reply(), "{event}");
                assert_eq!(event["index"], self.outputs.len());
                self.text.clear();
            }
            "content.delta" => {
                assert!(of_reply(), "{event}");
                self.text.push_str(event["message"].as_str().unwrap());
            }
            "content.stop" => {
                let (content, whole) = (&event["content"], event["message"].as_str().unwrap());
                if content["type"] == "text" {
                    assert_eq!(whole, self.text);
                    self.saying.text.push_str(whole);
                } else {
                    let name = content["name"].as_str().unwrap().to_owned();
                    self.saying.calls.push((name, whole.to_owned()));
                }
                self.outputs.push(Value::Null);
            }
            "message.completed" => {
                assert_eq!(event["message"], self.saying.text.as_str());
                let output = event["output"].as_array().unwrap();
                assert_eq!(output.len(), self.outputs.len());
                self.ends(&event["message_id"], &event["status"]);
            }
            _ => {}
        }
    }

    fn begins(&mut self, id: &Value) {
        let id = id.as_str().unwrap().to_owned();
        assert_eq!(
            self.reply.replace(id),
            None,
            "a reply begins within another"
        );
        self.outputs.clear();
        self.saying = Said::default();
    }

    fn ends(&mut self, id: &Value, status: &Value) {
        assert_eq!(id.as_str(), self.reply.take().as_deref());
        assert_ne!(status, "in_progress");
        let status = status.as_str().unwrap().to_owned();
        let said = std::mem::take(&mut self.saying);
        self.replies.push(Said { status, ..said });
    }

    /// Whether these are the items of the conversation, where the dialect tells their order.
    fn knows(&self, input: &Value) -> bool {
        let input = input.as_array().unwrap().iter();
        let ids: Vec<&str> = input.map(|item| item["id"].as_str().unwrap()).collect();
        self.dialect == Dialect::Simple || ids == self.items
    }
}

/// Who listened has heard the whole of a reply.
fn is_heard(events: &Events, said: &Said) {
    assert_eq!(Grammar::check(events), Ok(()), "{events:?}");
    let Ok(response) = Response::from_events(events.clone()) else {
        assert_eq!(said.status, "failed", "{events:?}");
        return;
    };
    assert_ne!(said.status, "failed", "{events:?}");
    let heard = said_in(&response);
    assert_eq!(heard.text, said.text);
    are_heard(&named(&heard), &named(said));
}

/// Calls are those that were made. Of arguments that are no JSON a reader may leave out what follows their end.
fn are_heard(heard: &[(&str, Option<Value>)], made: &[(&str, Option<Value>)]) {
    assert_eq!(heard.len(), made.len(), "{heard:?} {made:?}");
    for (heard, made) in heard.iter().zip(made) {
        assert_eq!(heard.0, made.0);
        assert!(made.1.is_none() || heard.1 == made.1, "{heard:?} {made:?}");
    }
}

/// What a reply says, in the words of a connection.
pub(crate) fn said_in(response: &Response) -> Said {
    let mut said = Said::default();
    let parts = response.answers.first().map(|answer| &answer.parts);
    for part in parts.into_iter().flatten() {
        match part {
            Part::Refusal(text) | Part::Text(text) => said.text.push_str(text),
            Part::ToolCall {
                name, arguments, ..
            } => said.calls.push((name.clone(), arguments.clone())),
            _ => {}
        }
    }
    said
}

/// The calls that can be made: names, and arguments that are JSON.
pub(crate) fn named(said: &Said) -> Vec<(&str, Option<Value>)> {
    let calls = said.calls.iter().filter(|(name, _)| !name.is_empty());
    let calls = calls.map(|(name, arguments)| {
        let arguments = if arguments.trim().is_empty() {
            Some(json!({}))
        } else {
            serde_json::from_str(arguments).ok()
        };
        (name.as_str(), arguments)
    });
    calls.collect()
}

/// A connection by a script: lines of the client (`C`), of the model (`M`: a word, or else a raw line of a reply),
/// a refusal of its request (`F`), a binary message (`B`). What is none of them is the client's as well.
pub(crate) fn session(dialect: Dialect, script: &[u8]) {
    let mut stage = Stage::new(dialect, Some("m"));
    let mut told = Told::new(dialect);
    told.hear(&stage.open());
    for line in script.split(|byte| *byte == b'\n').take(MAX_LINES) {
        let line = String::from_utf8_lossy(line);
        let (who, what) = line.split_once(' ').unwrap_or((&line, ""));
        let mut actions = Vec::new();
        let mut own_input = false;
        match who {
            "#" => {}
            "B" => stage.session.receive_binary(&mut actions),
            "F" => stage.session.refuse(what.as_bytes(), &mut actions),
            "M" if is_spoken(what) => actions = stage.model(what),
            "M" => stage.session.step(what.as_bytes(), &mut actions),
            _ => {
                let event = if who == "C" { what } else { &*line };
                let parsed = serde_json::from_str::<Value>(event);
                own_input = !parsed.is_ok_and(|event| event["response"]["input"].is_null());
                actions = stage.client(event);
                assert!(!actions.is_empty(), "{event} is not answered");
            }
        }
        told.hear(&actions);
        for (action, turn) in actions.iter().filter_map(run).zip(turns(&actions)) {
            super::request(Protocol::OpenAiRealtime, &action.body);
            assert!(own_input || told.knows(&turn["input"]), "{turn}");
        }
        assert_eq!(stage.session.is_replying(), told.is_replying());
    }
    let mut last = Vec::new();
    stage.session.end(&mut last);
    told.hear(&last);
    assert!(!stage.session.is_replying() && !told.is_replying());
}

fn run(action: &Action) -> Option<&protocol::realtime::Turn> {
    match action {
        Action::Run(turn) => Some(turn),
        Action::Cancel | Action::Send(_) => None,
    }
}

/// Whether the model of a script knows these words, and keeps the grammar with them.
fn is_spoken(words: &str) -> bool {
    let (word, rest) = words.split_once(' ').unwrap_or((words, ""));
    match word {
        "args" | "break" | "end" | "error" | "finish" => true,
        "call" | "usage" => rest.split_once(' ').is_some_and(|(id, _)| !id.is_empty()),
        "reasoning" | "text" => !rest.is_empty(),
        _ => false,
    }
}

/// A provider's events, one a line: what is heard of each reply keeps the grammar, and nothing is heard behind its
/// end.
pub(crate) fn listens(bytes: &[u8]) {
    let mut tap = Tap::new(&super::exchange());
    let mut replies: Vec<Grammar> = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').take(MAX_LINES) {
        let Some(heard) = tap.hear(&String::from_utf8_lossy(line)) else {
            continue;
        };
        let number = usize::try_from(heard.reply).unwrap();
        assert!(number <= replies.len(), "a number was left out");
        if number == replies.len() {
            replies.push(Grammar::default());
        }
        for (choice, event) in &heard.events {
            assert_eq!(replies[number].push(*choice, event), Ok(()), "{event:?}");
        }
    }
}

/// A reply goes over a socket in every dialect, and ends as it did.
pub(crate) fn converses(events: &Events) {
    for dialect in Dialect::ALL {
        over_a_socket(dialect, events);
    }
}

/// The same, and what its client is told.
pub(crate) fn over_a_socket(dialect: Dialect, events: &Events) -> (Vec<Action>, Said) {
    let opening = Opening {
        seed: "1".to_owned(),
        dialect,
        model: Some("client-model".to_owned()),
    };
    let mut session = Session::new(opening);
    let mut told = Told::new(dialect);
    let mut actions = Vec::new();
    session.open(&mut actions);
    let hello = json!({"type": "conversation.item.create", "item":
        {"type": "message", "role": "user", "content": "Hello."}});
    session.receive(&hello.to_string(), &mut actions);
    session.receive(r#"{"type":"response.create"}"#, &mut actions);
    assert_eq!(turns(&actions).len(), 1, "{:?}", sent(&actions));
    answer(&mut session, events, &mut actions);
    told.hear(&actions);
    assert!(!told.is_replying());
    let [said] = <[Said; 1]>::try_from(told.replies).unwrap();
    is_told(events, &said, dialect);
    (actions, said)
}

/// The model's answer to the running turn, as the gateway gives it.
pub(crate) fn answer(session: &mut Session, events: &Events, actions: &mut Vec<Action>) {
    let codec = client_codec(Protocol::OpenAiRealtime);
    let mut encoder = codec.event_encoder(&super::asked(None), &super::reply());
    let mut losses = Losses::default();
    let mut lines = bytes::BytesMut::new();
    for (choice, event) in events {
        encoder.push(*choice, event, &mut lines, &mut losses);
    }
    for line in lines.as_ref().split(|byte: &u8| *byte == b'\n') {
        session.step(line, actions);
    }
    session.end(actions);
}

fn is_told(events: &Events, said: &Said, dialect: Dialect) {
    // Several answers do not fit: who gets the first one is not told of the others.
    if events.iter().any(|(choice, _)| *choice != 0) {
        return;
    }
    let failed = events.iter().any(|(_, event)| match event {
        Event::Error(_) => true,
        Event::Finish(finish) => finish.reason == FinishReason::Error,
        _ => false,
    });
    assert_eq!(said.status == "failed", failed, "{dialect:?}: {events:?}");
    if let Ok(response) = Response::from_events(events.clone())
        && !failed
    {
        let asked = said_in(&response);
        assert_eq!(said.text, asked.text, "{dialect:?}: {events:?}");
        assert_eq!(named(said), named(&asked), "{dialect:?}: {events:?}");
    }
}
