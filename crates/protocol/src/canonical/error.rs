//! One failure, whoever caused it; each protocol writes it in its own shape.

use std::time::Duration;

/// What went wrong, by what can be done about it. Closed: matched without a wildcard.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    Authentication,
    ContextTooLong,
    GatewayFault,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    Overloaded,
    Permission,
    ProviderFault,
    RateLimited,
    Timeout,
    TooLarge,
    Unreachable,
}

impl ErrorKind {
    /// The HTTP status for a failure that brought none of its own.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::ContextTooLong => 400,
            Self::Authentication => 401,
            Self::Permission => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooLarge => 413,
            Self::RateLimited => 429,
            Self::GatewayFault => 500,
            Self::ProviderFault | Self::Unreachable => 502,
            Self::Overloaded => 503,
            Self::Timeout => 504,
        }
    }

    /// What a provider's failure is by its status alone, where its body says no more.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Authentication,
            402 | 429 => Self::RateLimited,
            403 => Self::Permission,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 | 504 | 524 => Self::Timeout,
            413 => Self::TooLarge,
            503 | 529 => Self::Overloaded,
            500.. => Self::ProviderFault,
            _ => Self::InvalidRequest,
        }
    }

    /// Whether another attempt, here or at the next target, may succeed without a change by the client.
    pub fn is_retryable(self) -> bool {
        match self {
            Self::Overloaded
            | Self::ProviderFault
            | Self::RateLimited
            | Self::Timeout
            | Self::Unreachable => true,
            Self::Authentication
            | Self::ContextTooLong
            | Self::GatewayFault
            | Self::InvalidRequest
            | Self::MethodNotAllowed
            | Self::NotFound
            | Self::Permission
            | Self::TooLarge => false,
        }
    }
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The program that called us, or the person's configuration of it.
    Client,
    /// Patchbay itself.
    Gateway,
    /// No answer came: name resolution, connection, TLS, time-out. Never dressed as a provider's 500.
    Network,
    /// The provider answered, with this failure.
    Provider,
}

/// A failure as everyone sees it: the client in its own protocol, the log row in ours.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    pub kind: ErrorKind,
    /// A sentence that says what happened and what to do.
    pub message: String,
    /// The provider's own status, when it gave one; else `None` and [`ErrorKind::status`] counts.
    pub status: Option<u16>,
    /// A machine-readable code (`model_not_found`), the provider's where it gave one.
    pub code: Option<String>,
    /// The request field that is at fault (`messages[2].content`), where known.
    pub param: Option<String>,
    pub retry_after: Option<Duration>,
    pub fault: Fault,
}

impl ApiError {
    pub fn new(kind: ErrorKind, fault: Fault, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            code: None,
            param: None,
            retry_after: None,
            fault,
        }
    }

    /// The client sent something that cannot be carried out.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, Fault::Client, message)
    }

    /// The same about one field; `message` names it.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid_request(message).with_param(field)
    }

    /// A field without which the request means nothing.
    pub(crate) fn missing(field: impl Into<String>) -> Self {
        let field = field.into();
        let message = format!("`{field}` is missing.");
        Self::invalid(field, message)
    }

    /// A number below the least that means anything.
    pub(crate) fn too_small(field: &str, least: u64) -> Self {
        Self::invalid(field, format!("`{field}` must be at least {least}."))
    }

    /// The provider answered with something that is no sound reply.
    pub(crate) fn provider_fault(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::ProviderFault, Fault::Provider, message)
    }

    /// The provider's stream ends without its end mark.
    pub(crate) fn cut_off() -> Self {
        Self::provider_fault("The provider closed the connection before the reply was finished.")
    }

    /// A reply without what was asked for.
    pub(crate) fn no_answer() -> Self {
        Self::provider_fault("The provider's reply holds no answer.")
    }

    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    pub fn with_param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The status a client is answered with. Some protocols refine it (529 for `Overloaded`).
    pub fn http_status(&self) -> u16 {
        self.status.unwrap_or_else(|| self.kind.status())
    }
}
