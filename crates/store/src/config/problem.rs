//! What is wrong with a config file, in words for people, and where.

mod parser_words;

use std::{fmt, ops::Range};

use toml_edit::{Document, Item, TableLike};

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
}

impl ConfigError {
    pub(super) fn nowhere(message: impl Into<Sentence>) -> Self {
        let Sentence { text, wording } = message.into();
        Self {
            message: text,
            wording,
            line: None,
            column: None,
        }
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
                let said = format!("In `{key}`: {}", words.text);
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
        let inner = match item {
            Item::ArrayOfTables(tables) => tables.iter().find_map(|table| key_in(table, span)),
            other => key_in(other.as_table_like()?, span),
        };
        inner.map(|inner| format!("{key}.{inner}"))
    })
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
}
