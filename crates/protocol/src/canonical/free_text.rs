//! Tools that take free text: on the wire of protocols that know them the text itself, in the canonical model
//! (and for protocols that know functions only) arguments with one string.

use serde::Deserialize;
use serde_json::{json, value::RawValue};

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

/// The text in arguments; arguments of another form are the text.
pub(crate) fn unwrap(arguments: &str) -> String {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wrapped {
        input: String,
    }
    match serde_json::from_str(arguments) {
        Ok(Wrapped { input }) => input,
        Err(_) => arguments.to_owned(),
    }
}
