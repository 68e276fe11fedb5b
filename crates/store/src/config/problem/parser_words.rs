//! The TOML parser's words as ours. They must not repeat a value: it may be a key that somebody
//! wrote where its place should be.

use crate::{sentence, wording::Sentence};

/// One sentence.
pub(super) fn sentence(message: &str) -> Sentence {
    let line = message.trim().trim_end_matches('.').replace('\n', ", ");
    missing(&line)
        .or_else(|| unknown(&line))
        .unwrap_or_else(|| {
            let words = capitalized(&wrong_type(&line).unwrap_or(line));
            sentence!("config_parser", "{words}.", words)
        })
}

fn wrong_type(line: &str) -> Option<String> {
    let (found, expected) = line
        .strip_prefix("invalid type: ")?
        .rsplit_once(", expected ")?;
    let found = match found.split(' ').next()? {
        "boolean" => "true or false",
        "integer" => "a whole number",
        "floating" => "a number with a fraction",
        "map" => "a table",
        "sequence" => "a list",
        "string" => "text in quotes",
        _ => "this",
    };
    let expected = match expected {
        "a boolean" => "true or false",
        "a map" => "a table",
        "a sequence" => "a list in brackets",
        "a string" => "text in quotes",
        "i64" => "a whole number",
        other => other,
    };
    Some(format!("{expected} is needed here, not {found}"))
}

fn missing(line: &str) -> Option<Sentence> {
    let key = line.strip_prefix("missing field ")?;
    Some(if key == "`version`" {
        sentence!(
            "config_version_missing",
            "The key `version` is missing. Write `version = 1` at the top."
        )
    } else {
        sentence!("config_key_missing", "The key {key} is missing.", key)
    })
}

fn unknown(line: &str) -> Option<Sentence> {
    let (key, known) = line
        .strip_prefix("unknown field ")?
        .split_once(", expected ")?;
    let known = known.trim_start_matches("one of ").replace(" or ", ", ");
    Some(sentence!(
        "config_key_unknown",
        "There is no key {key} here. Write one of: {known}.",
        key,
        known
    ))
}

fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
