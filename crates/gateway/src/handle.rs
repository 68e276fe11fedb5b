//! One request, twelve steps. Steps 1 and 2 (accept, identify) are in `access` and `client_api`; from
//! there a request can be followed here with the finger.

mod attempt;
mod calls;
mod count;
mod course;
mod echo;
mod embed;
mod judge;
mod notes;
mod one;
mod passage;
mod prepare;
mod several;
mod shape;
mod stream;
mod whole;

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use axum::{body::Body, extract::Request as HttpRequest, response::Response};
use protocol::{
    Operation, Protocol,
    canonical::{ApiError, ErrorKind, Fault},
};
use tokio::time::Instant;

use self::course::{Course, Told};
pub(crate) use self::judge::Failure;
use crate::{
    app::App,
    body::{LateBody, WholeBody},
    credentials,
    exchange::{Exchange, Refused},
    recorder::{Outcome, Recorder},
    reply::{self, Plain},
    routing::{self, Target},
    signal::Signal,
    upstream,
};

/// A provider that wants a longer pause than this is left to the next target, or to the client.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// What one target may refuse of one request, before its failure is the client's.
const MOST_CONCESSIONS: usize = 4;

/// Answers one exchange.
pub(crate) async fn exchange(
    app: Arc<App>,
    protocol: Protocol,
    operation: Operation,
    request: HttpRequest,
    cut: Option<Signal>,
) -> Response {
    // 3 peek: model and stream; the row is opened here, so that failures are rows too.
    let mut exchange = match Exchange::accept(app, protocol, operation, request, cut).await {
        Ok(exchange) => exchange,
        Err(refused) => {
            let Refused {
                error,
                head,
                id,
                recorder,
            } = *refused;
            let answer = reply::failure(protocol, &head.uri, &error, Some(&id));
            return fail(answer, error, recorder);
        }
    };
    if operation == Operation::CountTokens {
        return Box::pin(count::answer(exchange)).await;
    }
    if !exchange.wants_stream() {
        let result = until_cut(&mut exchange).await;
        return conclude(exchange, result);
    }
    in_time(exchange).await
}

/// The answer of a streaming request. A slow one gets its headers early: keep-alives promise nothing, so
/// that another target can still take over behind them.
async fn in_time(exchange: Exchange) -> Response {
    let (client, id, keep_alive) = (
        exchange.client,
        exchange.id.clone(),
        exchange.app.pace.keep_alive,
    );
    let reply = exchange.reply("");
    let head = exchange.recorder.answer_head();
    let mut exchange = exchange;
    let mut work: Pin<Box<dyn Future<Output = Ending> + Send>> = Box::pin(async move {
        let result = until_cut(&mut exchange).await;
        (exchange, result)
    });
    if let Ok((exchange, result)) = tokio::time::timeout(keep_alive, &mut work).await {
        return conclude(exchange, result);
    }
    let mut headers = stream::form_headers(&client.stream_form(&reply));
    reply::mark(&mut headers, Some(&id));
    // There are no trailers that clients read: what is known by now is what the headers tell, the row has all.
    head.leaves(&mut headers);
    let waiting = Box::pin(async move {
        let (mut exchange, result) = work.await;
        result
            .map(Response::into_body)
            .map_err(|failure| (Box::new(failure.error), exchange.recorder.take()))
    });
    let body = LateBody::new(waiting, client, reply, keep_alive);
    let mut response = Response::new(Body::new(body));
    *response.headers_mut() = headers;
    response
}

type Ending = (Exchange, Result<Response, Failure>);

/// Tries to get an answer for as long as the server has time. Nobody is woken here: when it has none left, it asks
/// every connection once more.
async fn until_cut(exchange: &mut Exchange) -> Result<Response, Failure> {
    let cut = exchange.cut.clone();
    let mut work = pin!(first_success(exchange));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Pending if cut.as_ref().is_some_and(Signal::is_given) => Poll::Ready(Err(
            reply::stopped("before this request was answered").into(),
        )),
        state => state,
    })
    .await
}

/// Steps 4 to 8: tries the targets in order until one answers.
async fn first_success(exchange: &mut Exchange) -> Result<Response, Failure> {
    // 4 route
    let config = Arc::clone(&exchange.config);
    let asked = exchange.envelope.model.clone();
    let app = Arc::clone(&exchange.app);
    let route = routing::route(&config, &app.models, asked.as_deref())?;
    let route = route.bound_to(exchange.owner.as_ref());
    let mut course = Course::default();
    let mut passed_over = Vec::new();
    let mut plan = in_order(&app, &route.targets).into_iter().peekable();
    while let Some(target) = plan.next() {
        // It may have begun to cool down a moment ago.
        if !app.cooldowns.admit(target.key(), Instant::now()) {
            passed_over.push(target);
            continue;
        }
        let more = plan.peek().is_some() || !passed_over.is_empty();
        match ask(exchange, target, more).await {
            Ok(response) => return Ok(response),
            Err(failure) => {
                if !course.goes_on(failure, exchange) {
                    return Err(course.failure(&mut exchange.recorder));
                }
            }
        }
    }
    // The last hope is tried all the same: the last that can take the request.
    while let Some(target) = passed_over.pop() {
        match ask(exchange, target, false).await {
            Ok(response) => return Ok(response),
            Err(failure) => {
                let was_asked = !course::is_refusal(&failure.error);
                if !course.goes_on(failure, exchange) || was_asked {
                    break;
                }
            }
        }
    }
    Err(course.failure(&mut exchange.recorder))
}

/// Asks one target, as often as it may be repeated. `more`: another may be asked after it.
async fn ask(
    exchange: &mut Exchange,
    target: &Target<'_>,
    more: bool,
) -> Result<Response, Failure> {
    let app = Arc::clone(&exchange.app);
    let (mut repetition, mut is_renewed, mut concessions) = (0, false, 0);
    (exchange.room, exchange.limit, exchange.completion) = (None, None, None);
    let mut as_written: Option<Told> = None;
    exchange.is_reworded = false;
    let failure = loop {
        let may_repeat = repetition < target.provider.retries;
        // 5 authorize, 6 prepare, 7 send, 9 relay
        let tried = attempt::attempt(exchange, target, more || may_repeat).await;
        let Err(mut failed) = tried else {
            app.cooldowns.succeeded(target.key());
            if let Some(tokens) = exchange.limit {
                app.omissions.learn_limit(target, tokens);
            }
            if let Some(left) = exchange.completion {
                app.omissions.learn_completion(target, left);
            }
            if exchange.is_reworded
                && let Some(told) = &as_written
            {
                app.rewordings.learn(exchange, target, &told.failure.error);
            }
            return tried;
        };
        // 8 judge
        exchange.recorder.redact(&mut failed.error);
        exchange.recorder.attempt_ends(Some(&failed.error));
        let is_refused = failed.error.kind == ErrorKind::Authentication;
        if is_refused && !is_renewed && credentials::renewed(&app, target.account).await {
            is_renewed = true;
        } else if failed.goes_without && concessions < MOST_CONCESSIONS {
            concessions += 1;
        } else if failed.may_be_reworded && !exchange.is_reworded {
            exchange.is_reworded = true;
            as_written = Some(Told::now(failed, exchange));
        } else if let Some(left) = failed.completes
            && exchange.completion.is_none_or(|before| left < before)
        {
            exchange.completion = Some(left);
            as_written.get_or_insert_with(|| Told::now(failed, exchange));
        } else if may_repeat && let Some(wait) = pause(&failed.error, app.pace.retry, repetition) {
            tokio::time::sleep(wait).await;
            repetition += 1;
        } else {
            break failed;
        }
    };
    // Where our words were no better, what was said of the client's own counts.
    let no_better = matches!(
        failure.error.kind,
        ErrorKind::InvalidRequest | ErrorKind::MethodNotAllowed | ErrorKind::NotFound
    );
    let failure = match as_written.filter(|_| no_better) {
        Some(told) => told.again(&mut exchange.recorder),
        None => failure,
    };
    let (key, now) = (target.key(), Instant::now());
    if course::is_refusal(&failure.error) {
        app.cooldowns.not_asked(key, now);
    } else {
        app.cooldowns.failed(key, &failure.error, now);
    }
    Err(failure)
}

/// Those that are ready first, those that cool down after them.
pub(crate) fn in_order<'r, 'c>(app: &App, targets: &'r [Target<'c>]) -> Vec<&'r Target<'c>> {
    if let [only] = targets {
        return vec![only];
    }
    let now = Instant::now();
    let (mut ready, cooling): (Vec<_>, Vec<_>) = targets
        .iter()
        .partition(|target| app.cooldowns.remaining(target.key(), now).is_none());
    ready.extend(cooling);
    ready
}

/// How long to wait before the same target is asked again; `None` if that would not help.
fn pause(error: &ApiError, first: Duration, repetition: u32) -> Option<Duration> {
    if error.code.as_deref() == Some(upstream::REDIRECTED) {
        return None;
    }
    let doubled = first.saturating_mul(1 << repetition.min(6));
    match error.kind {
        ErrorKind::Overloaded | ErrorKind::ProviderFault | ErrorKind::Unreachable => {
            let wait = error.retry_after.unwrap_or(doubled);
            (wait <= LONGEST_WAIT).then_some(wait)
        }
        // Without a word about when, the next moment is as bad as this one.
        ErrorKind::RateLimited => error.retry_after.filter(|wait| *wait <= LONGEST_WAIT),
        ErrorKind::Authentication
        | ErrorKind::ContextTooLong
        | ErrorKind::GatewayFault
        | ErrorKind::InvalidRequest
        | ErrorKind::MethodNotAllowed
        | ErrorKind::NotFound
        | ErrorKind::Permission
        | ErrorKind::Timeout
        | ErrorKind::TooLarge => None,
    }
}

/// Whether the next target may do better. What is wrong with the request itself is wrong everywhere; what
/// is wrong with one account or one provider's set-up is not.
pub(crate) fn moves_on(error: &ApiError) -> bool {
    error.kind.is_retryable()
        || match error.kind {
            ErrorKind::Authentication | ErrorKind::Permission | ErrorKind::NotFound => true,
            ErrorKind::ContextTooLong
            | ErrorKind::GatewayFault
            | ErrorKind::InvalidRequest
            | ErrorKind::MethodNotAllowed
            | ErrorKind::Overloaded
            | ErrorKind::ProviderFault
            | ErrorKind::RateLimited
            | ErrorKind::Timeout
            | ErrorKind::TooLarge
            | ErrorKind::Unreachable => false,
        }
}

/// Answers with what came of the attempts.
fn conclude(mut exchange: Exchange, result: Result<Response, Failure>) -> Response {
    let recorder = exchange.recorder.take();
    match result {
        Ok(response) => response,
        Err(Failure { error, answer, .. }) => match answer {
            // The provider's own failure, in the client's own protocol: as it is.
            Some(mut answer) => {
                reply::mark(answer.headers_mut(), Some(&exchange.id));
                fail(*answer, error, recorder)
            }
            None => {
                let address = &exchange.head.uri;
                let answer =
                    reply::failure(exchange.protocol(), address, &error, Some(&exchange.id));
                fail(answer, error, recorder)
            }
        },
    }
}

/// Steps 10 to 12 for a failure: the row is written once the answer is handed out.
fn fail(answer: Plain, error: ApiError, mut recorder: Recorder) -> Response {
    recorder.answers(answer.status(), answer.headers());
    answer.map(|bytes| {
        Body::new(WholeBody::new(
            bytes,
            recorder,
            Outcome::Failed(error),
            None,
        ))
    })
}

pub(crate) fn nobody() -> ApiError {
    ApiError::new(
        ErrorKind::Unreachable,
        Fault::Gateway,
        "No target of this model could be tried.",
    )
}
