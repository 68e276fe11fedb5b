//! What a reply must keep to although its provider was not told so, or cannot promise it: the gateway sees
//! to it on the events, after [`super::Undo`] and before anybody else.

use std::sync::Arc;

use super::{
    ApiError, Capabilities, Event, Events, JsonDemand, Loss, Losses, OutputFormat, Request,
    Response, StructuredOutput,
    awaited::{self, Awaited},
    output::{calls_anyway, is_object},
    promised::Promised,
    stops::Stops,
};

/// Made with the request.
#[derive(Clone, Debug, Default)]
pub struct Demands {
    /// Sequences that end the reply where they begin.
    pub stops: Vec<String>,
    pub json: Option<JsonDemand>,
    /// What is told of probabilities that were asked for and do not come.
    pub logprobs: Option<Loss>,
    pub answers: Wanted,
}

/// How many answers were asked for, and by which field.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    count: usize,
    field: String,
}

/// Sees to the demands along one reply.
#[derive(Debug)]
pub struct Overseer {
    stops: Stops,
    json: Option<Promised>,
    logprobs: Awaited,
    wanted: Wanted,
    /// Answers that are over; `None` of a reply that failed.
    finished: Option<usize>,
}

impl Demands {
    /// What is left for us of a request to a model. Stop sequences that it does not take are taken out of
    /// the request, which is copied only then.
    pub fn of(request: &mut Arc<Request>, target: &Capabilities, losses: &mut Losses) -> Self {
        Self {
            stops: surplus(request, target, losses),
            json: promised(request, target),
            logprobs: awaited::of(request),
            answers: Wanted {
                count: request.answers() as usize,
                field: request.own_fields.path("n").into_owned(),
            },
        }
    }

    /// Whether a reply need not be looked into.
    pub fn is_empty(&self) -> bool {
        self.stops.is_empty() && self.json.is_none() && self.logprobs.is_none()
    }

    pub fn oversee(&self) -> Overseer {
        self.oversee_of(self.answers.count)
    }

    fn oversee_of(&self, answers: usize) -> Overseer {
        Overseer {
            stops: Stops::new(&self.stops, answers),
            json: self.json.clone().map(Promised::new),
            logprobs: Awaited::new(self.logprobs.clone()),
            wanted: self.answers.clone(),
            finished: Some(0),
        }
    }

    /// The same for a reply that came whole.
    ///
    /// # Errors
    /// When it is not what was asked for.
    pub fn enforce(&self, mut reply: Response) -> Result<Response, ApiError> {
        let mut losses = Losses::default();
        self.answers.report(reply.answers.len(), &mut losses);
        reply.losses.extend(losses.iter().cloned());
        if self.is_empty() {
            return Ok(reply);
        }
        let mut overseer = self.oversee_of(reply.answers.len());
        // The whole of it was counted and is paid for, however much of it is told.
        let usage = reply.usage.take();
        let mut events = reply.into_events();
        overseer.apply(&mut events);
        let reply = Response::from_events(events)?;
        Ok(Response { usage, ..reply })
    }
}

impl Wanted {
    fn report(&self, given: usize, losses: &mut Losses) {
        let wanted = self.count;
        if given < wanted {
            let why = format!("asks for {wanted} answers, of which the provider gave {given}");
            losses.dropped(self.field.as_str(), why);
        }
    }
}

impl Overseer {
    pub fn apply(&mut self, events: &mut Events) {
        self.stops.apply(events);
        if let Some(json) = &mut self.json {
            json.apply(events);
        }
        self.logprobs.apply(events);
        for (_, event) in events.iter() {
            if matches!(event, Event::Error(_)) {
                self.finished = None;
            } else if matches!(event, Event::Finish(_)) {
                self.finished = self.finished.map(|finished| finished + 1);
            }
        }
    }

    /// The provider has said all that it will say.
    pub fn ends(&self, losses: &mut Losses) {
        if let Some(finished) = self.finished {
            self.wanted.report(finished, losses);
        }
    }

    /// Whether nothing that the provider still sends matters to anyone.
    pub fn is_over(&self) -> bool {
        self.stops.is_over()
    }
}

fn surplus(request: &mut Arc<Request>, target: &Capabilities, losses: &mut Losses) -> Vec<String> {
    let mut sent = Vec::new();
    let mut surplus = Vec::new();
    for stop in request.sampling.stop.iter().filter(|stop| !stop.is_empty()) {
        let is_taken = target.blank_stops || !stop.trim().is_empty();
        if is_taken && sent.len() < target.stops {
            sent.push(stop.clone());
        } else {
            surplus.push(stop.clone());
        }
    }
    if !surplus.is_empty() {
        Arc::make_mut(request).sampling.stop = sent;
        losses.emulated(
            "stop",
            "has sequences that the provider does not take: the reply is cut here",
        );
    }
    surplus
}

/// JSON that the target is only asked for in words.
fn promised(request: &Request, target: &Capabilities) -> Option<JsonDemand> {
    let form = target.output_form(!request.tools.is_empty());
    match &request.output {
        OutputFormat::Text => None,
        OutputFormat::Json => {
            let native = form == StructuredOutput::Native && target.json_mode;
            (!native).then_some(JsonDemand::Object)
        }
        OutputFormat::JsonSchema { .. } if calls_anyway(request) => None,
        OutputFormat::JsonSchema { schema, .. } => {
            let native = form == StructuredOutput::Native;
            let tool = form == StructuredOutput::ForcedTool && is_object(schema);
            (!native && !tool).then(|| JsonDemand::Schema(schema.clone()))
        }
    }
}

#[cfg(test)]
#[path = "demands_tests.rs"]
mod tests;
