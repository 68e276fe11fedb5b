//! Which exchanges a list shows.

use std::str::FromStr;

use rusqlite::types::Value;

use super::Id;

/// All that are given must hold. None means any.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Somewhere in the id, the client, the path, a model, the provider, the account or the error.
    pub text: Option<String>,
    pub client: Option<String>,
    pub provider: Option<String>,
    /// As requested or as sent on.
    pub model: Option<String>,
    /// The client's or the provider's.
    pub protocol: Option<String>,
    pub status: Option<StatusFilter>,
    /// Unix milliseconds, included.
    pub since: Option<i64>,
    /// Unix milliseconds, excluded.
    pub until: Option<i64>,
    pub has_losses: Option<bool>,
}

/// `ok`, `error`, or one status such as `429`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatusFilter {
    Code(u16),
    Error,
    Ok,
}

/// A word that is no status.
#[derive(Debug, thiserror::Error)]
#[error("A status is `ok`, `error` or a number such as 429, not `{0}`.")]
pub struct NotAStatus(String);

impl FromStr for StatusFilter {
    type Err = NotAStatus;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "error" => Ok(Self::Error),
            "ok" => Ok(Self::Ok),
            code => match code.parse() {
                Ok(code) => Ok(Self::Code(code)),
                Err(_) => Err(NotAStatus(word.to_owned())),
            },
        }
    }
}

/// A filter as SQL: fixed text with a `?` for each value.
#[derive(Default)]
pub(super) struct Conditions {
    clauses: Vec<&'static str>,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    pub(super) fn of(filter: &Filter) -> Self {
        let mut all = Self::default();
        all.add("client = ?", filter.client.clone());
        all.add("provider = ?", filter.provider.clone());
        all.add("id >= ?", filter.since.map(number));
        all.add("id < ?", filter.until.map(number));
        all.add_twice(
            "(requested_model = ? OR upstream_model = ?)",
            filter.model.as_deref(),
        );
        all.add_twice(
            "(client_protocol = ? OR upstream_protocol = ?)",
            filter.protocol.as_deref(),
        );
        all.add("(loss_count > 0) = ?", filter.has_losses);
        match filter.status {
            Some(StatusFilter::Code(code)) => all.add("status = ?", Some(code)),
            Some(StatusFilter::Error) => all.clauses.push("failed = 1"),
            Some(StatusFilter::Ok) => all.clauses.push("failed = 0 AND state = 'done'"),
            None => {}
        }
        let text = filter
            .text
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        all.add(
            "concat_ws(char(10), format('%016x', id), client, path, requested_model, upstream_model, provider,
                 account, error_message) LIKE ? ESCAPE '\\'",
            text.map(pattern),
        );
        all
    }

    /// What comes below this exchange in a list.
    pub(super) fn after(&mut self, id: Id) {
        self.add("id < ?", Some(id.number()));
    }

    pub(super) fn select(&self, columns: &str) -> String {
        let clauses = if self.clauses.is_empty() {
            "1".to_owned()
        } else {
            self.clauses.join(" AND ")
        };
        format!("SELECT {columns} FROM exchanges WHERE {clauses}")
    }

    fn add(&mut self, clause: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.clauses.push(clause);
            self.values.push(value.into());
        }
    }

    fn add_twice(&mut self, clause: &'static str, value: Option<&str>) {
        self.add(clause, value.map(str::to_owned));
        self.values
            .extend(value.map(|value| Value::from(value.to_owned())));
    }
}

/// The first exchange that could begin at a time.
fn number(unix_ms: i64) -> i64 {
    Id::at(unix_ms).number()
}

/// Any text that contains `text`, whose own `%` and `_` mean themselves.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
