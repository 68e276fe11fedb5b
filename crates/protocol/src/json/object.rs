//! JSON as it is: raw values, and tool arguments for protocols that want an object where others keep text.

use std::borrow::Cow;

use serde_json::{Value, value::RawValue};

use super::sound;

pub(crate) fn raw(value: &Value) -> Box<RawValue> {
    // A `Value` always serializes.
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| empty_object())
}

pub(crate) fn empty_object() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_default()
}

/// Arguments as text that can be parsed: whoever reads them parses what it gets, and nothing is not JSON.
pub(crate) fn parseable(arguments: &str) -> &str {
    if arguments.trim().is_empty() {
        "{}"
    } else {
        arguments
    }
}

/// Arguments as an object: byte for byte where they are a sound one, empty where they are missing, and still visible
/// (`_raw`) where they are broken.
pub(crate) fn arguments_object(arguments: &str) -> Cow<'_, RawValue> {
    let text = arguments.trim();
    if text.is_empty() || text == "null" {
        return Cow::Owned(empty_object());
    }
    if text.starts_with('{')
        && let Ok(object) = serde_json::from_str::<&RawValue>(text)
    {
        // A character that a model wrote by half is refused with the whole request.
        return match sound(text) {
            Cow::Borrowed(_) => Cow::Borrowed(object),
            Cow::Owned(text) => Cow::Owned(RawValue::from_string(text).unwrap_or_default()),
        };
    }
    Cow::Owned(raw(&serde_json::json!({ "_raw": arguments })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edge_023_arguments_become_an_object_and_never_vanish() {
        for (arguments, object) in [
            ("", "{}"),
            ("  ", "{}"),
            ("null", "{}"),
            (
                r#"{"a": 12345678901234567890.10}"#,
                r#"{"a": 12345678901234567890.10}"#,
            ),
            (r#"{"a": "#, r#"{"_raw":"{\"a\": "}"#),
            ("[1]", r#"{"_raw":"[1]"}"#),
            ("plain", r#"{"_raw":"plain"}"#),
        ] {
            assert_eq!(arguments_object(arguments).get(), object);
        }
    }

    #[test]
    fn edge_132_lone_surrogates_of_arguments_are_replaced() {
        let arguments = r#"{"a": "\ud83d", "b": "\ud83d\ude00"}"#;
        let object = r#"{"a": "\ufffd", "b": "\ud83d\ude00"}"#;
        assert_eq!(arguments_object(arguments).get(), object);
    }
}
