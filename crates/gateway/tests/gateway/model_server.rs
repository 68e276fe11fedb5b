//! Clients that look for a model server of Ollama's kind find us, and the truth about our models.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use store::exchanges::ExchangeState;

use crate::{
    fake::Fake,
    rig::{self, Rig},
    scripted::{self, Scripted},
    told,
};

async fn with_fake() -> (Fake, Rig) {
    let fake = Fake::start().await;
    let alias = "[[aliases]]\nname = \"fast\"\ntargets = [\"openai_chat/gpt-4o-mini\"]\n";
    let rig = Rig::with(&(rig::both(&fake) + alias)).await;
    (fake, rig)
}

async fn get(rig: &Rig, path: &str) -> Value {
    let answer = rig.client.get(format!("{}{path}", rig.url)).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(answer.headers()["content-type"], "application/json");
    answer.json().await.unwrap()
}

async fn post(rig: &Rig, path: &str, body: &Value) -> (u16, Value) {
    let request = rig.client.post(format!("{}{path}", rig.url)).json(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn complaint_42_editors_find_every_model_with_its_window_and_abilities() {
    let (_fake, rig) = with_fake().await;
    let version = get(&rig, "/api/version").await;
    let parts = version["version"].as_str().unwrap().split('.');
    let parts: Vec<u32> = parts.map(|part| part.parse().unwrap()).collect();
    assert!(parts.as_slice() >= [0, 6, 4].as_slice(), "{version}");
    assert_eq!(get(&rig, "/api/ps").await, json!({"models": []}));

    let tags = get(&rig, "/api/tags").await;
    let models = tags["models"].as_array().unwrap();
    let names: Vec<&str> = models
        .iter()
        .map(|model| model["model"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"fast") && names.contains(&"ollama/listed-model:8b"));
    for model in models {
        // What a strict editor reads.
        assert_eq!(model["name"], model["model"]);
        assert!(model["modified_at"].as_str().unwrap().ends_with('Z'));
        assert!(model["size"].is_u64());
        assert_eq!(model["digest"].as_str().unwrap().len(), 64);
        for key in ["format", "family", "parameter_size", "quantization_level"] {
            assert!(model["details"][key].is_string(), "{key}: {model}");
        }
        let (status, shown) = post(&rig, "/api/show", &json!({"model": model["model"]})).await;
        assert_eq!(status, 200, "{model}");
        assert!(shown["capabilities"].is_array());
        assert!(shown["model_info"]["general.basename"].is_string());
        let parameters = shown["parameters"].as_str().unwrap();
        assert!(
            parameters
                .lines()
                .all(|line| line.split_whitespace().count() == 2)
        );
    }
}

#[tokio::test]
async fn edge_120_what_is_told_of_a_model_is_true() {
    let (_fake, rig) = with_fake().await;
    let told = async |body: Value| {
        let (status, shown) = post(&rig, "/api/show", &body).await;
        assert_eq!(status, 200, "{body}");
        let family = shown["model_info"]["general.architecture"]
            .as_str()
            .unwrap();
        let window = shown["model_info"][format!("{family}.context_length")].as_u64();
        (window, shown["capabilities"].clone())
    };
    // The table knows the alias' target.
    let alias = told(json!({"model": "fast"})).await;
    assert_eq!(
        alias,
        (Some(128_000), json!(["completion", "tools", "vision"]))
    );
    assert_eq!(told(json!({"name": "fast:latest"})).await, alias);
    // A provider's own list says it.
    get(&rig, "/api/tags").await;
    assert_eq!(
        told(json!({"model": "ollama/listed-model:8b"})).await,
        (Some(40_960), json!(["completion", "tools"]))
    );
    // Not in a list, but routed all the same; nobody knows its window.
    let (window, abilities) = told(json!({"model": "openai_chat/never-heard-of"})).await;
    assert_eq!(window, None);
    assert_eq!(abilities, json!(["completion", "tools", "vision"]));
    let thinks = told(json!({"model": "anthropic/claude-sonnet-4-5"})).await;
    assert_eq!(
        thinks,
        (
            Some(200_000),
            json!(["completion", "tools", "vision", "thinking"])
        )
    );
    // Editors ask for gaps to be filled where the template has a place for what is behind them.
    for (model, fills) in [
        ("qwen2.5-coder", true),
        ("codestral", true),
        ("gpt-4o", false),
    ] {
        let asked = json!({"name": format!("openai_chat/{model}")});
        let (_, shown) = post(&rig, "/api/show", &asked).await;
        let abilities = shown["capabilities"].as_array().unwrap();
        assert_eq!(abilities.contains(&json!("insert")), fills, "{shown}");
        assert_eq!(abilities.contains(&json!("vision")), !fills, "{shown}");
        let template = shown["template"].as_str().unwrap();
        assert_eq!(template.contains(".Suffix"), fills, "{shown}");
    }
    let (status, body) = post(&rig, "/api/show", &json!({"model": "nobody's"})).await;
    assert_eq!(
        (status, body),
        (404, json!({"error": "model 'nobody's' not found"}))
    );
    let (status, body) = post(&rig, "/api/show", &json!({})).await;
    assert_eq!(
        (status, body),
        (400, json!({"error": "`model` is missing."}))
    );
    let url = format!("{}/api/show", rig.url);
    let cut = rig
        .client
        .post(url)
        .header("content-type", "application/json");
    let answer = cut.body("{\"model\":\"echo/echo\"").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let said = answer.text().await.unwrap();
    assert!(said.contains("The body is not JSON"), "{said}");
    // What stands in the place of an object is not repeated.
    let (status, body) = post(&rig, "/api/show", &json!("a prompt")).await;
    assert_eq!(status, 400);
    assert!(!body.to_string().contains("a prompt"), "{body}");
    // What else such a question holds does not matter, however much it is.
    let large = json!({"model": "echo/echo", "system": "x".repeat(2 << 20)});
    assert_eq!(post(&rig, "/api/show", &large).await.0, 200);
}

#[tokio::test]
async fn edge_120_a_provider_is_asked_what_its_list_leaves_open() {
    let shows = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&shows);
    let provider = Scripted::start(move |path, body| match path {
        "/api/tags" => scripted::json(&json!({"models": [
            {"name": "old:8b", "model": "old:8b", "size": 4_661_224_676_u64, "digest": "365c0bd3c000"},
            {"name": "silent:8b", "model": "silent:8b"},
            {"name": "told:8b", "model": "told:8b", "capabilities": ["completion"],
                "details": {"context_length": 4096}}]})),
        _ => {
            assert_eq!(path, "/api/show");
            counted.fetch_add(1, Ordering::Relaxed);
            if body["model"] == "old:8b" {
                return scripted::json(&json!({
                    "capabilities": ["completion", "thinking"],
                    "model_info": {"general.architecture": "old", "old.context_length": 8192}}));
            }
            let mut answer = scripted::json(&json!({"error": "model not found"}));
            *answer.status_mut() = http::StatusCode::NOT_FOUND;
            answer
        }
    })
    .await;
    let alias = "[[aliases]]\nname = \"mine\"\ntargets = [\"lab/old:8b\"]\n";
    let rig = Rig::with(&(provider.config("ollama") + alias)).await;
    let told = async |model: &str| {
        let (status, shown) = post(&rig, "/api/show", &json!({"model": model})).await;
        assert_eq!(status, 200, "{model}");
        let window = shown["model_info"]["patchbay.context_length"].as_u64();
        (window, shown["capabilities"].clone())
    };
    // What nobody has told is not claimed.
    let tags = get(&rig, "/api/tags").await;
    let listed = |tags: &Value, name: &str| {
        let models = tags["models"].as_array().unwrap();
        models
            .iter()
            .find(|model| model["name"] == name)
            .unwrap()
            .clone()
    };
    let old = listed(&tags, "lab/old:8b");
    assert_eq!(old.get("capabilities"), None);
    assert_eq!(
        (&old["size"], &old["digest"]),
        (&json!(4_661_224_676_u64), &json!("365c0bd3c000"))
    );
    let able = (Some(8192), json!(["completion", "thinking"]));
    let (one, two) = tokio::join!(told("lab/old:8b"), told("mine"));
    assert_eq!((&one, &two), (&able, &able));
    assert_eq!(shows.load(Ordering::Relaxed), 1);
    let tags = get(&rig, "/api/tags").await;
    assert_eq!(listed(&tags, "mine")["capabilities"], able.1);

    for _ in 0..2 {
        assert_eq!(told("lab/silent:8b").await, (None, json!(["completion"])));
    }
    assert_eq!(shows.load(Ordering::Relaxed), 2);
    // Its list says it all.
    assert_eq!(
        told("lab/told:8b").await,
        (Some(4096), json!(["completion"]))
    );
    assert_eq!(shows.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn the_root_answers_programs_and_shows_people_the_page() {
    let rig = Rig::with("").await;
    let root = |accept: &'static str| rig.client.get(&rig.url).header("accept", accept).send();
    let program = root("*/*").await.unwrap();
    assert_eq!(program.text().await.unwrap(), "Ollama is running");
    let browser = root("text/html,*/*;q=0.8").await.unwrap();
    let kind = browser.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("text/html"), "{kind}");
    let head = rig.client.head(&rig.url).send().await.unwrap();
    assert_eq!(head.status(), 200);
}

#[tokio::test]
async fn a_prompt_is_a_chat_unless_it_goes_on_with_a_text() {
    for provider in ["anthropic", "ollama", "openai_chat"] {
        let (fake, rig) = with_fake().await;
        let body = json!({
            "model": format!("{provider}/text"), "prompt": "Hello", "system": "Be brief.", "stream": false
        });
        let (status, reply) = post(&rig, "/api/generate", &body).await;
        assert_eq!(status, 200, "{reply}");
        let passes = provider == "ollama";
        let said = if passes {
            "Gone on with."
        } else {
            "Hello from far away"
        };
        assert_eq!(reply["response"], said);
        assert_eq!(
            (&reply["done"], &reply["eval_count"]),
            (&json!(true), &json!(7))
        );
        assert_eq!(reply.get("message"), None);
        let (_, _, path) = fake.seen.requests().pop().unwrap();
        let expected = match provider {
            "anthropic" => "/v1/messages",
            "ollama" => "/api/generate",
            _ => "/v1/chat/completions",
        };
        assert_eq!(path, expected);
        let (row, _) = rig.only_row().await;
        assert_eq!(row.state, ExchangeState::Done);
    }
}

#[tokio::test]
async fn a_streamed_prompt_comes_in_its_own_form() {
    let (_fake, rig) = with_fake().await;
    let url = format!("{}/api/generate", rig.url);
    let body = json!({"model": "openai_chat/text", "prompt": "Hello"});
    let answer = rig.client.post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let text = answer.text().await.unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let said: String = lines
        .iter()
        .map(|line| line["response"].as_str().unwrap())
        .collect();
    assert_eq!(said, "Hello from far away");
    assert_eq!(lines.last().unwrap()["done"], true);
}

#[tokio::test]
async fn edge_119_a_request_to_load_a_model_asks_nobody() {
    for (keep_alive, word) in [(json!("5m"), "load"), (json!(0), "unload")] {
        let (fake, rig) = with_fake().await;
        for (path, model) in [
            ("/api/chat", "openai_chat/text"),
            ("/api/generate", "echo/echo"),
        ] {
            let body = json!({"model": model, "keep_alive": keep_alive});
            let answer = rig
                .client
                .post(format!("{}{path}", rig.url))
                .json(&body)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200);
            let line: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            assert_eq!(
                (&line["done"], &line["done_reason"]),
                (&json!(true), &json!(word))
            );
        }
        assert_eq!(fake.seen.requests(), []);
    }
}

#[tokio::test]
async fn edge_113_a_request_that_does_not_say_so_is_streamed() {
    let (_fake, rig) = with_fake().await;
    let body =
        json!({"model": "anthropic/text:latest", "messages": [{"role": "user", "content": "Hi"}]});
    let url = format!("{}/api/chat", rig.url);
    let answer = rig.client.post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let told = told::stream(crate::ask::Dialect::Ollama, &answer.bytes().await.unwrap());
    assert_eq!(told.text, "Hello from far away");
    let (row, _) = rig.only_row().await;
    // The tag that stands for none is not part of the name.
    assert_eq!(
        (row.upstream_model.as_deref(), row.stream),
        (Some("text"), true)
    );
}

#[tokio::test]
async fn what_makes_vectors_is_not_offered_for_a_chat() {
    let (_fake, rig) = with_fake().await;
    for model in ["text-embedding-3-small", "BAAI/bge-m3"] {
        let asked = json!({"model": format!("openai_chat/{model}")});
        let (status, shown) = post(&rig, "/api/show", &asked).await;
        assert_eq!(
            (status, &shown["capabilities"]),
            (200, &json!(["embedding"]))
        );
    }
}
