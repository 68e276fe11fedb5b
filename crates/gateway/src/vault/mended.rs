//! A history that lost something on its way through a client, made whole.

use protocol::canonical::{Losses, Message, Part};

use super::{
    Wanted, is_brought, is_reasoning, leading,
    place::{is_assistant, is_call},
    put_in,
    shelf::Piece,
};

/// A message of the assistant on its way to being whole.
pub(super) struct Mended<'m> {
    /// The messages before it: clients that cut a turn in two put its text into the last one.
    pub(super) before: &'m mut Vec<Message>,
    pub(super) parts: Vec<Part>,
    /// Where the parts begin that stand before the next call and behind the last one.
    pub(super) segment: usize,
    pub(super) changed: bool,
}

impl Mended<'_> {
    pub(super) fn put_back(&mut self, pieces: Vec<Piece>, wanted: Wanted<'_>, losses: &mut Losses) {
        let before: &[Message] = if self.segment == 0 { self.before } else { &[] };
        let said = self.parts.iter().skip(self.segment).chain(leading(before));
        if pieces.is_empty() || is_brought(&pieces, said, wanted.protocol) {
            return;
        }
        // What the client shows of it is the same reasoning without its proof.
        let rest = self.parts.split_off(self.segment);
        let (behind, ahead): (Vec<_>, Vec<_>) =
            pieces.into_iter().partition(|piece| piece.behind_text);
        let ahead = ahead.into_iter().map(Piece::part);
        match self.before.last_mut() {
            Some(before)
                if self.segment == 0
                    && is_assistant(before.role)
                    && !before.parts.iter().any(is_call) =>
            {
                before.parts.retain(|part| !is_reasoning(part));
                before.parts.splice(0..0, ahead);
            }
            _ => self.parts.extend(ahead),
        }
        self.parts
            .extend(rest.into_iter().filter(|part| !is_reasoning(part)));
        self.parts.extend(behind.into_iter().map(Piece::part));
        self.changed = true;
        put_in(losses);
    }

    /// The call was another's, and so is the state that stands before it.
    pub(super) fn take_out(&mut self, losses: &mut Losses) {
        for part in self.parts.iter_mut().skip(self.segment) {
            if let Part::Reasoning { opaque, .. } = part
                && opaque.take().is_some()
            {
                self.changed = true;
                losses.dropped(
                    "messages[].reasoning",
                    "has a proof that only the model it came from understands",
                );
            }
        }
    }
}
