//! Calls of tools that take free text: on the wire the text itself, in the canonical model arguments.

use serde::Deserialize;

/// What stands before and after the escaped text.
pub(super) const HEAD: &str = r#"{"input":""#;
pub(super) const TAIL: &str = r#""}"#;

/// The text as arguments.
pub(super) fn wrap(text: &str) -> String {
    format!("{HEAD}{}{TAIL}", escape(text))
}

/// A fragment of the text as it stands between [`HEAD`] and [`TAIL`].
pub(super) fn escape(fragment: &str) -> String {
    let quoted = serde_json::Value::from(fragment).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The text in arguments; arguments of another form are the text.
pub(super) fn unwrap(arguments: &str) -> String {
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
