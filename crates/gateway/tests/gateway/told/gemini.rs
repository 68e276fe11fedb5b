//! What a client of Gemini understands. The official ones read lines: in Python every line that is not blank must
//! begin with `data: `, and a chunk without its candidates' content ends a conversation.

use serde_json::Value;

use super::{Counts, Told, is_some, words};

pub(super) fn whole(body: &Value) -> Told {
    let mut told = Told::default();
    hear(&mut told, body);
    assert!(told.finish.is_some() || told.error.is_some(), "{body}");
    told
}

pub(super) fn stream(text: &str) -> Told {
    let mut told = Told::default();
    let mut is_open = false;
    for line in text.lines() {
        if line.is_empty() {
            is_open = false;
            continue;
        }
        assert!(!is_open, "an event of two lines: {line}");
        is_open = true;
        let data = line.strip_prefix("data: ");
        let data = data.unwrap_or_else(|| panic!("clients break at {line:?}"));
        assert_eq!((&told.finish, &told.error), (&None, &None), "{line}");
        hear(&mut told, &serde_json::from_str(data).unwrap());
    }
    assert!(!is_open, "the last event is not ended: {text:?}");
    let ended = told.finish.is_some() || told.error.is_some();
    assert!(
        ended || text.trim().is_empty(),
        "the stream has no end: {text}"
    );
    told
}

/// The elements of a stream that is one array.
pub(crate) fn array(text: &str) -> Told {
    let elements: Vec<Value> = serde_json::from_str(text).unwrap();
    let mut told = Told::default();
    for element in &elements {
        assert_eq!((&told.finish, &told.error), (&None, &None), "{text}");
        hear(&mut told, element);
    }
    assert!(told.finish.is_some() || told.error.is_some(), "{text}");
    told
}

fn hear(told: &mut Told, reply: &Value) {
    if let Some(error) = reply.get("error") {
        assert!(error["code"].is_u64(), "{reply}");
        told.error = Some((words(&error["status"]), words(&error["message"])));
        assert_ne!(told.error, Some((String::new(), String::new())), "{reply}");
        return;
    }
    told.model = words(&reply["modelVersion"]);
    let usage = &reply["usageMetadata"];
    if usage["candidatesTokenCount"].is_u64() {
        told.counts = Counts::of_gemini(usage);
    }
    let candidate = &reply["candidates"][0];
    assert_eq!(candidate["content"]["role"], "model", "{reply}");
    told.is_weighed |= is_some(&candidate["logprobsResult"]["chosenCandidates"]);
    for part in candidate["content"]["parts"].as_array().unwrap() {
        let text = if part["thought"] == true {
            &mut told.reasoning
        } else {
            &mut told.text
        };
        text.push_str(part["text"].as_str().unwrap_or_default());
        if let Some(image) = part.get("inlineData") {
            assert_eq!(image["mimeType"], "image/png", "{image}");
            told.images.push(words(&image["data"]));
        }
        if let Some(call) = part.get("functionCall") {
            assert!(call["args"].is_object(), "{call}");
            told.calls
                .push((words(&call["name"]), call["args"].clone()));
        }
    }
    if let Some(reason) = candidate["finishReason"].as_str() {
        let finish = match (reason, told.calls.is_empty()) {
            ("STOP", true) => "stop",
            ("STOP", false) => "tool_calls",
            ("MAX_TOKENS", _) => "length",
            ("SAFETY", _) => "content_filter",
            (other, _) => other,
        };
        told.finish = Some(finish.to_owned());
    }
}
