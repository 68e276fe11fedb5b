//! What a failed admin call answers: a word for programs, a sentence for people.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode};
use protocol::canonical::{ApiError, ErrorKind};
use store::{
    config::{ConfigError, EditError},
    secrets::SecretError,
};

use crate::sentence::{Sentence, Wording, sentence};

/// A failed admin call.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Failure {
    pub error: FailureBody,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct FailureBody {
    /// A stable word (`not_found`, `invalid`, `conflict`, `not_signed_in`, `forbidden`, `keychain`,
    /// `provider`, `internal`).
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// Of the message, for pages that say it in another language.
    #[serde(default)]
    pub wording: Option<Wording>,
    /// The input field at fault, where there is one (`base_url`).
    pub field: Option<String>,
}

/// A [`Failure`] and its status.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    /// Boxed: it is large, and most calls succeed.
    body: Box<FailureBody>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<Sentence>) -> Self {
        let Sentence { text, wording } = message.into();
        let body = Box::new(FailureBody {
            code: code.to_owned(),
            message: text,
            wording,
            field: None,
        });
        Self { status, body }
    }

    pub(super) fn invalid(field: &str, message: impl Into<Sentence>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", message).at(field)
    }

    pub(super) fn not_found(message: impl Into<Sentence>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub(super) fn conflict(message: impl Into<Sentence>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    pub(super) fn wrong_method(method: &Method) -> Self {
        let message = format!("This address of the admin API does not answer {method}.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "invalid", message)
    }

    /// Nothing that the caller can help. The cause goes to the diagnostics, not to the page.
    pub(super) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "an admin call failed");
        let message = sentence!(
            "internal",
            "Patchbay could not do this. The log for developers says why."
        );
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    /// What is said to people.
    pub(super) fn into_sentence(self) -> String {
        self.body.message
    }

    /// Names the field at fault; an empty name is none.
    pub(super) fn at(mut self, field: &str) -> Self {
        self.body.field = (!field.is_empty()).then(|| field.to_owned());
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(Failure { error: *self.body })).into_response()
    }
}

impl From<EditError> for Refusal {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Busy => Self::conflict(sentence!(
                "config_busy",
                "The config file keeps changing while it is edited. Try again."
            )),
            EditError::Unreadable(ConfigError {
                line: Some(line),
                column: Some(column),
                message: said,
                ..
            }) => Self::conflict(sentence!(
                "config_unreadable",
                "The config file has a problem, at line {line}, column {column}: {said}",
                line,
                column,
                said
            )),
            EditError::Unreadable(_) => Self::conflict(error.to_string()),
            EditError::Io(_) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                error.to_string(),
            ),
            // Its line is one of a text that nobody has seen.
            EditError::Refused(problem) => {
                let key = problem.field().unwrap_or_default();
                let field = field_of(&key);
                let (text, wording) = (problem.message.clone(), problem.wording);
                Self::invalid(field, Sentence { text, wording })
            }
        }
    }
}

/// The input field of a key in the config; most are called alike.
fn field_of(key: &str) -> &str {
    match key {
        "accounts.key.env" | "access_keys.key.env" => "key_source.name",
        "accounts.key.file" => "key_source.path",
        "listen.address" | "listen.allowed_origins" => &key["listen.".len()..],
        "log.bodies"
        | "log.keep_days"
        | "log.max_body_bytes"
        | "log.max_megabytes"
        | "requests.parallel_choices" => key,
        "accounts.id" | "providers.id" => "id",
        "access_keys.name" | "aliases.name" => "name",
        "providers.base_url" => "base_url",
        "providers.protocol" => "protocol",
        "providers.retries" => "retries",
        _ => "",
    }
}

impl From<SecretError> for Refusal {
    fn from(error: SecretError) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "keychain",
            Sentence::from(&error),
        )
    }
}

/// What a provider refused. Never a 401, which would mean that the page is not signed in.
impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        let status = match error.kind {
            ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::BAD_GATEWAY,
        };
        Self::new(status, "provider", error.message)
    }
}

impl From<store::exchanges::Error> for Refusal {
    fn from(error: store::exchanges::Error) -> Self {
        tracing::error!(%error, "the request log was not readable");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            error.to_string(),
        )
    }
}

impl From<getrandom::Error> for Refusal {
    fn from(error: getrandom::Error) -> Self {
        Self::internal(error)
    }
}
