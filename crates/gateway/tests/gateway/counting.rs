//! Counted tokens: who counts is asked, in its own words, and everybody else is estimated for at once.

use std::time::{Duration, Instant};

use gateway::Pace;
use serde_json::{Value, json};
use store::exchanges::{ExchangeRow, ExchangeState};

use crate::{
    ask::{self, Ask, Dialect},
    fake::Fake,
    rig::{self, PACE, Rig},
};

/// What the fake says of each request that it takes.
const COUNTED: u64 = 4242;

/// Of a provider that never answers: it is asked all the same, also by a busy computer.
const HASTY: Pace = Pace {
    count: Duration::from_secs(1),
    ..PACE
};

const CLIENTS: [Dialect; 2] = [Dialect::Anthropic, Dialect::Gemini];

/// What came of one request to count.
struct Counted {
    tokens: u64,
    /// What was asked of the provider, and where.
    asked: Vec<(String, Value)>,
    row: ExchangeRow,
    losses: String,
    took: Duration,
}

impl Counted {
    fn assert_estimated(&self, why: &str) {
        assert!((5..2000).contains(&self.tokens), "{why}: {}", self.tokens);
        assert!(self.row.usage_estimated, "{why}");
        assert!(self.losses.contains("estimated"), "{why}: {}", self.losses);
    }
}

/// A client asks how many tokens a conversation with tools, calls and instructions has.
async fn count(client: Dialect, model: &str, body: Value) -> Counted {
    let fake = Fake::start().await;
    let pace = if model.ends_with("silent-text") {
        HASTY
    } else {
        PACE
    };
    let rig = Rig::with_pace(&rig::both(&fake), pace).await;
    let (path, field) = match client {
        Dialect::Gemini => (format!("/v1beta/models/{model}:countTokens"), "totalTokens"),
        _ => ("/v1/messages/count_tokens".to_owned(), "input_tokens"),
    };
    let began = Instant::now();
    let request = rig.client.post(format!("{}{path}", rig.url)).json(&body);
    let answer = request.send().await.unwrap();
    let took = began.elapsed();
    let losses = answer.headers().get("x-patchbay-loss").cloned();
    let losses = losses.map_or_else(String::new, |losses| losses.to_str().unwrap().to_owned());
    assert_eq!(answer.status(), 200, "{client:?} {model}");
    let told: Value = answer.json().await.unwrap();
    let tokens = told[field].as_u64().unwrap();
    let (row, _) = rig.only_row().await;
    assert_eq!(row.operation.as_deref(), Some("count_tokens"));
    assert_eq!(row.state, ExchangeState::Done, "{client:?} {model}");
    assert_eq!((row.input_tokens, row.output_tokens), (Some(tokens), None));
    let requests = fake.seen.requests().into_iter();
    Counted {
        tokens,
        asked: requests.map(|(_, body, path)| (path, body)).collect(),
        row,
        losses,
        took,
    }
}

/// With nothing that only a reply needs.
fn body(client: Dialect, ask: Ask, model: &str) -> Value {
    let mut body = ask::body(client, ask, model, false);
    if client == Dialect::Gemini {
        body.as_object_mut().unwrap().remove("generationConfig");
        body["model"] = json!(format!("models/{model}"));
        return json!({ "generateContentRequest": body });
    }
    let fields = body.as_object_mut().unwrap();
    fields.remove("max_tokens");
    fields.remove("stream");
    body
}

#[tokio::test]
async fn edge_025_who_counts_is_asked_in_its_own_words() {
    for client in CLIENTS {
        for upstream in CLIENTS {
            for ask in [Ask::Text, Ask::Image, Ask::ParallelTools, Ask::Tools] {
                let model = format!("{}/text", upstream.word());
                let counted = count(client, &model, body(client, ask, &model)).await;
                let told = (counted.tokens, counted.row.usage_estimated);
                assert_eq!(told, (COUNTED, false), "{client:?} {upstream:?} {ask:?}");
                assert!(!counted.losses.contains("estimated"), "{}", counted.losses);
                let [(path, asked)] = counted.asked.as_slice() else {
                    panic!("{:?}", counted.asked);
                };
                let whole = match upstream {
                    Dialect::Gemini => {
                        assert_eq!(path, "/v1beta/models/text:countTokens");
                        &asked["generateContentRequest"]
                    }
                    _ => {
                        assert_eq!(path, "/v1/messages/count_tokens");
                        asked
                    }
                };
                let has_tools = whole.get("tools").is_some();
                assert_eq!(has_tools, ask != Ask::Text && ask != Ask::Image);
            }
        }
    }
}

#[tokio::test]
async fn edge_025_instructions_count_too() {
    let asked = |client, upstream: Dialect| async move {
        let model = format!("{}/text", upstream.word());
        let counted = count(client, &model, body(client, Ask::Text, &model)).await;
        counted.asked[0].1.clone()
    };
    let asked_gemini = asked(Dialect::Anthropic, Dialect::Gemini).await;
    assert_eq!(
        asked_gemini,
        json!({"generateContentRequest": {
            "model": "models/text",
            "contents": [{"role": "user", "parts": [{"text": "Hello"}]}],
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
        }})
    );
    let asked_anthropic = asked(Dialect::Gemini, Dialect::Anthropic).await;
    assert_eq!(
        asked_anthropic,
        json!({"model": "text", "system": "Be brief.", "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Hello"}]}]})
    );
}

#[tokio::test]
async fn edge_025_who_fails_or_takes_too_long_is_estimated_for() {
    for client in CLIENTS {
        for upstream in CLIENTS {
            for fault in [
                "error-429",
                "error-404",
                "error-500",
                "silent-text",
                "words",
            ] {
                let model = format!("{}/{fault}", upstream.word());
                let counted = count(client, &model, body(client, Ask::Tools, &model)).await;
                let what = format!("{client:?} {upstream:?} {fault}");
                counted.assert_estimated(&what);
                assert_eq!(counted.asked.len(), 1, "{what}");
                // Less than a stream may be silent.
                assert!(counted.took < Duration::from_secs(15), "{what}");
            }
        }
    }
}

/// What we wrote is not the client's to mend.
#[tokio::test]
async fn edge_025_a_translation_that_is_refused_is_estimated_for() {
    for (client, upstream) in [
        (Dialect::Anthropic, Dialect::Gemini),
        (Dialect::Gemini, Dialect::Anthropic),
    ] {
        let model = format!("{}/error-400", upstream.word());
        let counted = count(client, &model, body(client, Ask::Text, &model)).await;
        counted.assert_estimated(&model);
    }
}

/// A busy one may count the next time.
#[tokio::test]
async fn edge_025_who_has_no_such_operation_is_not_asked_again_soon() {
    for client in CLIENTS {
        for upstream in CLIENTS {
            for (fault, expected) in [("error-404", 1), ("error-405", 1), ("error-429", 2)] {
                let fake = Fake::start().await;
                let rig = Rig::with(&rig::both(&fake)).await;
                let model = format!("{}/{fault}", upstream.word());
                let path = match client {
                    Dialect::Gemini => format!("/v1beta/models/{model}:countTokens"),
                    _ => "/v1/messages/count_tokens".to_owned(),
                };
                for _ in 0..2 {
                    let request = rig.client.post(format!("{}{path}", rig.url));
                    let request = request.json(&body(client, Ask::Text, &model));
                    assert_eq!(request.send().await.unwrap().status(), 200);
                }
                let what = format!("{client:?} {upstream:?} {fault}");
                assert_eq!(fake.seen.requests().len(), expected, "{what}");
                // Another model there may be another server's.
                let other = format!("{}/text", upstream.word());
                let path = path.replace(&model, &other);
                let request = rig.client.post(format!("{}{path}", rig.url));
                let request = request.json(&body(client, Ask::Text, &other));
                let told: Value = request.send().await.unwrap().json().await.unwrap();
                assert!(
                    told.to_string().contains(&COUNTED.to_string()),
                    "{what}: {told}"
                );
                let rows = rig.rows().await;
                let estimated: Vec<bool> = rows.iter().map(|row| row.usage_estimated).collect();
                assert_eq!(estimated, [true, true, false], "{what}");
            }
        }
    }
}

#[tokio::test]
async fn edge_025_who_does_not_count_is_not_asked() {
    for client in CLIENTS {
        for upstream in ["amazon_q", "ollama", "openai_chat"] {
            let model = format!("{upstream}/text");
            let counted = count(client, &model, body(client, Ask::Tools, &model)).await;
            counted.assert_estimated(&model);
            assert_eq!(counted.asked, []);
        }
    }
}
