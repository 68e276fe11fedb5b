//! The credential of an account, fresh at the moment it is needed.

use protocol::canonical::{ApiError, ErrorKind, Fault};
use store::{Secret, Secrets, config::Account};

/// The key to send for an account; `None` for a provider that has none.
///
/// # Errors
/// A sentence that says how to give the account its key.
pub(crate) async fn fresh(
    secrets: &Secrets,
    account: Option<&Account>,
) -> Result<Option<Secret>, ApiError> {
    let Some(account) = account else {
        return Ok(None);
    };
    match secrets.key(account).await {
        Ok(secret) => Ok(Some(secret)),
        Err(error) => {
            let message = error.to_string();
            let error = ApiError::new(ErrorKind::Authentication, Fault::Client, message);
            let error = error.with_code("upstream_auth_error");
            Err(error)
        }
    }
}
