//! The recorded replies: the folder's `MANIFEST.json` says what each file is.

use std::{fs, path::Path};

use protocol::{
    Protocol,
    canonical::{Events, Response},
    realtime::Tap,
    upstream_codec,
};
use serde_json::Value;

use super::{beside, checks};

pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) kind: Kind,
}

/// What a file holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
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

impl File {
    /// What the provider said on a socket, message by message, and the client with it.
    pub(crate) fn connection(&self) -> Vec<Value> {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The replies in it: none in what is no conversation, several in a connection.
    pub(crate) fn replies(&self) -> Vec<(Response, Events)> {
        let folded = |events: Events| (Response::from_events(events.clone()).unwrap(), events);
        match self.kind {
            Kind::Connection => heard(&self.connection()).into_iter().map(folded).collect(),
            Kind::Count(_) | Kind::Failure(..) | Kind::Vectors => Vec::new(),
            Kind::Reply(protocol) => {
                let reply = upstream_codec(protocol)
                    .decode_response(&self.bytes, &checks::exchange())
                    .unwrap();
                vec![(reply.clone(), reply.into_events())]
            }
            Kind::Stream(protocol) => {
                vec![folded(checks::decoded(protocol, [self.bytes.as_slice()]))]
            }
        }
    }
}

/// What is heard of each reply of a connection.
fn heard(said: &[Value]) -> Vec<Events> {
    let mut tap = Tap::new(&checks::exchange());
    let mut replies: Vec<Events> = Vec::new();
    for message in said.iter().filter(|said| said["direction"] == "received") {
        if let Some(of) = tap.hear(&message["data"].to_string()) {
            let number = usize::try_from(of.reply).unwrap();
            replies.resize(replies.len().max(number + 1), Events::new());
            replies[number].extend(of.events);
        }
    }
    replies
}

/// Every file, where the folder is at hand.
pub(crate) fn all() -> Option<Vec<File>> {
    let folder = beside::folder("PATCHBAY_RECORDED", "recorded")?;
    let manifest = fs::read(folder.join("MANIFEST.json")).unwrap();
    let manifest: Vec<Value> = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(count(&folder), manifest.len());
    let files = manifest.iter().map(|entry| {
        let name = entry["file"].as_str().unwrap();
        File {
            name: name.to_owned(),
            bytes: fs::read(folder.join(name)).unwrap(),
            kind: Kind::of(entry),
        }
    });
    Some(files.collect())
}

fn count(folder: &Path) -> usize {
    let files = fs::read_dir(folder).unwrap();
    let files = files.filter_map(|entry| fs::read_dir(entry.unwrap().path()).ok());
    files.flatten().count()
}
