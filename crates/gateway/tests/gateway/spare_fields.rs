//! Providers that refuse a field which a request means the same without.

use axum::response::Response;
use serde_json::{Value, json};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

fn refusal(message: &str, code: Option<&str>, param: Option<&str>) -> Response {
    let body = json!({"error": {"message": message, "type": "invalid_request_error",
        "param": param, "code": code}});
    let mut refusal = scripted::json(&body);
    *refusal.status_mut() = axum::http::StatusCode::BAD_REQUEST;
    refusal
}

fn unknown(field: &str) -> Response {
    refusal(
        &format!("Unrecognized request argument supplied: {field}"),
        None,
        None,
    )
}

fn said(body: &Value) -> Response {
    let choice = |field: &str, words: Value, reason: Value| {
        json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, field: words, "finish_reason": reason}]})
    };
    let words = json!({"role": "assistant", "content": "Hi."});
    if body["stream"] == true {
        return scripted::events(&[choice("delta", words, json!("stop"))]);
    }
    scripted::json(&choice("message", words, json!("stop")))
}

/// Knows neither of two fields, and says so of one at a time.
fn knows_neither(_: &str, body: &Value) -> Response {
    ["top_p", "user"]
        .into_iter()
        .find(|field| !body[field].is_null())
        .map_or_else(|| said(body), unknown)
}

struct Client {
    provider: Scripted,
    rig: Rig,
}

impl Client {
    async fn start(script: impl Fn(&str, &Value) -> Response + Send + Sync + 'static) -> Self {
        let provider = Scripted::start(script).await;
        let rig = Rig::with(&provider.config("openai_chat")).await;
        Self { provider, rig }
    }

    /// The status of the answer to a client of Anthropic, what it was told of changes, and how often the
    /// provider was asked.
    async fn ask(&self, more: &Value) -> (u16, String, usize) {
        let mut body = json!({"model": "lab/m", "max_tokens": 99,
            "messages": [{"role": "user", "content": "The user's \u{e9}."}]});
        let fields = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        self.send("/v1/messages", &body).await
    }

    async fn send(&self, path: &str, body: &Value) -> (u16, String, usize) {
        let before = self.provider.asked().len();
        let url = format!("{}{path}", self.rig.url);
        let answer = self.rig.client.post(url).json(body).send().await.unwrap();
        let status = answer.status().as_u16();
        let losses = answer.headers().get("x-patchbay-loss");
        let losses = losses
            .map_or("", |losses| losses.to_str().unwrap())
            .to_owned();
        answer.text().await.unwrap();
        (status, losses, self.provider.asked().len() - before)
    }
}

#[tokio::test]
async fn complaint_26_a_refused_field_is_left_out_and_the_provider_asked_once_more() {
    for stream in [false, true] {
        let client = Client::start(knows_neither).await;
        let wish = json!({"top_p": 0.5, "stream": stream});
        let (status, losses, asked) = client.ask(&wish).await;
        assert_eq!((status, asked), (200, 2), "{losses}");
        assert!(losses.contains("dropped top_p"), "{losses}");
        let seen = client.provider.asked();
        let mut without = seen[0].clone();
        without.as_object_mut().unwrap().shift_remove("top_p");
        assert_eq!(seen[1], without);
        // It is known from now on, and said of each request.
        let (status, losses, asked) = client.ask(&wish).await;
        assert_eq!((status, asked), (200, 1));
        assert!(losses.contains("dropped top_p"), "{losses}");
        let (_, losses, _) = client.ask(&json!({"stream": stream})).await;
        assert!(!losses.contains("top_p"), "{losses}");
        let rows = client.rig.rows().await;
        let attempts: Vec<usize> = rows.iter().map(|row| row.attempts.len()).collect();
        assert_eq!(attempts, [2, 1, 1]);
        let refused = rows[0].attempts[0].error.as_deref().unwrap();
        assert!(refused.contains("top_p"), "{refused}");
        assert!(rows[0].losses.iter().any(|loss| loss.field == "top_p"));
    }
}

#[tokio::test]
async fn complaint_26_several_refused_fields_are_left_out_one_after_the_other() {
    let client = Client::start(knows_neither).await;
    let wishes = json!({"top_p": 0.5, "metadata": {"user_id": "me"}});
    let (status, _, asked) = client.ask(&wishes).await;
    assert_eq!((status, asked), (200, 3));
    // Both are known now.
    let (status, losses, asked) = client.ask(&wishes).await;
    assert_eq!((status, asked), (200, 1));
    assert!(
        losses.contains("top_p") && losses.contains("user"),
        "{losses}"
    );
}

#[tokio::test]
async fn a_request_is_not_sent_again_without_end() {
    let fields = [
        "temperature",
        "top_p",
        "user",
        "parallel_tool_calls",
        "stream_options",
        "service_tier",
    ];
    let client = Client::start(move |_, body| {
        let mut given = fields.into_iter().filter(|field| !body[field].is_null());
        given.next().map_or_else(|| said(body), unknown)
    })
    .await;
    let wishes = json!({"temperature": 0.1, "top_p": 0.5, "user": "me", "stream": true,
        "service_tier": "flex", "parallel_tool_calls": false, "model": "lab/m",
        "tools": [{"type": "function", "name": "f"}], "input": "Hi"});
    let (status, _, asked) = client.send("/v1/responses", &wishes).await;
    assert_eq!((status, asked), (400, 5));
    let (status, _, asked) = client.send("/v1/responses", &wishes).await;
    assert_eq!((status, asked), (200, 2));
}

#[tokio::test]
async fn complaint_26_strict_hosts_need_not_know_what_coding_agents_say_beside_a_request() {
    for (field, message) in [
        (
            "prompt_cache_key",
            "Unsupported parameter(s): `prompt_cache_key`",
        ),
        (
            "prompt_cache_key",
            "litellm.UnsupportedParamsError: openai does not support parameters: ['prompt_cache_key'], for model=x.",
        ),
        (
            "verbosity",
            "Unrecognized request argument supplied: verbosity",
        ),
        (
            "service_tier",
            "Extra inputs are not permitted, field: 'service_tier', value: 'priority'",
        ),
    ] {
        let client = Client::start(move |_, body| {
            if body[field].is_null() {
                said(body)
            } else {
                refusal(message, None, None)
            }
        })
        .await;
        let wishes = json!({"model": "lab/m", "prompt_cache_key": "c", "text": {"verbosity": "low"},
            "service_tier": "priority", "store": false, "input": "Hi"});
        let (status, _, asked) = client.send("/v1/responses", &wishes).await;
        assert_eq!((status, asked), (200, 2), "{field}");
    }
}

#[tokio::test]
async fn a_value_that_a_model_refuses_is_not_all_of_its_field() {
    let client = Client::start(|_, body| {
        if body["temperature"] == 0.5 {
            let message = "Unsupported value: 'temperature' does not support 0.5 with this model.";
            return refusal(message, Some("unsupported_value"), Some("temperature"));
        }
        said(body)
    })
    .await;
    assert_eq!(client.ask(&json!({"temperature": 0.5})).await.2, 2);
    assert_eq!(client.ask(&json!({"temperature": 0.5})).await.2, 1);
    let (status, losses, asked) = client.ask(&json!({"temperature": 1.0})).await;
    assert_eq!((status, asked), (200, 1));
    assert!(!losses.contains("temperature"), "{losses}");
    assert_eq!(client.provider.asked().pop().unwrap()["temperature"], 1.0);
}

#[tokio::test]
async fn a_field_whose_values_are_all_refused_is_left_out_altogether() {
    let client = Client::start(|_, body| match &body["temperature"] {
        Value::Null => said(body),
        value => {
            let message = format!(
                "Unsupported value: 'temperature' does not support {value} with this model."
            );
            refusal(&message, Some("unsupported_value"), Some("temperature"))
        }
    })
    .await;
    let mut times = Vec::new();
    for tenths in 1..=10 {
        let (status, losses, asked) = client
            .ask(&json!({"temperature": f64::from(tenths) / 10.0}))
            .await;
        assert_eq!(status, 200);
        assert!(losses.contains("dropped temperature"), "{losses}");
        times.push(asked);
    }
    assert_eq!(times, [2, 2, 2, 2, 2, 2, 2, 2, 1, 1]);
}

#[tokio::test]
async fn what_a_request_would_not_be_the_same_without_stays() {
    let client = Client::start(|_, body| {
        let needed = ["tools", "stop", "max_tokens", "max_completion_tokens"];
        let refused = needed.into_iter().find(|field| !body[field].is_null());
        refused.map_or_else(|| said(body), unknown)
    })
    .await;
    let tools = json!([{"name": "t", "input_schema": {"type": "object"}}]);
    for wish in [
        json!({"tools": tools}),
        json!({"stop_sequences": ["."]}),
        json!({}),
    ] {
        let (status, _, asked) = client.ask(&wish).await;
        assert_eq!((status, asked), (400, 1), "{wish}");
    }
}

#[tokio::test]
async fn a_field_that_was_not_at_fault_is_sent_again() {
    let client = Client::start(|_, _| unknown("top_p")).await;
    for _ in 0..2 {
        let (status, _, asked) = client.ask(&json!({"top_p": 0.5})).await;
        assert_eq!((status, asked), (400, 2));
    }
}

#[tokio::test]
async fn a_clients_own_bytes_are_never_sent_again_without_something() {
    let client = Client::start(knows_neither).await;
    let body = json!({"model": "lab/m", "top_p": 0.5,
        "messages": [{"role": "user", "content": "Hi"}]});
    let own = |body| client.send("/v1/chat/completions", body);
    assert_eq!(own(&body).await, (400, String::new(), 1));
    // Not even where it is known already.
    client.ask(&json!({"top_p": 0.5})).await;
    assert_eq!(own(&body).await, (400, String::new(), 1));
}

#[tokio::test]
async fn complaint_26_a_relay_of_claude_gets_cache_marks_unless_it_refuses_them() {
    let relay = Scripted::start(|_, body| match body["model"].as_str() {
        Some("claude-strict") if body.to_string().contains("cache_control") => refusal(
            "messages.0.content.0.cache_control: Extra inputs are not permitted",
            None,
            None,
        ),
        _ => said(body),
    })
    .await;
    let rig = Rig::with(&relay.config("openai_chat")).await;
    let client = Client {
        provider: relay,
        rig,
    };
    let marked =
        json!({"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}});
    let asked_of = |model| json!({"model": model, "system": [marked]});
    let (status, losses, asked) = client
        .ask(&asked_of("lab/anthropic/claude-sonnet-4.5"))
        .await;
    assert_eq!((status, asked), (200, 1));
    assert!(!losses.contains("cache_control"), "{losses}");
    let sent = client.provider.asked().pop().unwrap();
    assert_eq!(sent["messages"][0]["content"], json!([marked]));
    for (wish, tries) in [
        ("lab/claude-strict", 2),
        ("lab/claude-strict", 1),
        ("lab/gpt-x", 1),
    ] {
        let (status, losses, asked) = client.ask(&asked_of(wish)).await;
        assert_eq!((status, asked), (200, tries), "{wish}");
        assert!(losses.contains("dropped cache_control"), "{losses}");
    }
}

#[tokio::test]
async fn complaint_26_a_refused_effort_becomes_the_nearest_one_that_is_taken() {
    let client = Client::start(|_, body| match body["reasoning_effort"].as_str() {
        Some("low" | "high") | None => said(body),
        Some(other) => refusal(
            &format!("Unsupported value: 'reasoning_effort' does not support '{other}' with this model. Supported values are: 'low' and 'high'."),
            Some("unsupported_value"),
            Some("reasoning_effort"),
        ),
    })
    .await;
    let ask = async |effort: &str| {
        let body = json!({"model": "lab/m", "reasoning": {"effort": effort}, "input": "Hi"});
        let (status, losses, asked) = client.send("/v1/responses", &body).await;
        let sent = client.provider.asked().pop().unwrap();
        (status, asked, sent["reasoning_effort"].clone(), losses)
    };
    for (effort, asked, sent) in [
        ("xhigh", 2, "high"),
        ("xhigh", 1, "high"),
        ("medium", 1, "low"),
        ("minimal", 1, "low"),
    ] {
        let (status, tries, told, losses) = ask(effort).await;
        assert_eq!((status, tries, told), (200, asked, json!(sent)), "{effort}");
        assert!(losses.contains("clamped reasoning.effort"), "{losses}");
    }
    let (_, _, sent, losses) = ask("high").await;
    assert_eq!(sent, "high");
    assert!(!losses.contains("reasoning"), "{losses}");
}
