//! A reply that its provider pauses is gone on with, as one reply; a client of its own protocol goes on by itself.

use axum::{http::StatusCode, response::Response};
use serde_json::{Value, json};
use store::exchanges::{ExchangeRow, ExchangeState};

use crate::{
    ask::{self, Ask, Dialect},
    rig::Rig,
    scripted::{self, Scripted},
    told::{self, Told},
};

/// What is answered in each round: the words, how they end, and the mark to go on by.
fn round(path: &str, text: &str, reason: &str, mark: Option<String>) -> Response {
    let mut reply = json!({
        "candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0, "finishReason": reason}],
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15},
        "modelVersion": "gemini-4", "responseId": "r1"});
    if let Some(mark) = mark {
        reply["candidates"][0]["continuationToken"] = json!(mark);
    }
    if path.contains("streamGenerateContent") {
        return scripted::events(&[reply]);
    }
    scripted::json(&reply)
}

/// The number of the round that is asked for.
fn number(body: &Value) -> usize {
    let mark = body["continuationToken"].as_str().unwrap_or("bWFyaw");
    mark.len() - "bWFyaw".len()
}

fn mark(number: usize) -> Option<String> {
    Some(format!("bWFyaw{}", "=".repeat(number)))
}

/// Three rounds.
fn three(path: &str, body: &Value) -> Response {
    match number(body) {
        0 => round(path, "One, ", "CONTINUATION", mark(1)),
        1 => round(path, "two, ", "CONTINUATION", mark(2)),
        _ => round(path, "three.", "STOP", None),
    }
}

struct Heard {
    told: Told,
    asked: Vec<Value>,
    row: ExchangeRow,
    losses: String,
}

async fn hear(
    script: impl Fn(&str, &Value) -> Response + Send + Sync + 'static,
    client: Dialect,
    stream: bool,
) -> Heard {
    let provider = Scripted::start(script).await;
    let rig = Rig::with(&provider.config("gemini")).await;
    let request = ask::request(
        &rig.client,
        &rig.url,
        client,
        Ask::Text,
        "lab/gemini-4",
        stream,
    );
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let text = answer.text().await.unwrap();
    let told = if stream {
        told::stream(client, text.as_bytes())
    } else {
        told::whole(client, text.as_bytes())
    };
    let (row, _) = rig.only_row().await;
    let losses = row.losses.iter().map(|loss| loss.field.as_str());
    Heard {
        losses: losses.collect::<Vec<_>>().join(" "),
        told,
        asked: provider.asked(),
        row,
    }
}

const OTHERS: [Dialect; 4] = [
    Dialect::Anthropic,
    Dialect::Ollama,
    Dialect::OpenAi,
    Dialect::Responses,
];

#[tokio::test]
async fn a_paused_reply_is_gone_on_with_as_one() {
    for client in OTHERS {
        for stream in [false, true] {
            let heard = hear(three, client, stream).await;
            let what = format!("{client:?} {stream}");
            assert_eq!(heard.told.text, "One, two, three.", "{what}");
            assert_eq!(heard.told.finish.as_deref(), Some("stop"), "{what}");
            // Each round is a request, and paid for as one.
            let counts = (heard.told.counts.input, heard.told.counts.output);
            // Nobody asked for them.
            let untold = client == Dialect::OpenAi && stream;
            assert!(untold || counts == (Some(30), Some(15)), "{what}");
            let counts = (heard.row.input_tokens, heard.row.output_tokens);
            assert_eq!(counts, (Some(30), Some(15)), "{what}");
            assert_eq!(heard.row.state, ExchangeState::Done);
            assert_eq!(heard.losses, "", "{what}");
            let [first, second, third] = heard.asked.as_slice() else {
                panic!("{what}: {:?}", heard.asked);
            };
            for (number, later) in [(1, second), (2, third)] {
                let mut wanted = first.clone();
                wanted["continuationToken"] = json!(mark(number));
                assert_eq!(*later, wanted, "{what}");
            }
        }
    }
}

/// It ends as it did where the provider paused, and says so.
#[tokio::test]
async fn a_reply_that_does_not_go_on_ends_at_its_pause() {
    type Script = fn(&str, &Value) -> Response;
    let endless: Script = |path, body| round(path, "a", "CONTINUATION", mark(number(body) + 1));
    let stuck: Script = |path, _| round(path, "a", "CONTINUATION", mark(1));
    let failing: Script = |path, body| {
        if number(body) == 0 {
            return round(path, "a", "CONTINUATION", mark(1));
        }
        let mut failure = scripted::json(
            &json!({"error": {"code": 503, "message": "No.", "status": "UNAVAILABLE"}}),
        );
        *failure.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        failure
    };
    let silent: Script = |path, body| match number(body) {
        0 => round(path, "a", "CONTINUATION", None),
        _ => panic!("asked for nothing"),
    };
    for (script, rounds, said) in [
        (endless, 17, 17),
        (stuck, 2, 2),
        (failing, 2, 1),
        (silent, 1, 1),
    ] {
        for stream in [false, true] {
            let heard = hear(script, Dialect::OpenAi, stream).await;
            assert_eq!(heard.told.text, "a".repeat(said), "{rounds}");
            assert_eq!(heard.told.finish.as_deref(), Some("length"));
            assert_eq!(heard.asked.len(), rounds);
            assert_eq!(heard.losses, "continuationToken");
            assert_eq!(heard.row.state, ExchangeState::Done);
        }
    }
}

#[tokio::test]
async fn a_client_of_the_same_protocol_goes_on_by_itself() {
    for stream in [false, true] {
        let heard = hear(three, Dialect::Gemini, stream).await;
        assert_eq!(heard.told.text, "One, ");
        assert_eq!(heard.asked.len(), 1);
    }
}
