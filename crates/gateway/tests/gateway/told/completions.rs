//! What a client understands that lets a text be gone on with. It knows neither calls nor reasoning.

use serde_json::Value;

use super::{Counts, Told, error_of, failed_openai, words};

pub(crate) fn whole(body: &[u8]) -> Told {
    let body: Value = serde_json::from_slice(body).unwrap();
    failed_openai(&body).unwrap_or_else(|| {
        let mut told = Told::default();
        heard(&mut told, &body);
        told
    })
}

pub(crate) fn stream(body: &[u8]) -> Told {
    let text = std::str::from_utf8(body).unwrap();
    let mut told = Told::default();
    let mut done = false;
    for frame in text.split("\n\n") {
        let Some(data) = frame.lines().find_map(|line| line.strip_prefix("data: ")) else {
            continue;
        };
        assert!(!done, "something follows [DONE]: {data}");
        if data == "[DONE]" {
            done = true;
            continue;
        }
        let chunk: Value = serde_json::from_str(data).unwrap();
        if let Some(error) = error_of(&chunk) {
            told.error = Some(error);
            return told;
        }
        heard(&mut told, &chunk);
    }
    assert!(done || text.is_empty(), "the stream has no end: {text}");
    told
}

fn heard(told: &mut Told, reply: &Value) {
    assert_eq!(reply["object"], "text_completion");
    told.model = words(&reply["model"]);
    if reply["usage"].is_object() {
        told.counts = Counts::of_openai(&reply["usage"]);
    }
    let Some(choice) = reply["choices"].get(0) else {
        return;
    };
    assert_eq!(told.finish, None, "a text goes on after its end: {reply}");
    told.text += choice["text"].as_str().unwrap();
    told.finish = choice["finish_reason"].as_str().map(str::to_owned);
}
