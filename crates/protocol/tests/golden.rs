//! Every file under `fixtures/` is a test: adding a file adds a test, its snapshot stands beside it.
//!
//! `<protocol>/{requests,responses,streams,errors}/`: what that protocol's decoders make of the file. The
//! status of an error is the first number from 400 in its file's name.
//! `<protocol>/{completions,embeddings}/`: the same for texts to go on with and for texts to embed, and what
//! every provider that can is sent for them.
//! `<protocol>/encoded/{completed,errors,models,vectors}.snap`: what its clients are told beside chats.
//! `canonical/{requests,responses}/<protocol>.<case>`: shared inputs; what every protocol's encoders make of
//! them stands in `<protocol>/encoded/`.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a broken fixture has to stop its test"
)]

#[path = "golden/beside_chat.rs"]
mod beside_chat;
#[path = "golden/page.rs"]
mod page;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use page::Page;
use protocol::{
    ExchangeId, FailedAnswer, Operation, Protocol, RawRequest, ReplyContext,
    canonical::{
        ApiError, Capabilities, Completes, ErrorKind, Event, Events, Fault, Grammar, Losses, Note,
        Request, Response, Sampling, TargetModel,
    },
    client_codec, upstream_codec,
};

/// `insta` counts a failure for whichever list of files was begun last in the whole program, and hides its difference
/// in the output of a test that passes: the tests take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn each(pattern: &str, work: impl FnMut(&Path)) {
    let _turn = turn();
    insta::glob!("../fixtures", pattern, work);
}

#[test]
fn requests() {
    each("*/requests/*.json", |path| {
        if is_shared(path) {
            return;
        }
        let mut page = Page::default();
        let mut losses = Losses::default();
        match decode_request(protocol_of_folder(path), path, &mut losses) {
            Ok(request) => page.request(&request),
            Err(error) => page.error(&error),
        }
        page.losses(&losses);
        beside(path, "canonical", &page);
    });
}

#[test]
fn completions() {
    each("*/completions/*.json", |path| {
        let client = protocol_of_folder(path);
        let mut page = Page::default();
        let mut decoding = Losses::default();
        let request = decode_as(Operation::Complete, client, path, &mut decoding);
        match &request {
            Ok(request) => page.request(request),
            Err(error) => page.error(error),
        }
        page.losses(&decoding);
        beside(path, "canonical", &page);
        let Ok(request) = request else { return };
        let case = path.file_stem().unwrap().to_str().unwrap();
        for upstream in Protocol::UPSTREAMS {
            let codec = upstream_codec(upstream);
            // The others are asked in a chat, which is the same for all.
            if codec.completes() == Completes::Never {
                continue;
            }
            let mut page = Page::default();
            let mut losses = Losses::default();
            match codec.encode_request(&request, &target(), &mut losses) {
                Ok(encoded) => page.encoded(&encoded),
                Err(error) => page.error(&request.own_fields.error(error)),
            }
            page.losses(&request.own_fields.losses(&losses));
            let name = format!("completions/{}.{case}", client.word());
            encoded_snapshot(path, upstream, &name, &page);
        }
    });
}

#[test]
fn embeddings() {
    each("*/embeddings/*.json", |path| {
        let client = protocol_of_folder(path);
        let body = Bytes::from(fs::read(path).unwrap());
        let headers = HeaderMap::new();
        let raw = raw(Operation::Embed, &headers, &body);
        let mut page = Page::default();
        let mut losses = Losses::default();
        let request = client_codec(client).decode_embed_request(raw, &mut losses);
        match &request {
            Ok(request) => page.text(&format!("{request:#?}")),
            Err(error) => page.error(error),
        }
        page.losses(&losses);
        beside(path, "canonical", &page);
        let Ok(request) = request else { return };
        let case = path.file_stem().unwrap().to_str().unwrap();
        for upstream in Protocol::UPSTREAMS {
            let mut page = Page::default();
            let mut losses = Losses::default();
            let codec = upstream_codec(upstream);
            match codec.encode_embed_request(&request, &target(), &mut losses) {
                Ok(encoded) => page.encoded(&encoded),
                // It knows no vectors at all.
                Err(error) if error.kind == ErrorKind::NotFound => continue,
                Err(error) => page.error(&request.own_fields.error(error)),
            }
            page.losses(&request.own_fields.losses(&losses));
            let name = format!("embeddings/{}.{case}", client.word());
            encoded_snapshot(path, upstream, &name, &page);
        }
    });
}

#[test]
fn responses() {
    each("*/responses/*.json", |path| {
        if is_shared(path) {
            return;
        }
        let mut page = Page::default();
        match decode_response(protocol_of_folder(path), path) {
            Ok(response) => page.response(&response),
            Err(error) => page.error(&error),
        }
        beside(path, "canonical", &page);
    });
}

#[test]
fn streams() {
    each("*/streams/*.{ndjson,sse}", |path| {
        let events = decode_stream(protocol_of_folder(path), path);
        let mut page = Page::default();
        page.events(&events);
        beside(path, "canonical", &page);
        Grammar::check(&events).expect("the events keep the grammar");
    });
}

#[test]
fn binary_streams() {
    each("*/streams/*.bin", |path| {
        let events = decode_stream(protocol_of_folder(path), path);
        let mut page = Page::default();
        page.events(&events);
        beside(path, "canonical", &page);
        Grammar::check(&events).expect("the events keep the grammar");
    });
}

#[test]
fn errors() {
    each("*/errors/*.json", |path| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let status = name
            .split('_')
            .filter_map(|word| word.parse().ok())
            .find(|number| (400..600).contains(number))
            .expect("an error fixture's name holds its status");
        let error = upstream_codec(protocol_of_folder(path)).decode_error(FailedAnswer {
            status,
            headers: &HeaderMap::new(),
            body: &fs::read(path).unwrap(),
        });
        let mut page = Page::default();
        page.error(&error);
        beside(path, "canonical", &page);
    });
}

/// What every upstream is sent for every shared request.
#[test]
fn encoded_requests() {
    each("canonical/requests/*.json", |path| {
        let (client, case) = protocol_and_case(path);
        let mut decoding = Losses::default();
        let request = decode_request(client, path, &mut decoding);
        for upstream in Protocol::UPSTREAMS {
            let mut page = Page::default();
            let mut losses = decoding.clone();
            let encoded = request.clone().and_then(|request| {
                let mut encoding = Losses::default();
                let codec = upstream_codec(upstream);
                let encoded = codec.encode_request(&request, &target(), &mut encoding);
                losses.append(request.own_fields.losses(&encoding));
                encoded.map_err(|error| request.own_fields.error(error))
            });
            match encoded {
                Ok(encoded) => page.encoded(&encoded),
                Err(error) => page.error(&error),
            }
            page.losses(&losses);
            encoded_snapshot(path, upstream, &format!("requests/{case}"), &page);
        }
    });
}

/// What every client is sent for every shared reply: whole and as a stream.
#[test]
fn encoded_responses() {
    each("canonical/responses/*", |path| {
        let (upstream, case) = protocol_and_case(path);
        let (response, events) = if path.extension().is_some_and(|end| end != "json") {
            let events = decode_stream(upstream, path);
            (Response::from_events(events.clone()), events)
        } else {
            let response = decode_response(upstream, path).expect("a shared reply is sound");
            (Ok(response.clone()), response.into_events())
        };
        for client in Protocol::CLIENTS {
            let mut page = Page::default();
            let mut losses = Losses::default();
            page.heading("whole");
            match &response {
                Ok(response) => {
                    let body = client_codec(client).encode_response(
                        response,
                        &asked(&events),
                        &reply(),
                        &mut losses,
                    );
                    page.json(&body);
                }
                Err(error) => page.json(&client_codec(client).encode_error(error, None).body),
            }
            page.losses(&losses);
            page.heading("streamed");
            let mut losses = Losses::default();
            page.text(&encode_stream(client, &events, &mut losses));
            page.losses(&losses);
            encoded_snapshot(path, client, &format!("responses/{case}"), &page);
        }
    });
}

/// How every kind of failure looks to every client.
#[test]
fn encoded_errors() {
    let _turn = turn();
    for client in Protocol::CLIENTS {
        let mut page = Page::default();
        for kind in [
            ErrorKind::Authentication,
            ErrorKind::ContextTooLong,
            ErrorKind::GatewayFault,
            ErrorKind::InvalidRequest,
            ErrorKind::MethodNotAllowed,
            ErrorKind::NotFound,
            ErrorKind::Overloaded,
            ErrorKind::Permission,
            ErrorKind::ProviderFault,
            ErrorKind::RateLimited,
            ErrorKind::Timeout,
            ErrorKind::TooLarge,
            ErrorKind::Unreachable,
        ] {
            let error = ApiError::new(kind, Fault::Provider, "What happened.")
                .with_code("a_code")
                .with_param("a.field");
            let answer = client_codec(client).encode_error(&error, Some(&exchange()));
            page.heading(&format!("{kind:?}: {}", answer.status));
            page.json(&answer.body);
        }
        let place = fixtures().join(client.word()).join("encoded");
        snapshot(&place, "errors", &page);
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn target() -> TargetModel {
    TargetModel {
        name: "target-model".to_owned(),
        capabilities: Capabilities {
            drawn_images: true,
            ..Capabilities::default()
        },
    }
}

fn exchange() -> ExchangeId {
    ExchangeId("0192exchange".to_owned())
}

fn reply() -> ReplyContext {
    ReplyContext {
        operation: protocol::Operation::Chat,
        query: Some("alt=sse".to_owned()),
        exchange: exchange(),
        model: "client-model".to_owned(),
        created: 1_763_700_000,
        estimated_input_tokens: Some(7),
        elapsed: std::time::Duration::ZERO,
        previous: None,
    }
}

/// The request of a client that asked for all that the reply holds.
fn asked(events: &Events) -> Request {
    Request {
        choices: events.iter().map(|(choice, _)| choice + 1).max(),
        model: "client-model".to_owned(),
        stream: true,
        stream_usage: true,
        sampling: Sampling {
            logprobs: events
                .iter()
                .any(|(_, event)| has_logprobs(event))
                .then_some(2),
            ..Sampling::default()
        },
        ..Request::default()
    }
}

fn has_logprobs(event: &Event) -> bool {
    matches!(event, Event::Note(note) if matches!(**note, Note::Logprobs(_)))
}

fn decode_request(client: Protocol, path: &Path, losses: &mut Losses) -> Result<Request, ApiError> {
    decode_as(Operation::Chat, client, path, losses)
}

fn decode_as(
    operation: Operation,
    client: Protocol,
    path: &Path,
    losses: &mut Losses,
) -> Result<Request, ApiError> {
    let body = Bytes::from(fs::read(path).unwrap());
    let headers = HeaderMap::new();
    client_codec(client).decode_request(raw(operation, &headers, &body), losses)
}

fn raw<'a>(operation: Operation, headers: &'a HeaderMap, body: &'a Bytes) -> RawRequest<'a> {
    RawRequest {
        operation,
        path: "/",
        query: None,
        headers,
        body,
    }
}

fn decode_response(upstream: Protocol, path: &Path) -> Result<Response, ApiError> {
    upstream_codec(upstream).decode_response(&fs::read(path).unwrap(), &exchange())
}

fn decode_stream(upstream: Protocol, path: &Path) -> Events {
    let mut decoder = upstream_codec(upstream).event_decoder(&exchange());
    let mut events = Events::new();
    decoder.push(&fs::read(path).unwrap(), &mut events);
    decoder.finish(&mut events);
    events
}

fn encode_stream(client: Protocol, events: &Events, losses: &mut Losses) -> String {
    let mut encoder = client_codec(client).event_encoder(&asked(events), &reply());
    let mut bytes = BytesMut::new();
    for (choice, event) in events {
        encoder.push(*choice, event, &mut bytes, losses);
    }
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// `fixtures/canonical/<kind>/<file>`: encoders are tried with it.
fn is_shared(path: &Path) -> bool {
    folder(path) == "canonical"
}

/// `fixtures/<protocol>/<kind>/<file>`.
fn protocol_of_folder(path: &Path) -> Protocol {
    protocol_named(folder(path))
}

fn folder(path: &Path) -> &str {
    let folder = path.ancestors().nth(2).unwrap().file_name().unwrap();
    folder.to_str().unwrap()
}

/// `<protocol>.<case>.<extension>`, the protocol being whose words the file is in.
fn protocol_and_case(path: &Path) -> (Protocol, String) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let protocol = protocol_named(name.split('.').next().unwrap());
    let case = match name.strip_suffix(".json") {
        Some(case) => case.to_owned(),
        None => [".bin", ".ndjson", ".sse"]
            .iter()
            .fold(name.to_owned(), |name, end| name.replace(end, "_stream")),
    };
    (protocol, case)
}

fn protocol_named(word: &str) -> Protocol {
    Protocol::of(word).expect("a protocol's word")
}

fn encoded_snapshot(input: &Path, protocol: Protocol, name: &str, page: &Page) {
    let fixtures = input.ancestors().nth(3).unwrap();
    let place = fixtures.join(protocol.word()).join("encoded").join(name);
    let case = place.file_name().unwrap().to_str().unwrap();
    snapshot(place.parent().unwrap(), case, page);
}

fn beside(path: &Path, what: &str, page: &Page) {
    let case = path.file_stem().unwrap().to_str().unwrap();
    snapshot(path.parent().unwrap(), &format!("{case}.{what}"), page);
}

fn snapshot(folder: &Path, name: &str, page: &Page) {
    insta::with_settings!({
        snapshot_path => folder,
        snapshot_suffix => "",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, page);
    });
}
