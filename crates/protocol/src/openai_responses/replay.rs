//! A reply that was kept, as a stream again.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use memchr::memmem;
use serde_json::{Map, Value};

use super::{events::Encoder, request, response};
use crate::{
    EventEncoder as _, ExchangeId, Operation, RawRequest, ReplyContext,
    canonical::{Losses, Request},
};

/// What stands behind each event.
const FRAME_END: &[u8] = b"\n\n";

/// The events of one of our own replies behind the one with the number `after`, each text in one piece. The last
/// one always comes: a stream in many pieces counts further, and the end of the reply holds all of it.
pub(super) fn stream(whole: &Bytes, after: Option<u64>) -> Option<Bytes> {
    let mut kept: Map<String, Value> = serde_json::from_slice(whole).ok()?;
    let reply = reply(&mut kept)?;
    let request = request(kept)?;
    let mut encoder = Encoder::new(&request, &reply);
    let mut stream = BytesMut::new();
    for (choice, event) in response::events(whole, &reply.exchange) {
        encoder.push(choice, &event, &mut stream, &mut Losses::default());
    }
    Some(behind(&stream.freeze(), after))
}

fn reply(kept: &mut Map<String, Value>) -> Option<ReplyContext> {
    let mut text = |name: &str| match kept.remove(name) {
        Some(Value::String(text)) => Some(text),
        Some(_) | None => None,
    };
    let previous = text("previous_response_id");
    Some(ReplyContext {
        exchange: ExchangeId(text("id")?.strip_prefix("resp_")?.to_owned()),
        model: text("model")?,
        created: kept.get("created_at")?.as_u64()?,
        estimated_input_tokens: None,
        query: None,
        operation: Operation::Chat,
        elapsed: std::time::Duration::ZERO,
        previous,
    })
}

/// What was asked: a reply repeats it in the words of a request, all but the conversation.
fn request(mut kept: Map<String, Value>) -> Option<Request> {
    kept.insert("input".to_owned(), "".into());
    let body = serde_json::to_vec(&kept).ok()?.into();
    let raw = RawRequest {
        operation: Operation::Chat,
        path: "",
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    let mut request = request::decode(raw, &mut Losses::default()).ok()?;
    // Not repeated, and there only if they were asked for.
    request.sampling.logprobs = Some(0);
    Some(request)
}

fn behind(stream: &Bytes, after: Option<u64>) -> Bytes {
    let Some(after) = after else {
        return stream.clone();
    };
    let ends = memmem::find_iter(stream, FRAME_END).map(|at| at + FRAME_END.len());
    let mut starts = ends.filter(|at| *at < stream.len());
    let after = usize::try_from(after).unwrap_or(usize::MAX);
    let last = memmem::rfind(&stream[..stream.len().saturating_sub(2)], FRAME_END);
    let last = last.map_or(0, |at| at + FRAME_END.len());
    stream.slice(starts.nth(after).unwrap_or(last)..)
}
