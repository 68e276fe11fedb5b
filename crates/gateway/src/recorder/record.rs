//! The notes of an exchange, and how they become its row.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderMap, StatusCode};
use protocol::{
    ExchangeId, Operation, Protocol,
    canonical::{Choice, ErrorKind, Event, Fault, Losses},
};
use store::{
    config::BodiesKept,
    exchanges::{ErrorSource, ExchangeRow, ExchangeState, LossRow},
};

use super::{
    AnswerHead, Outcome,
    kept::{Head, Kept, Noted},
    notes::Notes,
    unread::Unread,
};
use crate::{
    admin::{exchanges::ExchangeSummary, live::LiveEvent},
    app::App,
    credentials::NO_CREDENTIAL,
};

/// What the notes of an exchange are, until they are a row.
pub(super) struct Record {
    pub(super) app: Arc<App>,
    pub(super) began: Instant,
    pub(super) head: Head,
    /// `None` of a refused request.
    pub(super) operation: Option<Operation>,
    pub(super) row: Box<ExchangeRow>,
    pub(super) kept: Kept,
    pub(super) notes: Notes,
    pub(super) answer_head: AnswerHead,
    pub(super) attempt: Option<Instant>,
    /// The answer has been handed out whole, whatever happens to the connection now.
    pub(super) complete: bool,
}

impl Record {
    pub(super) fn close(mut self: Box<Self>, outcome: Outcome, unread: Option<Unread>) {
        let end = Instant::now();
        let whole = end.duration_since(self.began);
        self.row.timing.end = Some(exact_millis(whole));
        self.row.duration_ms = Some(millis(whole));
        if let Some(began) = self.attempt.take()
            && let Some(attempt) = self.row.attempts.last_mut()
        {
            attempt.duration_ms = millis(end.duration_since(began));
        }
        let endings = Arc::clone(&self.app.endings);
        endings.push(Box::new(move || self.write(outcome, unread)));
    }

    fn write(mut self: Box<Self>, mut outcome: Outcome, unread: Option<Unread>) {
        // Those are what the client has, whatever became of the answer behind them.
        if let Some(sent) = self.answer_head.take_sent() {
            self.answers(StatusCode::OK, &sent);
        }
        if let Some(unread) = unread {
            let id = ExchangeId(self.row.id.to_string());
            match unread.events(&id) {
                Ok(events) => {
                    if !self.keeps(&events) {
                        self.notes.list_no_more();
                    }
                    self.observe_whole(&events);
                }
                // The client has it as it came; the row says what it was.
                Err(error) => outcome = Outcome::Failed(error),
            }
        }
        self.settle(outcome);
        self.tell_losses();
        self.notes.fill(&mut self.row);
        self.estimate();
        let keeps = match self.kept.wanted {
            BodiesKept::All => true,
            BodiesKept::Errors => self.row.is_failed(),
            BodiesKept::Off => false,
        };
        let bodies = keeps.then(|| {
            self.complete_headers();
            self.kept.bodies(&self.head, &self.notes)
        });
        // 11 record, 12 announce: the queue never waits, and listeners see what is in it already.
        let summary = self.summary();
        let Self { app, row, .. } = *self;
        app.log.record(row, bodies);
        announce(&app, summary);
    }

    pub(super) fn answers(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.row.status = Some(status.as_u16());
        if self.kept.wanted != BodiesKept::Off {
            self.kept.response_headers = Some(Noted::of(headers));
        }
    }

    fn tell_losses(&mut self) {
        let losses = self.answer_head.take_losses();
        let losses = losses.iter().map(|loss| LossRow {
            field: loss.field.clone(),
            kind: loss.kind.word().to_owned(),
            why: loss.why.clone(),
        });
        self.row.losses = losses.collect();
    }

    /// Whether anything but the row may be kept of a whole answer that went out.
    fn keeps(&self, events: &[(Choice, Event)]) -> bool {
        match self.kept.wanted {
            BodiesKept::All => true,
            BodiesKept::Errors => {
                let is_error = |(_, event): &(Choice, Event)| matches!(event, Event::Error(_));
                self.row.is_failed() || events.iter().any(is_error)
            }
            BodiesKept::Off => false,
        }
    }

    fn settle(&mut self, outcome: Outcome) {
        let error = match outcome {
            Outcome::ClientLeft => {
                self.row.state = ExchangeState::ClientLeft;
                return;
            }
            Outcome::Done => self.notes.error(),
            Outcome::Failed(error) => Some(error),
        };
        let Some(mut error) = error else {
            self.row.state = ExchangeState::Done;
            return;
        };
        self.kept.redact(&mut error);
        self.row.state = ExchangeState::Failed;
        self.row.error_kind = Some(kind_word(error.kind).into());
        self.row.error_source = Some(match error.fault {
            Fault::Client => ErrorSource::Client,
            Fault::Gateway => ErrorSource::Patchbay,
            Fault::Network => ErrorSource::Network,
            // It was never asked.
            Fault::Provider if error.code.as_deref() == Some(NO_CREDENTIAL) => {
                ErrorSource::Patchbay
            }
            Fault::Provider => ErrorSource::Provider,
        });
        if let Some(attempt) = self.row.attempts.last_mut()
            && attempt.error.is_none()
        {
            attempt.error = Some(error.message.clone());
        }
        self.row.error_message = Some(error.message);
    }

    /// Fills in what the provider did not count, from what went to and fro, and says so.
    fn estimate(&mut self) {
        let Some(output) = self.notes.estimated_output() else {
            return;
        };
        self.row.output_tokens = Some(output);
        self.row.usage_estimated = true;
        if self.row.input_tokens.is_none()
            && let Some(protocol) = self.row.client_protocol.as_deref().and_then(Protocol::of)
            && let Some(operation) = self.operation
        {
            let (path, query) = match self.head.address.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (&*self.head.address, None),
            };
            let expanded = self.kept.expanded_request.as_ref();
            let raw = protocol::RawRequest {
                operation,
                path,
                query,
                headers: &self.head.headers.map(),
                body: expanded.unwrap_or(&self.kept.client_request),
            };
            let request =
                protocol::client_codec(protocol).decode_request(raw, &mut Losses::default());
            self.row.input_tokens = request
                .ok()
                .map(|request| protocol::tokens::estimate(&request));
        }
    }

    pub(super) fn observe_whole(&mut self, events: &[(Choice, Event)]) {
        let at_ms = self.row.timing.end.unwrap_or_else(|| self.elapsed_ms());
        self.notes.take(events, at_ms);
        // Nobody waited for a first token: they came all at once.
        self.notes.forget_first_token();
    }

    /// What listeners are told, if there are any.
    pub(super) fn summary(&self) -> Option<Box<ExchangeSummary>> {
        let is_heard = self.app.live.receiver_count() > 0;
        is_heard.then(|| Box::new(ExchangeSummary::from(&*self.row)))
    }

    pub(super) fn elapsed_ms(&self) -> f64 {
        exact_millis(self.began.elapsed())
    }
}

pub(super) fn announce(app: &App, summary: Option<Box<ExchangeSummary>>) {
    if let Some(exchange) = summary {
        app.announce(LiveEvent::Exchange { exchange });
    }
}

fn kind_word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Authentication => "authentication",
        ErrorKind::ContextTooLong => "context_too_long",
        ErrorKind::GatewayFault => "gateway_fault",
        ErrorKind::InvalidRequest => "invalid_request",
        ErrorKind::MethodNotAllowed => "method_not_allowed",
        ErrorKind::NotFound => "not_found",
        ErrorKind::Overloaded => "overloaded",
        ErrorKind::Permission => "permission",
        ErrorKind::ProviderFault => "provider_fault",
        ErrorKind::RateLimited => "rate_limited",
        ErrorKind::Timeout => "timeout",
        ErrorKind::TooLarge => "too_large",
        ErrorKind::Unreachable => "unreachable",
    }
}

/// To the microsecond: more is noise, and takes room in every row.
pub(super) fn exact_millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
