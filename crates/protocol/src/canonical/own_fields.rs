//! What a client calls the fields of its request. Encoders know the canonical model alone and speak of all
//! requests in the same words; whoever tells a client or a person what they said says it in the client's own.

use std::borrow::Cow;

use super::{ApiError, Losses};

/// An encoder's word for a field, and the client's path to it. What stands inside the field needs no row where
/// the client calls it the same.
pub(crate) type OwnField = (&'static str, &'static str);

/// The paths of one client's request; without rows all are called as encoders call them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnFields {
    protocol: &'static [OwnField],
    /// Where the protocol or its dialects have several ways of saying something: the one that was used.
    used: Vec<OwnField>,
}

impl OwnFields {
    pub(crate) fn new(protocol: &'static [OwnField]) -> Self {
        Self {
            protocol,
            used: Vec::new(),
        }
    }

    pub(crate) fn uses(&mut self, word: &'static str, path: &'static str) {
        self.used.push((word, path));
    }

    /// What encoders report, as the client says it.
    pub fn losses(&self, told: &Losses) -> Losses {
        let mut own = Losses::default();
        for loss in told.iter() {
            own.push(self.path(&loss.field), loss.kind, loss.why.as_str());
        }
        own
    }

    /// Why an encoder refuses, as the client says it.
    pub fn error(&self, mut told: ApiError) -> ApiError {
        let Some(field) = told.param.take() else {
            return told;
        };
        let path = self.path(&field).into_owned();
        if path != field {
            told.message = match told.message.strip_prefix(&field) {
                Some(rest) if !rest.starts_with(char::is_alphanumeric) => format!("{path}{rest}"),
                Some(_) | None => told
                    .message
                    .replace(&format!("`{field}`"), &format!("`{path}`")),
            };
        }
        told.with_param(path)
    }

    /// What a client calls a field.
    pub(super) fn path<'f>(&self, field: &'f str) -> Cow<'f, str> {
        let rows = self.used.iter().chain(self.protocol);
        let fitting =
            rows.filter_map(|(word, path)| Some((word, path, inside(field, word, path)?)));
        // Of several the most exact one, and of those the first.
        match fitting.min_by_key(|(.., rest)| rest.len()) {
            Some((_, path, rest)) => Cow::Owned(format!("{path}{rest}")),
            None => Cow::Borrowed(field),
        }
    }
}

/// The rest of a field behind `word`. A client's own field may begin like an encoder's word (`reasoning.summary`):
/// where its path does, too, only the word itself is meant.
fn inside<'f>(field: &'f str, word: &str, path: &str) -> Option<&'f str> {
    let rest = field.strip_prefix(word)?;
    let is_meant = match rest.chars().next() {
        None | Some('[') => true,
        Some('.') => !path.starts_with(word),
        Some(_) => false,
    };
    is_meant.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[OwnField] = &[
        ("messages", "input"),
        ("messages[].reasoning", "input[].summary"),
        ("reasoning", "reasoning.effort"),
        ("tools", "tools"),
    ];

    fn of(field: &str) -> String {
        OwnFields::new(FIELDS).path(field).into_owned()
    }

    #[test]
    fn the_most_exact_row_counts() {
        assert_eq!(of("messages"), "input");
        assert_eq!(of("messages[2].name"), "input[2].name");
        assert_eq!(of("messages[].reasoning"), "input[].summary");
        assert_eq!(of("tools.look"), "tools.look");
        assert_eq!(of("temperature"), "temperature");
    }

    #[test]
    fn a_field_of_the_clients_own_stays() {
        assert_eq!(of("reasoning"), "reasoning.effort");
        assert_eq!(of("reasoning.summary"), "reasoning.summary");
        assert_eq!(of("messages_of_mine"), "messages_of_mine");
    }

    #[test]
    fn what_was_used_comes_first() {
        let mut fields = OwnFields::new(FIELDS);
        fields.uses("reasoning", "enable_thinking");
        assert_eq!(fields.path("reasoning"), "enable_thinking");
    }

    #[test]
    fn an_error_says_the_path_in_its_sentence() {
        let fields = OwnFields::new(FIELDS);
        let error = ApiError::invalid("messages[1]", "`messages[1]`: file ids cannot be used.");
        let error = fields.error(error);
        assert_eq!(error.param.as_deref(), Some("input[1]"));
        assert_eq!(error.message, "`input[1]`: file ids cannot be used.");
        let error = ApiError::invalid("messages", "messages: at least one message is required.");
        assert_eq!(
            fields.error(error).message,
            "input: at least one message is required."
        );
    }
}
