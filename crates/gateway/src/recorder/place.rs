//! What a row tells of one attempt and of no other: the attempt in turn, or the one whose failure is the answer.

use protocol::canonical::Losses;
use store::exchanges::{Text, Word};

use super::{kept::Tried, notes::Notes, record::Record};

/// Whom an attempt asked, and what came of it.
pub(crate) struct Place {
    provider: Option<Text>,
    account: Option<Text>,
    model: Option<Text>,
    protocol: Option<Word>,
    status: Option<u16>,
    prepared: Option<f64>,
    upstream_headers: Option<f64>,
    losses: Losses,
    tried: Tried,
    notes: Notes,
}

impl Record {
    /// Takes the attempt out of the row.
    pub(super) fn place(&mut self) -> Place {
        let row = &mut self.row;
        Place {
            provider: row.provider.take(),
            account: row.account.take(),
            model: row.upstream_model.take(),
            protocol: row.upstream_protocol.take(),
            status: row.upstream_status.take(),
            prepared: row.timing.prepared.take(),
            upstream_headers: row.timing.upstream_headers.take(),
            losses: self.answer_head.take_losses(),
            tried: self.kept.take_tried(),
            notes: std::mem::take(&mut self.notes),
        }
    }

    pub(super) fn returns_to(&mut self, place: Place) {
        let row = &mut self.row;
        row.provider = place.provider;
        row.account = place.account;
        row.upstream_model = place.model;
        row.upstream_protocol = place.protocol;
        row.upstream_status = place.status;
        row.timing.prepared = place.prepared;
        row.timing.upstream_headers = place.upstream_headers;
        self.answer_head.take_losses();
        self.answer_head.loses(&place.losses);
        self.kept.tried = place.tried;
        self.notes = place.notes;
    }
}
