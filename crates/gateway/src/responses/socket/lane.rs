//! One request on a socket and what comes of it.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use protocol::{Protocol, framing::sse::SseDecoder};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::shelf::Item,
    memory::{Begun, Memory},
    told,
};
use crate::sockets::{Piece, Running};

/// A reply in the making.
pub(super) struct Lane {
    pub(super) name: Option<String>,
    pub(super) running: Running<SseDecoder>,
    turn: Option<Begun>,
    output: Vec<Item>,
    /// It has said how it ended.
    has_ended: bool,
    /// What it said first of a failure, until it ends: alone that says no status.
    failure: Option<Bytes>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    item: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Reply<'a> {
    id: String,
    #[serde(borrow, default)]
    output: Vec<&'a RawValue>,
}

impl Lane {
    pub(super) fn new(
        name: Option<String>,
        running: Running<SseDecoder>,
        turn: Option<Begun>,
    ) -> Self {
        Self {
            name,
            running,
            turn,
            output: Vec::new(),
            has_ended: false,
            failure: None,
        }
    }

    /// What the client is told of a piece, and whether it was the last one.
    pub(super) fn tell(
        &mut self,
        protocol: Protocol,
        piece: Piece,
        memory: &Memory,
    ) -> (Vec<String>, bool) {
        match piece {
            Piece::Frames(frames) => {
                let mut told = Vec::with_capacity(frames.len());
                for frame in frames {
                    // Some end with a mark that is no event.
                    let Some(event) = told::event(&frame, self.name.as_deref()) else {
                        continue;
                    };
                    let is_told = self.hear(&frame, memory);
                    if self.has_ended
                        && let Some(said) = self.failure.take()
                    {
                        told.extend(told::event(&said, self.name.as_deref()));
                    }
                    if is_told {
                        told.push(event);
                    }
                }
                (told, false)
            }
            Piece::Refused(answer) => {
                let told = told::refusal(&answer, self.name.as_deref());
                (vec![told], true)
            }
            Piece::End if self.has_ended => (Vec::new(), true),
            // Who waits on a socket is not told by its end.
            Piece::End => {
                let name = self.name.as_deref();
                let told = match &self.failure {
                    Some(said) => told::failed(protocol, said, name),
                    None => told::broken_off(protocol, name),
                };
                (vec![told], true)
            }
        }
    }

    /// Whether the client is told of it now.
    fn hear(&mut self, frame: &Bytes, memory: &Memory) -> bool {
        let Ok(event) = serde_json::from_slice::<Event<'_>>(frame) else {
            return true;
        };
        match &*event.kind {
            "response.output_item.done" if self.turn.is_some() => {
                let item = event.item.map(|item| Arc::from(item.to_owned()));
                self.output.extend(item);
            }
            "response.completed" | "response.incomplete" => {
                self.has_ended = true;
                let reply = event.response;
                let reply = reply.and_then(|reply| serde_json::from_str(reply.get()).ok());
                if let Some(Reply { id, output }) = reply
                    && let Some(turn) = self.turn.take()
                {
                    let mut items = std::mem::take(&mut self.output);
                    if items.is_empty() {
                        items = output
                            .into_iter()
                            .map(|item| item.to_owned().into())
                            .collect();
                    }
                    memory.put(id, turn, items);
                }
            }
            "response.cancelled" | "response.failed" => self.has_ended = true,
            "error" => {
                // One is the end. Behind the end it would be heard as the next reply's.
                if !self.has_ended {
                    self.failure.get_or_insert_with(|| frame.clone());
                }
                return false;
            }
            _ => {}
        }
        true
    }
}
