//! Bytes of the provider to bytes of the client: passed through or translated. It holds two codecs and
//! names none.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use protocol::{
    ClientCodec, EventDecoder, EventEncoder, ReplyContext,
    canonical::{ApiError, Event, Events, Losses, Overseer, Request, UndoReply},
    framing::json::JsonGate,
};

use crate::{responses::Keep, vault::Witness};

/// One reply on its way.
pub(crate) enum Relay {
    PassThrough {
        /// Listens for the log. `None` after it stumbled once.
        tap: Option<Box<dyn EventDecoder>>,
        client: &'static dyn ClientCodec,
        reply: ReplyContext,
        /// For streams in which nothing can follow half a frame.
        gate: Option<JsonGate>,
    },
    Translate {
        decoder: Box<dyn EventDecoder>,
        undo: Box<UndoReply>,
        encoder: Box<dyn EventEncoder>,
        losses: Losses,
        /// Sees to what the provider was not told.
        overseer: Box<Overseer>,
        /// Keeps what the provider wants back; `None` for those that want nothing.
        witness: Option<Witness>,
        /// Keeps the reply; `None` where nobody comes back to it.
        keep: Option<Arc<Keep>>,
    },
}

impl Relay {
    /// What the client gets for a chunk: passed through it is the very same bytes, though a gate may let some of
    /// them wait for the next chunk. Adds what was understood of it to `seen`.
    pub(crate) fn push(&mut self, chunk: Bytes, seen: &mut Events) -> Bytes {
        match self {
            Self::PassThrough { tap, gate, .. } => {
                listen(tap, seen, |tap, seen| tap.push(&chunk, seen));
                match gate {
                    Some(gate) => gate.push(chunk),
                    None => chunk,
                }
            }
            Self::Translate {
                decoder,
                undo,
                encoder,
                losses,
                overseer,
                witness,
                keep,
            } => {
                decoder.push(&chunk, seen);
                undo.apply(seen);
                overseer.apply(seen);
                if let Some(witness) = witness {
                    witness.observe(seen);
                }
                let out = encode(encoder.as_mut(), seen, losses);
                if let Some(keep) = keep
                    && let Some(whole) = encoder.whole()
                {
                    keep.put(&whole);
                }
                out
            }
        }
    }

    /// The last bytes for the client: the provider closed the connection, or it broke off for a `cause`.
    /// A reply without its end becomes the protocol's error, never a clean stop.
    pub(crate) fn finish(
        &mut self,
        cause: Option<ApiError>,
        ended: bool,
        seen: &mut Events,
    ) -> Bytes {
        match self {
            Self::PassThrough {
                tap,
                client,
                reply,
                gate,
            } => {
                listen(tap, seen, |tap, seen| tap.finish(seen));
                let blind = tap.is_none();
                explain(seen, cause, blind && !ended);
                let failed = seen
                    .iter()
                    .find(|(_, event)| matches!(event, Event::Error(_)));
                let Some((choice, event)) = failed else {
                    return gate.as_mut().map(JsonGate::rest).unwrap_or_default();
                };
                let mut encoder = client.event_encoder(&Request::default(), reply);
                if gate.as_ref().is_some_and(JsonGate::has_begun) {
                    encoder.follows();
                }
                let mut out = BytesMut::new();
                encoder.push(*choice, event, &mut out, &mut Losses::default());
                out.freeze()
            }
            Self::Translate {
                decoder,
                undo,
                encoder,
                losses,
                overseer,
                witness,
                keep,
            } => {
                match cause {
                    Some(_) => decoder.break_off(seen),
                    None => decoder.finish(seen),
                }
                explain(seen, cause, false);
                undo.apply(seen);
                overseer.apply(seen);
                if let Some(witness) = witness {
                    witness.observe(seen);
                }
                let out = encode(encoder.as_mut(), seen, losses);
                if let Some(keep) = keep
                    && let Some(whole) = encoder.whole()
                {
                    keep.put(&whole);
                }
                out
            }
        }
    }

    pub(crate) fn translates(&self) -> bool {
        match self {
            Self::PassThrough { .. } => false,
            Self::Translate { .. } => true,
        }
    }

    /// Whether nothing that the provider still sends matters to anyone.
    pub(crate) fn is_cut(&self) -> bool {
        match self {
            Self::PassThrough { .. } => false,
            Self::Translate { overseer, .. } => overseer.is_over(),
        }
    }

    /// What the reply held that the client's protocol has no place for.
    pub(crate) fn losses(&self) -> Option<&Losses> {
        match self {
            Self::PassThrough { .. } => None,
            Self::Translate { losses, .. } => Some(losses),
        }
    }
}

/// Lets the tap listen; whatever happens to it, the client does not notice.
fn listen(
    tap: &mut Option<Box<dyn EventDecoder>>,
    seen: &mut Events,
    work: impl FnOnce(&mut dyn EventDecoder, &mut Events),
) {
    if let Some(decoder) = tap {
        let listening = AssertUnwindSafe(|| work(decoder.as_mut(), seen));
        if catch_unwind(listening).is_err() {
            tracing::error!("the decoder that listens to a stream panicked");
            *tap = None;
        }
    }
}

/// Puts the true cause where the decoder could only see that the stream is cut.
fn explain(seen: &mut Events, cause: Option<ApiError>, anyway: bool) {
    let Some(cause) = cause else {
        return;
    };
    let errors = seen.iter_mut().filter_map(|(_, event)| match event {
        Event::Error(error) => Some(error),
        _ => None,
    });
    let mut replaced = false;
    for error in errors {
        *error = cause.clone();
        replaced = true;
    }
    if !replaced && anyway {
        seen.push((0, Event::Error(cause)));
    }
}

fn encode(encoder: &mut dyn EventEncoder, seen: &mut Events, losses: &mut Losses) -> Bytes {
    let mut out = BytesMut::new();
    for (choice, event) in seen.iter() {
        encoder.push(*choice, event, &mut out, losses);
    }
    out.freeze()
}
