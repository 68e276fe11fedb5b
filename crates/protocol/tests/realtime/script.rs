//! A session and a model that says what a test tells it to.

use bytes::BytesMut;
use protocol::{
    EventEncoder, ExchangeId, Operation, Protocol, ReplyContext,
    canonical::{
        ApiError, Delta, ErrorKind, Event, Fault, Finish, FinishReason, Losses, PartKind, Request,
        Usage,
    },
    client_codec,
    realtime::{Action, Dialect, Opening, Session},
};
use serde_json::Value;

/// A connection with both of its ends.
pub(crate) struct Stage {
    pub(crate) session: Session,
    pub(crate) losses: Losses,
    model: Option<Model>,
}

/// The model of the running turn.
struct Model {
    encoder: Box<dyn EventEncoder>,
    index: usize,
    open: Option<PartKind>,
    begun: bool,
}

impl Stage {
    pub(crate) fn new(dialect: Dialect, model: Option<&str>) -> Self {
        let opening = Opening {
            seed: "1".to_owned(),
            dialect,
            model: model.map(str::to_owned),
        };
        Self {
            session: Session::new(opening),
            losses: Losses::default(),
            model: None,
        }
    }

    pub(crate) fn open(&mut self) -> Vec<Action> {
        let mut out = Vec::new();
        self.session.open(&mut out);
        out
    }

    pub(crate) fn client(&mut self, event: &str) -> Vec<Action> {
        let mut out = Vec::new();
        self.session.receive(event, &mut out);
        self.note(&out);
        out
    }

    /// As the gateway would act on it.
    fn note(&mut self, out: &[Action]) {
        for action in out {
            match action {
                Action::Cancel => self.model = None,
                Action::Run(_) => self.model = Some(Model::new()),
                Action::Send(_) => {}
            }
        }
    }

    /// The model says a word: `text Hello`, `call id name`, `args {}`, `usage 1 2`, `finish stop`, `error Why.`,
    /// `reasoning Hm.`, `break`.
    pub(crate) fn model(&mut self, words: &str) -> Vec<Action> {
        let mut out = Vec::new();
        let Some(model) = &mut self.model else {
            return out;
        };
        if words == "break" {
            self.model = None;
            self.session.end(&mut out);
            return out;
        }
        let mut lines = BytesMut::new();
        for event in model.events(words) {
            model.encoder.push(0, &event, &mut lines, &mut self.losses);
        }
        for line in lines.as_ref().split(|byte: &u8| *byte == b'\n') {
            self.session.step(line, &mut out);
        }
        if words.starts_with("finish") || words.starts_with("error") {
            self.model = None;
            self.session.end(&mut out);
        }
        out
    }
}

impl Model {
    fn new() -> Self {
        let reply = ReplyContext {
            exchange: ExchangeId("1".to_owned()),
            model: "m".to_owned(),
            created: 0,
            estimated_input_tokens: Some(9),
            query: None,
            operation: Operation::Chat,
            elapsed: std::time::Duration::ZERO,
            previous: None,
        };
        let codec = client_codec(Protocol::OpenAiRealtime);
        Self {
            encoder: codec.event_encoder(&Request::default(), &reply),
            index: 0,
            open: None,
            begun: false,
        }
    }

    fn events(&mut self, words: &str) -> Vec<Event> {
        let (word, rest) = words.split_once(' ').unwrap_or((words, ""));
        let mut events = Vec::new();
        if !std::mem::replace(&mut self.begun, true) {
            events.push(Event::Start {
                id: "x".to_owned(),
                model: "m".to_owned(),
            });
        }
        match word {
            "text" | "reasoning" => {
                let part = if word == "text" {
                    PartKind::Text
                } else {
                    PartKind::Reasoning
                };
                if self.open.as_ref() != Some(&part) {
                    self.end(&mut events);
                    self.begin(part, &mut events);
                }
                events.push(self.delta(Delta::Text(rest.to_owned())));
            }
            "call" => {
                let (id, name) = rest.split_once(' ').unwrap();
                self.end(&mut events);
                let (id, name) = (id.to_owned(), name.to_owned());
                self.begin(PartKind::ToolCall { id, name }, &mut events);
            }
            "args" if matches!(self.open, Some(PartKind::ToolCall { .. })) => {
                events.push(self.delta(Delta::Arguments(rest.to_owned())));
            }
            "args" => {}
            "end" => self.end(&mut events),
            "usage" => {
                let (input, output) = rest.split_once(' ').unwrap();
                events.push(Event::Usage(Usage {
                    input: input.parse().ok(),
                    output: output.parse().ok(),
                    ..Usage::default()
                }));
            }
            "finish" => {
                self.end(&mut events);
                let reason = match rest {
                    "length" => FinishReason::Length,
                    "content_filter" => FinishReason::ContentFilter,
                    "tool_calls" => FinishReason::ToolCalls,
                    _ => FinishReason::Stop,
                };
                events.push(Event::Finish(Finish::new(reason, None)));
            }
            "error" => {
                self.end(&mut events);
                let error = ApiError::new(ErrorKind::Unreachable, Fault::Network, rest);
                events.push(Event::Error(error));
            }
            other => panic!("the model does not know `{other}`"),
        }
        events
    }

    fn begin(&mut self, part: PartKind, events: &mut Vec<Event>) {
        let index = self.index;
        self.open = Some(part.clone());
        events.push(Event::PartStart { index, part });
    }

    fn delta(&self, delta: Delta) -> Event {
        Event::PartDelta {
            index: self.index,
            delta,
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        if self.open.take().is_some() {
            events.push(Event::PartEnd { index: self.index });
            self.index += 1;
        }
    }
}

/// The events for the client among what is to be done.
pub(crate) fn sent(actions: &[Action]) -> Vec<Value> {
    let texts = actions.iter().filter_map(|action| match action {
        Action::Send(text) => Some(serde_json::from_str(text).unwrap()),
        Action::Cancel | Action::Run(_) => None,
    });
    texts.collect()
}

/// The requests among them.
pub(crate) fn turns(actions: &[Action]) -> Vec<Value> {
    let bodies = actions.iter().filter_map(|action| match action {
        Action::Run(turn) => Some(serde_json::from_slice(&turn.body).unwrap()),
        Action::Cancel | Action::Send(_) => None,
    });
    bodies.collect()
}
