//! The credential of an account, fresh at the moment it is needed.

mod masked;

use bytes::Bytes;
use http::response::Parts;
use memchr::memmem;
use protocol::{
    FailedAnswer, UpstreamCodec,
    canonical::{ApiError, ErrorKind, Fault},
};
use store::{Secret, config::Account, redact, secrets::Credential};

pub(crate) use self::masked::{Mask, masked};
use crate::{app::App, auth::Token};

/// The code of a failure to have any: the provider was not asked.
pub(crate) const NO_CREDENTIAL: &str = "upstream_auth_error";

/// What to send for an account; `None` for a provider that has none.
///
/// # Errors
/// A sentence that says how to give the account its key, or to sign in again.
pub(crate) async fn fresh(app: &App, account: Option<&Account>) -> Result<Option<Token>, ApiError> {
    let Some(account) = account else {
        return Ok(None);
    };
    match app.secrets.credential(account).await {
        Ok(Credential::Key(key)) => Ok(Some(Token::key(key))),
        Ok(Credential::Login(kept)) => app.logins.fresh(account, &kept).await.map(Some),
        Err(error) => {
            let message = error.to_string();
            let error = ApiError::new(ErrorKind::Authentication, Fault::Client, message);
            Err(error.with_code(NO_CREDENTIAL))
        }
    }
}

/// As [`fresh`], for a client's request: that we lack a key is no fault of the client's own.
pub(crate) async fn to_send(
    app: &App,
    account: Option<&Account>,
) -> Result<Option<Token>, ApiError> {
    fresh(app, account).await.map_err(|error| ApiError {
        fault: Fault::Provider,
        ..error
    })
}

/// What a provider's failure says, and its body, both without the key that it may repeat.
pub(crate) fn failure(
    codec: &dyn UpstreamCodec,
    head: &Parts,
    body: Bytes,
    credential: Option<Token>,
) -> (ApiError, Bytes) {
    let secrets: Vec<_> = credential.into_iter().map(|token| token.secret).collect();
    // Nothing is read before this: a quote that is cut short could end within the key.
    let body = taken_out(body, &secrets);
    let mut error = codec.decode_error(FailedAnswer {
        status: head.status.as_u16(),
        headers: &head.headers,
        body: &body,
    });
    error.message = redact::redact_text(&error.message, &secrets);
    (error, body)
}

/// Bytes without any of the secrets, as others repeat them.
pub(crate) fn taken_out(bytes: Bytes, secrets: &[Secret]) -> Bytes {
    let repeats = |secret: &Secret| {
        let secret = secret.expose().as_bytes();
        !secret.is_empty() && memmem::find(&bytes, secret).is_some()
    };
    if !secrets.iter().any(repeats) {
        return bytes;
    }
    redact::redact_text(&String::from_utf8_lossy(&bytes), secrets).into()
}

/// Whether an account whose credential was refused has a better one now.
pub(crate) async fn renewed(app: &App, account: Option<&Account>) -> bool {
    match account {
        Some(account) => app.logins.renewed(account).await,
        None => false,
    }
}
