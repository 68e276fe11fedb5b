//! Texts that are gone on with: at providers that can, and at those that do nothing but chat.

use serde_json::{Value, json};
use store::exchanges::{ExchangeRow, ExchangeState};

use crate::{
    fake::Fake,
    rig::{self, Rig},
};

struct Trial {
    fake: Fake,
    rig: Rig,
}

impl Trial {
    async fn new() -> Self {
        Self::with("").await
    }

    async fn with(more: &str) -> Self {
        let fake = Fake::start().await;
        let rig = Rig::with(&format!("{more}\n{}", rig::both(&fake))).await;
        Self { fake, rig }
    }

    async fn send(&self, body: &Value) -> (u16, Vec<u8>) {
        let request = self
            .rig
            .client
            .post(format!("{}/v1/completions", self.rig.url));
        let answer = request.json(body).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.bytes().await.unwrap().to_vec(),
        )
    }

    /// A whole answer.
    async fn whole(&self, body: &Value) -> Value {
        let (status, answer) = self.send(body).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap()
    }

    /// The chunks of a stream, its end mark left out.
    async fn chunks(&self, body: &Value) -> Vec<Value> {
        let (status, answer) = self.send(body).await;
        let text = String::from_utf8(answer).unwrap();
        assert_eq!(status, 200, "{text}");
        let frames = text.strip_suffix("data: [DONE]\n\n").unwrap();
        frames
            .split_terminator("\n\n")
            .filter_map(|frame| frame.strip_prefix("data: "))
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    /// What the provider got, and where.
    fn seen(&self) -> (Value, String) {
        let requests = self.fake.seen.requests();
        let [(_, body, path)] = requests.as_slice() else {
            panic!("{} requests instead of one", requests.len());
        };
        (body.clone(), path.clone())
    }

    async fn row(self) -> ExchangeRow {
        self.rig.only_row().await.0
    }
}

fn text(chunks: &[Value]) -> String {
    chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["text"].as_str())
        .collect()
}

#[tokio::test]
async fn a_provider_of_the_protocol_gets_the_very_bytes() {
    for stream in [false, true] {
        let trial = Trial::new().await;
        let asked = json!({"model": "openai_chat/text", "prompt": [[1, 2]], "suffix": "b", "stream": stream,
            "logprobs": 2, "best_of": 2});
        let (status, answer) = trial.send(&asked).await;
        assert_eq!(status, 200);
        let (body, path) = trial.seen();
        let mut expected = asked;
        expected["model"] = json!("text");
        assert_eq!((body, path.as_str()), (expected, "/v1/completions"));
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.contains(r#""model":"text""#), "{answer}");
        assert_eq!(answer.ends_with("data: [DONE]\n\n"), stream);
        let row = trial.row().await;
        assert_eq!(row.state, ExchangeState::Done, "{row:#?}");
        assert_eq!(row.operation.as_deref(), Some("complete"));
        assert_eq!(row.finish_reason.as_deref(), Some("stop"));
        assert!(row.output_tokens.is_some());
    }
}

#[tokio::test]
async fn complaint_43_a_gap_is_marked_for_servers_that_take_nothing_but_text() {
    for stream in [false, true] {
        let trial = Trial::new().await;
        let asked = json!({"model": "openai_chat/qwen2.5-coder:7b", "prompt": "def f(x):", "suffix": "\n",
            "max_tokens": 30, "stream": stream});
        let said = if stream {
            text(&trial.chunks(&asked).await)
        } else {
            let answer = trial.whole(&asked).await;
            assert_eq!(answer["object"], "text_completion");
            assert_eq!(answer["model"], "openai_chat/qwen2.5-coder:7b");
            answer["choices"][0]["text"].as_str().unwrap().to_owned()
        };
        assert_eq!(said, " return x");
        let (body, path) = trial.seen();
        assert_eq!(path, "/v1/completions");
        assert_eq!(
            body["prompt"],
            "<|fim_prefix|>def f(x):<|fim_suffix|>\n<|fim_middle|>"
        );
        assert_eq!(
            (&body["suffix"], &body["max_tokens"]),
            (&Value::Null, &json!(30))
        );
        let losses = trial.row().await.losses;
        let fields: Vec<&str> = losses.iter().map(|loss| loss.field.as_str()).collect();
        assert_eq!(fields, ["suffix"]);
    }
}

#[tokio::test]
async fn without_a_gap_such_a_server_gets_the_very_bytes() {
    let trial = Trial::new().await;
    trial
        .whole(&json!({"model": "openai_chat/qwen2.5-coder", "prompt": "def f(x):", "echo": false}))
        .await;
    let (body, _) = trial.seen();
    assert_eq!(
        body,
        json!({"model": "qwen2.5-coder", "prompt": "def f(x):", "echo": false})
    );
    assert!(trial.row().await.losses.is_empty());
}

#[tokio::test]
async fn complaint_43_a_provider_that_only_chats_is_asked_in_words() {
    for stream in [false, true] {
        let trial = Trial::new().await;
        let asked = json!({"model": "anthropic/fenced", "prompt": "def f(x):", "suffix": "\nprint(1)",
            "max_tokens": 30, "echo": true, "stream": stream, "stop": ["END"]});
        let said = if stream {
            let chunks = trial.chunks(&asked).await;
            assert!(
                chunks
                    .iter()
                    .all(|chunk| chunk["object"] == "text_completion")
            );
            let last = chunks.last().unwrap();
            assert_eq!(last["choices"][0]["finish_reason"], "stop");
            text(&chunks)
        } else {
            let answer = trial.whole(&asked).await;
            assert_eq!(answer["usage"]["completion_tokens"], 7);
            answer["choices"][0]["text"].as_str().unwrap().to_owned()
        };
        // The text itself first, as asked; the model's code fence is gone.
        assert_eq!(said, "def f(x):return x");
        let (body, path) = trial.seen();
        assert_eq!(path, "/v1/messages");
        let message = &body["messages"][0]["content"];
        let message = message.as_str().or_else(|| message[0]["text"].as_str());
        assert_eq!(
            message,
            Some("<before>def f(x):</before>\n<after>\nprint(1)</after>")
        );
        assert!(body["system"].to_string().contains("text with a gap"));
        assert_eq!(
            (&body["max_tokens"], &body["stop_sequences"]),
            (&json!(30), &json!(["END"]))
        );
        let row = trial.row().await;
        assert_eq!(row.state, ExchangeState::Done);
        assert_eq!(row.upstream_protocol.as_deref(), Some("anthropic"));
    }
}

#[tokio::test]
async fn what_a_chat_cannot_give_is_refused_with_the_field() {
    for (more, param) in [
        (json!({"prompt": [[1, 2]]}), "prompt"),
        (json!({"prompt": ["a", "b", "c"], "n": 3}), "prompt"),
        (json!({"prompt": "a", "n": 9}), "n"),
        (json!({"prompt": "a", "logprobs": 1}), "logprobs"),
        (json!({"prompt": "a", "n": 0}), "n"),
    ] {
        let trial = Trial::new().await;
        let mut asked = more;
        asked["model"] = json!("anthropic/text");
        let (status, answer) = trial.send(&asked).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(status, 400, "{answer}");
        assert_eq!(answer["error"]["param"], param);
        assert!(trial.fake.seen.requests().is_empty());
        assert_eq!(trial.row().await.state, ExchangeState::Failed);
    }
}

#[tokio::test]
async fn several_texts_are_asked_for_one_by_one_and_answered_in_order() {
    for stream in [false, true] {
        for (model, path) in [
            ("anthropic/text", "/v1/messages"),
            ("openai_chat/qwen2.5-coder", "/v1/completions"),
            ("echo/echo", ""),
        ] {
            let trial = Trial::new().await;
            let asked = json!({"model": model, "prompt": ["One", "Two"], "n": 2, "suffix": "END",
                "echo": true, "max_tokens": 30, "stream": stream});
            let choices: Value = if stream {
                let chunks = trial.chunks(&asked).await;
                let chunks = chunks.iter().filter_map(|chunk| chunk["choices"].get(0));
                chunks.cloned().collect()
            } else {
                trial.whole(&asked).await["choices"].take()
            };
            let choices: Vec<Value> = serde_json::from_value(choices).unwrap();
            for (index, beginning) in ["One", "One", "Two", "Two"].into_iter().enumerate() {
                let own = choices.iter().filter(|choice| choice["index"] == index);
                let texts = own.clone().filter_map(|choice| choice["text"].as_str());
                let text: String = texts.collect();
                assert!(
                    text.starts_with(beginning) && text.len() > 3,
                    "{model}: {text}"
                );
                let ends = own.filter(|choice| !choice["finish_reason"].is_null());
                assert_eq!(ends.count(), 1, "{model}");
            }
            assert!(
                choices
                    .iter()
                    .all(|choice| choice["index"].as_u64() < Some(4))
            );
            let requests = trial.fake.seen.requests();
            assert_eq!(requests.len(), if path.is_empty() { 0 } else { 4 });
            let asked_for = |text: &str| {
                let asked = requests.iter().filter(|(_, body, sent_to)| {
                    *sent_to == path && body.to_string().contains(text)
                });
                asked.count()
            };
            if !path.is_empty() {
                assert_eq!((asked_for("One"), asked_for("Two")), (2, 2), "{requests:?}");
                let row = trial.row().await;
                assert!(row.losses.iter().any(|loss| loss.field == "prompt"));
            }
        }
    }
}

#[tokio::test]
async fn failures_come_in_the_clients_shape() {
    for model in ["openai_chat/error-429", "anthropic/error-429"] {
        for stream in [false, true] {
            let trial = Trial::new().await;
            let asked = json!({"model": model, "prompt": "a", "stream": stream});
            let (status, answer) = trial.send(&asked).await;
            assert_eq!(status, 429, "{model}");
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            assert_eq!(answer["error"]["type"], "rate_limit_error");
        }
    }
    for model in ["openai_chat/cut", "anthropic/cut-text"] {
        let trial = Trial::new().await;
        let asked = json!({"model": model, "prompt": "a", "stream": true});
        let (_, answer) = trial.send(&asked).await;
        let text = String::from_utf8(answer).unwrap();
        assert!(text.contains("\"error\":{"), "{model}: {text}");
        assert_eq!(trial.row().await.state, ExchangeState::Failed);
    }
}

#[tokio::test]
async fn a_request_without_a_model_takes_the_default_one() {
    let trial = Trial::with("default_model = \"openai_chat/text\"").await;
    let answer = trial.whole(&json!({"prompt": "a"})).await;
    assert_eq!(answer["choices"][0]["text"], " return x");
    assert_eq!(trial.seen().0, json!({"model": "text", "prompt": "a"}));
    let trial = Trial::with("default_model = \"anthropic/text\"").await;
    let answer = trial.whole(&json!({"prompt": "a"})).await;
    assert_eq!(answer["choices"][0]["text"], "Hello from far away");
}

#[tokio::test]
async fn the_offline_model_goes_on_too() {
    let trial = Trial::new().await;
    let chunks = trial
        .chunks(&json!({"model": "echo/echo", "prompt": "Once", "max_tokens": 99, "stream": true}))
        .await;
    assert!(text(&chunks).contains("Once"), "{chunks:?}");
}

#[tokio::test]
async fn complaint_43_a_local_server_gets_the_text_without_a_template() {
    for (model, prompt, suffix) in [
        ("ollama/gemma", "def f(x):", json!("END")),
        (
            "ollama/qwen2.5-coder",
            "<|fim_prefix|>def f(x):<|fim_suffix|>END<|fim_middle|>",
            Value::Null,
        ),
    ] {
        let trial = Trial::new().await;
        let asked = json!({"model": model, "prompt": "def f(x):", "suffix": "END"});
        let answer = trial.whole(&asked).await;
        assert_eq!(answer["choices"][0]["text"], "Gone on with.");
        assert_eq!(answer["usage"]["total_tokens"], 18);
        let (body, path) = trial.seen();
        assert_eq!(path, "/api/generate");
        assert_eq!(
            (&body["prompt"], &body["suffix"]),
            (&json!(prompt), &suffix)
        );
        assert_eq!(body["raw"] == true, suffix.is_null());
    }
    let trial = Trial::new().await;
    trial
        .whole(&json!({"model": "ollama/gemma", "prompt": "def f(x):"}))
        .await;
    assert_eq!(trial.seen().0["raw"], true);
}

#[tokio::test]
async fn complaint_43_ollamas_clients_fill_gaps_at_every_provider() {
    for (model, path, words) in [
        ("ollama/qwen2.5-coder", "/api/generate", "Gone on with."),
        ("openai_chat/qwen2.5-coder", "/v1/completions", " return x"),
        ("anthropic/fenced", "/v1/messages", "return x"),
    ] {
        let trial = Trial::new().await;
        let asked = json!({"model": model, "prompt": "def f(x):", "suffix": "END", "stream": false,
            "options": {"num_predict": 20}});
        let request = trial
            .rig
            .client
            .post(format!("{}/api/generate", trial.rig.url));
        let answer = request.json(&asked).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{model}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["response"], words, "{model}");
        let (body, sent_to) = trial.seen();
        assert_eq!(sent_to, path);
        if path == "/api/generate" {
            assert_eq!(body["suffix"], "END");
        }
    }
}

#[tokio::test]
async fn complaint_43_images_beside_a_text_go_along() {
    for beside in [json!({"suffix": "S"}), json!({"raw": true})] {
        for (model, path, image) in [
            (
                "anthropic/claude-sonnet-4-5",
                "/v1/messages",
                "/messages/0/content/1/source/data",
            ),
            (
                "openai_chat/m",
                "/v1/chat/completions",
                "/messages/1/content/1/image_url/url",
            ),
            ("ollama/gemma", "/api/generate", "/images/0"),
        ] {
            let trial = Trial::new().await;
            let mut asked =
                json!({"model": model, "prompt": "P", "images": ["iVBORw0KGgo="], "stream": false});
            let fields = beside.as_object().unwrap().clone();
            asked.as_object_mut().unwrap().extend(fields);
            let url = format!("{}/api/generate", trial.rig.url);
            let answer = trial
                .rig
                .client
                .post(url)
                .json(&asked)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200, "{model}");
            let (body, sent_to) = trial.seen();
            assert_eq!(sent_to, path, "{asked}");
            let image = body.pointer(image).and_then(Value::as_str);
            assert!(
                image.is_some_and(|image| image.ends_with("iVBORw0KGgo=")),
                "{body}"
            );
        }
    }
}
