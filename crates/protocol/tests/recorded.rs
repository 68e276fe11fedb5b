//! Replies that real providers sent, where a folder of them is at hand: `PATCHBAY_RECORDED` names it. Every one
//! of our protocols' is decoded, keeps the grammar and reaches every client.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a reply that cannot be read has to stop its test"
)]

#[path = "recorded/beside.rs"]
mod beside;
#[path = "laws/checks.rs"]
#[expect(dead_code, reason = "shared with the laws, which use all of it")]
mod checks;
#[path = "recorded/files.rs"]
mod files;
#[path = "golden/page.rs"]
#[expect(
    dead_code,
    reason = "shared with the golden files, which use all of it"
)]
mod page;
#[path = "recorded/told.rs"]
mod told;

use checks::sessions::{self, said_in};
use files::{File, Kind};
use protocol::{
    Operation, Protocol, ReplyContext,
    canonical::{Completion, EmbedRequest, Event, Events, Losses, Request, Response},
    client_codec,
    realtime::{Action, Dialect, Opening, Session},
    upstream_codec,
};
use serde_json::Value;
use told::Told;

#[test]
fn recorded_replies_reach_every_client() {
    let told = Told::new();
    let Some(files) = files::all() else { return };
    assert!(!files.is_empty());
    for file in &files {
        println!("{}", file.name);
        match file.kind {
            Kind::Connection => connection(file),
            Kind::Count(protocol) => count(&told, file, protocol),
            Kind::Failure(protocol, status) => {
                let error = checks::failure(protocol, status, &file.bytes);
                told.failure(&file.name, &error);
            }
            Kind::Reply(protocol) => checks::response(protocol, &file.bytes),
            Kind::Stream(protocol) => {
                checks::stream(protocol, &file.bytes, &[1, 2, 3, 5, 8, 1000]);
            }
            Kind::Vectors => vectors(&told, file),
        }
        for (at, (response, events)) in file.replies().iter().enumerate() {
            sound(file, response, events);
            let name = format!("{}.{at}", file.name);
            told.reply(&name, response, events);
            if completes(&name, response) {
                told.completed(&name, response, events);
            }
        }
    }
    println!("{} recorded replies tried", files.len());
}

/// A count is the same number to every client.
fn count(told: &Told, file: &File, protocol: Protocol) {
    let tokens = upstream_codec(protocol).decode_token_count(&file.bytes);
    let tokens = tokens.unwrap();
    told.tokens(&file.name, tokens);
    assert!(tokens > 0);
    for client in Protocol::CLIENTS {
        let told = client_codec(client).encode_token_count(tokens);
        match client {
            Protocol::Anthropic | Protocol::Gemini | Protocol::OpenAiResponses => {
                let seen = upstream_codec(client).decode_token_count(&told);
                assert_eq!(seen, Some(tokens), "{client:?}");
            }
            // Their providers count nothing, so that nothing of ours reads it.
            Protocol::AmazonQ
            | Protocol::Ollama
            | Protocol::OpenAiChat
            | Protocol::OpenAiRealtime => {
                let told: Value = serde_json::from_slice(&told).unwrap();
                let numbers = told.as_object().unwrap().values();
                let numbers: Vec<u64> = numbers.filter_map(Value::as_u64).collect();
                assert_eq!(numbers, [tokens], "{client:?}");
            }
        }
    }
}

/// What the provider said on a socket reaches every client; and the client's own words, said to us, get the same
/// answers in every dialect.
fn connection(file: &File) {
    let replies = file.replies();
    assert!(!replies.is_empty(), "{}", file.name);
    for (reply, events) in &replies {
        assert_eq!(reply.model, "gpt-realtime");
        checks::reply_reaches(events);
        for client in Protocol::CLIENTS {
            for seen in [
                checks::seen_whole(client, reply),
                checks::seen(client, events),
            ] {
                let (seen, asked) = (said_in(&seen.unwrap()), said_in(reply));
                assert_eq!(seen.text, asked.text, "{}: {client:?}", file.name);
                let (seen, asked) = (sessions::named(&seen), sessions::named(&asked));
                assert_eq!(seen, asked, "{}: {client:?}", file.name);
            }
        }
    }
    for dialect in Dialect::ALL {
        said_again(file, &replies, dialect);
    }
}

/// The same connection with us, and a model that answers what the provider answered.
fn said_again(file: &File, replies: &[(Response, Events)], dialect: Dialect) {
    let said = file.connection();
    let mut session = Session::new(Opening {
        seed: "1".to_owned(),
        dialect,
        model: Some("gpt-realtime".to_owned()),
    });
    let mut told = sessions::Told::new(dialect);
    let mut answers = replies.iter();
    let mut kinds = Vec::new();
    let mut actions = Vec::new();
    session.open(&mut actions);
    for message in said.iter().filter(|said| said["direction"] == "sent") {
        session.receive(&message["data"].to_string(), &mut actions);
        if let Some(Action::Run(turn)) = actions.last() {
            checks::request(Protocol::OpenAiRealtime, &turn.body);
            let (_, events) = answers.next().unwrap();
            sessions::answer(&mut session, events, &mut actions);
        }
        told.hear(&actions);
        let sent = sessions::script::sent(&actions).into_iter();
        kinds.extend(sent.map(|event| event["type"].as_str().unwrap().to_owned()));
        actions.clear();
    }
    assert_eq!(told.replies.len(), replies.len());
    for (seen, (reply, _)) in told.replies.iter().zip(replies) {
        assert_eq!(seen.status, "completed");
        let seen = (&seen.text, &seen.calls);
        let asked = said_in(reply);
        let asked = (&asked.text, &asked.calls);
        assert_eq!(seen, asked, "{}: {dialect:?}", file.name);
    }
    assert!(!kinds.iter().any(|kind| kind == "error"), "{kinds:?}");
    if dialect == Dialect::Ga {
        let theirs = said.iter().filter(|said| said["direction"] == "received");
        let theirs = theirs.map(|said| said["data"]["type"].as_str().unwrap().to_owned());
        let mut theirs: Vec<String> = theirs
            .filter(|kind| kind != "rate_limits.updated")
            .collect();
        theirs.dedup();
        kinds.dedup();
        assert_eq!(kinds, theirs, "{}", file.name);
    }
}

/// Vectors are the same numbers to every client that knows vectors.
fn vectors(told: &Told, file: &File) {
    let reply = upstream_codec(Protocol::Gemini).decode_embed_reply(&file.bytes);
    let reply = reply.unwrap();
    told.vectors(&file.name, &reply);
    assert!(reply.vectors.iter().all(|vector| !vector.is_empty()));
    let request = EmbedRequest::default();
    for client in [Protocol::Gemini, Protocol::Ollama, Protocol::OpenAiChat] {
        let mut losses = Losses::default();
        let context = checks::reply();
        let sent = client_codec(client).encode_embed_reply(&reply, &request, &context, &mut losses);
        let seen = upstream_codec(client).decode_embed_reply(&sent).unwrap();
        assert_eq!(seen.vectors, reply.vectors, "{client:?}");
        assert!(!seen.vectors.is_empty(), "{}", file.name);
    }
}

/// A text without calls is also one that was gone on with.
fn completes(file: &str, response: &Response) -> bool {
    let asked = said_in(response);
    if !asked.calls.is_empty() || asked.text.is_empty() {
        return false;
    }
    let request = Request {
        completion: Some(Completion::default()),
        ..Request::default()
    };
    let context = ReplyContext {
        operation: Operation::Complete,
        ..checks::reply()
    };
    let codec = client_codec(Protocol::OpenAiChat);
    let mut losses = Losses::default();
    let told = codec.encode_response(response, &request, &context, &mut losses);
    let told_body: Value = serde_json::from_slice(&told).unwrap();
    assert_eq!(told_body["object"], "text_completion", "{file}");
    let seen = upstream_codec(Protocol::OpenAiChat).decode_response(&told, &checks::exchange());
    assert_eq!(said_in(&seen.unwrap()).text, asked.text, "{file}");
    true
}

/// Every recorded reply says something and what it cost, unless its provider did not count, and nothing of it is
/// unknown to us.
fn sound(file: &File, response: &Response, events: &Events) {
    let name = &file.name;
    assert!(
        !events
            .iter()
            .any(|(_, event)| matches!(event, Event::Error(_))),
        "{name}"
    );
    assert!(
        !response.id.is_empty() && !response.model.is_empty(),
        "{name}: {response:?}"
    );
    assert!(
        response
            .answers
            .iter()
            .all(|answer| answer.finish.raw.is_some()),
        "{name}: {response:?}"
    );
    let body: Value = serde_json::from_slice(&file.bytes).unwrap_or_default();
    if body["usage"]["input_tokens"] == 0 && body["usage"]["output_tokens"] == 0 {
        assert_eq!(response.usage, None, "{name}");
        return;
    }
    let usage = response.usage.unwrap_or_default();
    assert!(
        usage.input_total() > Some(0) && usage.output.is_some(),
        "{name}: {usage:?}"
    );
    println!("  {:?}", response.losses);
}
