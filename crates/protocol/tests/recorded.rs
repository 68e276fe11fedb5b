//! Replies that real providers sent, where a folder of them is at hand: `PATCHBAY_RECORDED` names it. Every one
//! of our protocols' is decoded, keeps the grammar and reaches every client. The folder's `MANIFEST.json` says
//! what each file is.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a reply that cannot be read has to stop its test"
)]

#[path = "laws/checks.rs"]
#[expect(dead_code, reason = "shared with the laws, which use all of it")]
mod checks;

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use checks::sessions::{self, Told, said_in};
use protocol::{
    Operation, Protocol, ReplyContext,
    canonical::{Completion, EmbedRequest, Event, Events, Losses, Request, Response},
    client_codec,
    realtime::{Action, Dialect, Opening, Session, Tap},
    upstream_codec,
};
use serde_json::Value;

/// What a file holds.
enum Kind {
    /// What was said on a socket, by both ends.
    Connection,
    Count(Protocol),
    Failure(Protocol, u16),
    Reply(Protocol),
    Stream(Protocol),
    Vectors,
}

impl Kind {
    /// A file of a kind that is not known here has to be made known: none is left out.
    fn of(entry: &Value) -> Self {
        let (provider, kind) = (&entry["provider"], &entry["kind"]);
        let protocol = match (provider.as_str().unwrap(), kind.as_str().unwrap()) {
            ("anthropic", "count_tokens" | "messages") => Protocol::Anthropic,
            ("gemini", "batchEmbedContents" | "generateContent" | "streamGenerateContent") => {
                Protocol::Gemini
            }
            ("ollama", _) => Protocol::Ollama,
            ("openai", "chat" | "completions") => Protocol::OpenAiChat,
            ("openai", "realtime") => Protocol::OpenAiRealtime,
            ("openai", "responses") => Protocol::OpenAiResponses,
            other => panic!("{other:?} is not known"),
        };
        let status = u16::try_from(entry["status"].as_u64().unwrap()).unwrap();
        match kind.as_str().unwrap() {
            _ if status >= 400 => Self::Failure(protocol, status),
            "batchEmbedContents" => Self::Vectors,
            "count_tokens" => Self::Count(protocol),
            "realtime" => Self::Connection,
            _ if entry["stream"] == true => Self::Stream(protocol),
            _ => Self::Reply(protocol),
        }
    }
}

#[test]
fn recorded_replies_reach_every_client() {
    let folder = env::var_os("PATCHBAY_RECORDED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recorded"),
        PathBuf::from,
    );
    let Ok(manifest) = fs::read(folder.join("MANIFEST.json")) else {
        println!(
            "no recorded replies at {}: nothing to try",
            folder.display()
        );
        return;
    };
    let manifest: Vec<Value> = serde_json::from_slice(&manifest).unwrap();
    assert!(!manifest.is_empty());
    for entry in &manifest {
        let file = entry["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(file)).unwrap();
        println!("{file}");
        match Kind::of(entry) {
            Kind::Connection => connection(file, &bytes),
            Kind::Count(protocol) => count(protocol, &bytes),
            Kind::Failure(protocol, status) => checks::failure(protocol, status, &bytes),
            Kind::Reply(protocol) => {
                checks::response(protocol, &bytes);
                let reply = upstream_codec(protocol).decode_response(&bytes, &checks::exchange());
                sound(file, &bytes, &reply.unwrap());
            }
            Kind::Stream(protocol) => {
                checks::stream(protocol, &bytes, &[1, 2, 3, 5, 8, 1000]);
                let events = checks::decoded(protocol, [bytes.as_slice()]);
                assert!(
                    !events
                        .iter()
                        .any(|(_, event)| matches!(event, Event::Error(_))),
                    "{file}"
                );
                sound(file, &bytes, &Response::from_events(events).unwrap());
            }
            Kind::Vectors => vectors(file, &bytes),
        }
    }
    println!("{} recorded replies tried", manifest.len());
    let files = fs::read_dir(&folder).unwrap();
    let files = files.filter_map(|entry| fs::read_dir(entry.unwrap().path()).ok());
    assert_eq!(files.flatten().count(), manifest.len());
}

/// A count is the same number to every client.
fn count(protocol: Protocol, bytes: &[u8]) {
    let tokens = upstream_codec(protocol).decode_token_count(bytes).unwrap();
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
fn connection(file: &str, bytes: &[u8]) {
    let said: Vec<Value> = serde_json::from_slice(bytes).unwrap();
    let mut tap = Tap::new(&checks::exchange());
    let mut heard: BTreeMap<u64, Events> = BTreeMap::new();
    for message in said.iter().filter(|said| said["direction"] == "received") {
        if let Some(of) = tap.hear(&message["data"].to_string()) {
            heard.entry(of.reply).or_default().extend(of.events);
        }
    }
    assert!(!heard.is_empty(), "{file}");
    let replies: Vec<Events> = heard.into_values().collect();
    for events in &replies {
        let reply = Response::from_events(events.clone()).unwrap();
        sound(file, b"", &reply);
        assert_eq!(reply.model, "gpt-realtime");
        checks::reply_reaches(events);
        for client in Protocol::CLIENTS {
            for seen in [
                checks::seen_whole(client, &reply),
                checks::seen(client, events),
            ] {
                let (seen, asked) = (said_in(&seen.unwrap()), said_in(&reply));
                assert_eq!(seen.text, asked.text, "{file}: {client:?}");
                let (seen, asked) = (sessions::named(&seen), sessions::named(&asked));
                assert_eq!(seen, asked, "{file}: {client:?}");
            }
        }
    }
    for dialect in Dialect::ALL {
        said_again(file, &said, &replies, dialect);
    }
}

/// The same connection with us, and a model that answers what the provider answered.
fn said_again(file: &str, said: &[Value], replies: &[Events], dialect: Dialect) {
    let mut session = Session::new(Opening {
        seed: "1".to_owned(),
        dialect,
        model: Some("gpt-realtime".to_owned()),
    });
    let mut told = Told::new(dialect);
    let mut answers = replies.iter();
    let mut kinds = Vec::new();
    let mut actions = Vec::new();
    session.open(&mut actions);
    for message in said.iter().filter(|said| said["direction"] == "sent") {
        session.receive(&message["data"].to_string(), &mut actions);
        if let Some(Action::Run(turn)) = actions.last() {
            checks::request(Protocol::OpenAiRealtime, &turn.body);
            let events = answers.next().unwrap();
            sessions::answer(&mut session, events, &mut actions);
        }
        told.hear(&actions);
        let sent = sessions::script::sent(&actions).into_iter();
        kinds.extend(sent.map(|event| event["type"].as_str().unwrap().to_owned()));
        actions.clear();
    }
    assert_eq!(told.replies.len(), replies.len());
    for (seen, events) in told.replies.iter().zip(replies) {
        let reply = Response::from_events(events.clone()).unwrap();
        assert_eq!(seen.status, "completed");
        let seen = (&seen.text, &seen.calls);
        let asked = said_in(&reply);
        assert_eq!(seen, (&asked.text, &asked.calls), "{file}: {dialect:?}");
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
        assert_eq!(kinds, theirs, "{file}");
    }
}

/// Vectors are the same numbers to every client that knows vectors.
fn vectors(file: &str, bytes: &[u8]) {
    let reply = upstream_codec(Protocol::Gemini).decode_embed_reply(bytes);
    let reply = reply.unwrap();
    assert!(reply.vectors.iter().all(|vector| !vector.is_empty()));
    let request = EmbedRequest::default();
    for client in [Protocol::Gemini, Protocol::Ollama, Protocol::OpenAiChat] {
        let mut losses = Losses::default();
        let context = checks::reply();
        let sent = client_codec(client).encode_embed_reply(&reply, &request, &context, &mut losses);
        let seen = upstream_codec(client).decode_embed_reply(&sent).unwrap();
        assert_eq!(seen.vectors, reply.vectors, "{client:?}");
        assert!(!seen.vectors.is_empty(), "{file}");
    }
}

/// A text without calls is also one that was gone on with.
fn completes(file: &str, response: &Response) {
    let asked = said_in(response);
    if !asked.calls.is_empty() || asked.text.is_empty() {
        return;
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
}

/// Every recorded reply says something and what it cost, unless its provider did not count, and nothing of it is
/// unknown to us.
fn sound(file: &str, bytes: &[u8], response: &Response) {
    assert!(
        !response.id.is_empty() && !response.model.is_empty(),
        "{file}: {response:?}"
    );
    assert!(
        response
            .answers
            .iter()
            .all(|answer| answer.finish.raw.is_some()),
        "{file}: {response:?}"
    );
    completes(file, response);
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    if body["usage"]["input_tokens"] == 0 && body["usage"]["output_tokens"] == 0 {
        assert_eq!(response.usage, None, "{file}");
        return;
    }
    let usage = response.usage.unwrap_or_default();
    assert!(
        usage.input_total() > Some(0) && usage.output.is_some(),
        "{file}: {usage:?}"
    );
    println!("  {:?}", response.losses);
}
