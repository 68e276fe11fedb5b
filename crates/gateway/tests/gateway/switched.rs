//! Conversations that go on at a provider of the client's own protocol after one of another protocol: what was made
//! up for the client on the way stays here.

use serde_json::{Value, json};

use crate::{
    rig::Rig,
    scripted::{self, Scripted},
};

/// A provider of the client's own protocol, and one of another protocol before it.
struct Switched {
    home: Scripted,
    rig: Rig,
    _away: Scripted,
}

impl Switched {
    async fn start(home: &str, away: &str, reply: Value) -> Self {
        let away_at = Scripted::start(move |_, _| scripted::json(&reply)).await;
        // Whatever it is asked: only what it is asked is looked at.
        let home_at = Scripted::start(|_, _| scripted::json(&json!({}))).await;
        let provider = |id: &str, protocol: &str, url: &str| {
            format!(
                "[[providers]]\nid = \"{id}\"\nprotocol = \"{protocol}\"\nbase_url = \"{url}\"\nretries = 0\n"
            )
        };
        let config = provider("home", home, &home_at.url) + &provider("away", away, &away_at.url);
        Self {
            rig: Rig::with(&config).await,
            home: home_at,
            _away: away_at,
        }
    }

    async fn ask(&self, path: &str, body: &str) -> (Value, String) {
        let url = format!("{}{path}", self.rig.url);
        let request = self.rig.client.post(url).body(body.to_owned());
        let request = request.header("content-type", "application/json");
        let answer = request.send().await.unwrap();
        let losses = answer.headers().get("x-patchbay-loss");
        let losses = losses
            .map_or("", |losses| losses.to_str().unwrap())
            .to_owned();
        (answer.json().await.unwrap_or_default(), losses)
    }

    /// What reaches the provider of the client's own protocol, and what is said of changes.
    async fn at_home(&self, path: &str, body: &str) -> (String, String) {
        let (_, losses) = self.ask(path, body).await;
        let seen = self.home.asked_raw().pop().unwrap();
        (String::from_utf8(seen.to_vec()).unwrap(), losses)
    }
}

/// A chat provider's reply: reasoning that nobody has signed, and a call.
fn reasoned() -> Value {
    json!({"id": "c1", "object": "chat.completion", "created": 1, "model": "deepseek-reasoner", "choices": [
        {"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null,
            "reasoning_content": "Rome, then.", "tool_calls": [
                {"id": "call_a", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Rome\"}"}}]}}]})
}

/// An Anthropic provider's: signed thinking, words, and a call.
fn thought() -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "tool_use", "content": [
        {"type": "thinking", "thinking": "Rome, then.", "signature": "c2lnLTE="},
        {"type": "text", "text": "Looking."},
        {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Rome"}}],
        "usage": {"input_tokens": 5, "output_tokens": 9}})
}

const UNSIGNED: &str = "dropped messages[].reasoning";

#[tokio::test]
async fn thinking_without_a_proof_does_not_reach_anthropic() {
    let switched = Switched::start("anthropic", "openai_chat", reasoned()).await;
    let path = "/v1/messages";
    let question = r#"{"role":"user", "content":"Weather?"}"#;
    let asked = |model: &str, more: &str, messages: &[&str]| {
        let messages = messages.join(", ");
        format!(r#"{{"model":"{model}", "max_tokens":5000,{more}"messages":[{messages}]}}"#)
    };
    let thinking = r#""thinking":{"type":"enabled","budget_tokens":2000},"#;
    let (turn, _) = switched
        .ask(
            path,
            &asked("away/deepseek-reasoner", thinking, &[question]),
        )
        .await;
    let content = turn["content"].as_array().unwrap();
    assert_eq!(content[0]["type"], "thinking", "{turn}");
    let said = format!(
        r#"{{"role":"assistant","content":[ {} , {}]}}"#,
        content[0], content[1]
    );
    let called = format!(r#"{{"role":"assistant","content":[ {}]}}"#, content[1]);
    let result = r#"{"role":"user","content":[{"type":"tool_result", "tool_use_id":"call_a","content":"sunny"}]}"#;
    let model = "home/claude-sonnet-4-5";
    let (seen, losses) = switched
        .at_home(path, &asked(model, "", &[question, &said, result]))
        .await;
    assert_eq!(
        seen,
        asked("claude-sonnet-4-5", "", &[question, &called, result])
    );
    assert!(losses.contains(UNSIGNED), "{losses}");

    // It cannot think on from a call that no proof leads to, nor clear what is not there.
    let thinking = r#""thinking":{"type":"enabled","budget_tokens":2000},"context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"},{"type":"clear_tool_uses_20250919"}]},"#;
    let off = r#""thinking":{"type":"disabled"},"context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]},"#;
    for path in [path, "/v1/messages/count_tokens"] {
        let (seen, losses) = switched
            .at_home(path, &asked(model, thinking, &[question, &said, result]))
            .await;
        assert_eq!(
            seen,
            asked("claude-sonnet-4-5", off, &[question, &called, result])
        );
        assert!(losses.contains("dropped thinking"), "{losses}");
    }

    // A message of nothing else goes with it; what has a proof stays, and so does thinking.
    let alone =
        r#"{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature": ""}]}"#;
    let signed = r#"{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"c2ln"},{"type":"tool_use","id":"call_a","name":"weather","input":{}}]}"#;
    let (seen, losses) = switched
        .at_home(
            path,
            &asked(
                model,
                thinking,
                &[question, alone, question, signed, result],
            ),
        )
        .await;
    assert_eq!(
        seen,
        asked(
            "claude-sonnet-4-5",
            thinking,
            &[question, question, signed, result]
        )
    );
    assert!(
        losses.contains(UNSIGNED) && !losses.contains("thinking;"),
        "{losses}"
    );
    let whole = asked(model, thinking, &[question, signed, result]);
    let (seen, losses) = switched.at_home(path, &whole).await;
    assert_eq!((seen, &*losses), (whole.replace("home/", ""), ""));
    // Others of this protocol sign nothing.
    let local = asked("home/qwen3", "", &[question, &said, result]);
    let (seen, losses) = switched.at_home(path, &local).await;
    assert_eq!((seen, &*losses), (local.replace("home/", ""), ""));
}

#[tokio::test]
async fn state_of_others_does_not_reach_openai_in_items_of_ours() {
    let switched = Switched::start("openai_responses", "anthropic", thought()).await;
    let path = "/v1/responses";
    let question = r#"{"role":"user", "content":"Weather?"}"#;
    let asked = |model: &str, more: &str, items: &[&str]| {
        let items = items.join(", ");
        format!(r#"{{"model":"{model}", {more}"input":[{items}]}}"#)
    };
    let include = r#""include":["reasoning.encrypted_content"],"#;
    let result = r#"{"type":"function_call_output", "call_id":"toolu_1","output":"sunny"}"#;
    let (turn, _) = switched
        .ask(path, &asked("away/claude-sonnet-4-5", include, &[question]))
        .await;
    let output = turn["output"].as_array().unwrap();
    let mut nameless = output[0].clone();
    nameless.as_object_mut().unwrap().remove("id");
    let mut stateless = output[0].clone();
    let state = stateless
        .as_object_mut()
        .unwrap()
        .remove("encrypted_content");
    let state = state.unwrap();
    assert!(state.as_str().unwrap().starts_with("patchbay."), "{turn}");
    let (words, call) = (output[1].to_string(), output[2].to_string());
    let clean = [question, &words, &call, result];
    for reasoning in [&output[0], &nameless, &stateless] {
        let reasoning = reasoning.to_string();
        let history = [question, &reasoning, &words, &call, result];
        let (seen, losses) = switched
            .at_home(path, &asked("home/gpt-5", include, &history))
            .await;
        assert_eq!(seen, asked("gpt-5", include, &clean));
        assert!(losses.contains(UNSIGNED), "{losses}");
    }
    // The client names its conversation, and Patchbay puts it in.
    let named = format!(
        r#"{{"model":"home/gpt-5","previous_response_id":{},"input":[{result}]}}"#,
        turn["id"]
    );
    let (seen, losses) = switched.at_home(path, &named).await;
    assert!(
        !seen.contains("\"reasoning\"") && seen.contains("toolu_1"),
        "{seen}"
    );
    assert!(losses.contains(UNSIGNED), "{losses}");
    // The provider's own stays as it is, and so do words that look like a mark.
    let own =
        r#"{"type":"reasoning","id":"rs_68af3c00d1","summary":[],"encrypted_content":"gAAA"}"#;
    let words = r#"{"role":"user","content":"patchbay.toml, rs_1_2"}"#;
    let whole = asked("home/gpt-5", include, &[question, own, words]);
    let (seen, losses) = switched.at_home(path, &whole).await;
    assert_eq!((seen, &*losses), (whole.replace("home/", ""), ""));
}

#[tokio::test]
async fn state_of_others_does_not_reach_gemini_as_a_signature() {
    let unsigned = "dropped contents[].parts[].thoughtSignature";
    let switched = Switched::start("gemini", "anthropic", thought()).await;
    let path = |model: &str| format!("/v1beta/models/{model}:generateContent");
    let question = r#"{"role":"user","parts":[{"text":"Weather?"}]}"#;
    let result = r#"{"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"output":"sunny"}}}]}"#;
    let asked = |contents: &[&str]| format!(r#"{{"contents":[{}]}}"#, contents.join(", "));
    let shown = r#"{"generationConfig":{"thinkingConfig":{"includeThoughts":true}},"#;
    let first = asked(&[question]).replacen('{', shown, 1);
    let (turn, _) = switched
        .ask(&path("away%2Fclaude-sonnet-4-5"), &first)
        .await;
    let parts = turn["candidates"][0]["content"]["parts"]
        .as_array()
        .unwrap();
    assert!(
        parts[0]["thoughtSignature"]
            .as_str()
            .unwrap()
            .starts_with("cGF0Y2hiYXkg"),
        "{turn}"
    );
    let said = |parts: &[&Value]| {
        let parts: Vec<String> = parts.iter().map(|part| part.to_string()).collect();
        format!(r#"{{"role":"model","parts":[ {}]}}"#, parts.join(" , "))
    };
    let whole = said(&parts.iter().collect::<Vec<_>>());
    let (text, call) = (&parts[1], &parts[2]);
    // The model that checks signatures is told that there is none.
    let third = &path("home%2Fgemini-3-pro-preview");
    let (seen, losses) = switched
        .at_home(third, &asked(&[question, &whole, result]))
        .await;
    let mended = said(&[text, call]).replace(
        r#"{"functionCall""#,
        r#"{"thoughtSignature":"skip_thought_signature_validator","functionCall""#,
    );
    assert_eq!(seen, asked(&[question, &mended, result]));
    assert!(losses.contains(unsigned), "{losses}");
    // Only where it looks: at the first call of each step since the user last said something.
    let two = said(&[call, call]);
    let signed = r#"{"role":"model","parts":[{"functionCall":{"name":"weather","args":{}},"thoughtSignature":"c2ln"}]}"#;
    let (seen, losses) = switched
        .at_home(
            third,
            &asked(&[
                question, &two, result, question, signed, result, &two, result,
            ]),
        )
        .await;
    let first = two.replacen(
        r#"{"functionCall""#,
        r#"{"thoughtSignature":"skip_thought_signature_validator","functionCall""#,
        1,
    );
    assert_eq!(
        seen,
        asked(&[
            question, &two, result, question, signed, result, &first, result
        ])
    );
    assert!(losses.contains("repaired"), "{losses}");
    // Others do not look, and a content of nothing else goes.
    let second = &path("home%2Fgemini-2.5-pro");
    let alone = said(&[&parts[0]]);
    let (seen, losses) = switched
        .at_home(
            second,
            &asked(&[question, &alone, &said(&[text, call]), result]),
        )
        .await;
    assert_eq!(seen, asked(&[question, &said(&[text, call]), result]));
    assert!(losses.contains(unsigned), "{losses}");
    for path in [second, third] {
        let own = asked(&[question, signed, result]);
        let (seen, losses) = switched.at_home(path, &own).await;
        assert_eq!((seen, &*losses), (own, ""));
    }
}

#[tokio::test]
async fn state_of_others_does_not_reach_a_chat_provider() {
    let switched = Switched::start("openai_chat", "anthropic", thought()).await;
    let path = "/v1/chat/completions";
    let question = r#"{"role":"user","content":"Weather?"}"#;
    let result = r#"{"role":"tool", "tool_call_id":"toolu_1","content":"sunny"}"#;
    let asked = |model: &str, messages: &[&str]| {
        let messages = messages.join(", ");
        format!(r#"{{"model":"{model}", "messages":[{messages}]}}"#)
    };
    let (turn, _) = switched
        .ask(path, &asked("away/claude-sonnet-4-5", &[question]))
        .await;
    let said = &turn["choices"][0]["message"];
    assert_eq!(said["reasoning_details"][0]["signature"], "c2lnLTE=");
    let without = |names: &[&str]| {
        let mut said = said.clone();
        let fields = said.as_object_mut().unwrap();
        fields.retain(|name, _| !names.contains(&name.as_str()));
        said.to_string()
    };
    let whole = said.to_string();
    let (details, words) = ("reasoning_details", "reasoning_content");
    // Some want the words of it, whoever thought them.
    for (model, gone) in [
        ("gpt-4o", vec![details, words]),
        ("deepseek-reasoner", vec![details]),
    ] {
        let home = format!("home/{model}");
        let (seen, losses) = switched
            .at_home(path, &asked(&home, &[question, &whole, result]))
            .await;
        assert_eq!(seen, asked(model, &[question, &without(&gone), result]));
        assert!(losses.contains(UNSIGNED), "{losses}");
    }
    // The provider's own stays as it is, also beside ours, and so do words that look like a mark.
    let item = r#"{ "type":"reasoning.text","text":"Hm.","signature":"c2ln","format":"anthropic-claude-v1","index":0}"#;
    let own = |items: &str| {
        format!(
            r#"{{"role":"assistant","content":"\"anthropic\", \"gemini\"","reasoning_content": "Hm." ,"reasoning_details":[{items}],"tool_calls":[]}}"#
        )
    };
    let untouched = asked("home/gpt-4o", &[question, &own(item)]);
    let (seen, losses) = switched.at_home(path, &untouched).await;
    assert_eq!((seen, &*losses), (untouched.replace("home/", ""), ""));
    let mixed = own(&format!("{},{item}", said["reasoning_details"][0]));
    let (seen, losses) = switched
        .at_home(path, &asked("home/gpt-4o", &[&mixed]))
        .await;
    let left = own(item).replace(r#""reasoning_content": "Hm." ,"#, "");
    assert_eq!(seen, asked("gpt-4o", &[&left]));
    assert!(losses.contains(UNSIGNED), "{losses}");
}
