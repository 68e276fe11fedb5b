//! Who listens to an answer for the sake of the requests that come after it.

use bytes::Bytes;
use protocol::{Operation, UpstreamCodec};

use crate::{
    exchange::Exchange,
    responses::{Origin, OwnerNote},
    routing::Target,
    speaks::Speaks,
    vault::{Owner, Witness},
};

/// Who keeps what the target wants back with the results of its tool calls.
pub(super) fn witness(exchange: &Exchange, target: &Target<'_>) -> Option<Witness> {
    match target.speaks() {
        Speaks::Echo => None,
        Speaks::Wire(_) => {
            let vault = &exchange.app.vault;
            Some(Witness::new(vault, Owner::of(target), exchange.asked()))
        }
    }
}

/// The same for a whole answer that is passed through: the next request may come before its row is made.
pub(super) fn remember(
    exchange: &Exchange,
    target: &Target<'_>,
    codec: &dyn UpstreamCodec,
    bytes: &Bytes,
) {
    let mark = codec.call_mark().map(str::as_bytes);
    if mark.is_none_or(|mark| memchr::memmem::find(bytes, mark).is_none()) {
        return;
    }
    if let Some(mut witness) = witness(exchange, target)
        && let Ok(events) = codec.decode_whole(bytes, &exchange.id)
    {
        witness.observe(&events);
    }
}

/// Who notes that a reply is with this target, where its client may come back to it.
pub(super) fn owner(exchange: &Exchange, target: &Target<'_>) -> Option<OwnerNote> {
    let is_kept = exchange.operation == Operation::Chat && exchange.client.keeps_replies();
    let origin = || Origin::new(target.provider, target.account);
    is_kept.then(|| OwnerNote::new(&exchange.app, origin()))
}
