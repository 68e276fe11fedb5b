//! Steps 5 to 9: one try at one target.

use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use protocol::{
    Operation,
    canonical::{ApiError, CompletionForm},
    upstream_codec,
};

use super::{
    count, echo, embed,
    judge::{self, Failure},
    one, prepare, several,
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
    let mut answers = asked(&exchange.app, call, prepared.bodies, is_for_vectors).await?;
    // 8 judge
    let failed = answers
        .iter()
        .position(|answer| !answer.status().is_success());
    let answer = answers.remove(failed.unwrap_or(0));
    exchange
        .recorder
        .upstream_answers(answer.status(), answer.headers());
    if failed.is_some() {
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
    // 9 relay
    if exchange.operation == Operation::Embed {
        answers.insert(0, answer);
        return Box::pin(embed::relay(exchange, target, codec, answers, passes)).await;
    }
    if exchange.operation == Operation::CountTokens && !passes {
        return Box::pin(count::relay(exchange, target, codec, answer)).await;
    }
    if answers.is_empty() {
        return one::relay(exchange, target, codec, answer, passes, &amends, more).await;
    }
    answers.insert(0, answer);
    Box::pin(several::relay(
        exchange, target, codec, answers, &amends, more,
    ))
    .await
}

/// More requests than this at once, of which each is for a part of the texts, ask for too much.
const MOST_BATCHES: usize = 4;

/// The answers to a call with each of some bodies, all at once; as many batches as there may be at once. A batch that
/// is refused is the only answer.
async fn asked(
    app: &App,
    call: Call<'_>,
    mut bodies: Vec<Vec<Bytes>>,
    is_for_vectors: bool,
) -> Result<Vec<Answer>, ApiError> {
    if bodies.len() <= 1 {
        let body = bodies.pop().unwrap_or_default();
        return Ok(vec![app.send(Call { body, ..call }).await?]);
    }
    if !is_for_vectors {
        return try_join_all(bodies.into_iter().map(|body| {
            let call = call.clone();
            app.send(Call { body, ..call })
        }))
        .await;
    }
    let batches = bodies.into_iter().enumerate().map(|(number, body)| {
        let call = call.clone();
        batch(app, number, Call { body, ..call })
    });
    let mut batches = Box::pin(stream::iter(batches).buffer_unordered(MOST_BATCHES));
    let mut answers = Vec::new();
    while let Some((number, answer)) = batches.try_next().await? {
        if !answer.status().is_success() {
            return Ok(vec![answer]);
        }
        answers.push((number, answer));
    }
    answers.sort_by_key(|(number, _)| *number);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// A good answer is read whole: unread it would hold a connection, or what may be sent over one, until the last of
/// them has begun.
async fn batch(app: &App, number: usize, call: Call<'_>) -> Result<(usize, Answer), ApiError> {
    let provider = call.provider;
    let answer = app.send(call).await?;
    if !answer.status().is_success() {
        return Ok((number, answer));
    }
    let (head, body) = answer.into_parts();
    let idle = provider.timeouts.idle;
    let whole = upstream::collect(body, Bytes::new(), provider, idle, MAX_ANSWER).await?;
    Ok((number, Answer::from_parts(head, whole.into())))
}

/// Shortened here, the conversation would be unreadable to whoever goes on with it.
fn no_compaction() -> ApiError {
    ApiError::invalid_request(
        "This model's provider does not compact conversations, as only providers of this protocol do. Ask the model for a summary in words instead.",
    )
    .with_code("unsupported_parameter")
}
