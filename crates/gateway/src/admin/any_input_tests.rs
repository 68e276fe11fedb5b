//! Whatever is sent, the answer is what was asked for or a failure in words: never our own fault.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::rig::{CONFIG, Rig};

/// Any small JSON, with words that mean something here among the others.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        any::<String>(),
        "[a-z*/-]{0,12}",
        Just("openai/gpt-5".to_owned()),
        Just("openai_chat".to_owned()),
        Just("http://127.0.0.1:1".to_owned()),
        Just("[::1]:1".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::hash_map(word.clone(), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A good call, in which one field becomes anything.
fn calls() -> [(&'static str, &'static str, Value); 6] {
    [
        (
            "PUT",
            "/admin/providers/new",
            json!({"name": "New", "protocol": "anthropic", "base_url": "http://127.0.0.1:1/v1",
                "timeouts": {"connect": 1, "headers": 1, "idle": 1}, "retries": 1}),
        ),
        (
            "PUT",
            "/admin/accounts/openai-main",
            json!({"provider": "openai", "key_source": {"kind": "keychain"}, "key": "sk-x"}),
        ),
        (
            "PUT",
            "/admin/accounts/openai-main/key",
            json!({"key": "sk-x"}),
        ),
        (
            "PUT",
            "/admin/aliases",
            json!({"default_model": "echo/echo", "aliases": [{"name": "a", "targets": ["echo/echo"]}]}),
        ),
        (
            "PUT",
            "/admin/settings",
            json!({"address": "127.0.0.1:7229", "allowed_origins": [],
                "log": {"bodies": "off", "max_body_bytes": 1, "keep_days": 1, "max_megabytes": 1},
                "requests": {"parallel_choices": 1, "fetch_images": true}}),
        ),
        ("POST", "/admin/access-keys", json!({"name": "ide"})),
    ]
}

/// Puts `value` at the `at`th place of `json`, counting through all its fields and items.
fn replace(json: &mut Value, at: &mut usize, value: &Value) {
    if *at == 0 {
        *json = value.clone();
    }
    *at = at.wrapping_sub(1);
    match json {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, at, value)),
        Value::Object(map) => map.values_mut().for_each(|item| replace(item, at, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bad_input_is_never_our_fault(call in 0..6_usize, place in 0..9_usize, value in any_json()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let rig = Rig::new(CONFIG);
            let (method, path, mut body) = calls()[call].clone();
            replace(&mut body, &mut place.clone(), &value);
            let answer = rig.call(method, path, Some(body.clone())).await;
            prop_assert!(!answer.status.is_server_error(), "{path} {body}: {}", answer.text);
            if answer.status.is_client_error() {
                let failure: super::Failure = serde_json::from_str(&answer.text).unwrap();
                prop_assert!(failure.error.message.ends_with(['.', '?']), "{}", failure.error.message);
            }
            // The file on disk is good, whatever was asked for.
            store::Config::parse(&rig.config_text()).unwrap();
            Ok(())
        })?;
    }
}
