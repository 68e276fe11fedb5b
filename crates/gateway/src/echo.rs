//! The built-in offline model: it repeats what it is told, so that a client can be wired up before
//! there is a key. The same request always gives the same answer.

mod instance;
mod kinds;
mod limits;
mod pattern;
mod rules;
mod scalars;
mod words;
mod work;

use std::{collections::VecDeque, sync::Arc};

use protocol::{
    EventDecoder, ExchangeId,
    canonical::{
        ApiError, Choice, Delta, Event, Events, Finish, FinishReason, Losses, OutputFormat,
        PartKind, Reasoning, Request, Tool, ToolChoice, ToolKind, Usage,
    },
    tokens,
};
use serde_json::Value;

/// Its name at the built-in provider.
pub(crate) const MODEL: &str = "echo";

/// Of a tool call's JSON text, so that streamed arguments come in several pieces.
const FRAGMENT_CHARS: usize = 12;

/// An answer that is known from the start and told bit by bit, one event a chunk, whatever the chunk.
pub(crate) struct Script(VecDeque<(Choice, Event)>);

impl Script {
    /// # Errors
    /// `InvalidRequest` when it asks for what nobody could give.
    pub(crate) fn new(
        request: &Arc<Request>,
        exchange: &ExchangeId,
        losses: &mut Losses,
    ) -> Result<Self, ApiError> {
        limits::check(request, losses)?;
        let input = tokens::estimate(request);
        let mut events = VecDeque::new();
        let each = request.choices.unwrap_or(1).max(1);
        let texts = request.apart();
        for choice in 0..request.answers() {
            let start = Event::Start {
                id: format!("echo-{}", exchange.0),
                model: MODEL.to_owned(),
            };
            events.push_back((choice, start));
        }
        let mut output = 0;
        let mut endings = Vec::new();
        let choices = texts.iter().flat_map(|text| (0..each).map(move |_| text));
        for (choice, request) in (0..).zip(choices) {
            let mut answer = Answer::new(request, exchange, choice);
            answer.give(losses);
            output += answer.tokens;
            events.extend(answer.events.into_iter().map(|event| (choice, event)));
            endings.push((choice, Event::Finish(answer.finish)));
        }
        let usage = Usage {
            input: Some(input),
            output: Some(output),
            estimated: true,
            ..Usage::default()
        };
        events.push_back((0, Event::Usage(usage)));
        events.extend(endings);
        Ok(Self(events))
    }

    /// How many chunks it takes to tell it.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl EventDecoder for Script {
    fn push(&mut self, _chunk: &[u8], out: &mut Events) {
        out.extend(self.0.pop_front());
    }

    fn finish(&mut self, out: &mut Events) {
        out.extend(self.0.drain(..));
    }
}

/// One answer in the making.
struct Answer<'a> {
    request: &'a Request,
    exchange: &'a ExchangeId,
    choice: Choice,
    events: Vec<Event>,
    parts: usize,
    /// Pieces of text written so far: what a token is here.
    tokens: u64,
    finish: Finish,
}

impl<'a> Answer<'a> {
    fn new(request: &'a Request, exchange: &'a ExchangeId, choice: Choice) -> Self {
        Self {
            request,
            exchange,
            choice,
            events: Vec::new(),
            parts: 0,
            tokens: 0,
            finish: Finish::new(FinishReason::Stop, None),
        }
    }

    fn give(&mut self, losses: &mut Losses) {
        if !matches!(self.request.reasoning, Reasoning::Off | Reasoning::Unset) {
            self.write(
                PartKind::Reasoning,
                "An echo does not think, it repeats.".to_owned(),
            );
        }
        let tools = called(self.request);
        if !tools.is_empty() {
            for tool in tools {
                self.call(tool, losses);
            }
            return;
        }
        let text = match &self.request.output {
            OutputFormat::Json => {
                let said = words::last_said(self.request);
                serde_json::json!({ "model": MODEL, "echo": said }).to_string()
            }
            OutputFormat::JsonSchema { schema, .. } => {
                instance::of("response_format", schema.get(), losses).to_string()
            }
            OutputFormat::Text => words::answer(self.request),
        };
        self.write(PartKind::Text, text);
    }

    fn write(&mut self, kind: PartKind, text: String) {
        let is_text = kind == PartKind::Text;
        let (text, stop) = if is_text {
            until_stop(&text, &self.request.sampling.stop)
        } else {
            (text.as_str(), None)
        };
        let pieces = text.split_inclusive(' ').map(str::to_owned);
        self.part(kind, pieces, Delta::Text);
        if let Some(stop) = stop
            && self.finish.reason == FinishReason::Stop
        {
            self.finish.stop_sequence = Some(stop.to_owned());
        }
    }

    fn call(&mut self, tool: &Tool, losses: &mut Losses) {
        let arguments = match &tool.kind {
            ToolKind::Custom { .. } => words::last_said(self.request),
            ToolKind::Function { schema } => match schema {
                Some(schema) => {
                    instance::of("tools[].parameters", schema.get(), losses).to_string()
                }
                None => "{}".to_owned(),
            },
            ToolKind::Hosted { .. } => return,
        };
        let part = PartKind::ToolCall {
            id: format!("call_{}_{}_{}", self.exchange.0, self.choice, self.parts),
            name: tool.name.clone(),
        };
        let letters: Vec<char> = arguments.chars().collect();
        let pieces = letters
            .chunks(FRAGMENT_CHARS)
            .map(|piece| piece.iter().collect());
        self.part(part, pieces, Delta::Arguments);
        if self.finish.reason == FinishReason::Stop {
            self.finish.reason = FinishReason::ToolCalls;
        }
    }

    /// One part in pieces, cut where the client's limit is reached.
    fn part(
        &mut self,
        part: PartKind,
        pieces: impl Iterator<Item = String>,
        delta: fn(String) -> Delta,
    ) {
        let limit = self.request.sampling.max_output_tokens.unwrap_or(u64::MAX);
        let index = self.parts;
        if self.finish.reason == FinishReason::Length {
            return;
        }
        self.parts += 1;
        self.events.push(Event::PartStart { index, part });
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            if self.tokens >= limit {
                self.finish = Finish::new(FinishReason::Length, None);
                break;
            }
            self.tokens += 1;
            self.events.push(Event::PartDelta {
                index,
                delta: delta(piece),
            });
        }
        self.events.push(Event::PartEnd { index });
    }
}

/// The text before the first stop sequence in it, and that sequence.
fn until_stop<'t, 's>(text: &'t str, stops: &'s [String]) -> (&'t str, Option<&'s str>) {
    let found = stops
        .iter()
        .filter(|stop| !stop.is_empty())
        .filter_map(|stop| text.find(stop.as_str()).map(|at| (at, stop)))
        .min_by_key(|(at, _)| *at);
    match found {
        Some((at, stop)) => (&text[..at], Some(stop)),
        None => (text, None),
    }
}

/// The tools that the answer calls: those it must, or those that the last words name.
fn called(request: &Request) -> Vec<&Tool> {
    let callable = |tool: &&Tool| !matches!(tool.kind, ToolKind::Hosted { .. });
    let tools: Vec<&Tool> = request.tools.iter().filter(callable).collect();
    let first = |names: &[String]| {
        let named = tools.iter().find(|tool| names.contains(&tool.name));
        named.copied().into_iter().collect()
    };
    match &request.tool_choice {
        ToolChoice::Allowed {
            names,
            required: true,
        } => first(names),
        ToolChoice::Allowed { names, .. } => mentioned(request, tools)
            .into_iter()
            .filter(|tool| names.contains(&tool.name))
            .collect(),
        ToolChoice::Auto | ToolChoice::Unset => mentioned(request, tools),
        ToolChoice::Named(name) => first(std::slice::from_ref(name)),
        ToolChoice::None => Vec::new(),
        ToolChoice::Required => {
            let named = mentioned(request, tools.clone());
            if named.is_empty() {
                tools.into_iter().take(1).collect()
            } else {
                named
            }
        }
    }
}

/// The tools whose names the user's last words hold; the first one, if they only ask for "a tool".
fn mentioned<'a>(request: &Request, tools: Vec<&'a Tool>) -> Vec<&'a Tool> {
    let Some(said) = words::asked_by_user(request) else {
        return Vec::new();
    };
    let said = said.to_lowercase();
    let mut named: Vec<&Tool> = tools
        .iter()
        .copied()
        .filter(|tool| {
            let name = tool.name.to_lowercase();
            said.contains(&name) || said.contains(&name.replace(['_', '-'], " "))
        })
        .collect();
    if named.is_empty()
        && ["call a tool", "call the tool", "use a tool", "use the tool"]
            .iter()
            .any(|words| said.contains(words))
    {
        named = tools.into_iter().take(1).collect();
    }
    if request.parallel_tool_calls == Some(false) {
        named.truncate(1);
    }
    named
}

/// Parses what a client gave as a schema; a broken one promises nothing.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

#[cfg(test)]
#[path = "echo_tests.rs"]
mod tests;
