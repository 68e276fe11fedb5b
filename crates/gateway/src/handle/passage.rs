//! What a client's own body gets before it is passed through: what its client left out, and lost state taken out.

use bytes::Bytes;
use protocol::{
    Operation, RawRequest, UpstreamCodec,
    canonical::{Losses, Omission, Request, ThinkingForm},
};

use crate::{
    capabilities,
    exchange::Exchange,
    responses::{Forgotten, with_state},
    routing::Target,
    vault::{self, Owner, Wanted},
};

/// The client's own body with the name that the provider knows, if anything else of it had to be another; `None` where
/// it goes as it is.
pub(super) fn mended(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
) -> Option<Vec<Bytes>> {
    let recalled = recalled(exchange, target, codec);
    let cleaned = cleaned(exchange, recalled.as_ref(), target, codec);
    let changed = cleaned.or(recalled);
    let asking = asking_for_state(exchange, changed.as_ref(), target, codec);
    named(exchange, &asking.or(changed)?, target)
}

/// The client's own body with what it left out of its history, where something of it is kept; `None` where
/// nothing is missing, or where the body would not be whole with it either.
fn recalled(
    exchange: &mut Exchange,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
) -> Option<Bytes> {
    let mark = codec.call_mark()?;
    if exchange.operation != Operation::Chat || exchange.app.vault.is_empty() {
        return None;
    }
    memchr::memmem::find(&exchange.body, mark.as_bytes())?;
    let owner = Owner::of(target);
    if !exchange.app.vault.knows(&owner) {
        return None;
    }
    let capabilities = capabilities::of(codec.protocol(), target.provider, &target.model);
    let wanted = Wanted {
        owner: &owner,
        protocol: codec.protocol(),
        as_text: capabilities.reasoning_replay,
        by_name: codec.names_pieces(),
    };
    let read = |body: &Bytes| {
        let raw = RawRequest {
            body,
            ..exchange.raw()
        };
        let request = exchange.client.decode_request(raw, &mut Losses::default());
        request.ok()
    };
    let lacking = |request: &Request| exchange.app.vault.lacking(request, wanted);
    let asked = read(&exchange.body)?;
    let state = lacking(&asked);
    if state.is_empty() {
        return None;
    }
    let body = codec.recalled(&exchange.body, &state, &capabilities)?;
    if !lacking(&read(&body)?).is_empty() {
        return None;
    }
    let mut losses = Losses::default();
    vault::put_in(&mut losses);
    exchange.recorder.loses(&asked.own_fields.losses(&losses));
    Some(body)
}

/// The client's own body without the state that was made up for it here while it talked to others, which a provider
/// of its own protocol refuses; `None` where there is none in it. `recalled` stands for the body where there is one.
fn cleaned(
    exchange: &mut Exchange,
    recalled: Option<&Bytes>,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
) -> Option<Bytes> {
    let body = recalled.unwrap_or(&exchange.body);
    let asks_model = matches!(exchange.operation, Operation::Chat | Operation::CountTokens);
    if !asks_model || !codec.may_be_foreign(body) {
        return None;
    }
    let capabilities = capabilities::of(codec.protocol(), target.provider, &target.model);
    let mut losses = Losses::default();
    let body = codec.cleaned(body, &capabilities, &mut losses)?;
    exchange.recorder.loses(&losses);
    Some(body)
}

/// The client's own body with a request for the state of reasoning, of a model that is known to have it, where the
/// client will go on from the reply and only we remember it. Others may refuse to be asked, which a client must not
/// pay for that did not ask. `changed` stands for the body where there is one.
fn asking_for_state(
    exchange: &Exchange,
    changed: Option<&Bytes>,
    target: &Target<'_>,
    codec: &'static dyn UpstreamCodec,
) -> Option<Bytes> {
    exchange.head.extensions.get::<Forgotten>()?;
    let able = capabilities::of(codec.protocol(), target.provider, &target.model);
    let has_state = match able.thinking {
        ThinkingForm::Adaptive | ThinkingForm::Budget | ThinkingForm::Effort => {
            !able.reasoning_replay
        }
        ThinkingForm::None | ThinkingForm::Unsure => false,
    };
    if !has_state {
        return None;
    }
    let body = with_state(changed.unwrap_or(&exchange.body))?;
    let refused = exchange.app.omissions.of(target);
    (!Omission::any_in(&refused, &body)).then_some(body)
}

/// A body with the name that the provider knows.
fn named(exchange: &Exchange, body: &Bytes, target: &Target<'_>) -> Option<Vec<Bytes>> {
    let raw = RawRequest {
        body,
        ..exchange.raw()
    };
    let envelope = exchange.client.peek(raw).ok()?;
    Some(envelope.with_model(body, &target.model))
}
