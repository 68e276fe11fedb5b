//! Providers are added, changed and taken away, each with what hangs on it.

use axum::{Router, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    admin::rig::{CONFIG, Rig},
    local_servers::Probe,
};

#[tokio::test]
async fn the_list_shows_each_with_its_accounts() {
    insta::assert_json_snapshot!(Rig::new(CONFIG).get("/admin/providers").await);
}

#[tokio::test]
async fn presets_are_the_table() {
    let presets = Rig::new(CONFIG).get("/admin/presets").await;
    let ids: Vec<&str> = presets
        .as_array()
        .unwrap()
        .iter()
        .map(|preset| preset["id"].as_str().unwrap())
        .collect();
    let in_table = include_str!("../providers.toml")
        .lines()
        .filter(|line| *line == "[[providers]]");
    assert_eq!(ids.len(), in_table.count());
    assert_eq!((ids[0], ids[ids.len() - 1]), ("openai", "custom"));
}

#[tokio::test]
async fn a_new_provider_is_written_tidily() {
    let rig = Rig::new("version = 1\n");
    let input = json!({"name": " Groq ", "protocol": "openai_chat", "base_url": " https://api.groq.com/openai/v1/ ",
        "timeouts": {"connect": 2.5, "headers": 60, "idle": 120}, "retries": 0});
    let made = rig.put("/admin/providers/groq", input).await;
    assert_eq!(
        made,
        json!({"id": "groq", "name": "Groq", "protocol": "openai_chat", "base_url": "https://api.groq.com/openai/v1",
            "accounts": [], "without_credential": true, "signs_in": false, "built_in": false,
            "timeouts": {"connect": 2.5, "headers": 60.0, "idle": 120.0}, "retries": 0})
    );
    insta::assert_snapshot!(rig.config_text());
}

#[tokio::test]
async fn a_change_keeps_what_it_is_not_about() {
    let rig = Rig::new(CONFIG);
    let input = json!({"protocol": "openai_chat", "base_url": "https://proxy.example/v1"});
    rig.put("/admin/providers/openai", input).await;
    let expected = CONFIG.replace("https://api.openai.com/v1", "https://proxy.example/v1");
    assert_eq!(rig.config_text(), expected);
}

#[tokio::test]
async fn a_change_keeps_what_a_person_saved_a_moment_before() {
    let rig = Rig::new(CONFIG);
    let saved = CONFIG.replace("\"blue\"", "\"red\"");
    // The file is read anew only once it has been quiet for a while.
    rig.write_config(&saved);
    let input = json!({"protocol": "openai_chat", "base_url": "https://proxy.example/v1"});
    rig.put("/admin/providers/openai", input).await;
    let expected = saved.replace("https://api.openai.com/v1", "https://proxy.example/v1");
    assert_eq!(rig.config_text(), expected);
}

#[tokio::test]
async fn a_name_is_written_where_it_is_not_the_one_that_was_shown() {
    let rig = Rig::new(CONFIG);
    let input = |name: &str| json!({"name": name, "protocol": "openai_chat", "base_url": "https://api.openai.com/v1"});
    let shown = rig.put("/admin/providers/openai", input("OpenAI")).await;
    assert_eq!(shown["name"], json!("OpenAI"));
    assert_eq!(rig.config_text(), CONFIG);

    let named = rig.put("/admin/providers/openai", input(" Ours ")).await;
    assert_eq!(named["name"], json!("Ours"));
    assert!(rig.config_text().contains("name = \"Ours\""));

    let shown = rig.put("/admin/providers/openai", input(" ")).await;
    assert_eq!(shown["name"], json!("OpenAI"));
    assert_eq!(rig.config_text(), CONFIG);
}

#[tokio::test]
async fn bad_input_names_its_field() {
    let rig = Rig::new(CONFIG);
    let good = || json!({"protocol": "openai_chat", "base_url": "https://example.com/v1"});
    let with = |key: &str, value: Value| {
        let mut input = good();
        input[key] = value;
        input
    };
    let mut seen = Vec::new();
    for (id, input) in [
        ("Open AI", good()),
        ("echo", good()),
        ("new", with("protocol", json!("smoke signals"))),
        ("new", with("base_url", json!(""))),
        ("new", with("base_url", json!("example.com"))),
        ("new", with("base_url", json!("ftp://example.com"))),
        (
            "new",
            with("base_url", json!("https://ann:secret@example.com")),
        ),
        (
            "new",
            with("base_url", json!("https://example.com/v1?key=x")),
        ),
        ("new", with("retries", json!(11))),
        ("new", with("retries", json!(-1))),
        (
            "new",
            with("timeouts", json!({"connect": 0, "headers": 1, "idle": 1})),
        ),
        (
            "new",
            with("timeouts", json!({"connect": 1, "headers": 1, "idle": 1e9})),
        ),
        ("new", with("timeouts", json!({"connect": 1}))),
    ] {
        let path = format!("/admin/providers/{}", id.replace(' ', "%20"));
        let refusal = rig.refusal("PUT", &path, Some(input.clone())).await;
        seen.push(format!("{id} {input}\n    {refusal}"));
    }
    insta::assert_snapshot!(seen.join("\n"));
    assert_eq!(rig.config_text(), CONFIG);
}

#[tokio::test]
async fn one_that_aliases_lead_to_goes_only_by_force() {
    let rig = Rig::new(CONFIG);
    rig.put(
        "/admin/accounts/openai-main/key",
        json!({"key": "sk-0123456789abcdef"}),
    )
    .await;
    assert_eq!(
        rig.refusal("DELETE", "/admin/providers/openai", None).await,
        "409 conflict - | Aliases lead to `openai`: `fast`, `gpt-*`. Change that first, or remove it too."
    );
    assert_eq!(rig.config_text(), CONFIG);

    let removed = rig
        .call("DELETE", "/admin/providers/openai?force=true", None)
        .await;
    assert_eq!(removed.status.as_u16(), 204, "{}", removed.text);
    insta::assert_snapshot!(rig.config_text());
    // The key does not wait for the next account of this name.
    rig.put(
        "/admin/providers/openai",
        json!({"protocol": "openai_chat", "base_url": "http://127.0.0.1:1"}),
    )
    .await;
    let account = rig
        .put("/admin/accounts/openai-main", json!({"provider": "openai"}))
        .await;
    assert_eq!(account["key"]["set"], json!(false));
}

#[tokio::test]
async fn echo_stays() {
    let rig = Rig::new(CONFIG);
    assert_eq!(
        rig.refusal("DELETE", "/admin/providers/echo?force=true", None)
            .await,
        "409 conflict - | Echo is built in and stays."
    );
}

#[tokio::test]
async fn local_servers_are_offered_unless_they_are_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let models = || async { r#"{"object":"list","data":[{"id":"llama3.2"}]}"# };
    let router = Router::new().route("/v1/models", get(models));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let rig = Rig::with_probes(
        CONFIG,
        vec![Probe {
            preset: "ollama",
            port,
        }],
    );
    let base_url = format!("http://127.0.0.1:{port}");
    let offered = json!([{"preset": "ollama", "name": "Ollama", "protocol": "ollama", "base_url": base_url,
        "models": ["llama3.2"], "provider": null}]);
    assert_eq!(rig.get("/admin/local-servers").await, offered);
    let input =
        json!({"protocol": "openai_chat", "base_url": format!("http://localhost:{port}/v1")});
    rig.put("/admin/providers/my-ollama", input).await;
    assert_eq!(
        rig.get("/admin/local-servers").await[0]["provider"],
        json!("my-ollama")
    );
}
