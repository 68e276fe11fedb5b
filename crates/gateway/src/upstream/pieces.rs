//! The body of a request, which may be in several pieces.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// For the full client, which can repeat a body in one piece on another connection.
pub(super) fn full_body(mut pieces: Vec<Bytes>) -> reqwest::Body {
    if pieces.len() == 1
        && let Some(only) = pieces.pop()
    {
        return only.into();
    }
    reqwest::Body::wrap(Pieces::new(pieces))
}

/// A body in several pieces, the last first, whose length is known.
pub(super) struct Pieces(Vec<Bytes>);

impl Pieces {
    pub(super) fn new(mut pieces: Vec<Bytes>) -> Self {
        pieces.reverse();
        Self(pieces)
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.pop().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_body_in_pieces_has_its_length() {
        let body = Pieces::new(vec![Bytes::from("aa"), Bytes::from("b")]);
        assert_eq!(body.size_hint().exact(), Some(3));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "aab");
    }
}
