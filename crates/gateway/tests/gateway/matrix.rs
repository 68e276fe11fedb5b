//! All directions, each through everything that happens to a request; each leaves exactly one row.

use std::time::Duration;

use gateway::Pace;
use serde_json::{Value, json};
use store::exchanges::{ErrorSource, ExchangeState};

use crate::{
    ask::{self, Ask, Dialect},
    fake::{self, Fake},
    rig::{self, Rig},
    told::{self, Counts, Told},
};

/// The answer of the provider's model, as every client must understand it.
fn expected(script: &str) -> Told {
    let rome = || ("weather".to_owned(), json!({"city": "Rome"}));
    let (text, calls) = match script {
        "image" => ("1 picture", Vec::new()),
        "parallel" => (
            "",
            vec![rome(), ("time".to_owned(), json!({"city": "Oslo"}))],
        ),
        "schema" => (r#"{"city":"Rome"}"#, Vec::new()),
        "tools" => ("Looking.", vec![rome()]),
        _ => ("Hello from far away", Vec::new()),
    };
    let finish = if calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    };
    Told {
        text: text.to_owned(),
        calls,
        finish: Some(finish.to_owned()),
        ..Told::default()
    }
}

/// One client, one provider, one gateway between them.
struct Direction {
    from: Dialect,
    to: Dialect,
    fake: Fake,
    rig: Rig,
}

impl Direction {
    async fn all() -> Vec<Self> {
        Self::all_with(rig::PACE, str::to_owned).await
    }

    async fn all_with(pace: Pace, changed: impl Fn(&str) -> String) -> Vec<Self> {
        let mut all = Vec::new();
        for from in Dialect::CLIENTS {
            for to in Dialect::UPSTREAMS {
                let fake = Fake::start().await;
                let rig = Rig::with_pace(&changed(&rig::both(&fake)), pace).await;
                all.push(Self {
                    from,
                    to,
                    fake,
                    rig,
                });
            }
        }
        all
    }

    fn name(&self) -> String {
        format!("{:?} -> {:?}", self.from, self.to)
    }

    fn passes_through(&self) -> bool {
        self.from == self.to
    }

    async fn send(&self, ask: Ask, script: &str, stream: bool) -> reqwest::Response {
        let model = format!("{}/{script}", self.to.word());
        let Rig { client, url, .. } = &self.rig;
        let request = ask::request(client, url, self.from, ask, &model, stream);
        request.send().await.unwrap()
    }

    /// What the provider would have sent to a client of its own.
    async fn untranslated(&self, ask: Ask, script: &str, stream: bool) -> bytes::Bytes {
        let (client, url) = (&self.rig.client, &self.fake.url);
        let request = ask::request(client, url, self.to, ask, script, stream);
        let (name, key) = self.to.credential(fake::KEY);
        let request = request
            .header(name, key)
            .header("anthropic-version", "2023-06-01");
        let answer = request.send().await.unwrap();
        answer.bytes().await.unwrap()
    }
}

const ANSWERED: [(Ask, &str); 5] = [
    (Ask::Image, "image"),
    (Ask::ParallelTools, "parallel"),
    (Ask::Schema, "schema"),
    (Ask::Text, "text"),
    (Ask::Tools, "tools"),
];

#[tokio::test]
async fn answers_arrive_whole_and_streamed_in_all_directions() {
    for (ask, script) in ANSWERED {
        for stream in [false, true] {
            for direction in Direction::all().await {
                let name = format!("{} {script} stream={stream}", direction.name());
                let answer = direction.send(ask, script, stream).await;
                assert_eq!(
                    answer.status(),
                    200,
                    "{name}: {}",
                    answer.text().await.unwrap()
                );
                assert!(answer.headers().contains_key("x-patchbay-exchange"));
                let bytes = answer.bytes().await.unwrap();
                if direction.passes_through() {
                    let same = direction.untranslated(ask, script, stream).await;
                    assert_eq!(bytes, same, "{name}");
                }
                let told = if stream {
                    told::stream(direction.from, &bytes)
                } else {
                    told::whole(direction.from, &bytes)
                };
                let wanted = Told {
                    // The name that was asked for; passed through it is the provider's own.
                    model: if direction.passes_through() {
                        script.to_owned()
                    } else {
                        format!("{}/{script}", direction.to.word())
                    },
                    // OpenAI's clients get counts on a stream only when they ask for them.
                    counts: if stream && direction.from == Dialect::OpenAi {
                        Counts::default()
                    } else {
                        Counts {
                            input: Some(11),
                            output: Some(7),
                            ..Counts::default()
                        }
                    },
                    ..expected(script)
                };
                assert_eq!(told, wanted, "{name}");
                check_row(direction, script, stream, &name).await;
            }
        }
    }
}

async fn check_row(direction: Direction, script: &str, stream: bool, name: &str) {
    let (from, to) = (direction.from, direction.to);
    let (row, bodies) = direction.rig.only_row().await;
    assert_eq!(row.state, ExchangeState::Done, "{name}: {row:#?}");
    assert_eq!(row.client_protocol.as_deref(), Some(from.word()), "{name}");
    assert_eq!(row.upstream_protocol.as_deref(), Some(to.word()), "{name}");
    assert_eq!(row.upstream_model.as_deref(), Some(script), "{name}");
    assert_eq!((row.status, row.stream), (Some(200), stream), "{name}");
    let finish = expected(script).finish;
    assert_eq!(row.finish_reason, finish.map(Into::into), "{name}");
    // A stream that is passed through and was not asked to count: estimated, and marked so.
    let uncounted = stream && from == to && from == Dialect::OpenAi;
    assert_eq!(row.usage_estimated, uncounted, "{name}: {row:#?}");
    if !uncounted {
        let tokens = (row.input_tokens, row.output_tokens);
        assert_eq!(tokens, (Some(11), Some(7)), "{name}");
    }
    assert_eq!(row.first_token_ms.is_some(), stream, "{name}");
    for body in [
        bodies.client_request,
        bodies.upstream_request,
        bodies.upstream_response,
        bodies.client_response,
        bodies.events,
        bodies.request_headers,
        bodies.upstream_request_headers,
        bodies.response_headers,
    ] {
        let body = body.unwrap_or_else(|| panic!("{name}: a body is missing"));
        let text = String::from_utf8_lossy(&body.bytes).into_owned();
        assert!(!text.contains(crate::fake::KEY), "{name}: {text}");
    }
}

#[tokio::test]
async fn failures_arrive_in_the_clients_own_shape() {
    for status in [400, 401, 429, 500] {
        for stream in [false, true] {
            for direction in Direction::all().await {
                let name = format!("{} {status} stream={stream}", direction.name());
                let script = format!("error-{status}");
                let answer = direction.send(Ask::Text, &script, stream).await;
                assert_eq!(answer.status().as_u16(), status, "{name}");
                let retry_after = answer.headers().get("retry-after").cloned();
                assert_eq!(retry_after.is_some(), status == 429, "{name}");
                let bytes = answer.bytes().await.unwrap();
                if direction.passes_through() {
                    let same = direction.untranslated(Ask::Text, &script, stream).await;
                    assert_eq!(bytes, same, "{name}");
                }
                let (_, message) = told::whole(direction.from, &bytes).error.unwrap();
                assert!(
                    message.contains("The provider says no."),
                    "{name}: {message}"
                );
                let (row, _) = direction.rig.only_row().await;
                assert_eq!(row.state, ExchangeState::Failed, "{name}");
                assert_eq!(row.status, Some(status), "{name}");
                assert_eq!(row.upstream_status, Some(status), "{name}");
                assert_eq!(row.error_source, Some(ErrorSource::Provider), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn failures_in_no_protocol_arrive_in_the_clients_own_shape_too() {
    for (script, status) in [("empty-500", 500), ("page-502", 502), ("words-404", 404)] {
        for stream in [false, true] {
            for direction in Direction::all().await {
                let name = format!("{} {script} stream={stream}", direction.name());
                let answer = direction.send(Ask::Text, script, stream).await;
                assert_eq!(answer.status().as_u16(), status, "{name}");
                assert_eq!(
                    answer.headers()["content-type"],
                    "application/json",
                    "{name}"
                );
                let bytes = answer.bytes().await.unwrap();
                let (_, message) = told::whole(direction.from, &bytes).error.unwrap();
                assert!(message.contains(&status.to_string()), "{name}: {message}");
                let (row, _) = direction.rig.only_row().await;
                assert_eq!(row.state, ExchangeState::Failed, "{name}");
                assert_eq!(row.status, Some(status), "{name}");
                assert_eq!(row.error_message.as_ref(), Some(&message), "{name}");
                assert_eq!(row.error_source, Some(ErrorSource::Provider), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_redirect_is_a_wrong_base_url_and_never_an_answer() {
    for script in ["redirect-302", "redirect-308"] {
        for stream in [false, true] {
            for direction in Direction::all().await {
                let name = format!("{} {script} stream={stream}", direction.name());
                let answer = direction.send(Ask::Text, script, stream).await;
                assert_eq!(answer.status(), 502, "{name}");
                assert!(!answer.headers().contains_key("location"), "{name}");
                let bytes = answer.bytes().await.unwrap();
                let (_, message) = told::whole(direction.from, &bytes).error.unwrap();
                let wanted = format!(
                    "The provider `{}` redirects to elsewhere.example/v1/login: correct its base URL.",
                    direction.to.word()
                );
                assert_eq!(message, wanted, "{name}");
                let (row, _) = direction.rig.only_row().await;
                assert_eq!(row.state, ExchangeState::Failed, "{name}");
                assert_eq!(row.upstream_status, script[9..].parse().ok(), "{name}");
                assert_eq!(row.error_kind.as_deref(), Some("provider_fault"), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_cut_stream_ends_in_an_error_and_never_in_a_clean_stop() {
    for script in ["cut-text", "ends-text", "cut-tools", "ends-parallel"] {
        for direction in Direction::all().await {
            let name = format!("{} {script}", direction.name());
            // It has no end mark: a text ends where its stream ends.
            if (direction.to, script) == (Dialect::AmazonQ, "ends-text") {
                continue;
            }
            let ask = if script.ends_with("text") {
                Ask::Text
            } else {
                Ask::ParallelTools
            };
            let answer = direction.send(ask, script, true).await;
            assert_eq!(answer.status(), 200, "{name}");
            let bytes = answer.bytes().await.unwrap();
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            // The frame that was cut is the provider's; what is behind it must be whole.
            let mended = if direction.passes_through() {
                let end = if direction.to.has_lines() {
                    "\n"
                } else {
                    "\n\n"
                };
                text.replace(&format!("{}{end}", fake::cut(direction.to)), "")
            } else {
                text.clone()
            };
            let told = told::stream(direction.from, mended.as_bytes());
            assert!(told.error.is_some(), "{name}: {text}");
            assert_eq!(told.finish, None, "{name}: {text}");
            let (row, _) = direction.rig.only_row().await;
            assert_eq!(row.state, ExchangeState::Failed, "{name}");
            assert_eq!(row.status, Some(200), "{name}");
            assert!(row.error_message.is_some(), "{name}");
        }
    }
}

#[tokio::test]
async fn edge_135_a_client_that_hangs_up_frees_the_provider_and_leaves_a_row() {
    for direction in Direction::all().await {
        let name = direction.name();
        let mut answer = direction.send(Ask::Text, "endless-text", true).await;
        let first = answer.chunk().await.unwrap();
        assert!(first.is_some(), "{name}");
        drop(answer);
        let hung_up = direction.fake.seen.hung_up.notified();
        tokio::time::timeout(Duration::from_secs(20), hung_up)
            .await
            .unwrap_or_else(|_| panic!("{name}: the provider was not let go"));
        let (row, _) = direction.rig.only_row().await;
        assert_eq!(row.state, ExchangeState::ClientLeft, "{name}");
        assert_eq!(row.error_kind, None, "{name}");
        // Of a few words; one of them counts one token at the start of each reply.
        assert!(row.output_tokens > Some(1), "{name}: {row:?}");
        assert!(row.usage_estimated, "{name}");
    }
}

#[tokio::test]
async fn edge_135_what_a_reply_that_is_cut_delivered_is_in_its_row() {
    for direction in Direction::all().await {
        let name = direction.name();
        let answer = direction.send(Ask::Text, "cut-text", true).await;
        let _ = answer.bytes().await;
        let (row, _) = direction.rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Failed, "{name}");
        assert!(row.output_tokens > Some(1), "{name}: {row:?}");
        assert!(row.usage_estimated, "{name}");
    }
}

#[tokio::test]
async fn edge_135_hanging_up_before_a_whole_answer_leaves_a_row_too() {
    for direction in Direction::all().await {
        let name = direction.name();
        tokio::select! {
            answer = direction.send(Ask::Text, "slow-text", false) => panic!("{name}: {answer:?}"),
            () = direction.fake.seen.arrived.notified() => {}
        }
        let (row, _) = direction.rig.only_row().await;
        assert_eq!(row.state, ExchangeState::ClientLeft, "{name}");
        assert_eq!(row.status, None, "{name}");
    }
}

/// How many there are in a stream, as its clients know them.
fn signs_of_life(client: Dialect, text: &str) -> usize {
    let lines = |begin: &str| text.lines().filter(|line| line.starts_with(begin)).count();
    match client {
        Dialect::AmazonQ => unreachable!("no client speaks it"),
        Dialect::Anthropic => lines("event: ping"),
        // One blank line ends an event; a sign of life is two.
        Dialect::Gemini => {
            (text.lines().filter(|line| line.is_empty()).count() - lines("data:")) / 2
        }
        Dialect::Ollama => {
            let is_sign = |line: &&str| line.ends_with("\"content\":\"\"},\"done\":false}");
            assert!(!text.contains("\"model\":\"\""), "{text}");
            text.lines().filter(is_sign).count()
        }
        Dialect::OpenAi => lines(":"),
        Dialect::Responses => lines(":") + lines("event: keepalive"),
    }
}

#[tokio::test]
async fn a_slow_provider_is_waited_for_with_signs_of_life() {
    for direction in Direction::all_with(rig::IMPATIENT, str::to_owned).await {
        let name = direction.name();
        let mut answer = direction.send(Ask::Text, "slow-text", true).await;
        assert_eq!(answer.status(), 200, "{name}");
        let mut bytes = answer.chunk().await.unwrap().unwrap().to_vec();
        let first = String::from_utf8(bytes.clone()).unwrap();
        assert_eq!(signs_of_life(direction.from, &first), 1, "{name}: {first}");
        while let Some(chunk) = answer.chunk().await.unwrap() {
            bytes.extend_from_slice(&chunk);
        }
        let told = told::stream(direction.from, &bytes);
        assert_eq!(told.text, "Hello from far away", "{name}");
        let (row, _) = direction.rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Done, "{name}");
    }
}

#[tokio::test]
async fn complaint_03_a_pause_in_the_middle_is_filled_with_signs_of_life() {
    for direction in Direction::all_with(rig::IMPATIENT, str::to_owned).await {
        let name = direction.name();
        let answer = direction.send(Ask::Text, "pause-text", true).await;
        let bytes = answer.bytes().await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        // One provider sends one of its own at the start.
        assert!(signs_of_life(direction.from, &text) > 1, "{name}: {text}");
        let told = told::stream(direction.from, &bytes);
        assert_eq!(told.text, "Hello from far away", "{name}");
        let (row, _) = direction.rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Done, "{name}");
    }
}

#[tokio::test]
async fn a_provider_that_falls_silent_is_given_up() {
    for direction in Direction::all_with(rig::PACE, rig::impatient).await {
        let name = direction.name();
        let answer = direction.send(Ask::Text, "silent-text", true).await;
        let told = told::stream(direction.from, &answer.bytes().await.unwrap());
        let (_, message) = told.error.unwrap();
        assert!(
            message.contains("nothing came for 0.3 s"),
            "{name}: {message}"
        );
        let (row, _) = direction.rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Failed, "{name}");
        assert_eq!(row.error_kind.as_deref(), Some("timeout"), "{name}");
        assert_eq!(row.error_source, Some(ErrorSource::Network), "{name}");
    }
}

#[tokio::test]
async fn complaint_24_an_answer_of_the_other_kind_is_turned_into_the_one_asked_for() {
    for (script, stream) in [("stream_anyway", false), ("whole_anyway", true)] {
        for direction in Direction::all().await {
            let name = format!("{} {script}", direction.name());
            let answer = direction.send(Ask::Text, script, stream).await;
            assert_eq!(answer.status(), 200, "{name}");
            let content_type = answer.headers()["content-type"]
                .to_str()
                .unwrap()
                .to_owned();
            assert_eq!(
                content_type.starts_with(if direction.from.has_lines() {
                    "application/x-ndjson"
                } else {
                    "text/event-stream"
                }),
                stream,
                "{name}"
            );
            let bytes = answer.bytes().await.unwrap();
            let told = if stream {
                told::stream(direction.from, &bytes)
            } else {
                told::whole(direction.from, &bytes)
            };
            assert_eq!(told.text, "Hello from far away", "{name}");
            let (row, _) = direction.rig.only_row().await;
            assert_eq!(row.state, ExchangeState::Done, "{name}");
        }
    }
}

#[tokio::test]
async fn a_web_page_is_no_answer() {
    for stream in [false, true] {
        for direction in Direction::all().await {
            let answer = direction.send(Ask::Text, "web_page", stream).await;
            assert_eq!(answer.status(), 502);
            let (_, message) = told::whole(direction.from, &answer.bytes().await.unwrap())
                .error
                .unwrap();
            assert!(message.contains("web page"), "{message}");
        }
    }
}

#[tokio::test]
async fn edge_136_complaint_37_streams_are_asked_for_uncompressed() {
    for direction in Direction::all().await {
        let answer = direction.send(Ask::Text, "text", true).await;
        assert_eq!(answer.status(), 200, "{}", direction.name());
        let (headers, _, _) = direction.fake.seen.requests().remove(0);
        assert_eq!(
            headers["accept-encoding"],
            "identity",
            "{}",
            direction.name()
        );
    }
}

#[tokio::test]
async fn edge_143_the_clients_credentials_stay_here_and_its_headers_go_on() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    let body = ask::body(Dialect::Anthropic, Ask::Text, "anthropic/text", false);
    let answer = rig
        .client
        .post(format!("{}/v1/messages?beta=true&key=canary", rig.url))
        .header("x-api-key", "canary-client-key")
        .header("authorization", "Bearer canary-client-key")
        .header("cookie", "canary=1")
        .header("anthropic-version", "2026-10-21")
        .header("anthropic-beta", "one,two")
        .header("user-agent", "claude-cli/2.1.0 (external, cli)")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-request-id"], "req_fake");
    let (headers, sent, path) = fake.seen.requests().remove(0);
    assert!(
        !format!("{headers:?} {path}").contains("canary-client"),
        "{headers:?}"
    );
    assert_eq!(path, "/v1/messages?beta=true");
    assert_eq!(headers["anthropic-version"], "2026-10-21");
    assert_eq!(headers["anthropic-beta"], "one,two");
    assert_eq!(headers["user-agent"], "claude-cli/2.1.0 (external, cli)");
    // Renamed in place, the rest untouched.
    let mut wanted: Value = body;
    wanted["model"] = json!("text");
    assert_eq!(sent, wanted);
    let (row, _) = rig.only_row().await;
    assert_eq!(row.client.as_deref(), Some("Claude Code"));
    assert!(!row.path.contains("canary"), "{}", row.path);
}

#[tokio::test]
async fn tokens_are_counted_by_who_can() {
    for (model, counted) in [("anthropic/text", Some(4242)), ("openai_chat/text", None)] {
        let fake = Fake::start().await;
        let rig = Rig::with(&rig::both(&fake)).await;
        let mut body = ask::body(Dialect::Anthropic, Ask::Tools, model, false);
        body.as_object_mut().unwrap().remove("max_tokens");
        let url = format!("{}/v1/messages/count_tokens", rig.url);
        let answer = rig.client.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let told: Value = answer.json().await.unwrap();
        let tokens = told["input_tokens"].as_u64().unwrap();
        match counted {
            Some(exact) => assert_eq!(tokens, exact),
            None => assert!((10..200).contains(&tokens), "{tokens}"),
        }
        let (row, _) = rig.only_row().await;
        assert_eq!(row.operation.as_deref(), Some("count_tokens"));
        assert_eq!(row.state, ExchangeState::Done);
        assert_eq!((row.input_tokens, row.output_tokens), (Some(tokens), None));
        assert_eq!(row.usage_estimated, counted.is_none());
    }
}
