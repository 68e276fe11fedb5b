//! The list of models in the protocols whose lists have pages.

use serde_json::Value;

use crate::rig::Rig;

async fn list(rig: &Rig, query: &str) -> (u16, Value) {
    let url = format!("{}/v1/models{query}", rig.url);
    let request = rig
        .client
        .get(url)
        .header("anthropic-version", "2023-06-01");
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

fn ids(list: &Value) -> Vec<String> {
    let models = list["data"].as_array().unwrap().iter();
    let ids = models.map(|model| model["id"].as_str().unwrap().to_owned());
    ids.collect()
}

#[tokio::test]
async fn a_client_sees_all_models_page_by_page() {
    let names = ["one", "two", "three", "four"];
    let alias = |name| format!("[[aliases]]\nname = \"{name}\"\ntargets = [\"echo/echo\"]\n");
    let rig = Rig::with(&names.map(alias).concat()).await;
    let (_, whole) = list(&rig, "").await;
    assert_eq!(ids(&whole), ["one", "two", "three", "four", "echo/echo"]);
    assert_eq!(whole["has_more"], false);
    let mut seen = Vec::new();
    let mut query = "?limit=2".to_owned();
    for _ in 0..3 {
        let (status, page) = list(&rig, &query).await;
        assert_eq!(status, 200, "{page}");
        let models = ids(&page);
        assert_eq!(page["first_id"], models[0].as_str());
        assert_eq!(page["last_id"], models[models.len() - 1].as_str());
        query = format!("?limit=2&after_id={}", models[models.len() - 1]);
        seen.push((models.len(), page["has_more"] == true));
    }
    assert_eq!(seen, [(2, true), (2, true), (1, false)]);
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused_in_the_protocols_shape() {
    let rig = Rig::with("").await;
    let (status, failure) = list(&rig, "?limit=0").await;
    assert_eq!(status, 400);
    assert_eq!(failure["error"]["type"], "invalid_request_error");
    let message = failure["error"]["message"].as_str().unwrap();
    assert!(message.contains("from 1 to 1000"), "{message}");
}

async fn folder(rig: &Rig, query: &str) -> (u16, Value) {
    let url = format!("{}/v1beta/models{query}", rig.url);
    let answer = rig.client.get(url).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

#[tokio::test]
async fn a_client_that_names_pages_by_tokens_sees_all_models_too() {
    let alias = |name| format!("[[aliases]]\nname = \"{name}\"\ntargets = [\"echo/echo\"]\n");
    let rig = Rig::with(&["one", "two"].map(alias).concat()).await;
    let (_, whole) = folder(&rig, "").await;
    assert_eq!(whole["models"].as_array().unwrap().len(), 3);
    assert!(whole.get("nextPageToken").is_none());
    let (status, first) = folder(&rig, "?pageSize=2").await;
    assert_eq!(status, 200, "{first}");
    let token = first["nextPageToken"].as_str().unwrap();
    let (status, second) = folder(&rig, &format!("?pageSize=2&pageToken={token}")).await;
    assert_eq!(status, 200, "{second}");
    assert!(second.get("nextPageToken").is_none());
    let pages = [&first["models"], &second["models"]];
    let pages = pages.map(|models| models.as_array().unwrap().as_slice());
    assert_eq!(pages.concat(), *whole["models"].as_array().unwrap());
    let (status, failure) = folder(&rig, "?pageToken=nowhere").await;
    assert_eq!(status, 400);
    assert_eq!(failure["error"]["status"], "INVALID_ARGUMENT");
    let violation = &failure["error"]["details"][0]["fieldViolations"][0];
    assert_eq!(violation["field"], "page_token");
}
