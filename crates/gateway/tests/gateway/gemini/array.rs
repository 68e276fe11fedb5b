//! Streams that are one JSON array.

use serde_json::{Value, json};
use store::exchanges::ExchangeState;

use super::{hello, post, trial};
use crate::{
    ask::{self, Ask, Dialect},
    fake::Fake,
    rig::{self, Rig},
    told::{self, Told},
};

const UPSTREAMS: [&str; 4] = ["gemini", "anthropic", "ollama", "amazon_q"];

async fn array(rig: &Rig, ask: Ask, model: &str) -> String {
    let url = format!("{}/v1beta/models/{model}:streamGenerateContent", rig.url);
    let body = ask::body(Dialect::Gemini, ask, model, true);
    let answer = rig.client.post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{model}");
    assert_eq!(
        answer.headers()["content-type"],
        "application/json",
        "{model}"
    );
    answer.text().await.unwrap()
}

fn read(text: &str) -> Told {
    told::array(text)
}

#[tokio::test]
async fn edge_074_a_stream_without_the_word_for_events_is_one_array() {
    for upstream in UPSTREAMS {
        for (ask, script, text, calls) in [
            (Ask::Text, "text", "Hello from far away", 0),
            (Ask::ParallelTools, "parallel", "", 2),
        ] {
            let (_fake, rig) = trial("").await;
            let model = format!("{upstream}/{script}");
            let told = read(&array(&rig, ask, &model).await);
            assert_eq!(
                (told.text.as_str(), told.calls.len()),
                (text, calls),
                "{model}"
            );
            assert_eq!(told.counts.output, Some(7), "{model}");
            let (row, _) = rig.only_row().await;
            assert_eq!(row.state, ExchangeState::Done, "{model}");
            assert!(row.stream, "{model}");
        }
    }
}

#[tokio::test]
async fn an_array_that_is_passed_through_is_the_same_bytes() {
    let (fake, rig) = trial("").await;
    let through = array(&rig, Ask::Text, "gemini/text").await;
    let url = format!("{}/v1beta/models/text:streamGenerateContent", fake.url);
    let request = rig
        .client
        .post(url)
        .header("x-goog-api-key", crate::fake::KEY);
    let answer = request.json(&hello()).send().await.unwrap();
    assert_eq!(through, answer.text().await.unwrap());
}

#[tokio::test]
async fn edge_008_an_array_that_is_cut_ends_as_one_array_with_the_failure_in_it() {
    for upstream in UPSTREAMS {
        for script in [
            "cut-text",
            "ends-text",
            "cut-parallel",
            "ends-parallel",
            "silent-text",
        ] {
            // A text of it ends where its stream ends.
            if (upstream, script) == ("amazon_q", "ends-text") {
                continue;
            }
            let fake = Fake::start().await;
            let rig = Rig::with(&rig::impatient(&rig::both(&fake))).await;
            let ask = if script.ends_with("text") {
                Ask::Text
            } else {
                Ask::ParallelTools
            };
            let model = format!("{upstream}/{script}");
            let told = read(&array(&rig, ask, &model).await);
            assert!(told.error.is_some(), "{model}");
            let (row, _) = rig.only_row().await;
            assert_eq!(row.state, ExchangeState::Failed, "{model}");
        }
    }
}

#[tokio::test]
async fn complaint_03_an_array_is_kept_alive_by_blank_space() {
    for upstream in UPSTREAMS {
        for script in ["slow-text", "pause-text"] {
            let fake = Fake::start().await;
            let rig = Rig::with_pace(&rig::both(&fake), rig::IMPATIENT).await;
            let model = format!("{upstream}/{script}");
            let text = array(&rig, Ask::Text, &model).await;
            assert_eq!(read(&text).text, "Hello from far away", "{model}");
        }
    }
}

#[tokio::test]
async fn complaint_02_a_failure_behind_the_signs_of_life_is_an_array_too() {
    let fake = Fake::start().await;
    for upstream in UPSTREAMS {
        let rig = Rig::with_pace(&rig::both(&fake), rig::IMPATIENT).await;
        let text = array(&rig, Ask::Text, &format!("{upstream}/slow-error-500")).await;
        let (_, message) = read(&text).error.unwrap();
        assert_eq!(message, "The provider says no.", "{upstream}");
    }
}

#[tokio::test]
async fn complaint_24_the_form_is_the_one_that_was_asked_for() {
    for upstream in UPSTREAMS {
        let (_fake, rig) = trial("").await;
        let text = array(&rig, Ask::Text, &format!("{upstream}/whole_anyway")).await;
        let told = if text.starts_with('[') {
            read(&text)
        } else {
            let whole: Value = serde_json::from_str(&text).unwrap();
            told::whole(Dialect::Gemini, whole.to_string().as_bytes())
        };
        assert_eq!(told.text, "Hello from far away", "{upstream}");
    }
}

#[tokio::test]
async fn a_failure_in_the_place_of_an_array_is_one() {
    let (_fake, rig) = trial("").await;
    let path = "/v1beta/models/anthropic/text:streamGenerateContent";
    let unsound = json!({"contents": []});
    let (status, body) = post(&rig, path, &unsound).await;
    assert_eq!((status, &body[0]["error"]["code"]), (400, &json!(400)));
    let (status, body) = post(&rig, &format!("{path}?alt=sse"), &unsound).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(400)));
}

#[tokio::test]
async fn a_refusal_at_the_door_is_an_array_where_an_array_was_asked_for() {
    let (_fake, rig) = trial(super::KEYED).await;
    let path = "/v1beta/models/anthropic/text:streamGenerateContent";
    let key = ("x-goog-api-key", "an-access-key");
    let json = ("content-type", "application/json");
    for (expected, method, path, headers, sent) in [
        (401, "POST", path, [("x-goog-api-key", "wrong"), json], "{}"),
        (
            403,
            "POST",
            path,
            [("origin", "https://evil.example"), json],
            "{}",
        ),
        (405, "GET", path, [key, json], ""),
        (
            415,
            "POST",
            path,
            [key, ("content-type", "text/plain")],
            "{}",
        ),
        (400, "POST", path, [key, json], "{"),
        (
            404,
            "POST",
            "/v1beta/models/none/such:streamGenerateContent",
            [key, json],
            "{}",
        ),
        (
            404,
            "POST",
            "/v1beta/:streamGenerateContent",
            [key, json],
            "{}",
        ),
    ] {
        for is_array in [true, false] {
            let query = if is_array { "" } else { "?alt=sse" };
            let method = method.parse().unwrap();
            let mut request = rig
                .client
                .request(method, format!("{}{path}{query}", rig.url));
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let answer = request.body(sent).send().await.unwrap();
            assert_eq!(answer.status(), expected, "{path}{query}");
            let body: Value = answer.json().await.unwrap();
            let element = if is_array { &body[0] } else { &body };
            assert_eq!(element["error"]["code"], expected, "{path}{query}: {body}");
        }
    }
}
