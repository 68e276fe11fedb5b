//! Steps 5 to 9: one try at one target.

use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt as _, future::try_join_all, stream};
use protocol::{
    Operation, UpstreamCodec,
    canonical::{ApiError, CompletionForm},
    upstream_codec,
};

use super::{
    count, echo, embed,
    judge::{self, Failure},
    one, prepare, several, shape,
    whole::{self, MAX_ANSWER},
};
use crate::{
    app::App,
    credentials,
    exchange::Exchange,
    loops, rewordings,
    rounds::Rounds,
    routing::Target,
    speaks::Speaks,
    upstream::{self, Answer, Call},
};

/// Tries one target. `more`: another try may follow this one.
pub(crate) async fn attempt(
    exchange: &mut Exchange,
    target: &Target<'_>,
    more: bool,
) -> Result<Response, Failure> {
    exchange.recorder.attempt_begins(target);
    if exchange.operation.generates() && target.speaks() != Speaks::Wire(exchange.protocol()) {
        let request = exchange.request()?;
        if let Some(reply) = exchange.client.without_model(&request) {
            return if exchange.wants_stream() {
                whole::as_stream(exchange, target, reply)
            } else {
                whole::answer(exchange, target, reply)
            };
        }
    }
    let is_same = target.speaks() == Speaks::Wire(exchange.protocol());
    if exchange.operation == Operation::Compact && !is_same {
        return Err(no_compaction().into());
    }
    let protocol = match target.speaks() {
        Speaks::Echo if exchange.operation == Operation::Embed => {
            return Err(embed::no_echo().into());
        }
        // In boxes: what is rare shall not make every request's future large.
        Speaks::Echo => return Box::pin(echo::answer(exchange, target)).await,
        Speaks::Wire(protocol) => protocol,
    };
    let hops = loops::check_hops(&exchange.head.headers)?;
    let codec = upstream_codec(protocol);
    // 5 authorize
    let credential = credentials::to_send(&exchange.app, target.account).await?;
    // 6 prepare
    let mut prepared = if exchange.operation == Operation::Embed {
        embed::prepare(exchange, target, codec)?
    } else {
        prepare::prepare(exchange, target, codec).await?
    };
    prepared.loses_state(exchange, target, codec);
    loops::count_hop(&mut prepared.headers, target.provider, hops);
    let first = prepared.bodies.first();
    exchange.recorder.sends(
        &prepared.headers,
        first.map_or(&[], Vec::as_slice),
        credential.as_ref(),
    );
    let (mut amends, passes) = (prepared.amends, prepared.passes);
    let in_chat = || codec.path(Operation::Chat, &target.model, exchange.wants_stream());
    let completes = exchange.operation == Operation::Complete && prepared.path != in_chat();
    // What we wrote ourselves may be written otherwise; a client's own bytes may not.
    let sent = first.cloned().unwrap_or_default();
    let ours = sent.first().cloned();
    let ours = ours.filter(|_| !passes && exchange.operation.generates());
    // 7 send
    let call = Call {
        method: http::Method::POST,
        provider: target.provider,
        codec,
        path: &prepared.path,
        query: prepared.query.as_deref(),
        headers: prepared.headers,
        credential: credential.as_ref(),
        body: Vec::new(),
        stream: exchange.wants_stream(),
    };
    if let ([_], Some(body)) = (prepared.bodies.as_slice(), &ours)
        && codec.pauses(body)
    {
        amends.rounds = Some(Rounds::behind(&exchange.app, &call, body.clone()));
    }
    let is_for_vectors = exchange.operation == Operation::Embed;
    let Came { good, failed } = asked(&exchange.app, call, prepared.bodies, is_for_vectors).await;
    let mut answers = good;
    // 8 judge
    if let Some(failed) = failed {
        if !answers.is_empty() {
            Box::pin(spent(exchange, target, codec, answers)).await;
        }
        let answer = failed?;
        let recorder = &mut exchange.recorder;
        recorder.upstream_answers(answer.status(), answer.headers());
        let mut failure = judge::failed(exchange, target, codec, answer, credential).await;
        failure.goes_without = ours.is_some_and(|sent| {
            judge::goes_without(exchange, target, codec, &failure.error, &sent)
        });
        if codec.refuses_state(&failure.error) {
            failure.goes_without = judge::disowns(exchange, target, codec, &sent);
        } else {
            failure.may_be_reworded = passes
                && exchange.operation == Operation::Chat
                && rewordings::may_help(exchange, target, codec, &failure.error);
        }
        if completes {
            failure.completes = CompletionForm::left_by(&failure.error);
        }
        return Err(failure);
    }
    let first = answers.first().ok_or_else(shape::no_answer)?;
    let recorder = &mut exchange.recorder;
    recorder.upstream_answers(first.status(), first.headers());
    // 9 relay
    if exchange.operation == Operation::Embed {
        return Box::pin(embed::relay(exchange, target, codec, answers, passes)).await;
    }
    if answers.len() > 1 {
        let relayed = several::relay(exchange, target, codec, answers, &amends, more);
        return Box::pin(relayed).await;
    }
    let answer = answers.pop().ok_or_else(shape::no_answer)?;
    if exchange.operation == Operation::CountTokens && !passes {
        return Box::pin(count::relay(exchange, target, codec, answer)).await;
    }
    one::relay(exchange, target, codec, answer, passes, &amends, more).await
}

/// What came of the calls of one attempt.
struct Came {
    /// In the order of the calls, where none failed.
    good: Vec<Answer>,
    /// The first failure, or why there is no answer.
    failed: Option<Result<Answer, ApiError>>,
}

impl Came {
    fn one(answer: Result<Answer, ApiError>) -> Self {
        match answer {
            Ok(answer) if answer.status().is_success() => Self {
                good: vec![answer],
                failed: None,
            },
            failed => Self {
                good: Vec::new(),
                failed: Some(failed),
            },
        }
    }

    fn of(answers: Result<Vec<Answer>, ApiError>) -> Self {
        let answers = match answers {
            Ok(answers) => answers,
            Err(error) => {
                return Self {
                    good: Vec::new(),
                    failed: Some(Err(error)),
                };
            }
        };
        let is_good = |answer: &Answer| answer.status().is_success();
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(is_good);
        Self {
            good,
            failed: bad.into_iter().next().map(Ok),
        }
    }
}

/// Notes what answers cost that nobody gets, because another of the same attempt failed.
async fn spent(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
    answers: Vec<Answer>,
) {
    match exchange.operation {
        Operation::Embed => embed::spent(exchange, target, codec, answers).await,
        // Nobody waits for what is still being written: it is let go of.
        _ if exchange.wants_stream() => {}
        _ => several::spent(exchange, target, codec, answers).await,
    }
}

/// More requests than this at once, of which each is for a part of the texts, ask for too much.
const MOST_BATCHES: usize = 4;

/// Asks with each of some bodies, all at once; of batches as many as there may be at once, and none behind one that
/// fails.
async fn asked(
    app: &App,
    call: Call<'_>,
    mut bodies: Vec<Vec<Bytes>>,
    is_for_vectors: bool,
) -> Came {
    if bodies.len() <= 1 {
        let body = bodies.pop().unwrap_or_default();
        let answer = app.send(Call { body, ..call }).await;
        return Came::one(answer);
    }
    if !is_for_vectors {
        let answers = bodies.into_iter().map(|body| {
            let call = call.clone();
            app.send(Call { body, ..call })
        });
        return Came::of(try_join_all(answers).await);
    }
    let batches = bodies.into_iter().enumerate().map(|(number, body)| {
        let call = call.clone();
        batch(app, number, Call { body, ..call })
    });
    let mut batches = Box::pin(stream::iter(batches).buffer_unordered(MOST_BATCHES));
    let (mut answers, mut failed) = (Vec::new(), None);
    while failed.is_none()
        && let Some((number, answer)) = batches.next().await
    {
        match answer {
            Ok(answer) if answer.status().is_success() => answers.push((number, answer)),
            answer => failed = Some(answer),
        }
    }
    answers.sort_by_key(|(number, _)| *number);
    Came {
        good: answers.into_iter().map(|(_, answer)| answer).collect(),
        failed,
    }
}

/// A good answer is read whole: unread it would hold a connection, or what may be sent over one, until the last of
/// them has begun.
async fn batch(app: &App, number: usize, call: Call<'_>) -> (usize, Result<Answer, ApiError>) {
    let provider = call.provider;
    let whole = async {
        let answer = app.send(call).await?;
        if !answer.status().is_success() {
            return Ok(answer);
        }
        let (head, body) = answer.into_parts();
        let idle = provider.timeouts.idle;
        let whole = upstream::collect(body, Bytes::new(), provider, idle, MAX_ANSWER).await?;
        Ok(Answer::from_parts(head, whole.into()))
    };
    (number, whole.await)
}

/// Shortened here, the conversation would be unreadable to whoever goes on with it.
fn no_compaction() -> ApiError {
    ApiError::invalid_request(
        "This model's provider does not compact conversations, as only providers of this protocol do. Ask the model for a summary in words instead.",
    )
    .with_code("unsupported_parameter")
}
