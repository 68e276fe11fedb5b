//! What we send in a vendor's protocol against the vendor's published schema, where it is at hand:
//! `PATCHBAY_SCHEMAS` names the folder.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a body that breaks the schema has to stop its test"
)]

#[path = "laws/checks.rs"]
#[expect(dead_code, reason = "shared with the laws, which use all of it")]
mod checks;
#[path = "laws/fixtures.rs"]
#[expect(dead_code, reason = "shared with the laws, which use all of it")]
mod fixtures;

use std::{env, fs, path::PathBuf};

use protocol::{Protocol, canonical::Losses, upstream_codec};
use serde_json::{Value, json};

#[test]
fn requests_are_as_published() {
    let folder = env::var_os("PATCHBAY_SCHEMAS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/schemas"),
        PathBuf::from,
    );
    let Ok(types) = fs::read(folder.join("openai.json")) else {
        println!(
            "no published schema at {}: nothing to try",
            folder.display()
        );
        return;
    };
    // Of the items that one of is to fit, some are special cases of others.
    let types = String::from_utf8(types)
        .unwrap()
        .replace("\"oneOf\"", "\"anyOf\"");
    let mut types: Value = serde_json::from_str(&types).unwrap();
    // The vendor's own agent leaves a reasoning's id out; one that is made up would not fit its state.
    let required = &mut types["$defs"]["ReasoningItem"]["required"];
    required.as_array_mut().unwrap().retain(|name| name != "id");
    for (protocol, name) in [
        (Protocol::OpenAiChat, "CreateChatCompletionRequest"),
        (Protocol::OpenAiResponses, "CreateResponse"),
    ] {
        let schema = json!({
            "$ref": format!("#/$defs/{name}"),
            "$defs": types["$defs"],
        });
        check(protocol, &schema);
    }
}

fn check(protocol: Protocol, schema: &Value) {
    let schema = jsonschema::draft201909::new(schema).unwrap();
    assert!(!schema.is_valid(&json!({"model": "m", "messages": 3, "input": 3})));
    let mut failures = Vec::new();
    for fixture in fixtures::all("requests", "json") {
        let Ok(request) = checks::decoded_request(fixture.protocol, &fixture.bytes) else {
            continue;
        };
        if request.completion.is_some() {
            continue;
        }
        let sent = upstream_codec(protocol).encode_request(
            &request,
            &checks::target(),
            &mut Losses::default(),
        );
        let Ok(sent) = sent else { continue };
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        for error in schema.iter_errors(&body) {
            failures.push(format!(
                "{}: {error} at {}",
                fixture.name,
                error.instance_path()
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
