//! The TOML parser's words as ours. They must not repeat a value: it may be a key that somebody
//! wrote where its place should be.

use crate::{sentence, wording::Sentence};

/// One sentence.
pub(super) fn sentence(message: &str) -> Sentence {
    let line = message.trim().trim_end_matches('.').replace('\n', ", ");
    missing(&line)
        .or_else(|| unknown(&line))
        .or_else(|| wrong_type(&line))
        .unwrap_or_else(|| {
            let words = capitalized(&line);
            sentence!("config_parser", "{words}.", words)
        })
}

/// What was found is told in English only: a word cannot be put into another language's sentence, and what is
/// there stands at line and column.
fn wrong_type(line: &str) -> Option<Sentence> {
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
    let needed = needed(expected);
    let text = format!("{}, not {found}.", needed.text.trim_end_matches('.'));
    Some(Sentence { text, ..needed })
}

fn needed(expected: &str) -> Sentence {
    match expected {
        "a boolean" => sentence!("config_needs_boolean", "True or false is needed here."),
        "a map" | "a table" => sentence!("config_needs_table", "A table is needed here."),
        "a sequence" => sentence!("config_needs_list", "A list in brackets is needed here."),
        "a string" => sentence!("config_needs_text", "Text in quotes is needed here."),
        "i64" => sentence!("config_needs_number", "A whole number is needed here."),
        other => match other.strip_prefix("a table such as ") {
            Some(example) => sentence!(
                "config_needs_table_such_as",
                "A table such as {example} is needed here.",
                example
            ),
            None => {
                let words = format!("{} is needed here", capitalized(other));
                sentence!("config_parser", "{words}.", words)
            }
        },
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_has_a_code_and_what_was_found_is_said() {
        for (expected, code) in [
            ("a boolean", "config_needs_boolean"),
            ("a map", "config_needs_table"),
            ("a table", "config_needs_table"),
            ("a sequence", "config_needs_list"),
            ("a string", "config_needs_text"),
            ("i64", "config_needs_number"),
            (
                "a table such as { env = \"NAME\" }",
                "config_needs_table_such_as",
            ),
            ("something new", "config_parser"),
        ] {
            let said = sentence(&format!(
                "invalid type: floating point `0.5`, expected {expected}"
            ));
            assert_eq!(said.wording.unwrap().code, code);
            assert!(
                said.text
                    .ends_with(" is needed here, not a number with a fraction."),
                "{}",
                said.text
            );
        }
    }
}
