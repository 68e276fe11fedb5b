//! Conversations over a real socket: bridged onto every provider, and handed through to one that has them.

mod bridged;
mod door;
mod through;

use serde_json::Value;

use crate::{
    rig::Rig,
    socket::{PATIENCE, Socket},
};

impl Socket {
    /// In the vendor's words of today, greeted.
    async fn for_model(rig: &Rig, model: &str) -> Self {
        let mut socket = Self::open(rig, &format!("/v1/realtime?model={model}")).await;
        assert_eq!(socket.hear().await["type"], "session.created");
        socket
    }
}

fn types(events: &[Value]) -> Vec<&str> {
    let types = events.iter().map(|event| event["type"].as_str().unwrap());
    types.collect()
}

/// The fragments of all events of a type.
fn text_of(events: &[Value], kind: &str, field: &str) -> String {
    let of_kind = events.iter().filter(|event| event["type"] == kind);
    of_kind
        .map(|event| event[field].as_str().unwrap())
        .collect()
}

fn ask(text: &str) -> Value {
    serde_json::json!({"type": "conversation.item.create", "item":
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}})
}

fn answer() -> Value {
    serde_json::json!({"type": "response.create"})
}
