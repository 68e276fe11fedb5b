//! An answer in one piece.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::recorder::{Outcome, Recorder, Unread};

pub(crate) struct WholeBody {
    bytes: Bytes,
    /// `None` once the bytes are handed out.
    recorder: Option<(Recorder, Outcome, Option<Unread>)>,
}

impl WholeBody {
    /// The row is written once the bytes are handed out; `unread` is understood only then.
    pub(crate) fn new(
        bytes: Bytes,
        mut recorder: Recorder,
        outcome: Outcome,
        unread: Option<Unread>,
    ) -> Self {
        // Nobody asks an empty body for its bytes.
        if bytes.is_empty() {
            recorder.hands_out(&bytes);
            recorder.close(outcome, unread);
            return Self {
                bytes,
                recorder: None,
            };
        }
        Self {
            bytes,
            recorder: Some((recorder, outcome, unread)),
        }
    }
}

impl Body for WholeBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some((mut recorder, outcome, unread)) = self.recorder.take() else {
            return Poll::Ready(None);
        };
        let bytes = std::mem::take(&mut self.bytes);
        recorder.hands_out(&bytes);
        recorder.close(outcome, unread);
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.recorder.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}
