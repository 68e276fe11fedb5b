//! What must hold for any bytes whatsoever; the fuzz targets run the same functions.

pub(crate) mod sessions;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use protocol::{
    EventEncoder, ExchangeId, FailedAnswer, Operation, Protocol, RawRequest, ReplyContext,
    canonical::{
        ApiError, Capabilities, Choice, EmbedRequest, Event, Events, Fault, FinishReason, Grammar,
        Losses, Request, Response, Sampling, TargetModel, completion,
    },
    client_codec,
    envelope::Envelope,
    upstream_codec,
};
use serde_json::{Value, json};

/// `bytes` in chunks of these sizes, over and over.
pub(crate) fn split<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut sizes = sizes.iter().copied().cycle();
    let mut rest = bytes;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let size = sizes.next().unwrap_or(1).clamp(1, rest.len());
        let (chunk, after) = rest.split_at(size);
        chunks.push(chunk);
        rest = after;
    }
    chunks
}

/// A body that a parser accepts as an object is accepted, unless its model is no string, and the model found.
pub(crate) fn envelope(bytes: &[u8]) {
    let peeked = Envelope::peek(bytes);
    if let Ok(parsed) = serde_json::from_slice::<Value>(bytes) {
        let is_request = parsed.is_object() && names_a_model_or_none(&parsed);
        assert_eq!(peeked.is_ok(), is_request);
        if let Ok(envelope) = peeked {
            assert_eq!(envelope.model.as_deref(), parsed["model"].as_str());
        }
    }
}

/// A model that is anything but a string is refused.
pub(crate) fn names_a_model_or_none(body: &Value) -> bool {
    body["model"].is_string() || body["model"].is_null()
}

/// A stream keeps the grammar, ends once, is the same in any split, and reaches every client as what it is.
pub(crate) fn stream(upstream: Protocol, bytes: &[u8], sizes: &[usize]) {
    let whole = decoded(upstream, [bytes]);
    assert_eq!(Grammar::check(&whole), Ok(()), "{whole:?}");
    assert_eq!(decoded(upstream, split(bytes, sizes)), whole);
    reply_reaches(&whole);
}

/// A reply reaches every client as what it is, on a socket as well.
pub(crate) fn reply_reaches(events: &Events) {
    for client in Protocol::CLIENTS {
        reaches(client, events);
    }
    sessions::converses(events);
}

/// A client's own decoder sees a reply end as it did: a failure never looks like a success.
pub(crate) fn reaches(client: Protocol, events: &Events) {
    let sent = encoded(client, events);
    let seen = decoded(client, [sent.as_ref()]);
    assert_eq!(Grammar::check(&seen), Ok(()), "{seen:?}");
    let failed = |events: &Events| {
        events.iter().any(|(_, event)| match event {
            Event::Error(_) => true,
            Event::Finish(finish) => finish.reason == FinishReason::Error,
            _ => false,
        })
    };
    assert_eq!(
        failed(&seen),
        failed(events),
        "{client:?}: {events:?} was told as {}",
        String::from_utf8_lossy(&sent)
    );
}

/// A whole reply is refused or reaches every client.
pub(crate) fn response(upstream: Protocol, bytes: &[u8]) {
    let response = match upstream_codec(upstream).decode_response(bytes, &exchange()) {
        Ok(response) => response,
        Err(error) => {
            assert_eq!(error.fault, Fault::Provider, "{error:?}");
            return;
        }
    };
    let events = response.clone().into_events();
    assert_eq!(Grammar::check(&events), Ok(()), "{events:?}");
    for client in Protocol::CLIENTS {
        let seen = seen_whole(client, &response);
        assert!(seen.is_ok(), "{seen:?}");
        reaches(client, &events);
    }
    sessions::converses(&events);
}

/// A failed answer becomes an error that every client is told with its kind of status.
pub(crate) fn failure(upstream: Protocol, status: u16, bytes: &[u8]) -> ApiError {
    let error = upstream_codec(upstream).decode_error(FailedAnswer {
        status,
        headers: &HeaderMap::new(),
        body: bytes,
    });
    assert!(!error.message.is_empty());
    for client in Protocol::CLIENTS {
        let answer = client_codec(client).encode_error(&error, Some(&exchange()));
        assert!((400..600).contains(&answer.status), "{}", answer.status);
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let sentence = match client {
            Protocol::AmazonQ
            | Protocol::Anthropic
            | Protocol::Gemini
            | Protocol::OpenAiChat
            | Protocol::OpenAiRealtime
            | Protocol::OpenAiResponses => &body["error"]["message"],
            Protocol::Ollama => &body["error"],
        };
        assert!(sentence.is_string(), "{body}");
    }
    error
}

/// A request is refused as the client's fault, or every provider can be sent one that needs no more repair.
pub(crate) fn request(client: Protocol, bytes: &[u8]) {
    match decoded_request(client, bytes) {
        Ok(request) => {
            for upstream in Protocol::UPSTREAMS {
                settles(upstream, &request);
            }
        }
        Err(error) => assert_eq!(error.fault, Fault::Client, "{error:?}"),
    }
}

/// What is sent is read back by the same protocol as a request that is sent the same way.
pub(crate) fn settles(upstream: Protocol, request: &Request) {
    let encode = |request: &Request| {
        upstream_codec(upstream).encode_request(request, &target(), &mut Losses::default())
    };
    let sent = match encode(request) {
        Ok(encoded) => encoded.body,
        Err(error) => {
            assert_eq!(error.fault, Fault::Client, "{error:?}");
            return;
        }
    };
    // A text to go on with is another operation, with defaults of its own.
    if !Protocol::CLIENTS.contains(&upstream) || request.completion.is_some() {
        return;
    }
    let text = String::from_utf8_lossy(&sent);
    let seen = decoded_request(upstream, &sent);
    let seen = seen.unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    let again = encode(&seen).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    let parsed = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap();
    assert_eq!(parsed(&again.body), parsed(&sent));
}

pub(crate) fn decoded<'a>(
    upstream: Protocol,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Events {
    let mut decoder = upstream_codec(upstream).event_decoder(&exchange());
    let mut events = Events::new();
    for chunk in chunks {
        decoder.push(chunk, &mut events);
    }
    decoder.finish(&mut events);
    events
}

/// A stream to a client, event by event.
pub(crate) struct Sender(Box<dyn EventEncoder>);

impl Sender {
    pub(crate) fn new(client: Protocol, events: &Events) -> Self {
        let choices = events.iter().map(|(choice, _)| choice + 1).max();
        Self(client_codec(client).event_encoder(&asked(choices), &reply()))
    }

    pub(crate) fn send(&mut self, choice: Choice, event: &Event) -> BytesMut {
        let mut sent = BytesMut::new();
        self.0
            .push(choice, event, &mut sent, &mut Losses::default());
        sent
    }
}

pub(crate) fn encoded(client: Protocol, events: &Events) -> BytesMut {
    let mut sender = Sender::new(client, events);
    let mut sent = BytesMut::new();
    for (choice, event) in events {
        sent.unsplit(sender.send(*choice, event));
    }
    sent
}

pub(crate) fn decoded_request(client: Protocol, bytes: &[u8]) -> Result<Request, ApiError> {
    decoded_of(client, Operation::Chat, bytes)
}

pub(crate) fn decoded_of(
    client: Protocol,
    operation: Operation,
    bytes: &[u8],
) -> Result<Request, ApiError> {
    let body = Bytes::copy_from_slice(bytes);
    let raw = RawRequest {
        operation,
        path: "/",
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    client_codec(client).decode_request(raw, &mut Losses::default())
}

/// The reply that a client reads when it is sent whole.
pub(crate) fn seen_whole(client: Protocol, response: &Response) -> Result<Response, ApiError> {
    let mut losses = Losses::default();
    let asked = asked(u32::try_from(response.answers.len()).ok());
    let body = client_codec(client).encode_response(response, &asked, &reply(), &mut losses);
    upstream_codec(client).decode_response(&body, &exchange())
}

/// The conversation as a client sends it back after a whole reply.
pub(crate) fn sent_back(client: Protocol, response: &Response) -> Value {
    let mut losses = Losses::default();
    let asked = asked(None);
    let body = client_codec(client).encode_response(response, &asked, &reply(), &mut losses);
    let body: Value = serde_json::from_slice(&body).unwrap();
    let hello = json!({"role": "user", "content": "Hello."});
    match client {
        Protocol::Anthropic => {
            let answer = json!({"role": "assistant", "content": body["content"]});
            json!({"model": "client-model", "max_tokens": 9, "messages": [hello, answer, hello]})
        }
        Protocol::Gemini => {
            let hello = json!({"role": "user", "parts": [{"text": "Hello."}]});
            json!({"contents": [hello, body["candidates"][0]["content"], hello]})
        }
        Protocol::Ollama => {
            json!({"model": "client-model", "messages": [hello, body["message"], hello]})
        }
        Protocol::AmazonQ | Protocol::OpenAiChat | Protocol::OpenAiRealtime => {
            let answer = &body["choices"][0]["message"];
            json!({"model": "client-model", "max_tokens": 9, "messages": [hello, answer, hello]})
        }
        Protocol::OpenAiResponses => {
            let mut input = vec![hello.clone()];
            input.extend(body["output"].as_array().unwrap().iter().cloned());
            input.push(hello);
            json!({"model": "client-model", "input": input})
        }
    }
}

/// The reply that a client folds from what it was sent.
pub(crate) fn seen(client: Protocol, events: &Events) -> Result<Response, ApiError> {
    Response::from_events(decoded(client, [encoded(client, events).as_ref()]))
}

/// A provider that takes text in pieces as it came.
pub(crate) fn target() -> TargetModel {
    TargetModel {
        name: "target-model".to_owned(),
        capabilities: Capabilities {
            flat_text: false,
            drawn_images: true,
            ..Capabilities::default()
        },
    }
}

pub(crate) fn exchange() -> ExchangeId {
    ExchangeId("0192exchange".to_owned())
}

pub(crate) fn reply() -> ReplyContext {
    ReplyContext {
        operation: Operation::Chat,
        query: Some("alt=sse".to_owned()),
        exchange: exchange(),
        model: "client-model".to_owned(),
        created: 1_763_700_000,
        estimated_input_tokens: Some(7),
        elapsed: std::time::Duration::ZERO,
        previous: None,
    }
}

/// Whether all that was lost on the way to a reply is told with it to a client, streamed and whole.
pub(crate) fn tells_losses(client: Protocol, request: &Request, response: &Response) {
    let codec = client_codec(client);
    let mut streamed = Losses::default();
    let mut encoder = codec.event_encoder(request, &reply());
    for (choice, event) in response.clone().into_events() {
        encoder.push(choice, &event, &mut BytesMut::new(), &mut streamed);
    }
    let mut whole = Losses::default();
    codec.encode_response(response, request, &reply(), &mut whole);
    for (form, told) in [("streamed", &streamed), ("whole", &whole)] {
        for loss in &response.losses {
            assert!(
                told.iter().any(|told| told == loss),
                "{client:?} is not told {loss:?} {form}"
            );
        }
    }
}

/// A request that lets a reply hold everything.
pub(crate) fn asked(choices: Option<u32>) -> Request {
    Request {
        model: "client-model".to_owned(),
        choices,
        stream: true,
        stream_usage: true,
        sampling: Sampling {
            logprobs: Some(2),
            ..Sampling::default()
        },
        ..Request::default()
    }
}

/// A text to go on with is refused as the client's fault, or every provider can be sent it, each text apart.
pub(crate) fn completion(client: Protocol, bytes: &[u8]) {
    let request = match decoded_of(client, Operation::Complete, bytes) {
        Ok(request) => Arc::new(request),
        Err(error) => {
            assert_eq!(error.fault, Fault::Client, "{error:?}");
            return;
        }
    };
    let texts = request.apart();
    let each = request.choices.unwrap_or(1).max(1);
    let answers = u32::try_from(texts.len()).map(|texts| each.saturating_mul(texts));
    assert_eq!(Ok(request.answers()), answers);
    for text in texts {
        for upstream in Protocol::UPSTREAMS {
            let codec = upstream_codec(upstream);
            let TargetModel { capabilities, .. } = target();
            let mut losses = Losses::default();
            let fitted = completion::fit(&text, codec.completes(), &capabilities, &mut losses);
            match fitted {
                Ok(fitted) => settles(upstream, &fitted),
                Err(error) => assert_eq!(error.fault, Fault::Client, "{error:?}"),
            }
        }
    }
}

/// Protocols may have more than one form of the request, told apart by the path.
pub(crate) const EMBED_PATHS: [&str; 4] = [
    "/v1/embeddings",
    "/api/embed",
    "/v1beta/models/m:embedContent",
    "/v1beta/models/m:batchEmbedContents",
];

/// Texts to embed are refused, or every provider that knows vectors can be sent them.
pub(crate) fn embed_request(client: Protocol, path: &str, bytes: &[u8]) {
    let body = Bytes::copy_from_slice(bytes);
    let raw = RawRequest {
        operation: Operation::Embed,
        path,
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    let mut losses = Losses::default();
    let Ok(request) = client_codec(client).decode_embed_request(raw, &mut losses) else {
        return;
    };
    for upstream in Protocol::UPSTREAMS {
        let codec = upstream_codec(upstream);
        if let Ok(sent) = codec.encode_embed_request(&request, &target(), &mut losses) {
            let sent = serde_json::from_slice::<Value>(&sent.body);
            assert!(sent.is_ok_and(|sent| sent.is_object()));
        }
    }
}

/// An answer with vectors is refused as the provider's fault, or every client that knows vectors is told it.
pub(crate) fn embed_reply(upstream: Protocol, bytes: &[u8]) {
    let answer = match upstream_codec(upstream).decode_embed_reply(bytes) {
        Ok(answer) => answer,
        Err(error) => {
            assert!(matches!(error.fault, Fault::Gateway | Fault::Provider));
            return;
        }
    };
    let request = EmbedRequest::default();
    for client in Protocol::CLIENTS {
        let mut losses = Losses::default();
        let codec = client_codec(client);
        let told = codec.encode_embed_reply(&answer, &request, &reply(), &mut losses);
        assert!(told.is_empty() || serde_json::from_slice::<Value>(&told).is_ok());
    }
}
