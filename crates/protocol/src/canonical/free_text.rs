//! Tools that take free text: on the wire of protocols that know them the text itself, in the canonical model
//! (and for protocols that know functions only) arguments with one string.

use serde_json::{Map, Value, json, value::RawValue};

use crate::json::raw;

/// What stands before and after the escaped text.
pub(crate) const HEAD: &str = r#"{"input":""#;
pub(crate) const TAIL: &str = r#""}"#;

/// The tool as a function: its description, with the format in words, and its schema.
pub(crate) fn as_function(
    description: Option<&str>,
    format: Option<&RawValue>,
) -> (String, Box<RawValue>) {
    let mut text = description.unwrap_or_default().to_owned();
    if let Some(format) = format {
        text.push_str("\nThe input keeps to this format: ");
        text.push_str(format.get());
    }
    let schema = raw(&json!({
        "type": "object",
        "properties": {"input": {"type": "string"}},
        "required": ["input"],
    }));
    (text, schema)
}

/// The text as arguments.
pub(crate) fn wrap(text: &str) -> String {
    format!("{HEAD}{}{TAIL}", escape(text))
}

/// A fragment of the text as it stands between [`HEAD`] and [`TAIL`].
pub(crate) fn escape(fragment: &str) -> String {
    let quoted = serde_json::Value::from(fragment).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The text in arguments: their `input`, or their only string, as models name it as they please. Of arguments that were
/// cut it is the beginning. Arguments of another form are the text.
pub(crate) fn unwrap(arguments: &str) -> String {
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(arguments) else {
        return begun(arguments).unwrap_or_else(|| arguments.to_owned());
    };
    let mut texts = fields.values().filter_map(Value::as_str);
    let only = texts.next().filter(|_| texts.next().is_none());
    let input = fields.get("input").and_then(Value::as_str);
    input.or(only).unwrap_or(arguments).to_owned()
}

/// The text behind [`HEAD`] in arguments that end too early, perhaps within an escape.
fn begun(arguments: &str) -> Option<String> {
    let escaped = arguments.strip_prefix(HEAD)?;
    let quoted = format!("\"{escaped}");
    let mut whole = serde_json::Deserializer::from_str(&quoted).into_iter();
    if let Some(Ok(text)) = whole.next() {
        return Some(text);
    }
    // The longest escape is that of a pair of surrogates.
    let ends = (0..12).filter_map(|less| quoted.get(..quoted.len().checked_sub(less)?));
    ends.map(|text| serde_json::from_str(&format!("{text}\"")))
        .find_map(Result::ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_found_under_any_name() {
        for (arguments, text) in [
            (r#"{"input":"a\n"}"#, "a\n"),
            (r#"{"patch":"a"}"#, "a"),
            (r#"{"input":"a","explanation":"b"}"#, "a"),
            (
                r#"{"patch":"a","explanation":"b"}"#,
                r#"{"patch":"a","explanation":"b"}"#,
            ),
            (r#"{"input":5}"#, r#"{"input":5}"#),
            ("*** Begin", "*** Begin"),
            (r#"{"input":"a\nb"#, "a\nb"),
            (r#"{"input":""#, ""),
            (r#"{"input":"a\"#, "a"),
            (r#"{"input":"a\ud83d\ude0"#, "a"),
            (r#"{"input":"a","more":"#, "a"),
        ] {
            assert_eq!(unwrap(arguments), text);
        }
    }
}
