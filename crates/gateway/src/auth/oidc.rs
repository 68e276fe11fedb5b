//! AWS SSO OIDC: how a device is registered, signed in and kept signed in.
//!
//! Reference: <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html>.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use protocol::canonical::{ApiError, ErrorKind, Fault};
use reqwest::{Client, RequestBuilder, Url};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use store::Secret;

const CONNECT: Duration = Duration::from_secs(10);
/// For a whole answer: they are small.
const ANSWER: Duration = Duration::from_secs(30);
const MAX_ANSWER: usize = 1 << 20;

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Who we are to the service, until `expires_at` (unix seconds).
#[derive(Clone)]
pub(super) struct Registration {
    pub(super) client_id: String,
    pub(super) client_secret: Secret,
    pub(super) expires_at: Option<u64>,
}

/// A login that waits for a person.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Device {
    pub(super) device_code: String,
    pub(super) user_code: String,
    pub(super) verification_uri: String,
    pub(super) verification_uri_complete: Option<String>,
    /// Seconds.
    pub(super) expires_in: u64,
    /// Seconds between two questions.
    pub(super) interval: Option<u64>,
}

pub(super) struct Tokens {
    pub(super) access_token: Secret,
    /// Another one than before, where there is one at all.
    pub(super) refresh_token: Option<Secret>,
    /// Seconds.
    pub(super) expires_in: u64,
    pub(super) profile: Option<String>,
}

/// Why there are no tokens.
pub(super) enum Refused {
    /// The person said no.
    Denied,
    /// The person did not decide in time.
    Expired,
    /// The person has not decided yet.
    Pending,
    SlowDown,
    /// It was not answered, or not understood: worth another attempt.
    Trouble(ApiError),
    /// Nothing but another login helps; a sentence that says why.
    Over(String),
}

/// The connections to services of logins.
pub(super) fn client(user_agent: &str) -> Result<Client, ApiError> {
    // Already installed when there are several gateways in a process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(user_agent)
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        // A redirect would carry secrets to another host.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .build()
        .map_err(|error| {
            trouble(format!(
                "No connection for logins could be prepared: {error}."
            ))
        })
}

/// One such service.
pub(super) struct Oidc<'a> {
    pub(super) client: &'a Client,
    /// Without a slash at its end.
    pub(super) base: &'a str,
}

impl Oidc<'_> {
    pub(super) async fn register(
        &self,
        name: &str,
        scopes: &[&str],
    ) -> Result<Registration, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Registered {
            client_id: String,
            client_secret: String,
            client_secret_expires_at: Option<u64>,
        }
        let asked = json!({"clientName": name, "clientType": "public", "scopes": scopes});
        let registered: Registered = self.asked("/client/register", &asked).await?;
        Ok(Registration {
            client_id: registered.client_id,
            client_secret: Secret::new(registered.client_secret),
            expires_at: registered.client_secret_expires_at.filter(|at| *at > 0),
        })
    }

    pub(super) async fn start(
        &self,
        registration: &Registration,
        start_url: &str,
    ) -> Result<Device, ApiError> {
        let asked = json!({
            "clientId": registration.client_id,
            "clientSecret": registration.client_secret.expose(),
            "startUrl": start_url,
        });
        self.asked("/device_authorization", &asked).await
    }

    /// Whether the person has agreed.
    pub(super) async fn poll(
        &self,
        registration: &Registration,
        device_code: &str,
    ) -> Result<Tokens, Refused> {
        self.tokens(&json!({
            "clientId": registration.client_id,
            "clientSecret": registration.client_secret.expose(),
            "deviceCode": device_code,
            "grantType": DEVICE_GRANT,
        }))
        .await
    }

    pub(super) async fn refresh(
        &self,
        registration: &Registration,
        refresh_token: &Secret,
    ) -> Result<Tokens, Refused> {
        self.tokens(&json!({
            "clientId": registration.client_id,
            "clientSecret": registration.client_secret.expose(),
            "refreshToken": refresh_token.expose(),
            "grantType": "refresh_token",
        }))
        .await
    }

    async fn tokens(&self, asked: &Value) -> Result<Tokens, Refused> {
        tokens(self.client, &format!("{}/token", self.base), asked).await
    }

    async fn asked<T: DeserializeOwned>(&self, path: &str, asked: &Value) -> Result<T, ApiError> {
        let url = format!("{}{path}", self.base);
        let (status, headers, body) = post(self.client, &url, asked).await?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| not_understood(&url));
        }
        let (word, sentence) = said(&headers, &body);
        let sentence = sentence.unwrap_or_else(|| word.unwrap_or_else(|| status.to_string()));
        let message = format!("{} refused the login: {sentence}", host(&url));
        Err(ApiError {
            status: Some(status.as_u16()),
            ..ApiError::new(ErrorKind::ProviderFault, Fault::Provider, message)
        })
    }
}

/// Asks for tokens at an address.
pub(super) async fn tokens(client: &Client, url: &str, asked: &Value) -> Result<Tokens, Refused> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Granted {
        access_token: String,
        refresh_token: Option<String>,
        expires_in: Option<u64>,
        profile_arn: Option<String>,
    }
    let (status, headers, body) = post(client, url, asked).await.map_err(Refused::Trouble)?;
    if status.is_success() {
        let granted: Granted =
            serde_json::from_slice(&body).map_err(|_| Refused::Trouble(not_understood(url)))?;
        return Ok(Tokens {
            access_token: Secret::new(granted.access_token),
            refresh_token: granted
                .refresh_token
                .filter(|token| !token.is_empty())
                .map(Secret::new),
            // An hour is what it usually is.
            expires_in: granted.expires_in.unwrap_or(3600),
            profile: granted.profile_arn,
        });
    }
    let (word, sentence) = said(&headers, &body);
    let word = word.unwrap_or_default();
    match plain(&word).as_str() {
        "authorizationpending" => Err(Refused::Pending),
        "slowdown" => Err(Refused::SlowDown),
        "accessdenied" => Err(Refused::Denied),
        "expiredtoken" => Err(Refused::Expired),
        "invalidclient" | "invalidgrant" | "unauthorizedclient" => {
            Err(Refused::Over(sentence.unwrap_or_else(|| {
                "The login is not valid any more.".to_owned()
            })))
        }
        _ => {
            let what = sentence.unwrap_or_else(|| status.to_string());
            let message = format!("{} gave no token: {what}", host(url));
            Err(Refused::Trouble(trouble(message)))
        }
    }
}

/// Sends a small JSON body and reads a small answer.
async fn post(
    client: &Client,
    url: &str,
    body: &Value,
) -> Result<(StatusCode, HeaderMap, Bytes), ApiError> {
    let request = client
        .post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.to_string());
    answered(request, url).await
}

/// What comes of a request: a small answer, or a sentence that names the host.
pub(super) async fn answered(
    request: RequestBuilder,
    url: &str,
) -> Result<(StatusCode, HeaderMap, Bytes), ApiError> {
    let failed = |error: reqwest::Error| {
        let what = if error.is_timeout() {
            "did not answer in time"
        } else if error.is_connect() {
            "cannot be reached"
        } else {
            "did not answer properly"
        };
        trouble(format!("{} {what}.", host(url)))
    };
    let mut answer = request.send().await.map_err(failed)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut whole = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        whole.extend_from_slice(&chunk);
        if whole.len() > MAX_ANSWER {
            return Err(not_understood(url));
        }
    }
    Ok((status, headers, whole.into()))
}

/// The word for a failure, and its sentence.
fn said(headers: &HeaderMap, body: &[u8]) -> (Option<String>, Option<String>) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let word = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let named = headers
        .get("x-amzn-errortype")
        .and_then(|name| name.to_str().ok())
        .and_then(|name| name.split(':').next())
        .map(str::to_owned);
    let sentence = word("error_description").or_else(|| word("message"));
    (
        word("error").or(named),
        sentence.filter(|sentence| !sentence.trim().is_empty()),
    )
}

/// `SlowDownException` and `slow_down` are one.
fn plain(word: &str) -> String {
    let word = word.strip_suffix("Exception").unwrap_or(word);
    word.replace('_', "").to_ascii_lowercase()
}

fn host(url: &str) -> String {
    let url = Url::parse(url).ok();
    let host = url.as_ref().and_then(Url::host_str);
    host.unwrap_or("The service for logins").to_owned()
}

fn not_understood(url: &str) -> ApiError {
    trouble(format!(
        "{} answered something that is no login.",
        host(url)
    ))
}

fn trouble(message: String) -> ApiError {
    ApiError::new(ErrorKind::Unreachable, Fault::Network, message)
}
