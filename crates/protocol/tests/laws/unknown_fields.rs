//! A field that nobody knows is carried, repeated in the reply, refused or told, wherever in a request it stands.

use bytes::Bytes;
use http::HeaderMap;
use protocol::{
    Operation, Protocol, RawRequest,
    canonical::{ApiError, LossKind, Losses},
    client_codec, upstream_codec,
};
use serde_json::Value;

use crate::{checks, fixtures};

const UNKNOWN: &str = "x_unknown";

#[test]
fn a_field_that_nobody_knows_never_disappears() {
    let mut silent = Vec::new();
    for fixture in fixtures::all("requests", "json") {
        let Ok(request) = serde_json::from_slice::<Value>(&fixture.bytes) else {
            continue;
        };
        if !Protocol::CLIENTS.contains(&fixture.protocol) {
            continue;
        }
        let mut places = Vec::new();
        objects(&request, "", &mut places);
        for place in places {
            let mut asked = request.clone();
            asked.pointer_mut(&place).unwrap()[UNKNOWN] = "something".into();
            if let Ok((sent, losses)) = translated(fixture.protocol, &asked)
                && !sent.contains(UNKNOWN)
                && !is_told(&place, &losses)
            {
                silent.push(format!("{}: {place}", fixture.name));
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

/// By its own name, or with all that it stands in.
fn is_told(place: &str, losses: &Losses) -> bool {
    let words: Vec<&str> = place.split('/').collect();
    losses.iter().any(|loss| {
        let is_tool_left_out = loss.field == "tool_choice" && words.get(1) == Some(&"tools");
        is_tool_left_out
            || loss.field.contains(UNKNOWN)
            || loss.kind == LossKind::Dropped
                && loss.field.split('.').any(|word| words.contains(&word))
            || place.starts_with(&pointer(&loss.field))
    })
}

/// `messages[0].content[1]` as the path that it is.
fn pointer(field: &str) -> String {
    format!("/{}", field.replace(['[', '.'], "/").replace(']', ""))
}

fn translated(client: Protocol, request: &Value) -> Result<(String, Losses), ApiError> {
    let upstream = Protocol::UPSTREAMS
        .into_iter()
        .find(|upstream| *upstream != client)
        .unwrap();
    let mut losses = Losses::default();
    let body = Bytes::from(request.to_string());
    let raw = RawRequest {
        operation: Operation::Chat,
        path: "/",
        query: None,
        headers: &HeaderMap::new(),
        body: &body,
    };
    let request = client_codec(client).decode_request(raw, &mut losses)?;
    let sent = upstream_codec(upstream).encode_request(&request, &checks::target(), &mut losses)?;
    // What replies repeat to the client has arrived as well.
    let repeated = Value::Object(request.repeated);
    let carried = String::from_utf8_lossy(&sent.body).into_owned() + &repeated.to_string();
    Ok((carried, losses))
}

fn objects(value: &Value, place: &str, out: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                objects(item, &format!("{place}/{at}"), out);
            }
        }
        Value::Object(fields) => {
            out.push(place.to_owned());
            for (field, value) in fields {
                if !field.contains(['/', '~']) {
                    objects(value, &format!("{place}/{field}"), out);
                }
            }
        }
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}
