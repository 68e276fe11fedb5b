//! An answer without the key that was sent for it. Some providers repeat it, in an error amid a stream, in a header or
//! on a socket, and clients of ours know other keys than theirs.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, StatusCode};
use http_body::{Body, Frame, SizeHint};
use memchr::memmem;
use protocol::{
    Framing,
    framing::event_stream::{EventStreamEditor, Length},
};
use store::{
    Secret,
    redact::{GONE, SHORTEST},
};

use crate::upstream::Answer;

/// What is said on a connection that an answer became, without the secret.
#[derive(Clone)]
pub(crate) struct Mask(Secret);

impl Mask {
    /// `None` where nothing is to be taken out.
    pub(crate) fn of(answer: &Answer) -> Option<Self> {
        answer.extensions().get().cloned()
    }

    /// `None` of a text that does not hold it.
    pub(crate) fn without(&self, text: &str) -> Option<String> {
        let secret = self.0.expose();
        text.contains(secret).then(|| text.replace(secret, GONE))
    }
}

/// The answer without the secret, in its headers and its body. What does not hold it is the very same bytes.
pub(crate) fn masked(mut answer: Answer, secret: &Secret, framing: Framing) -> Answer {
    if secret.expose().len() < SHORTEST {
        return answer;
    }
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        answer.extensions_mut().insert(Mask(secret.clone()));
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    for value in head.headers.values_mut() {
        if memmem::find(value.as_bytes(), secret.expose().as_bytes()).is_some() {
            *value = HeaderValue::from_static("...");
        }
    }
    let body = Masked {
        body,
        secret: secret.clone(),
        form: match framing {
            Framing::Binary => Form::Unknown,
            Framing::Json | Framing::Sse => Form::Text(Bytes::new()),
        },
    };
    Answer::from_parts(head, reqwest::Body::wrap(body))
}

struct Masked {
    body: reqwest::Body,
    secret: Secret,
    form: Form,
}

enum Form {
    /// Whose lengths and sums are to be right with another word in them, too.
    Frames(EventStreamEditor),
    /// With the beginning of the secret, as far as it has come. No frame of a stream ends like that, so that nobody
    /// waits for what is held here.
    Text(Bytes),
    /// Of a provider that speaks in frames, and says in plain words what goes wrong before them.
    Unknown,
}

impl Masked {
    /// What may go on of a chunk and what was held before it.
    fn pass(&mut self, chunk: Bytes) -> Bytes {
        let secret = self.secret.expose().as_bytes();
        if let (Form::Unknown, Some(first)) = (&self.form, chunk.first()) {
            // The length of a frame, which has limits.
            self.form = match first {
                0..=1 => Form::Frames(EventStreamEditor::default()),
                _ => Form::Text(Bytes::new()),
            };
        }
        match &mut self.form {
            Form::Frames(editor) => editor.push(&chunk, |text, kept| edited(text, secret, kept)),
            Form::Text(held) => pass(held, chunk, secret),
            Form::Unknown => chunk,
        }
    }

    /// What was held, and is another word after all.
    fn rest(&mut self) -> Bytes {
        match &mut self.form {
            Form::Frames(editor) => editor.rest(),
            Form::Text(held) => mem::take(held),
            Form::Unknown => Bytes::new(),
        }
    }

    fn holds(&self) -> bool {
        match &self.form {
            Form::Frames(editor) => editor.holds(),
            Form::Text(held) => !held.is_empty(),
            Form::Unknown => false,
        }
    }
}

fn pass(held: &mut Bytes, chunk: Bytes, secret: &[u8]) -> Bytes {
    let mut chunk = if held.is_empty() {
        chunk
    } else {
        let mut whole = BytesMut::from(&*mem::take(held));
        whole.extend_from_slice(&chunk);
        whole.freeze()
    };
    if memmem::find(&chunk, secret).is_some() {
        chunk = without(&chunk, secret, GONE.as_bytes());
    }
    let longest = chunk.len().min(secret.len() - 1);
    let mut lengths = (1..=longest).rev();
    if let Some(length) = lengths.find(|length| chunk.ends_with(&secret[..*length])) {
        *held = chunk.split_off(chunk.len() - length);
    }
    chunk
}

fn edited(text: &[u8], secret: &[u8], kept: Length) -> Option<Bytes> {
    memmem::find(text, secret)?;
    Some(match kept {
        Length::Any => without(text, secret, GONE.as_bytes()),
        Length::Same => without(text, secret, &vec![b'.'; secret.len()]),
    })
}

fn without(bytes: &[u8], secret: &[u8], word: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(bytes.len());
    let mut done = 0;
    for found in memmem::find_iter(bytes, secret) {
        out.extend_from_slice(&bytes[done..found]);
        out.extend_from_slice(word);
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
                let rest = this.rest();
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
        !self.holds() && self.body.is_end_stream()
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

    /// Where frames are spoken, too, it is said in plain words what went wrong before them.
    #[tokio::test]
    async fn what_is_no_frame_is_text() {
        let chunks = ["", "{\"message\":\"sk-canary", "-0123456789\"}"];
        let shown = shown(KEY, Framing::Binary, &chunks).await.concat();
        assert_eq!(String::from_utf8(shown).unwrap(), "{\"message\":\"…\"}");
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
