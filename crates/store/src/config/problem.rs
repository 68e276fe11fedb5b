//! What is wrong with a config file, in words for people, and where.

mod parser_words;

use std::{fmt, ops::Range};

use toml_edit::{Document, Item, TableLike, Value};

use crate::wording::{Sentence, Wording};

/// One problem: the first one found. Line and column start at 1; None when it is not about a place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfigError {
    /// A sentence that names the key and says what to write.
    pub message: String,
    /// Of the message, for pages that say it in another language.
    pub wording: Option<Wording>,
    pub line: Option<usize>,
    pub column: Option<usize>,
    /// The dotted key whose value is at fault, as in `providers[0].base_url`; None when it is no single one.
    pub key: Option<Box<str>>,
}

impl ConfigError {
    pub(super) fn nowhere(message: impl Into<Sentence>) -> Self {
        let Sentence { text, wording } = message.into();
        Self {
            message: text,
            wording,
            line: None,
            column: None,
            key: None,
        }
    }

    /// Names the key beside the one at this place, which is missing there.
    pub(super) fn missing(self, name: &str) -> Self {
        let beside = self.key.as_deref().and_then(|key| key.rsplit_once('.'));
        let key = beside.map(|(table, _)| format!("{table}.{name}").into());
        Self { key, ..self }
    }

    /// The key without the numbers of tables and values.
    pub fn field(&self) -> Option<String> {
        self.key.as_deref().map(unnumbered)
    }

    /// The parser's own problem: its words as a sentence, with the key it is about.
    pub(super) fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        let words = parser_words::sentence(error.message());
        let Some(span) = error.span() else {
            return Self::nowhere(words);
        };
        // A key that is missing at the top has the whole file for its place.
        if span.start == 0 && span.end >= text.len() {
            return Self::at(text, &(0..0), words);
        }
        match key_of(text, &span) {
            Some(key) => {
                // The key is for the eye: the wording does without, for there are line and column.
                let said = format!("In `{}`: {}", unnumbered(&key), words.text);
                Self::at(
                    text,
                    &span,
                    Sentence {
                        text: said,
                        ..words
                    },
                )
            }
            None => Self::at(text, &span, words),
        }
    }

    pub(super) fn at(text: &str, span: &Range<usize>, message: impl Into<Sentence>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: Some(before.matches('\n').count() + 1),
            column: Some(before[line_start..].chars().count() + 1),
            key: key_of(text, span).map(Into::into),
            ..Self::nowhere(message)
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

/// The dotted name of the key whose value stands exactly there.
fn key_of(text: &str, span: &Range<usize>) -> Option<String> {
    let document = Document::parse(text).ok()?;
    key_in(document.as_table(), span)
}

fn key_in(table: &dyn TableLike, span: &Range<usize>) -> Option<String> {
    table.iter().find_map(|(key, item)| {
        if item.span().as_ref() == Some(span) {
            return Some(key.to_owned());
        }
        match item {
            Item::ArrayOfTables(tables) => tables
                .iter()
                .enumerate()
                .find_map(|(at, table)| Some(format!("{key}[{at}].{}", key_in(table, span)?))),
            Item::Value(Value::Array(values)) => {
                let at = values
                    .iter()
                    .position(|value| value.span().as_ref() == Some(span));
                at.map(|at| format!("{key}[{at}]"))
            }
            other => Some(format!("{key}.{}", key_in(other.as_table_like()?, span)?)),
        }
    })
}

/// Without the numbers in brackets.
fn unnumbered(key: &str) -> String {
    let names = key
        .split('.')
        .map(|name| name.split('[').next().unwrap_or(name));
    names.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let text = "a = 1\nname = \"é\" x";
        let place = text.find('x').unwrap();
        let error = ConfigError::at(text, &(place..place + 1), "No.");
        assert_eq!(error.to_string(), "line 2, column 12: No.");
    }

    #[test]
    fn a_key_is_named_with_the_numbers_of_tables_and_values() {
        let text = "a = 1\n[b]\nc = 2\n[[d]]\n[[d]]\ne = [3, 4]\nf = { g = 5 }\n";
        for (value, key, field) in [
            ("1", "a", "a"),
            ("2", "b.c", "b.c"),
            ("4", "d[1].e[1]", "d.e"),
            ("5", "d[1].f.g", "d.f.g"),
        ] {
            let place = text.find(value).unwrap();
            let error = ConfigError::at(text, &(place..place + 1), "No.");
            assert_eq!(error.key.as_deref(), Some(key));
            assert_eq!(error.field().as_deref(), Some(field));
        }
        let place = text.find('5').unwrap();
        let error = ConfigError::at(text, &(place..place + 1), "No.").missing("h");
        assert_eq!(error.key.as_deref(), Some("d[1].f.h"));
        assert_eq!(ConfigError::at(text, &(0..0), "No.").key, None);
    }
}
