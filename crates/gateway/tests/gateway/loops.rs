//! Requests that would come back to where they came from.

use store::exchanges::ExchangeState;

use crate::{
    ask::{self, Ask, Dialect},
    fake::Fake,
    rig::{self, Rig},
    told,
};

/// A gateway whose providers `self` and `other` are itself.
async fn circle() -> Rig {
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    Rig::with_listen(&format!(
        "[listen]\naddress = \"127.0.0.1:{port}\"\n[[providers]]\nid = \"self\"\nprotocol = \"openai_chat\"\nbase_url = \"http://localhost:{port}/v1\"\n[[providers]]\nid = \"other\"\nprotocol = \"anthropic\"\nbase_url = \"http://127.0.0.1:{port}\"\n"
    ))
    .await
}

#[tokio::test]
async fn a_provider_that_is_this_gateway_is_refused() {
    for (provider, dialect) in [
        ("self", Dialect::OpenAi),
        ("self", Dialect::Anthropic),
        ("other", Dialect::Anthropic),
    ] {
        let rig = circle().await;
        let model = format!("{provider}/echo/echo");
        let request = ask::request(&rig.client, &rig.url, dialect, Ask::Text, &model, false);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 400);
        let (_, message) = told::whole(dialect, &answer.bytes().await.unwrap())
            .error
            .unwrap();
        let wanted = format!("The provider `{provider}` leads back to Patchbay itself.");
        assert!(message.starts_with(&wanted), "{message}");
        let (row, _) = rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Failed);
    }
}

#[tokio::test]
async fn a_list_of_models_does_not_go_round_in_circles() {
    let rig = circle().await;
    let answer = rig.client.get(format!("{}/v1/models", rig.url)).send();
    // Going round, it would take as long as the gateway waits for lists: a minute.
    let answer = tokio::time::timeout(std::time::Duration::from_secs(20), answer).await;
    let list: serde_json::Value = answer.unwrap().unwrap().json().await.unwrap();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["id"], "echo/echo");
}

#[tokio::test]
async fn hops_are_counted_and_end() {
    let fake = Fake::start().await;
    let rig = Rig::with(&rig::both(&fake)).await;
    for (came_with, goes_with) in [(None, Some("1")), (Some("2"), Some("3")), (Some("3"), None)] {
        for (dialect, model) in [
            (Dialect::OpenAi, "openai_chat/text"),
            (Dialect::OpenAi, "anthropic/text"),
        ] {
            let mut request = ask::request(&rig.client, &rig.url, dialect, Ask::Text, model, false);
            if let Some(hops) = came_with {
                request = request.header("x-patchbay-hop", hops);
            }
            let seen = fake.seen.requests().len();
            let answer = request.send().await.unwrap();
            let status = if goes_with.is_some() { 200 } else { 400 };
            assert_eq!(answer.status(), status, "{came_with:?}");
            let sent = fake.seen.requests().split_off(seen);
            let sent: Vec<_> = sent
                .iter()
                .map(|(headers, ..)| headers["x-patchbay-hop"].to_str().unwrap())
                .collect();
            assert_eq!(sent, goes_with.into_iter().collect::<Vec<_>>());
        }
    }
    let list = rig.client.get(format!("{}/v1/models", rig.url));
    let seen = fake.seen.requests().len();
    let list = list.header("x-patchbay-hop", "3").send().await.unwrap();
    assert_eq!(list.status(), 200);
    assert_eq!(fake.seen.requests().len(), seen, "nobody else is asked");
}
