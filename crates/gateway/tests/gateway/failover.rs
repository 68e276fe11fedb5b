//! Who takes over, when, and what the client notices of it.

use store::exchanges::ExchangeState;

use crate::{
    ask::{self, Ask, Dialect},
    fake::Fake,
    rig::{self, Rig},
    told,
};

/// Both providers, and an alias `model` with these targets.
async fn rig(fake: &Fake, targets: &[&str]) -> Rig {
    let targets: Vec<String> = targets.iter().map(|target| format!("{target:?}")).collect();
    let alias = format!(
        "[[aliases]]\nname = \"model\"\ntargets = [{}]\n",
        targets.join(", ")
    );
    Rig::with(&(rig::both(fake) + &alias)).await
}

async fn ask(rig: &Rig, dialect: Dialect, stream: bool) -> reqwest::Response {
    let request = ask::request(&rig.client, &rig.url, dialect, Ask::Text, "model", stream);
    request.send().await.unwrap()
}

#[tokio::test]
async fn complaint_02_the_next_target_takes_over_unseen() {
    for first in [
        "openai_chat/error-500",
        "openai_chat/error-429",
        "openai_chat/error-401",
        "openai_chat/web_page",
        "openai_chat/redirect-307",
        "openai_chat/empty-503",
        "anthropic/error-529",
    ] {
        for dialect in Dialect::CLIENTS {
            for stream in [false, true] {
                let fake = Fake::start().await;
                let rig = rig(&fake, &[first, "anthropic/text"]).await;
                let answer = ask(&rig, dialect, stream).await;
                let name = format!("{first} {dialect:?} stream={stream}");
                assert_eq!(answer.status(), 200, "{name}");
                let bytes = answer.bytes().await.unwrap();
                let told = if stream {
                    told::stream(dialect, &bytes)
                } else {
                    told::whole(dialect, &bytes)
                };
                assert_eq!(told.text, "Hello from far away", "{name}");
                let (row, _) = rig.only_row().await;
                assert_eq!(row.state, ExchangeState::Done, "{name}");
                assert_eq!(row.provider.as_deref(), Some("anthropic"), "{name}");
                assert_eq!(row.attempts.len(), 2, "{name}");
                assert!(row.attempts[0].error.is_some(), "{name}");
                assert_eq!(row.attempts[1].error, None, "{name}");
                assert_eq!(row.requested_model.as_deref(), Some("model"), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_request_that_is_wrong_everywhere_is_tried_once() {
    let fake = Fake::start().await;
    let rig = rig(&fake, &["openai_chat/error-400", "anthropic/text"]).await;
    assert_eq!(ask(&rig, Dialect::OpenAi, false).await.status(), 400);
    assert_eq!(rig.only_row().await.0.attempts.len(), 1);
}

#[tokio::test]
async fn a_target_that_failed_is_left_alone_for_a_while() {
    let fake = Fake::start().await;
    let rig = rig(&fake, &["openai_chat/error-429", "anthropic/text"]).await;
    for _ in 0..3 {
        assert_eq!(ask(&rig, Dialect::OpenAi, false).await.status(), 200);
    }
    let attempts: Vec<usize> = rig
        .rows()
        .await
        .iter()
        .map(|row| row.attempts.len())
        .collect();
    assert_eq!(attempts, [2, 1, 1]);
}

#[tokio::test]
async fn a_lonely_target_is_tried_even_while_it_cools_down() {
    let fake = Fake::start().await;
    let rig = rig(&fake, &["openai_chat/error-429"]).await;
    for _ in 0..2 {
        assert_eq!(ask(&rig, Dialect::OpenAi, false).await.status(), 429);
    }
    assert_eq!(fake.seen.requests().len(), 2);
}

#[tokio::test]
async fn nobody_there_is_told_with_host_and_cause() {
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let config = format!(
        "[[providers]]\nid = \"gone\"\nprotocol = \"openai_chat\"\nbase_url = \"http://{address}\"\nretries = 1\n[[aliases]]\nname = \"model\"\ntargets = [\"gone/x\"]\n"
    );
    for dialect in Dialect::CLIENTS {
        let rig = Rig::with(&config).await;
        let answer = ask(&rig, dialect, true).await;
        assert_eq!(answer.status(), 502);
        let bytes = answer.bytes().await.unwrap();
        let (_, message) = told::whole(dialect, &bytes).error.unwrap();
        let wanted = format!("Nothing listens on {address} (provider `gone`).");
        assert!(message.starts_with(&wanted), "{message}");
        let (row, _) = rig.only_row().await;
        assert_eq!(
            row.error_source,
            Some(store::exchanges::ErrorSource::Network)
        );
        assert_eq!(row.upstream_status, None);
        assert_eq!(row.attempts.len(), 2, "it is tried again once");
    }
}

#[tokio::test]
async fn a_provider_without_tls_behind_https_is_told_as_that() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake).replace("http://", "https://")).await;
    let url = format!("{}/v1/chat/completions", rig.url);
    let body = serde_json::json!({"model": "openai_chat/text", "messages": []});
    let answer = rig.client.post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 502);
    let text = answer.text().await.unwrap();
    assert!(text.contains("it does not speak TLS"), "{text}");
    assert!(text.contains("`http://`"), "{text}");
}

#[tokio::test]
async fn edge_148_a_failure_is_tried_again_only_before_the_first_byte() {
    for (script, tried) in [
        ("openai_chat/error-500", 3),
        ("openai_chat/cut-text", 1),
        ("openai_chat/redirect-302", 1),
    ] {
        let fake = Fake::start().await;
        let config = rig::both(&fake).replace("retries = 0", "retries = 2")
            + &format!("[[aliases]]\nname = \"model\"\ntargets = [\"{script}\"]\n");
        let rig = Rig::with(&config).await;
        ask(&rig, Dialect::Anthropic, true)
            .await
            .bytes()
            .await
            .unwrap();
        assert_eq!(fake.seen.requests().len(), tried, "{script}");
        let (row, _) = rig.only_row().await;
        assert_eq!(row.attempts.len(), tried, "{script}");
        assert_eq!(row.state, ExchangeState::Failed, "{script}");
    }
}

#[tokio::test]
async fn complaint_02_another_target_takes_over_behind_the_signs_of_life() {
    for (second, ends_well) in [("anthropic/text", true), ("anthropic/error-529", false)] {
        for dialect in Dialect::CLIENTS {
            let fake = Fake::start().await;
            let config = rig::both(&fake)
                + &format!(
                    "[[aliases]]\nname = \"model\"\ntargets = [\"openai_chat/slow-error-500\", \"{second}\"]\n"
                );
            let rig = Rig::with_pace(&config, rig::IMPATIENT).await;
            let answer = ask(&rig, dialect, true).await;
            // The headers had to go before anybody knew.
            assert_eq!(answer.status(), 200);
            let told = told::stream(dialect, &answer.bytes().await.unwrap());
            assert_eq!(
                told.error.is_none(),
                ends_well,
                "{second} {dialect:?} {told:?}"
            );
            if ends_well {
                assert_eq!(told.text, "Hello from far away");
            }
            let (row, _) = rig.only_row().await;
            assert_eq!(row.attempts.len(), 2);
            let wanted = if ends_well {
                ExchangeState::Done
            } else {
                ExchangeState::Failed
            };
            assert_eq!((row.state, row.status), (wanted, Some(200)));
        }
    }
}

#[tokio::test]
async fn accounts_are_tried_in_order_and_a_missing_key_is_said() {
    let fake = Fake::start().await;
    let config = format!(
        "[[providers]]\nid = \"p\"\nprotocol = \"openai_chat\"\nbase_url = \"{}\"\nretries = 0\n[[accounts]]\nid = \"unset\"\nprovider = \"p\"\nkey = {{ env = \"UNSET\" }}\n[[accounts]]\nid = \"wrong\"\nprovider = \"p\"\nkey = {{ env = \"WRONG_KEY\" }}\n",
        fake.url
    );
    let good = "[[accounts]]\nid = \"good\"\nprovider = \"p\"\nkey = { env = \"FAKE_KEY\" }\n";
    let alias = "[[aliases]]\nname = \"model\"\ntargets = [\"p/text\"]\n";
    let rig = Rig::with(&format!("{config}{good}{alias}")).await;
    assert_eq!(ask(&rig, Dialect::Anthropic, false).await.status(), 200);
    let (row, _) = rig.only_row().await;
    let accounts: Vec<_> = row
        .attempts
        .iter()
        .map(|attempt| attempt.account.as_deref().unwrap())
        .collect();
    assert_eq!(accounts, ["unset", "wrong", "good"]);

    let only_unset = config.split("[[accounts]]\nid = \"wrong\"").next().unwrap();
    let rig = Rig::with(&format!("{only_unset}{alias}")).await;
    let answer = ask(&rig, Dialect::Anthropic, false).await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["x-should-retry"], "false");
    let text = answer.text().await.unwrap();
    assert!(text.contains("UNSET"), "{text}");
    let text = ask(&rig, Dialect::OpenAi, false)
        .await
        .text()
        .await
        .unwrap();
    assert!(text.contains("upstream_auth_error"), "{text}");
}

#[tokio::test]
async fn complaint_40_a_key_that_a_provider_repeats_goes_no_further() {
    let fake = Fake::start().await;
    for dialect in Dialect::CLIENTS {
        let config = rig::both(&fake).replace("FAKE_KEY", "WRONG_KEY")
            + "[[aliases]]\nname = \"model\"\ntargets = [\"openai_chat/text\"]\n";
        let rig = Rig::with(&config).await;
        let answer = ask(&rig, dialect, false).await;
        assert!(!answer.status().is_success());
        let text = answer.text().await.unwrap();
        assert!(text.contains("API key"), "{text}");
        assert!(!text.contains("not-the-providers-key"), "{text}");
        let (row, bodies) = rig.only_row().await;
        let all = format!("{row:?} {bodies:?}");
        assert!(!all.contains("not-the-providers-key"), "{all}");
    }
}
