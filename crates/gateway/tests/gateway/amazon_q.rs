//! Amazon Q: logins by a strict fake of its service for them, and requests to a strict fake of itself.

mod cloud;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use store::exchanges::{ErrorSource, ExchangeState};

use self::cloud::{Cloud, Said};
use crate::{
    ask::{self, Ask, Dialect},
    rig::Rig,
    told,
};

/// A gateway with one provider at the fake, and no account.
async fn rig(cloud: &Cloud) -> Rig {
    let config = format!(
        r#"
[[providers]]
id = "q"
protocol = "amazon_q"
base_url = "{}"
retries = 0
timeouts = {{ idle = "20s" }}
[log]
bodies = "all"
"#,
        cloud.url
    );
    Rig::with(&config).await
}

async fn signed_in(cloud: &Cloud) -> Rig {
    let rig = rig(cloud).await;
    let login = begin(&rig, cloud, json!({})).await;
    cloud.agree();
    assert_eq!(ended(&rig, &login).await, json!({"kind": "done"}));
    rig
}

async fn admin(rig: &Rig, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    use axum::body::Body;
    use tower::ServiceExt as _;

    let mut request = http::Request::builder()
        .method(method)
        .uri(format!("/admin{path}"));
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let mut request = request.body(body).unwrap();
    request.extensions_mut().insert(gateway::InProcess);
    let answer = rig.gateway.router().oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
        .await
        .unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Begins a login at the fake; `more` is added to what is asked.
async fn begin(rig: &Rig, cloud: &Cloud, more: Value) -> Value {
    let mut asked = json!({"provider": "q", "login_url": cloud.url});
    for (name, value) in more.as_object().unwrap() {
        asked[name] = value.clone();
    }
    let (status, login) = admin(rig, "POST", "/logins", Some(asked)).await;
    assert_eq!(status, 200, "{login}");
    login
}

/// Longer than any login takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a login ends.
async fn ended(rig: &Rig, login: &Value) -> Value {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let path = format!("/logins/{}", login["id"].as_str().unwrap());
        let (status, login) = admin(rig, "GET", &path, None).await;
        assert_eq!(status, 200, "{login}");
        if login["state"]["kind"] != "waiting" {
            return login["state"].clone();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the login does not end: {login}");
}

/// What is shown of the first account's login.
async fn login_of(rig: &Rig) -> Value {
    let (_, providers) = admin(rig, "GET", "/providers", None).await;
    providers[0]["accounts"][0]["login"].clone()
}

async fn send(rig: &Rig, from: Dialect, ask: Ask, model: &str, stream: bool) -> reqwest::Response {
    let model = format!("q/{model}");
    let request = ask::request(&rig.client, &rig.url, from, ask, &model, stream);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_login_becomes_an_account_that_answers() {
    let cloud = Cloud::start().await;
    let rig = rig(&cloud).await;
    let login = begin(&rig, &cloud, json!({})).await;
    assert_eq!(login["account"], "q");
    assert_eq!(login["user_code"], "ABCD-EFGH");
    assert_eq!(login["verification_url"], "https://device.example/");
    assert_eq!(login["state"], json!({"kind": "waiting"}));
    cloud.agree();
    assert_eq!(ended(&rig, &login).await, json!({"kind": "done"}));
    let (_, providers) = admin(&rig, "GET", "/providers", None).await;
    let account = &providers[0]["accounts"][0];
    assert_eq!(
        (&account["id"], &account["key"]["set"]),
        (&json!("q"), &json!(true))
    );
    let personal =
        json!({"start_url": null, "region": "us-east-1", "profile": null, "ended": false});
    assert_eq!(account["login"], personal);
    assert_eq!(providers[0]["signs_in"], true);
    let answer = send(&rig, Dialect::OpenAi, Ask::Text, "text", false).await;
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    let (_, models) = admin(&rig, "GET", "/providers/q/models", None).await;
    assert!(models.to_string().contains("claude-listed"), "{models}");
}

#[tokio::test]
async fn a_login_without_credit_is_told_in_the_clients_own_words() {
    for from in Dialect::CLIENTS {
        let cloud = Cloud::start().await;
        let rig = signed_in(&cloud).await;
        let answer = send(&rig, from, Ask::Text, "error-402", true).await;
        // Whom one protocol asks to pay, others tell to wait.
        let status = if from == Dialect::Anthropic { 402 } else { 429 };
        assert_eq!(answer.status(), status, "{from:?}");
        let told = told::whole(from, &answer.bytes().await.unwrap());
        let (_, message) = told.error.unwrap();
        assert_eq!(message, "The provider says no.", "{from:?}");
        let (row, bodies) = rig.only_row().await;
        assert_eq!(row.error_source, Some(ErrorSource::Provider), "{from:?}");
        let sent = [bodies.upstream_request, bodies.upstream_request_headers];
        for body in sent.into_iter().flatten() {
            let text = String::from_utf8_lossy(&body.bytes).into_owned();
            assert!(!text.contains("canary"), "{from:?}: {text}");
        }
    }
}

#[tokio::test]
async fn complaint_08_a_broken_stream_never_looks_finished() {
    for script in ["exception-text", "flip-text", "break-text"] {
        for from in Dialect::CLIENTS {
            let cloud = Cloud::start().await;
            let rig = signed_in(&cloud).await;
            let answer = send(&rig, from, Ask::Text, script, true).await;
            assert_eq!(answer.status(), 200, "{from:?} {script}");
            let bytes = answer.bytes().await.unwrap();
            let told = told::stream(from, &bytes);
            assert!(told.error.is_some(), "{from:?} {script}: {told:?}");
            assert_eq!(told.finish, None, "{from:?} {script}");
            let (row, _) = rig.only_row().await;
            assert_eq!(row.state, ExchangeState::Failed, "{from:?} {script}");
        }
    }
}

#[tokio::test]
async fn a_token_near_its_end_is_renewed_once_for_all() {
    let cloud = Cloud::start().await;
    // Too short to be used without a renewal.
    cloud.lifetime(60);
    let rig = signed_in(&cloud).await;
    cloud.lifetime(3600);
    let before = cloud.refreshes();
    let asked = (0..8).map(|_| send(&rig, Dialect::OpenAi, Ask::Text, "text", false));
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(cloud.refreshes() - before, 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_request_sent_again() {
    let cloud = Cloud::start().await;
    let rig = signed_in(&cloud).await;
    cloud.forget_tokens();
    let answer = send(&rig, Dialect::OpenAi, Ask::Text, "text", true).await;
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    assert_eq!(cloud.refreshes(), 1);
    let told = told::stream(Dialect::OpenAi, &answer.bytes().await.unwrap());
    assert_eq!(told.text, "Hello from far away");
}

#[tokio::test]
async fn a_dead_login_is_said_to_be_one_and_not_asked_about_again() {
    let cloud = Cloud::start().await;
    cloud.lifetime(1);
    let rig = signed_in(&cloud).await;
    cloud.revoke();
    for _ in 0..3 {
        let answer = send(&rig, Dialect::OpenAi, Ask::Text, "text", false).await;
        assert_eq!(answer.status(), 401);
        let (_, message) = told::whole(Dialect::OpenAi, &answer.bytes().await.unwrap())
            .error
            .unwrap();
        assert!(
            message.starts_with("The login of the account `q` has ended:"),
            "{message}"
        );
        assert!(message.ends_with("Sign in again."), "{message}");
    }
    assert_eq!(cloud.refreshes(), 1);
    assert_eq!(login_of(&rig).await["ended"], true);
    // Signed in again, it is as good as new.
    cloud.lifetime(3600);
    let login = begin(&rig, &cloud, json!({"account": "q"})).await;
    assert_eq!(ended(&rig, &login).await, json!({"kind": "done"}));
    assert_eq!(login_of(&rig).await["ended"], false);
}

/// Runs `meanwhile` while a renewal of the login waits for its answer; what comes of the request that wanted it.
async fn during_a_renewal(
    rig: &Rig,
    cloud: &Cloud,
    meanwhile: impl Future<Output = ()>,
) -> reqwest::Response {
    let (held, before) = (cloud.hold(), cloud.refreshes());
    let asks = send(rig, Dialect::OpenAi, Ask::Text, "text", false);
    let acts = async {
        while cloud.refreshes() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        meanwhile.await;
        held.add_permits(1);
    };
    let both = async { tokio::join!(asks, acts).0 };
    tokio::time::timeout(PATIENCE, both).await.unwrap()
}

#[tokio::test]
async fn a_login_that_was_made_anew_is_not_overwritten_by_a_renewal_of_the_old_one() {
    let cloud = Cloud::start().await;
    cloud.lifetime(1);
    let rig = signed_in(&cloud).await;
    cloud.lifetime(3600);
    let answer = during_a_renewal(&rig, &cloud, async {
        let elsewhere = json!({"account": "q", "region": "eu-central-1"});
        let login = begin(&rig, &cloud, elsewhere).await;
        assert_eq!(ended(&rig, &login).await, json!({"kind": "done"}));
    });
    assert_eq!(answer.await.status(), 200);
    assert_eq!(login_of(&rig).await["region"], "eu-central-1");
}

#[tokio::test]
async fn a_renewal_does_not_bring_back_what_was_removed() {
    let cloud = Cloud::start().await;
    cloud.lifetime(1);
    let rig = signed_in(&cloud).await;
    let answer = during_a_renewal(&rig, &cloud, async {
        let (status, said) = admin(&rig, "DELETE", "/accounts/q", None).await;
        assert_eq!(status, 204, "{said}");
    });
    assert_ne!(answer.await.status(), 200);
    let anew = json!({"provider": "q", "key_source": {"kind": "keychain"}});
    let (status, account) = admin(&rig, "PUT", "/accounts/q", Some(anew)).await;
    assert_eq!(status, 200, "{account}");
    assert_eq!(account["key"]["set"], false, "{account}");
}

#[tokio::test]
async fn a_service_that_is_down_does_not_end_a_token_that_lasts() {
    let cloud = Cloud::start().await;
    cloud.lifetime(200);
    let rig = signed_in(&cloud).await;
    cloud.logins_fail();
    let answer = send(&rig, Dialect::OpenAi, Ask::Text, "text", false).await;
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}

#[tokio::test]
async fn logins_are_refused_expire_and_are_cancelled() {
    let cloud = Cloud::start().await;
    let rig = rig(&cloud).await;
    let login = begin(&rig, &cloud, json!({})).await;
    cloud.refuse();
    assert_eq!(ended(&rig, &login).await, json!({"kind": "denied"}));

    let cloud = Cloud::start().await;
    cloud.code_lives(3);
    let login = begin(&rig, &cloud, json!({})).await;
    assert_eq!(ended(&rig, &login).await, json!({"kind": "expired"}));

    let cloud = Cloud::start().await;
    let login = begin(&rig, &cloud, json!({})).await;
    let path = format!("/logins/{}", login["id"].as_str().unwrap());
    assert_eq!(admin(&rig, "DELETE", &path, None).await.0, 204);
    assert_eq!(ended(&rig, &login).await, json!({"kind": "cancelled"}));
    let (_, providers) = admin(&rig, "GET", "/providers", None).await;
    assert_eq!(providers[0]["accounts"], json!([]));
    assert_eq!(admin(&rig, "GET", "/logins/none", None).await.0, 404);
}

#[tokio::test]
async fn an_organisations_login_has_a_profile_and_sends_it() {
    let cloud = Cloud::start().await;
    let rig = rig(&cloud).await;
    let asked = json!({"start_url": "https://acme.awsapps.com/start", "region": "eu-west-1", "account": "work"});
    let login = begin(&rig, &cloud, asked).await;
    cloud.agree();
    assert_eq!(ended(&rig, &login).await, json!({"kind": "done"}));
    assert_eq!(
        login_of(&rig).await,
        json!({"start_url": "https://acme.awsapps.com/start", "region": "eu-west-1",
            "profile": cloud::PROFILE, "ended": false})
    );
    let answer = send(&rig, Dialect::Anthropic, Ask::Text, "text", false).await;
    assert_eq!(answer.status(), 200);
    let chat = cloud.said().into_iter().rev().find_map(|said| match said {
        Said::Chat(body) => Some(body),
        Said::Login(_) => None,
    });
    assert_eq!(chat.unwrap()["profileArn"], cloud::PROFILE);
    let start = cloud.said().into_iter().find_map(|said| match said {
        Said::Login(body) => body["startUrl"].as_str().map(str::to_owned),
        Said::Chat(_) => None,
    });
    assert_eq!(start.as_deref(), Some("https://acme.awsapps.com/start"));
}

#[tokio::test]
async fn what_cannot_be_signed_in_to_is_refused() {
    let cloud = Cloud::start().await;
    let rig = rig(&cloud).await;
    for (asked, field) in [
        (json!({"provider": "nobody"}), "provider"),
        (json!({"provider": "echo"}), "provider"),
        (json!({"provider": "q", "region": "A/B"}), "region"),
        (json!({"provider": "q", "profile": "me"}), "profile"),
        (json!({"provider": "q", "account": "a b"}), "account"),
        (
            json!({"provider": "q", "login_url": "http://a.example"}),
            "login_url",
        ),
    ] {
        let (status, failure) = admin(&rig, "POST", "/logins", Some(asked)).await;
        assert_eq!(
            (status, &failure["error"]["field"]),
            (400, &json!(field)),
            "{failure}"
        );
    }
    cloud.logins_fail();
    let asked = json!({"provider": "q", "login_url": cloud.url});
    let (status, failure) = admin(&rig, "POST", "/logins", Some(asked)).await;
    assert_eq!(status, 502, "{failure}");
}

#[tokio::test]
async fn accounts_of_other_programs_are_imported() {
    let cloud = Cloud::start().await;
    let rig = rig(&cloud).await;
    let token = cloud.hand_out();
    let asked = json!({"provider": "q", "accounts": [
        {"name": "Old one", "refreshToken": token, "clientId": "client-1", "clientSecret": "canary-client-secret",
            "token_endpoint": format!("{}/token", cloud.url)},
        {"refresh_token": "canary-token"}]});
    let (status, report) = admin(&rig, "POST", "/accounts/import", Some(asked)).await;
    assert_eq!(status, 200, "{report}");
    assert_eq!(report["added"][0]["id"], "old-one");
    assert_eq!(report["added"][0]["login"]["ended"], false);
    assert_eq!(
        report["refused"],
        json!([{"index": 1, "message": "The entry has no `client_id`.",
            "wording": {"code": "entry_lacks", "values": {"field": "client_id"}}}])
    );
    assert!(!report.to_string().contains("canary"), "{report}");
    let answer = send(&rig, Dialect::OpenAi, Ask::Text, "text", false).await;
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}

#[tokio::test]
async fn more_accounts_than_are_taken_at_once_are_each_refused() {
    let cloud = Cloud::start().await;
    let rig = rig(&cloud).await;
    let asked = json!({"provider": "q", "accounts": vec![json!({}); 203]});
    let (status, report) = admin(&rig, "POST", "/accounts/import", Some(asked)).await;
    assert_eq!(status, 200, "{report}");
    let refused = report["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 203);
    assert_eq!(
        (&refused[202]["index"], &refused[202]["message"]),
        (
            &json!(202),
            &json!("At most 200 accounts are taken at once.")
        )
    );
}
