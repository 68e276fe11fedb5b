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

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use protocol::{
    Protocol,
    canonical::{EmbedRequest, Event, Losses, Response},
    client_codec, upstream_codec,
};
use serde_json::Value;

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
    let mut tried = 0;
    for entry in &manifest {
        let words = (entry["provider"].as_str(), entry["kind"].as_str());
        let protocol = match words {
            (Some("anthropic"), Some("messages")) => Protocol::Anthropic,
            (Some("gemini"), Some("generateContent" | "streamGenerateContent")) => Protocol::Gemini,
            (Some("ollama"), _) => Protocol::Ollama,
            (Some("openai"), Some("chat" | "completions")) => Protocol::OpenAiChat,
            (Some("openai"), Some("responses")) => Protocol::OpenAiResponses,
            (Some("anthropic"), Some("count_tokens")) if entry["status"] != 200 => {
                Protocol::Anthropic
            }
            (Some("gemini"), Some("batchEmbedContents")) => {
                vectors(&folder, entry["file"].as_str().unwrap());
                tried += 1;
                continue;
            }
            _ => continue,
        };
        let file = entry["file"].as_str().unwrap();
        let bytes = fs::read(folder.join(file)).unwrap();
        let status = u16::try_from(entry["status"].as_u64().unwrap()).unwrap();
        println!("{file}");
        if status >= 400 {
            checks::failure(protocol, status, &bytes);
        } else if entry["stream"] == true {
            checks::stream(protocol, &bytes, &[1, 2, 3, 5, 8, 1000]);
            let events = checks::decoded(protocol, [bytes.as_slice()]);
            assert!(
                !events
                    .iter()
                    .any(|(_, event)| matches!(event, Event::Error(_))),
                "{file}"
            );
            sound(file, &bytes, &Response::from_events(events).unwrap());
        } else {
            checks::response(protocol, &bytes);
            let reply = upstream_codec(protocol).decode_response(&bytes, &checks::exchange());
            sound(file, &bytes, &reply.unwrap());
        }
        tried += 1;
    }
    println!("{tried} recorded replies tried");
    assert!(tried > 0, "the folder holds nothing of our protocols");
}

/// Vectors are the same numbers to every client that knows vectors.
fn vectors(folder: &Path, file: &str) {
    let bytes = fs::read(folder.join(file)).unwrap();
    println!("{file}");
    let reply = upstream_codec(Protocol::Gemini).decode_embed_reply(&bytes);
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
