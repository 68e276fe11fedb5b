//! A peek sees what a parser sees, and a renamed body differs in nothing but the name.

use bytes::Bytes;
use proptest::{collection::vec, prelude::*};
use protocol::envelope::Envelope;
use serde_json::{Map, Value};

use crate::checks;

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[\\PC\"\\\\\n{}\\[\\],:]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key(), inner), 0..4).prop_map(object),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("model".to_owned()),
        Just("stream".to_owned()),
        "[\\PC\"\\\\]{0,6}"
    ]
}

fn object(members: Vec<(String, Value)>) -> Value {
    members.into_iter().collect::<Map<_, _>>().into()
}

/// A body, laid out or not, some of its letters escaped.
fn body() -> impl Strategy<Value = Bytes> {
    (
        vec((key(), json()), 0..5).prop_map(object),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(value, wide, escaped)| {
            let text = if wide {
                format!(" {value:#}\r\n")
            } else {
                value.to_string()
            };
            let text = if escaped {
                text.replace("ode", "\\u006fd\\u0065")
                    .replace("é", "\\u00e9")
            } else {
                text
            };
            Bytes::from(text)
        })
}

fn readable(body: &Bytes) -> bool {
    serde_json::from_slice(body).is_ok_and(|body| checks::names_a_model_or_none(&body))
}

proptest! {
    #![proptest_config(crate::cases(256))]

    #[test]
    fn a_peek_agrees_with_a_parser(body in body()) {
        let parsed: Value = serde_json::from_slice(&body).unwrap();
        let envelope = match Envelope::peek(&body) {
            Ok(envelope) => envelope,
            Err(error) => {
                prop_assert!(!checks::names_a_model_or_none(&parsed), "{}", error);
                return Ok(());
            }
        };
        prop_assert!(checks::names_a_model_or_none(&parsed));
        prop_assert_eq!(envelope.model.as_deref(), parsed["model"].as_str());
        prop_assert_eq!(envelope.stream, parsed["stream"].as_bool());
    }

    #[test]
    fn edge_141_a_new_name_changes_the_model_only(body in body().prop_filter("a model", readable), name in "\\PC{0,6}[\"\\\\]?") {
        let envelope = Envelope::peek(&body).unwrap();
        let renamed = envelope.with_model(&body, &name).concat();
        let mut expected: Map<String, Value> = serde_json::from_slice(&body).unwrap();
        let had_model = expected.insert("model".to_owned(), name.into()).is_some();
        let renamed: Map<String, Value> = serde_json::from_slice(&renamed).unwrap();
        prop_assert_eq!(&renamed, &expected);
        if had_model {
            prop_assert!(renamed.keys().eq(expected.keys()), "the order of keys is kept");
        }
    }

    #[test]
    fn whatever_is_no_object_is_refused(value in json()) {
        let value = if value.is_object() { Value::from(vec![value]) } else { value };
        prop_assert!(Envelope::peek(value.to_string().as_bytes()).is_err());
    }

    #[test]
    fn a_cut_body_is_refused(body in body(), at in any::<prop::sample::Index>()) {
        let text = body.trim_ascii_end();
        let cut = &text[..at.index(text.len())];
        prop_assert!(Envelope::peek(cut).is_err());
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..48)) {
        checks::envelope(&bytes);
    }
}
