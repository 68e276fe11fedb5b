//! What holds for any session, whatever is sent and whatever comes back.

use proptest::{collection::vec, prelude::*, test_runner::RngSeed};
use protocol::{
    Operation, Protocol, RawRequest,
    canonical::Losses,
    client_codec,
    realtime::{Action, Dialect, Opening, Session},
};
use serde_json::{Value, json};

use crate::{
    checks::sessions,
    script::{Stage, sent},
};

/// A script's lines.
fn acts() -> impl Strategy<Value = Vec<String>> {
    let client = prop_oneof![
        Just(json!({"type": "response.create"})),
        Just(json!({"type": "response.create", "response": {"conversation": "none", "metadata": {"a": "b"}}})),
        Just(json!({"type": "response.create", "response": {"input": [{"type": "item_reference", "id": "i1"}]}})),
        Just(json!({"type": "response.cancel"})),
        Just(json!({"type": "response.cancel", "response_id": "resp_1_1"})),
        Just(json!({"type": "session.update", "session": {"type": "realtime", "instructions": "Be brief."}})),
        Just(json!({"type": "message", "message": "Hello"})),
        Just(json!({"type": "input_audio_buffer.commit"})),
        (0..4_u8, prop_oneof![Just(Value::Null), Just(json!("root")), (0..4_u8).prop_map(|id| json!(format!("i{id}")))])
            .prop_map(|(id, behind)| json!({"type": "conversation.item.create", "previous_item_id": behind, "item":
                {"id": format!("i{id}"), "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}})),
        (0..4_u8).prop_map(|id| json!({"type": "conversation.item.delete", "item_id": format!("i{id}")})),
        (1..9_u8).prop_map(|id| json!({"type": "conversation.item.delete", "item_id": format!("item_1_{id}")})),
        Just(json!({"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "c", "output": "1"}})),
    ];
    let model = proptest::sample::select(vec![
        "text Hello",
        "text  there",
        "call c weather",
        "reasoning Hm.",
        "usage 3 4",
        "finish stop",
        "finish length",
        "error It broke.",
        "break",
    ]);
    let act = prop_oneof![
        3 => client.prop_map(|event| format!("C {event}")),
        4 => model.prop_map(|words| format!("M {words}")),
        1 => "\\PC{0,40}".prop_map(|text| format!("C {text}")),
    ];
    vec(act, 0..60)
}

/// The same cases in every run: nobody's change should fail by chance.
fn cases() -> ProptestConfig {
    let mut config = ProptestConfig::with_cases(128);
    config.rng_seed = RngSeed::Fixed(2026);
    config.failure_persistence = None;
    config
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_reply_ends_once_and_items_stand_where_they_were_said_to(acts in acts(), dialect in dialects()) {
        sessions::session(dialect, acts.join("\n").as_bytes());
    }

    #[test]
    fn nothing_that_is_sent_panics_and_everything_is_answered(text in "\\PC{0,200}", dialect in dialects()) {
        let mut stage = Stage::new(dialect, None);
        stage.open();
        prop_assert!(!stage.client(&text).is_empty());
    }

    #[test]
    fn no_line_and_no_failure_panics(bytes in vec(any::<u8>(), 0..200), dialect in dialects()) {
        for whole in [false, true] {
            let mut stage = Stage::new(dialect, None);
            stage.client(r#"{"type":"response.create"}"#);
            let mut out = Vec::new();
            if whole {
                stage.session.refuse(&bytes, &mut out);
                prop_assert!(!stage.session.is_replying());
            } else {
                stage.session.step(&bytes, &mut out);
            }
            stage.session.end(&mut out);
            prop_assert!(!stage.session.is_replying());
        }
    }

    /// A turn that was handed out can be read, whatever the items in it are.
    #[test]
    fn turns_decode(text in "\\PC{0,40}", arguments in "\\PC{0,20}", role in proptest::sample::select(vec!["user", "assistant", "system"])) {
        let mut stage = Stage::new(Dialect::Beta, Some("m"));
        for item in [
            json!({"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}),
            json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": arguments}),
            json!({"type": "function_call_output", "call_id": "c", "output": text}),
        ] {
            let event = json!({"type": "conversation.item.create", "item": item});
            let told = sent(&stage.client(&event.to_string())).remove(0);
            prop_assert_eq!(told["type"].as_str(), Some("conversation.item.created"));
        }
        let actions = stage.client(r#"{"type":"response.create"}"#);
        let Some(Action::Run(turn)) = actions.last() else {
            panic!("{actions:?}");
        };
        let headers = http::HeaderMap::new();
        let raw = RawRequest {
            operation: Operation::Chat,
            path: "/v1/realtime",
            query: None,
            headers: &headers,
            body: &turn.body,
        };
        let request = client_codec(Protocol::OpenAiRealtime).decode_request(raw, &mut Losses::default());
        let request = request.unwrap();
        prop_assert_eq!(request.model.as_str(), "m");
        prop_assert!(request.stream && request.messages.len() >= 2);
    }
}

fn dialects() -> impl Strategy<Value = Dialect> {
    proptest::sample::select(Dialect::ALL.to_vec())
}

#[test]
fn a_session_is_sent_between_threads() {
    fn check<T: Send>(_: T) {}
    let opening = Opening {
        seed: "1".to_owned(),
        dialect: Dialect::Ga,
        model: None,
    };
    check(Session::new(opening));
}
