//! The credential of an account, fresh at the moment it is needed.

use bytes::Bytes;
use memchr::memmem;
use protocol::canonical::{ApiError, ErrorKind, Fault};
use store::{Secret, config::Account, redact, secrets::Credential};

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
