//! Targets that cannot take a request: they are passed over, and hide nobody's failure.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    fake::Fake,
    rig::{self, Rig},
    scripted::{self, Scripted},
};

/// All providers, and an alias `model` with these targets.
async fn rig(fake: &Fake, targets: &[&str]) -> Rig {
    Rig::with(&(rig::both(fake) + &alias(targets))).await
}

fn alias(targets: &[&str]) -> String {
    let targets: Vec<String> = targets.iter().map(|target| format!("{target:?}")).collect();
    let targets = targets.join(", ");
    format!("[[aliases]]\nname = \"model\"\ntargets = [{targets}]\n")
}

struct Told {
    status: u16,
    retry_after: Option<String>,
    may_retry: bool,
    text: String,
}

async fn ask(rig: &Rig, path: &str, body: &Value) -> Told {
    let request = rig.client.post(format!("{}/v1/{path}", rig.url));
    let answer = request.json(body).send().await.unwrap();
    let header = |name: &str| {
        let value = answer.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    Told {
        status: answer.status().as_u16(),
        retry_after: header("retry-after"),
        may_retry: header("x-should-retry").as_deref() != Some("false"),
        text: answer.text().await.unwrap(),
    }
}

/// Of the Responses protocol, each for another reason nothing for a provider of another one.
fn bound() -> [Value; 4] {
    let with = |name: &str, value: Value| json!({"model": "model", "input": "Hi", name: value});
    let file = json!([{"role": "user", "content": [{"type": "input_file", "file_id": "file-1"}]}]);
    [
        with("previous_response_id", json!("resp_theirs")),
        with("background", json!(true)),
        with("conversation", json!("conv_1")),
        with("input", file),
    ]
}

#[tokio::test]
async fn a_target_that_cannot_take_the_request_hides_no_failure() {
    for (status, retry_after) in [(500, None), (503, None), (429, Some("7"))] {
        for body in bound() {
            let lab = failing(status, retry_after).await;
            let fake = Fake::start().await;
            let config = rig::both(&fake)
                + &provider("lab", "openai_responses", &lab)
                + &alias(&["lab/x", "anthropic/text"]);
            let rig = Rig::with(&config).await;
            // The second time it cools down, and is the only one all the same.
            for time in 1..=2 {
                let told = ask(&rig, "responses", &body).await;
                let what = format!("{status} {body} {}", told.text);
                assert_eq!(told.status, status, "{what}");
                assert_eq!(told.retry_after.as_deref(), retry_after, "{what}");
                assert!(told.may_retry, "{what}");
                assert!(told.text.contains("The provider says no."), "{what}");
                assert_eq!(lab.asked().len(), time, "{what}");
            }
            assert!(fake.seen.requests().is_empty());
            for row in rig.rows().await {
                assert_eq!(row.provider.as_deref(), Some("lab"), "{body}");
                assert_eq!(row.upstream_status, Some(status));
                assert_eq!(row.attempts.len(), 2);
            }
        }
    }
}

#[tokio::test]
async fn a_target_without_its_key_hides_no_failure() {
    let fake = Fake::start().await;
    let config = rig::both(&fake)
        .replacen("FAKE_KEY", "UNSET", 1)
        .replace("id = \"openai_chat\"", "id = \"keyless\"")
        .replace("provider = \"openai_chat\"", "provider = \"keyless\"");
    let rig = Rig::with(&(config + &alias(&["anthropic/error-429", "keyless/text"]))).await;
    let body = json!({"model": "model", "messages": [{"role": "user", "content": "Hi"}]});
    let told = ask(&rig, "chat/completions", &body).await;
    assert_eq!((told.status, told.may_retry), (429, true), "{}", told.text);
    assert_eq!(told.retry_after.as_deref(), Some("7"));
}

#[tokio::test]
async fn who_cannot_take_the_request_is_followed_by_who_can() {
    let audio = json!([{"role": "user", "content": [{"type": "input_audio",
        "input_audio": {"data": "UklGRg==", "format": "wav"}}]}]);
    let hello = json!([{"role": "user", "content": "Hi"}]);
    for body in [
        json!({"model": "model", "messages": hello, "logprobs": true}),
        json!({"model": "model", "messages": audio}),
    ] {
        let lab = Scripted::start(|_, _| {
            scripted::json(&json!({"id": "c", "object": "chat.completion", "created": 1, "model": "x",
                "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Heard."}}]}))
        })
        .await;
        let fake = Fake::start().await;
        let config = rig::both(&fake) + &provider("lab", "openai_chat", &lab);
        let rig = Rig::with(&(config.clone() + &alias(&["anthropic/text", "lab/x"]))).await;
        let told = ask(&rig, "chat/completions", &body).await;
        assert_eq!(told.status, 200, "{}", told.text);
        assert!(told.text.contains("Heard."), "{}", told.text);
        let (row, _) = rig.only_row().await;
        assert_eq!(row.attempts.len(), 2);
        assert!(fake.seen.requests().is_empty());
        // Nobody can: the first says why.
        let rig = Rig::with(&(config + &alias(&["anthropic/text", "amazon_q/text"]))).await;
        let told = ask(&rig, "chat/completions", &body).await;
        let alone = ask(&rig, "chat/completions", &{
            let mut alone = body.clone();
            alone["model"] = json!("anthropic/text");
            alone
        })
        .await;
        assert_eq!((told.status, told.may_retry), (400, false), "{}", told.text);
        assert_eq!(told.text, alone.text);
    }
}

#[tokio::test]
async fn what_only_one_protocol_keeps_goes_on_to_it() {
    let fake = Fake::start().await;
    let rig = rig(&fake, &["anthropic/text", "openai_responses/text"]).await;
    let body = json!({"model": "model", "input": "Hi", "previous_response_id": "resp_theirs"});
    let told = ask(&rig, "responses", &body).await;
    assert_eq!(told.status, 200, "{}", told.text);
}

#[tokio::test]
async fn a_request_that_nobody_can_read_is_refused_at_once() {
    let fake = Fake::start().await;
    let rig = rig(
        &fake,
        &["anthropic/text", "openai_chat/text", "ollama/text"],
    )
    .await;
    let body = json!({"model": "model", "messages": "Hi"});
    let told = ask(&rig, "chat/completions", &body).await;
    assert_eq!(told.status, 400, "{}", told.text);
    assert!(fake.seen.requests().is_empty());
    assert_eq!(rig.only_row().await.0.attempts.len(), 1);
}

#[tokio::test]
async fn a_refusal_of_ours_ends_no_pause() {
    let fake = Fake::start().await;
    let rig = rig(&fake, &["anthropic/error-429", "openai_chat/text"]).await;
    let body = json!({"model": "model", "messages": [{"role": "user", "content": "Hi"}]});
    assert_eq!(ask(&rig, "chat/completions", &body).await.status, 200);
    let mut cannot = body.clone();
    cannot["model"] = json!("anthropic/error-429");
    cannot["logprobs"] = json!(true);
    assert_eq!(ask(&rig, "chat/completions", &cannot).await.status, 400);
    assert_eq!(ask(&rig, "chat/completions", &body).await.status, 200);
    let attempts: Vec<usize> = rig
        .rows()
        .await
        .iter()
        .map(|row| row.attempts.len())
        .collect();
    assert_eq!(attempts, [2, 1, 1]);
}

#[tokio::test]
async fn complaint_30_the_shortest_wait_of_all_is_told() {
    let hello = json!([{"role": "user", "content": "Hi"}]);
    for waits in [
        [Some("9"), Some("90")],
        [Some("90"), Some("9")],
        [Some("9"), None],
    ] {
        for path in ["chat/completions", "messages"] {
            let one = failing(429, waits[0]).await;
            let two = failing(429, waits[1]).await;
            let config = provider("one", "openai_chat", &one)
                + &provider("two", "openai_chat", &two)
                + &alias(&["one/x", "two/x"]);
            let rig = Rig::with(&config).await;
            let body = json!({"model": "model", "messages": hello, "max_tokens": 9});
            let told = ask(&rig, path, &body).await;
            assert_eq!(told.status, 429);
            assert_eq!(told.retry_after.as_deref(), Some("9"), "{waits:?} {path}");
            assert_eq!((one.asked().len(), two.asked().len()), (1, 1));
        }
    }
}

/// The outage passes, and the model that is missing elsewhere does not come by itself.
#[tokio::test]
async fn an_outage_is_told_before_what_is_wrong_with_the_next_target() {
    let body = json!({"model": "model", "messages": [{"role": "user", "content": "Hi"}]});
    for (first, second, told) in [
        ((429, Some("9")), (404, None), (429, Some("9"))),
        ((500, None), (401, None), (500, None)),
        ((503, None), (403, None), (503, None)),
        ((404, None), (503, None), (503, None)),
        ((401, None), (404, None), (404, None)),
        // Who says when it is over counts more than who does not.
        ((429, Some("9")), (500, None), (429, Some("9"))),
        ((500, None), (429, Some("9")), (429, Some("9"))),
        // What is wrong with the request is wrong everywhere.
        ((429, Some("9")), (400, None), (400, None)),
    ] {
        let one = failing(first.0, first.1).await;
        let two = failing(second.0, second.1).await;
        let config = provider("one", "openai_chat", &one)
            + &provider("two", "openai_chat", &two)
            + &alias(&["one/x", "two/x"]);
        let rig = Rig::with(&config).await;
        let answer = ask(&rig, "chat/completions", &body).await;
        let what = format!("{first:?} {second:?}: {}", answer.text);
        let shown = (answer.status, answer.retry_after.as_deref());
        assert_eq!(shown, told, "{what}");
        let (row, _) = rig.only_row().await;
        let provider = if told == first { "one" } else { "two" };
        assert_eq!(row.provider.as_deref(), Some(provider), "{what}");
        assert_eq!(row.upstream_status, Some(told.0), "{what}");
        let attempts = row.attempts.iter();
        let failed: Vec<_> = attempts.map(|tried| tried.status).collect();
        assert_eq!(failed, [Some(first.0), Some(second.0)], "{what}");
        assert!(row.attempts.iter().all(|tried| tried.error.is_some()));
    }
}

fn provider(id: &str, protocol: &str, lab: &Scripted) -> String {
    let url = &lab.url;
    format!(
        "[[providers]]\nid = \"{id}\"\nprotocol = \"{protocol}\"\nbase_url = \"{url}\"\nretries = 0\n"
    )
}

/// Says no to everything.
async fn failing(status: u16, retry_after: Option<&'static str>) -> Scripted {
    Scripted::start(move |_, _| {
        let mut answer = scripted::json(&json!({"error": {"message": "The provider says no."}}));
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        if let Some(wait) = retry_after {
            let headers = answer.headers_mut();
            headers.insert("retry-after", wait.parse().unwrap());
        }
        answer
    })
    .await
}
