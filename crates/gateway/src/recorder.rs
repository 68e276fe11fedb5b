//! From what happens in an exchange to its one row in the log.
//!
//! While bytes flow it only takes notes: times, counts and shared references. The row is made of them
//! afterwards, so that no client waits for it.

mod answer_head;
mod endings;
mod kept;
mod notes;
mod place;
mod record;
mod sent;
mod tape;
mod unread;

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, request::Parts};
use protocol::{
    Operation, Protocol,
    canonical::{ApiError, Choice, ErrorKind, Event, Fault, Losses},
};
use store::{
    config::{BodiesKept, Log},
    exchanges::{Attempt, ExchangeRow, Id, Text, Word},
};

pub(crate) use self::{answer_head::AnswerHead, endings::Endings, place::Place, unread::Unread};
use self::{
    kept::{Head, Kept, Noted},
    notes::Notes,
    record::{Record, exact_millis, millis},
};
use crate::{InProcess, app::App, auth::Token, clients, rounds::Stopped, routing::Target};

/// Takes the notes of one exchange. Dropped before [`Recorder::close`], it notes that the client left.
pub(crate) struct Recorder(Option<Box<Record>>);

/// How an exchange ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    ClientLeft,
    Done,
    Failed(ApiError),
}

/// Of a path with its query; a longer one helps nobody who looks at the log.
const MAX_PATH: usize = 2000;

/// Only the playground of our own page sends client requests with its session.
fn from_own_page(app: &App, head: &Parts) -> bool {
    head.extensions.get::<InProcess>().is_some() || app.is_signed_in(&head.headers)
}

impl Recorder {
    /// Opens the row of a request whose head has come.
    pub(crate) fn open(
        app: &Arc<App>,
        log: &Log,
        id: Id,
        head: &Parts,
        asked: (Protocol, Option<Operation>),
        began: Instant,
    ) -> Self {
        let (protocol, operation) = asked;
        let user_agent = head.headers.get(http::header::USER_AGENT);
        let user_agent = user_agent.and_then(|value| value.to_str().ok());
        let address = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let path = store::redact::redact_url(address);
        let path = Text::from(&path[..path.floor_char_boundary(MAX_PATH)]);
        let address = if *path == *address {
            Text::clone(&path)
        } else {
            address.into()
        };
        let row = Box::new(ExchangeRow {
            id,
            client: if from_own_page(app, head) {
                Some(clients::PLAYGROUND.into())
            } else {
                user_agent.and_then(clients::name)
            },
            client_protocol: Some(protocol.word().into()),
            operation: operation.map(|operation| operation.word().into()),
            method: method(&head.method),
            path,
            ..ExchangeRow::default()
        });
        let limit = match log.bodies {
            BodiesKept::All | BodiesKept::Errors => log.max_body_bytes,
            BodiesKept::Off => 0,
        };
        let record = Record {
            app: Arc::clone(app),
            began,
            head: Head {
                address,
                headers: Noted::of(&head.headers),
            },
            operation,
            row,
            kept: Kept::new(log.bodies, limit),
            notes: Notes::default(),
            answer_head: AnswerHead::default(),
            attempt: None,
            complete: false,
        };
        Self(Some(Box::new(record)))
    }

    /// The request's whole body.
    pub(crate) fn reads(&mut self, body: &Bytes) {
        if let Some(record) = &mut self.0 {
            record.row.timing.accepted = Some(record.elapsed_ms());
            record.row.request_bytes = body.len() as u64;
            record.kept.client_request = body.clone();
        }
    }

    /// The body with the conversation that it goes on with, where others are asked with that.
    pub(crate) fn expands(&mut self, body: &Bytes) {
        if let Some(record) = &mut self.0 {
            record.kept.expanded_request = Some(body.clone());
        }
    }

    /// What the client asked for; from here on the row can be seen.
    pub(crate) fn asked(&mut self, model: Option<&str>, stream: bool) {
        if let Some(record) = &mut self.0 {
            record.row.requested_model = model.map(Text::from);
            record.row.stream = stream;
            record.app.log.open_row(record.row.opening());
            record::announce(&record.app, record.summary());
        }
    }

    pub(crate) fn attempt_begins(&mut self, target: &Target<'_>) {
        if let Some(record) = &mut self.0 {
            if !record.row.attempts.is_empty() {
                drop(record.place());
            }
            let row = &mut record.row;
            let (provider, model) = (Text::from(&*target.provider.id), Text::from(&*target.model));
            row.provider = Some(Text::clone(&provider));
            row.account = target.account.map(|account| Text::from(&*account.id));
            row.upstream_model = Some(Text::clone(&model));
            row.upstream_protocol = Some(target.provider.protocol.as_str().into());
            // Hardly ever are there several.
            row.attempts.reserve_exact(1);
            row.attempts.push(Attempt {
                provider,
                account: row.account.clone(),
                model,
                ..Attempt::default()
            });
            record.attempt = Some(Instant::now());
        }
    }

    /// Takes the attempt in turn out of the row, which tells of another one from here on.
    pub(crate) fn place(&mut self) -> Option<Box<Place>> {
        let record = self.0.as_mut();
        record.map(|record| Box::new(record.place()))
    }

    /// The row tells of an earlier attempt, whose failure is the client's answer.
    pub(crate) fn returns_to(&mut self, place: Option<Box<Place>>) {
        if let Some(record) = &mut self.0
            && let Some(place) = place
        {
            record.returns_to(*place);
        }
    }

    /// What goes to the provider. The credential goes with it, and is kept out of all that is kept.
    pub(crate) fn sends(
        &mut self,
        headers: &HeaderMap,
        body: &[Bytes],
        credential: Option<&Token>,
    ) {
        if let Some(record) = &mut self.0 {
            record.row.timing.prepared = Some(record.elapsed_ms());
            let kept = &mut record.kept;
            if kept.wanted != BodiesKept::Off {
                kept.tried.request = body.to_vec();
                kept.tried.request_headers = Some(Noted::of(headers));
            }
            kept.tried.token = credential.map(|_| kept.tokens.len());
            kept.tokens.extend(credential.cloned());
        }
    }

    /// The head of the provider's answer.
    pub(crate) fn upstream_answers(&mut self, status: StatusCode, headers: &HeaderMap) {
        if let Some(record) = &mut self.0 {
            record.row.timing.upstream_headers = Some(record.elapsed_ms());
            record.row.upstream_status = Some(status.as_u16());
            if let Some(attempt) = record.row.attempts.last_mut() {
                attempt.status = Some(status.as_u16());
            }
            if record.kept.wanted != BodiesKept::Off {
                record.kept.tried.response_headers = Some(Noted::of(headers));
            }
        }
    }

    /// Takes what was sent as a key out of what a failure says.
    pub(crate) fn redact(&self, error: &mut ApiError) {
        if let Some(record) = &self.0 {
            record.kept.redact(error);
        }
    }

    pub(crate) fn attempt_ends(&mut self, error: Option<&ApiError>) {
        if let Some(record) = &mut self.0
            && let Some(began) = record.attempt.take()
            && let Some(attempt) = record.row.attempts.last_mut()
        {
            attempt.duration_ms = millis(began.elapsed());
            attempt.error = error.map(|error| error.message.clone());
        }
    }

    /// The provider was asked to go on with its reply, and did not.
    pub(crate) fn round_fails(&mut self, stopped: &Stopped) {
        self.attempt_ends(None);
        if let Some(record) = &mut self.0
            && let Some(first) = record.row.attempts.last()
        {
            let attempt = Attempt {
                status: stopped.status,
                error: Some(stopped.error.message.clone()),
                duration_ms: millis(stopped.lasted),
                ..first.clone()
            };
            record.row.attempts.push(attempt);
        }
    }

    /// A chunk from the provider.
    pub(crate) fn receives(&mut self, chunk: &Bytes) {
        if let Some(record) = &mut self.0 {
            record.kept.tried.response.push(chunk);
        }
    }

    /// The provider's answer, in a piece of memory of its own.
    pub(crate) fn receives_whole(&mut self, body: &Bytes) {
        if let Some(record) = &mut self.0 {
            record.kept.tried.response.push_own(body);
        }
    }

    /// The client gets what the provider sent, byte for byte.
    pub(crate) fn passes_through(&mut self) {
        if let Some(record) = &mut self.0 {
            record.kept.client_response = None;
        }
    }

    /// A chunk for the client.
    pub(crate) fn hands_out(&mut self, chunk: &Bytes) {
        if let Some(record) = &mut self.0 {
            if record.row.timing.first_byte.is_none() {
                record.row.timing.first_byte = Some(record.elapsed_ms());
            }
            record.row.response_bytes += chunk.len() as u64;
            if let Some(tape) = &mut record.kept.client_response {
                tape.push(chunk);
            }
        }
    }

    /// What was understood of the answer.
    pub(crate) fn observe(&mut self, events: &[(Choice, Event)], at: Instant) {
        if let Some(record) = &mut self.0
            && !events.is_empty()
        {
            let at_ms = exact_millis(at.duration_since(record.began));
            record.notes.take(events, at_ms);
        }
    }

    /// An answer that came whole.
    pub(crate) fn observe_whole(&mut self, events: &[(Choice, Event)]) {
        if let Some(record) = &mut self.0 {
            record.observe_whole(events);
        }
    }

    /// What could not be expressed, in this attempt.
    pub(crate) fn loses(&self, losses: &Losses) {
        if let Some(record) = &self.0 {
            record.answer_head.loses(losses);
        }
    }

    /// Nobody is left who was to be told.
    pub(crate) fn forgets_losses(&self) {
        if let Some(record) = &self.0 {
            drop(record.answer_head.take_losses());
        }
    }

    /// Lists the losses so far in an answer's headers.
    pub(crate) fn mark_losses(&self, headers: &mut HeaderMap) {
        if let Some(record) = &self.0 {
            record.answer_head.mark(headers);
        }
    }

    /// For headers that may leave before the answer is known.
    pub(crate) fn answer_head(&self) -> AnswerHead {
        let record = self.0.as_ref();
        record.map_or_else(AnswerHead::default, |record| record.answer_head.clone())
    }

    /// The counts are ours.
    pub(crate) fn estimates_input(&mut self, tokens: u64) {
        if let Some(record) = &mut self.0 {
            record.row.input_tokens = Some(tokens);
            record.row.usage_estimated = true;
        }
    }

    /// The head of the client's answer.
    pub(crate) fn answers(&mut self, status: StatusCode, headers: &HeaderMap) {
        if let Some(record) = &mut self.0 {
            record.answers(status, headers);
        }
    }

    /// Nothing of the answer is missing any more.
    pub(crate) fn completes(&mut self) {
        if let Some(record) = &mut self.0 {
            record.complete = true;
        }
    }

    /// Hands the notes over, leaving nothing behind.
    pub(crate) fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    /// Writes the row; `unread` is looked into first.
    pub(crate) fn close(mut self, outcome: Outcome, unread: Option<Unread>) {
        if let Some(record) = self.0.take() {
            record.close(outcome, unread);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(record) = self.0.take() {
            let outcome = if std::thread::panicking() {
                Outcome::Failed(ApiError::new(
                    ErrorKind::GatewayFault,
                    Fault::Gateway,
                    "Patchbay made a mistake with this request.",
                ))
            } else if record.complete {
                Outcome::Done
            } else {
                Outcome::ClientLeft
            };
            record.close(outcome, None);
        }
    }
}

fn method(method: &Method) -> Word {
    match *method {
        Method::POST => "POST".into(),
        _ => method.as_str().to_owned().into(),
    }
}
