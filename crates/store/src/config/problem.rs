//! What is wrong with a config file, in words for people, and where.

use std::{fmt, ops::Range};

use serde::Serialize;

/// One problem: the first one found. Line and column start at 1; None when it is not about a place.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ts_rs::TS)]
pub struct ConfigError {
    /// A sentence that names the key and says what to write.
    pub message: String,
    pub line: Option<usize>,
    pub column: Option<usize>,
}

impl ConfigError {
    pub(super) fn nowhere(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            line: None,
            column: None,
        }
    }

    pub(super) fn at(text: &str, span: &Range<usize>, message: impl Into<String>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            message: message.into(),
            line: Some(before.matches('\n').count() + 1),
            column: Some(before[line_start..].chars().count() + 1),
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
