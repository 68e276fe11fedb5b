//! An answer without the key that was sent for it. Some providers repeat it, in an error amid a stream or in a
//! header, and clients of ours know other keys than theirs.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, StatusCode};
use http_body::{Body, Frame, SizeHint};
use memchr::memmem;
use protocol::Framing;
use store::{Secret, redact::GONE};

use crate::upstream::Answer;

/// What is shorter may be a word of any answer: people write `none` or `test` where no key is needed.
const SHORTEST: usize = 16;

/// The answer without the secret, in its headers and its body. What does not hold it is the very same bytes. Frames
/// with lengths and sums are left alone: no client of ours reads them, and with another word in them nobody could.
pub(crate) fn masked(answer: Answer, secret: &Secret, framing: Framing) -> Answer {
    // What a connection has become is no answer.
    let is_other = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
    if is_other || secret.expose().len() < SHORTEST {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    for value in head.headers.values_mut() {
        if memmem::find(value.as_bytes(), secret.expose().as_bytes()).is_some() {
            *value = HeaderValue::from_static("...");
        }
    }
    if framing == Framing::Binary {
        return Answer::from_parts(head, body);
    }
    let body = Masked {
        body,
        secret: secret.clone(),
        held: Bytes::new(),
    };
    Answer::from_parts(head, reqwest::Body::wrap(body))
}

struct Masked {
    body: reqwest::Body,
    secret: Secret,
    /// The beginning of the secret, as far as it has come. No frame of a stream ends like that, so that nobody waits
    /// for what is held here.
    held: Bytes,
}

impl Masked {
    /// What may go on of a chunk and what was held before it.
    fn pass(&mut self, chunk: Bytes) -> Bytes {
        let mut chunk = if self.held.is_empty() {
            chunk
        } else {
            let mut whole = BytesMut::from(&*mem::take(&mut self.held));
            whole.extend_from_slice(&chunk);
            whole.freeze()
        };
        let secret = self.secret.expose().as_bytes();
        if memmem::find(&chunk, secret).is_some() {
            chunk = without(&chunk, secret);
        }
        let longest = chunk.len().min(secret.len() - 1);
        let mut lengths = (1..=longest).rev();
        if let Some(length) = lengths.find(|length| chunk.ends_with(&secret[..*length])) {
            self.held = chunk.split_off(chunk.len() - length);
        }
        chunk
    }
}

fn without(bytes: &[u8], secret: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(bytes.len());
    let mut done = 0;
    for found in memmem::find_iter(bytes, secret) {
        out.extend_from_slice(&bytes[done..found]);
        out.extend_from_slice(GONE.as_bytes());
        done = found + secret.len();
    }
    out.extend_from_slice(&bytes[done..]);
    out.freeze()
}

impl Body for Masked {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let this = &mut *self;
        loop {
            let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
            let Some(frame) = frame.transpose()? else {
                // It was another word after all.
                let rest = mem::take(&mut this.held);
                return Poll::Ready((!rest.is_empty()).then(|| Ok(Frame::data(rest))));
            };
            let frame = match frame.into_data() {
                Ok(chunk) => Frame::data(this.pass(chunk)),
                Err(frame) => frame,
            };
            if !frame.data_ref().is_some_and(Bytes::is_empty) {
                return Poll::Ready(Some(Ok(frame)));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // With a word in the key's place it may be shorter or longer.
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    const KEY: &str = "sk-canary-0123456789";

    /// What comes of an answer in these chunks.
    async fn shown(key: &str, framing: Framing, chunks: &[&'static str]) -> Vec<Bytes> {
        let chunks: Vec<_> = chunks
            .iter()
            .map(|chunk| Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(chunk.as_bytes()))))
            .collect();
        let body = reqwest::Body::wrap(StreamBody::new(stream::iter(chunks)));
        let answer = http::Response::new(body);
        let mut body = masked(answer, &Secret::new(key.to_owned()), framing).into_body();
        let mut shown = Vec::new();
        while let Some(frame) = body.frame().await {
            shown.push(frame.unwrap().into_data().unwrap());
        }
        shown
    }

    #[tokio::test]
    async fn a_key_is_gone_in_any_split() {
        let text: &'static str =
            "data: {\"message\":\"Wrong key sk-canary-0123456789, not sk-canary-01\"}\n\n";
        for at in 0..text.len() {
            let (first, rest) = text.split_at(at);
            let shown = shown(KEY, Framing::Sse, &[first, rest]).await.concat();
            assert_eq!(
                String::from_utf8(shown).unwrap(),
                "data: {\"message\":\"Wrong key …, not sk-canary-01\"}\n\n",
                "{at}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_no_key_goes_on_at_once_and_as_it_is() {
        let chunks = ["data: 1\n\n", "data: 2\n\n", "s", "sk-canary-0"];
        assert_eq!(shown(KEY, Framing::Sse, &chunks).await, chunks);
        // A word that stands for no key at all.
        let chunks = ["none of it"];
        assert_eq!(shown("none", Framing::Sse, &chunks).await, chunks);
    }

    /// They end in any byte, and hold sums over their words.
    #[tokio::test]
    async fn binary_frames_go_on_at_once_and_as_they_are() {
        let chunks = ["sk", "-canary-0123456789", "s", ""];
        assert_eq!(shown(KEY, Framing::Binary, &chunks).await, chunks);
    }

    #[test]
    fn a_header_that_repeats_the_key_says_nothing() {
        let mut answer = http::Response::new(reqwest::Body::from(""));
        let told = HeaderValue::from_static("Bearer sk-canary-0123456789");
        answer.headers_mut().insert("x-echo", told);
        let answer = masked(answer, &Secret::new(KEY.to_owned()), Framing::Binary);
        assert_eq!(answer.headers()["x-echo"], "...");
    }
}
