//! Several replies to one request, told as the choices of one reply: for providers that give one at a time.

use std::collections::BTreeSet;

use bytes::{BufMut, Bytes, BytesMut};

use super::{ApiError, Choice, ErrorKind, Event, Events, Response, Usage};
use crate::EventDecoder;

const CHUNK: u8 = 0;
const END: u8 = 1;
/// The number of the reply, and whether it is at its end.
const HEAD: usize = 2;

/// Reads the chunks of several streams, each of which [`Several::chunk`] or [`Several::end`] has marked.
///
/// All choices begin at once, under the first reply's name; their counts are added up; the first failure of
/// one is the failure of all.
pub struct Several {
    replies: Vec<Reply>,
    begun: bool,
    failed: bool,
}

struct Reply {
    decoder: Box<dyn EventDecoder>,
    open: BTreeSet<usize>,
    usage: Option<Usage>,
    /// Its stream is read to the end.
    over: bool,
}

/// What comes of one stream.
#[derive(Clone, Copy)]
enum Piece<'a> {
    Broken,
    Chunk(&'a [u8]),
    End,
}

impl Several {
    /// One decoder a reply, in order of choice.
    pub fn new(decoders: Vec<Box<dyn EventDecoder>>) -> Self {
        let replies = decoders.into_iter().map(|decoder| Reply {
            decoder,
            open: BTreeSet::new(),
            usage: None,
            over: false,
        });
        Self {
            replies: replies.collect(),
            begun: false,
            failed: false,
        }
    }

    /// A chunk of the stream of one reply.
    pub fn chunk(reply: u8, chunk: &[u8]) -> Bytes {
        let mut marked = BytesMut::with_capacity(HEAD + chunk.len());
        marked.put_slice(&[reply, CHUNK]);
        marked.put_slice(chunk);
        marked.freeze()
    }

    /// The stream of one reply has ended.
    pub fn end(reply: u8) -> Bytes {
        Bytes::copy_from_slice(&[reply, END])
    }

    /// What the provider sent of a marked chunk.
    pub fn bare(marked: &Bytes) -> Bytes {
        marked.slice(HEAD.min(marked.len())..)
    }

    fn read(&mut self, at: usize, piece: Piece<'_>, out: &mut Events) {
        let Some(reply) = self.replies.get_mut(at).filter(|reply| !reply.over) else {
            return;
        };
        let mut events = Events::new();
        match piece {
            Piece::Broken => reply.decoder.break_off(&mut events),
            Piece::Chunk(chunk) => reply.decoder.push(chunk, &mut events),
            Piece::End => reply.decoder.finish(&mut events),
        }
        reply.over = !matches!(piece, Piece::Chunk(_));
        for (choice, event) in events {
            // It was asked for one.
            if choice == 0 && !self.failed {
                self.tell(at, event, out);
            }
        }
    }

    fn tell(&mut self, at: usize, event: Event, out: &mut Events) {
        let choice = Choice::try_from(at).unwrap_or(Choice::MAX);
        let Some(reply) = self.replies.get_mut(at) else {
            return;
        };
        match event {
            Event::Error(error) => self.fail(error, out),
            Event::Finish(finish) => match finish.failure() {
                Some(error) => self.fail(error, out),
                None => out.push((choice, Event::Finish(finish))),
            },
            Event::PartEnd { index } => {
                reply.open.remove(&index);
                out.push((choice, Event::PartEnd { index }));
            }
            Event::PartStart { index, part } => {
                reply.open.insert(index);
                out.push((choice, Event::PartStart { index, part }));
            }
            Event::Start { id, model } => {
                if !std::mem::replace(&mut self.begun, true) {
                    for (choice, _) in (0..).zip(&self.replies) {
                        let (id, model) = (id.clone(), model.clone());
                        out.push((choice, Event::Start { id, model }));
                    }
                }
            }
            Event::Usage(usage) => {
                reply.usage.get_or_insert_default().update(&usage);
                let counts = self
                    .replies
                    .iter()
                    .map(|reply| reply.usage.unwrap_or_default());
                if let Some(sum) = counts.reduce(|sum, more| sum.plus(&more)) {
                    out.push((choice, Event::Usage(sum)));
                }
            }
            event @ (Event::Loss(_) | Event::Note(_) | Event::PartDelta { .. } | Event::Ping) => {
                out.push((choice, event));
            }
        }
    }

    /// One failure of all: whatever is open is closed before it.
    fn fail(&mut self, error: ApiError, out: &mut Events) {
        self.failed = true;
        for (choice, reply) in (0..).zip(&mut self.replies) {
            for index in std::mem::take(&mut reply.open) {
                out.push((choice, Event::PartEnd { index }));
            }
        }
        out.push((0, Event::Error(error)));
    }
}

impl EventDecoder for Several {
    fn push(&mut self, chunk: &[u8], out: &mut Events) {
        if let [reply, mark, rest @ ..] = chunk {
            let piece = if *mark == CHUNK {
                Piece::Chunk(rest)
            } else {
                Piece::End
            };
            self.read(usize::from(*reply), piece, out);
        }
    }

    fn finish(&mut self, out: &mut Events) {
        for at in 0..self.replies.len() {
            self.read(at, Piece::End, out);
        }
    }

    fn awaits_end_mark(&self) -> bool {
        let mut open = self.replies.iter().filter(|reply| !reply.over).peekable();
        open.peek().is_some() && open.all(|reply| reply.decoder.awaits_end_mark())
    }

    fn break_off(&mut self, out: &mut Events) {
        for at in 0..self.replies.len() {
            self.read(at, Piece::Broken, out);
        }
    }
}

impl Response {
    /// Several whole replies as one with an answer from each; `None` of none.
    pub fn of_several(replies: Vec<Self>) -> Option<Self> {
        // It was asked for one.
        let one_each = replies.into_iter().map(|mut reply| {
            reply.answers.truncate(1);
            reply
        });
        one_each.reduce(|mut whole, more| {
            whole.answers.extend(more.answers);
            if whole.usage.is_some() || more.usage.is_some() {
                let more = more.usage.unwrap_or_default();
                whole.usage = Some(whole.usage.unwrap_or_default().plus(&more));
            }
            for loss in more.losses {
                if !whole.losses.contains(&loss) {
                    whole.losses.push(loss);
                }
            }
            whole
        })
    }
}

/// Whether a failure says that the model gives one answer to a request, however many are asked for.
pub fn refuses_several(failure: &ApiError) -> bool {
    const WORDS: [&str; 4] = [
        "multiple candidates is not enabled",
        "multiple candidates are not supported",
        "only one candidate can be specified",
        "only n = 1 is supported",
    ];
    let words = failure.message.to_lowercase();
    failure.kind == ErrorKind::InvalidRequest && WORDS.iter().any(|known| words.contains(known))
}

#[cfg(test)]
#[path = "several_tests.rs"]
mod tests;
