//! Requests to the client API that go no further than the door: a wrong key, path, method, page or
//! content. Whoever wires up a client looks for them in the log, so they are rows too, while there is room.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{body::Body, extract::Request};
use http::{HeaderMap, request::Parts};
use protocol::{
    ExchangeId, Operation,
    canonical::{ApiError, ErrorKind},
    realtime,
};
use store::exchanges::Id;

use crate::{
    app::App,
    endpoints::{self, Endpoint},
    recorder::{Outcome, Recorder},
    reply::{self, Plain},
};

/// Rows at once, of each kind of caller.
const ROWS: u32 = 50;
/// After them one more in this time.
const ONE_MORE: Duration = Duration::from_secs(10);

/// How many rows there is room for. Any web page can make us refuse it as often as it likes: pages take no
/// room from programs, and neither pushes the log's other rows out.
#[derive(Default)]
pub(crate) struct Refusals {
    pages: Mutex<Room>,
    programs: Mutex<Room>,
}

#[derive(Default)]
struct Room {
    /// When all of it is free again.
    taken_until: Option<Instant>,
    /// Refusals without a row since the last one that got it.
    unlisted: u64,
}

impl Room {
    /// How many before this one got no row; `None` if it gets none itself.
    fn admit(&mut self, now: Instant) -> Option<u64> {
        let until = self.taken_until.map_or(now, |until| until.max(now)) + ONE_MORE;
        if until > now + ONE_MORE * ROWS {
            self.unlisted += 1;
            return None;
        }
        self.taken_until = Some(until);
        Some(std::mem::take(&mut self.unlisted))
    }
}

impl Refusals {
    fn admit(&self, error: &ApiError) -> Option<u64> {
        let room = if error.kind == ErrorKind::Permission {
            &self.pages
        } else {
            &self.programs
        };
        let mut room = room.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = room.admit(Instant::now());
        if admitted.is_none() && room.unlisted == 1 {
            tracing::warn!("more requests are refused than the log has room for");
        }
        admitted
    }
}

/// The answer to such a request, in the caller's own shape, and its row.
pub(crate) fn answer(app: &Arc<App>, request: Request, mut error: ApiError) -> Plain {
    let began = Instant::now();
    let (head, _) = request.into_parts();
    let path = head.uri.path();
    let dialect = endpoints::dialect(&head.uri, &head.headers);
    let operation = operation(path);
    let is_socket = matches!(endpoints::find(path), Some(Endpoint::Realtime));
    let model = is_socket
        .then(|| realtime::model(head.uri.query()))
        .flatten();
    let admitted = if is_for_show(&head.headers) {
        None
    } else {
        app.refusals.admit(&error)
    };
    let Some(unlisted) = admitted else {
        return reply::failure(dialect, &head.uri, &error, None);
    };
    let row_id = Id::next();
    let id = ExchangeId(row_id.to_string());
    let answer = reply::failure(dialect, &head.uri, &error, Some(&id));
    if unlisted > 0 {
        error.message += &format!(" ({unlisted} more were refused before it and are not listed.)");
    }
    let log = &app.config.current().log;
    let asked = (dialect, operation);
    let mut recorder = Recorder::open(app, log, row_id, &head, asked, began);
    if let Some(model) = model {
        recorder.asked(Some(&model), false);
    }
    recorder.answers(answer.status(), answer.headers());
    recorder.hands_out(answer.body());
    recorder.close(Outcome::Failed(error), None);
    answer
}

/// The same where nothing but the head is left.
pub(crate) fn of_head(app: &Arc<App>, head: Parts, error: ApiError) -> Plain {
    answer(app, Request::from_parts(head, Body::empty()), error)
}

/// Whether a browser asks on its own account, for a page, a picture, a style: nobody's client does.
fn is_for_show(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-dest")
        .is_some_and(|destination| destination != "empty" && destination != "websocket")
}

fn operation(path: &str) -> Option<Operation> {
    match endpoints::find(path)? {
        Endpoint::Exchange(_, operation) => Some(operation),
        Endpoint::About(..)
        | Endpoint::Health
        | Endpoint::Kept(_)
        | Endpoint::KeptCancel(_)
        | Endpoint::KeptInput(_) => None,
        Endpoint::Described | Endpoint::Model(_) | Endpoint::Models => Some(Operation::ListModels),
        Endpoint::Realtime => Some(Operation::Chat),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_gets_a_few_rows_and_is_counted() {
        let mut room = Room::default();
        let start = Instant::now();
        let admitted = (0..1000).filter_map(|_| room.admit(start)).count();
        assert_eq!(admitted, ROWS as usize);
        assert_eq!(room.admit(start + ONE_MORE), Some(1000 - u64::from(ROWS)));
        assert_eq!(room.admit(start + ONE_MORE), None);
        // After a quiet time all of the room is there again, and no more than that.
        let later = start + ONE_MORE * ROWS * 10;
        let admitted = (0..1000).filter_map(|_| room.admit(later)).count();
        assert_eq!(admitted, ROWS as usize);
    }

    #[test]
    fn pages_take_no_room_from_programs() {
        let refusals = Refusals::default();
        let of = |kind| ApiError::new(kind, protocol::canonical::Fault::Client, "No.");
        while refusals.admit(&of(ErrorKind::Permission)).is_some() {}
        assert_eq!(refusals.admit(&of(ErrorKind::Authentication)), Some(0));
    }
}
