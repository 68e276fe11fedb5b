//! What we send in a vendor's protocol against the vendor's published schema, where it is at hand:
//! `PATCHBAY_SCHEMAS` names the folder. It has requests, and the items that the newer protocol's replies hold.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a body that breaks the schema has to stop its test"
)]

#[path = "recorded/beside.rs"]
mod beside;
#[path = "laws/checks.rs"]
#[expect(dead_code, reason = "shared with the laws, which use all of it")]
mod checks;
#[path = "recorded/files.rs"]
#[expect(dead_code, reason = "shared with the test that reaches every client")]
mod files;
#[path = "laws/fixtures.rs"]
mod fixtures;
#[path = "published/schemas.rs"]
mod schemas;

use std::sync::Arc;

use protocol::{
    Operation, Protocol,
    canonical::{Capabilities, CompletionForm, Infill, Losses, Response, completion},
    upstream_codec,
};
use schemas::{CHAT, COMPLETION, OF_A_REPLY, RESPONSE, Schemas};

#[test]
fn what_is_wrong_is_not_as_published() {
    let Some(schemas) = Schemas::at_hand() else {
        return;
    };
    schemas.refuse();
}

#[test]
fn requests_are_as_published() {
    let Some(mut schemas) = Schemas::at_hand() else {
        return;
    };
    for fixture in fixtures::all("requests", "json") {
        if let Ok(request) = checks::decoded_request(fixture.protocol, &fixture.bytes) {
            schemas.sent(&fixture.name, &request);
        }
    }
    schemas.done(&[CHAT, COMPLETION, RESPONSE]);
}

/// Texts to go on with, for models of every kind.
#[test]
fn completions_are_as_published() {
    let Some(mut schemas) = Schemas::at_hand() else {
        return;
    };
    let forms = [
        CompletionForm::Chat,
        CompletionForm::Native,
        CompletionForm::Raw,
    ];
    for fixture in fixtures::all("completions", "json") {
        let request = checks::decoded_of(fixture.protocol, Operation::Complete, &fixture.bytes);
        let Ok(request) = request else { continue };
        let texts = Arc::new(request).apart();
        for (form, text) in forms
            .into_iter()
            .flat_map(|form| texts.iter().map(move |text| (form, text)))
        {
            let capabilities = Capabilities {
                completion: form,
                infill: (form == CompletionForm::Raw).then(|| Infill {
                    template: "<p>{prefix}<s>{suffix}<m>".to_owned(),
                    stop: vec!["<e>".to_owned()],
                }),
                ..Capabilities::default()
            };
            let completes = upstream_codec(Protocol::OpenAiChat).completes();
            let mut losses = Losses::default();
            if let Ok(fitted) = completion::fit(text, completes, &capabilities, &mut losses) {
                schemas.sent(&format!("{} for {form:?}", fixture.name), &fitted);
            }
        }
    }
    schemas.done(&[CHAT, COMPLETION, RESPONSE]);
}

#[test]
fn replies_are_as_published() {
    let Some(mut schemas) = Schemas::at_hand() else {
        return;
    };
    for fixture in fixtures::all("responses", "json") {
        let codec = upstream_codec(fixture.protocol);
        if let Ok(response) = codec.decode_response(&fixture.bytes, &checks::exchange()) {
            let events = response.clone().into_events();
            schemas.told(&fixture.name, &response, &events);
        }
    }
    for fixture in fixtures::streams() {
        let events = checks::decoded(fixture.protocol, [fixture.bytes.as_slice()]);
        if let Ok(response) = Response::from_events(events.clone()) {
            schemas.told(&fixture.name, &response, &events);
        }
    }
    schemas.done(&OF_A_REPLY);
}

#[test]
fn recorded_replies_are_as_published() {
    let Some(mut schemas) = Schemas::at_hand() else {
        return;
    };
    let Some(files) = files::all() else { return };
    for file in files {
        for (response, events) in file.replies() {
            schemas.told(&file.name, &response, &events);
        }
    }
    schemas.done(&OF_A_REPLY);
}
