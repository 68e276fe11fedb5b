//! Bytes of the provider to bytes of the client: passed through or translated. It holds two codecs and
//! names none.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use bytes::{Bytes, BytesMut};
use protocol::{
    ClientCodec, EventDecoder, EventEncoder, ReplyContext,
    canonical::{ApiError, Event, Events, Losses, Overseer, Request, UndoReply},
    framing::json::JsonGate,
};

use crate::{
    responses::{Keep, OwnerNote},
    vault::Witness,
};

/// One reply on its way.
pub(crate) enum Relay {
    PassThrough {
        /// Listens for the log. `None` after it stumbled once.
        tap: Option<Box<dyn EventDecoder>>,
        client: &'static dyn ClientCodec,
        reply: Box<ReplyContext>,
        /// For streams in which nothing can follow half a frame.
        gate: Option<JsonGate>,
        /// Keeps what the provider wants back; `None` for those that want nothing.
        witness: Option<Box<Witness>>,
        /// `None` where nobody comes back to the reply, and once it is noted.
        owner: Option<OwnerNote>,
    },
    Translate(Box<Translation>),
}

/// From what a decoder understands to what the client speaks.
pub(crate) struct Translation {
    pub(crate) decoder: Box<dyn EventDecoder>,
    pub(crate) undo: UndoReply,
    pub(crate) encoder: Box<dyn EventEncoder>,
    /// When the exchange began.
    pub(crate) began: Instant,
    pub(crate) losses: Losses,
    /// Sees to what the provider was not told.
    pub(crate) overseer: Overseer,
    /// Keeps what the provider wants back; `None` for those that want nothing.
    pub(crate) witness: Option<Witness>,
    /// Keeps the reply; `None` where nobody comes back to it.
    pub(crate) keep: Option<Arc<Keep>>,
}

impl Translation {
    /// What the client gets for events.
    fn told(&mut self, seen: &mut Events, is_last: bool) -> Bytes {
        self.undo.apply(seen);
        self.overseer.apply(seen);
        if let Some(witness) = &mut self.witness {
            witness.observe(seen);
        }
        let mut out = BytesMut::new();
        self.encoder.at(self.began.elapsed());
        for (choice, event) in seen.iter() {
            self.encoder
                .push(*choice, event, &mut out, &mut self.losses);
        }
        if is_last {
            self.overseer.ends(&mut self.losses);
            self.encoder.ends(&mut out, &mut self.losses);
        }
        if let Some(keep) = &self.keep
            && let Some(whole) = self.encoder.whole()
        {
            keep.put(&whole);
        }
        out.freeze()
    }
}

impl Relay {
    /// What the client gets for a chunk: passed through it is the very same bytes, though a gate may let some of
    /// them wait for the next chunk. Adds what was understood of it to `seen`.
    pub(crate) fn push(&mut self, chunk: Bytes, seen: &mut Events) -> Bytes {
        match self {
            Self::PassThrough {
                tap,
                gate,
                witness,
                owner,
                ..
            } => {
                listen(tap, seen, |tap, seen| tap.push(&chunk, seen));
                if owner.as_ref().is_some_and(|owner| owner.hears(seen)) {
                    *owner = None;
                }
                if let Some(witness) = witness {
                    witness.observe(seen);
                }
                match gate {
                    Some(gate) => gate.push(chunk),
                    None => chunk,
                }
            }
            Self::Translate(translation) => {
                translation.decoder.push(&chunk, seen);
                translation.told(seen, false)
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
                witness,
                ..
            } => {
                listen(tap, seen, |tap, seen| tap.finish(seen));
                if let Some(witness) = witness {
                    witness.observe(seen);
                }
                let blind = tap.is_none();
                explain(seen, cause, blind && !ended);
                let failed = seen
                    .iter()
                    .find(|(_, event)| matches!(event, Event::Error(_)));
                let Some((choice, event)) = failed else {
                    return gate.as_mut().map(JsonGate::rest).unwrap_or_default();
                };
                let mut encoder = client.event_encoder(&Request::default(), reply);
                if gate.as_ref().is_none_or(JsonGate::has_begun) {
                    let place = tap.as_ref().map(|tap| tap.place());
                    encoder.follows(&place.unwrap_or_default());
                }
                let mut out = BytesMut::new();
                encoder.push(*choice, event, &mut out, &mut Losses::default());
                out.freeze()
            }
            Self::Translate(translation) => {
                match cause {
                    Some(_) => translation.decoder.break_off(seen),
                    None => translation.decoder.finish(seen),
                }
                explain(seen, cause, false);
                translation.told(seen, true)
            }
        }
    }

    /// The mark at which the provider paused a reply that is not its client's own to go on with.
    pub(crate) fn paused(&self) -> Option<&str> {
        match self {
            Self::PassThrough { .. } => None,
            Self::Translate(translation) => translation.decoder.paused(),
        }
    }

    /// Whether only counts and the end mark are missing. What is passed through is its client's to wait for.
    pub(crate) fn awaits_end_mark(&self) -> bool {
        match self {
            Self::PassThrough { .. } => false,
            Self::Translate(translation) => translation.decoder.awaits_end_mark(),
        }
    }

    /// The next chunk is the first behind the pause.
    pub(crate) fn go_on(&mut self) {
        if let Self::Translate(translation) = self {
            translation.decoder.go_on();
        }
    }

    /// What tells a client that listens for events alone that the reply goes on.
    pub(crate) fn keep_alive(&mut self) -> Option<Bytes> {
        match self {
            Self::PassThrough { .. } => None,
            Self::Translate(translation) => translation.encoder.keep_alive(),
        }
    }

    pub(crate) fn translates(&self) -> bool {
        match self {
            Self::PassThrough { .. } => false,
            Self::Translate(_) => true,
        }
    }

    /// Whether nothing that the provider still sends matters to anyone.
    pub(crate) fn is_cut(&self) -> bool {
        match self {
            Self::PassThrough { .. } => false,
            Self::Translate(translation) => translation.overseer.is_over(),
        }
    }

    /// What the reply held that the client's protocol has no place for.
    pub(crate) fn losses(&self) -> Option<&Losses> {
        match self {
            Self::PassThrough { .. } => None,
            Self::Translate(translation) => Some(&translation.losses),
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
