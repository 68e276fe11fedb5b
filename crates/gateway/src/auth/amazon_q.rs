//! Amazon's logins: where they are done, and what of one is kept.

use protocol::canonical::ApiError;
use reqwest::Client;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Secret;

use super::oidc::{self, Oidc, Refused, Registration, Tokens};

/// Of a personal Builder ID.
pub(super) const START_URL: &str = "https://view.awsapps.com/start";
pub(super) const REGION: &str = "us-east-1";
/// Shown on the page that the person agrees on.
pub(super) const CLIENT_NAME: &str = "Patchbay";
pub(super) const SCOPES: [&str; 3] = [
    "codewhisperer:completions",
    "codewhisperer:analysis",
    "codewhisperer:conversations",
];

/// Regions with a service of their own, each with its address.
const SERVICES: [(&str, &str); 2] = [
    ("us-east-1", "https://q.us-east-1.amazonaws.com"),
    ("eu-central-1", "https://q.eu-central-1.amazonaws.com"),
];

/// All that is kept of a login; its JSON is an entry of the keychain.
#[derive(Clone)]
pub(super) struct Login {
    /// Until `expires_at`, in unix seconds.
    pub(super) access_token: Option<Secret>,
    pub(super) expires_at: u64,
    pub(super) refresh_token: Secret,
    /// `None` where the login was one by another company's account.
    pub(super) registration: Option<Registration>,
    /// Where the login is done, which is not always where the service is.
    pub(super) region: String,
    /// Of an organisation, the page where its members sign in.
    pub(super) start_url: Option<String>,
    /// Of an organisation, the profile that requests are counted for.
    pub(super) profile: Option<String>,
    /// Another place for logins than Amazon's own.
    pub(super) url: Option<String>,
}

/// [`Login`] as it is written.
#[derive(Deserialize, Serialize)]
struct Written {
    refresh_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(default)]
    expires_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_expires_at: Option<u64>,
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl Login {
    /// `None` when the text is none of ours.
    pub(super) fn read(text: &Secret) -> Option<Self> {
        let written: Written = serde_json::from_str(text.expose()).ok()?;
        let registration = match (written.client_id, written.client_secret) {
            (Some(client_id), Some(client_secret)) => Some(Registration {
                client_id,
                client_secret: Secret::new(client_secret),
                expires_at: written.client_expires_at,
            }),
            _ => None,
        };
        Some(Self {
            access_token: written.access_token.map(Secret::new),
            expires_at: written.expires_at,
            refresh_token: Secret::new(written.refresh_token),
            registration,
            region: written.region.unwrap_or_else(|| REGION.to_owned()),
            start_url: written.start_url,
            profile: written.profile,
            url: written.url,
        })
    }

    pub(super) fn write(&self) -> Secret {
        let exposed = |secret: &Secret| secret.expose().to_owned();
        let registration = self.registration.as_ref();
        let written = Written {
            refresh_token: exposed(&self.refresh_token),
            access_token: self.access_token.as_ref().map(exposed),
            expires_at: self.expires_at,
            client_id: registration.map(|known| known.client_id.clone()),
            client_secret: registration.map(|known| exposed(&known.client_secret)),
            client_expires_at: registration.and_then(|known| known.expires_at),
            region: Some(self.region.clone()),
            start_url: self.start_url.clone(),
            profile: self.profile.clone(),
            url: self.url.clone(),
        };
        Secret::new(serde_json::to_string(&written).unwrap_or_default())
    }

    /// Takes over what a login or a renewal brought. A token to renew with may be missing: then the old one
    /// goes on.
    pub(super) fn take(&mut self, tokens: Tokens, now: u64) {
        self.access_token = Some(tokens.access_token);
        self.expires_at = now.saturating_add(tokens.expires_in);
        if let Some(refresh_token) = tokens.refresh_token {
            self.refresh_token = refresh_token;
        }
        if self.profile.is_none() {
            self.profile = tokens.profile.filter(|profile| is_profile(profile));
        }
    }

    /// Whether its token is good for at least so many seconds.
    pub(super) fn lasts(&self, now: u64, seconds: u64) -> bool {
        self.access_token.is_some() && self.expires_at > now.saturating_add(seconds)
    }

    /// Nothing but another login helps: the token has ended, and we may not ask for another.
    pub(super) fn is_over(&self, now: u64) -> bool {
        let registration = self.registration.as_ref();
        let until = registration.and_then(|known| known.expires_at);
        !self.lasts(now, 0) && until.is_some_and(|until| until <= now)
    }

    pub(super) async fn renew(&self, client: &Client, now: u64) -> Result<Tokens, Refused> {
        let Some(registration) = &self.registration else {
            let url = match &self.url {
                Some(url) => format!("{url}/refreshToken"),
                None => format!(
                    "https://prod.{}.auth.desktop.kiro.dev/refreshToken",
                    self.region
                ),
            };
            let asked = json!({ "refreshToken": self.refresh_token.expose() });
            return oidc::tokens(client, &url, &asked).await;
        };
        if registration.expires_at.is_some_and(|at| at <= now) {
            let sentence = "Patchbay's registration there has expired.";
            return Err(Refused::Over(sentence.to_owned()));
        }
        let base = self.base();
        let oidc = Oidc {
            client,
            base: &base,
        };
        oidc.refresh(registration, &self.refresh_token).await
    }

    /// Where its logins are done.
    fn base(&self) -> String {
        base(self.url.as_deref(), &self.region)
    }

    /// Where its requests go, if a provider's address is the usual one of another region.
    pub(super) fn service(&self, base_url: &str) -> Option<&'static str> {
        let region = self.profile.as_deref().and_then(region_of)?;
        let is_usual = SERVICES.iter().any(|(_, address)| *address == base_url);
        let own = SERVICES.iter().find(|(known, _)| *known == region);
        own.filter(|_| is_usual).map(|(_, address)| *address)
    }
}

/// Where logins of a region are done.
pub(super) fn base(url: Option<&str>, region: &str) -> String {
    match url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("https://oidc.{region}.amazonaws.com"),
    }
}

pub(crate) fn is_region(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 32 && text.bytes().all(is_word)
}

pub(crate) fn is_profile(text: &str) -> bool {
    text.starts_with("arn:")
        && text.len() <= 512
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The fourth part of a profile's name.
fn region_of(profile: &str) -> Option<&str> {
    profile
        .split(':')
        .nth(3)
        .filter(|region| !region.is_empty())
}

/// The names of the profiles that an organisation gave a login, from a service's address.
pub(super) async fn profiles(
    client: &Client,
    base_url: &str,
    access_token: &Secret,
) -> Result<Vec<String>, ApiError> {
    #[derive(Default, Deserialize)]
    struct List {
        #[serde(default)]
        profiles: Vec<Profile>,
    }
    #[derive(Deserialize)]
    struct Profile {
        arn: String,
    }
    let request = client
        .post(base_url)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amzn-codewhisperer-optout", "true")
        .header(
            "x-amz-target",
            "AmazonCodeWhispererService.ListAvailableProfiles",
        )
        .bearer_auth(access_token.expose())
        .body("{}");
    let (status, _, body) = oidc::answered(request, base_url).await?;
    if !status.is_success() {
        return Ok(Vec::new());
    }
    let list: List = serde_json::from_slice(&body).unwrap_or_default();
    let named = list.profiles.into_iter().map(|profile| profile.arn);
    Ok(named.filter(|profile| is_profile(profile)).collect())
}

/// Where the service is: a provider's own address, and those of the other regions where it is a usual one.
pub(super) fn services(base_url: &str) -> Vec<&str> {
    let mut all = vec![base_url];
    if SERVICES.iter().any(|(_, address)| *address == base_url) {
        let others = SERVICES.iter().map(|(_, address)| *address);
        all.extend(others.filter(|address| *address != base_url));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(profile: Option<&str>) -> Login {
        Login {
            access_token: None,
            expires_at: 0,
            refresh_token: Secret::new("r".to_owned()),
            registration: None,
            region: REGION.to_owned(),
            start_url: None,
            profile: profile.map(str::to_owned),
            url: None,
        }
    }

    #[test]
    fn a_login_reads_back() {
        let mut whole = login(Some("arn:aws:codewhisperer:eu-central-1:1:profile/A"));
        whole.registration = Some(Registration {
            client_id: "id".to_owned(),
            client_secret: Secret::new("secret".to_owned()),
            expires_at: Some(7),
        });
        whole.start_url = Some("https://d-1.awsapps.com/start".to_owned());
        let written = whole.write();
        let again = Login::read(&written).unwrap();
        assert_eq!(again.write(), written);
        assert_eq!(again.start_url, whole.start_url);
        assert_eq!(again.registration.unwrap().expires_at, Some(7));
        assert!(Login::read(&Secret::new("{}".to_owned())).is_none());
    }

    #[test]
    fn a_refresh_without_a_new_token_keeps_the_old_one() {
        let mut kept = login(None);
        let tokens = |refresh: Option<&str>| Tokens {
            access_token: Secret::new("a".to_owned()),
            refresh_token: refresh.map(|token| Secret::new(token.to_owned())),
            expires_in: 100,
            profile: Some("not an arn".to_owned()),
        };
        kept.take(tokens(None), 1000);
        assert_eq!(kept.refresh_token.expose(), "r");
        assert!(kept.lasts(1000, 99) && !kept.lasts(1000, 100));
        assert_eq!(kept.profile, None);
        kept.take(tokens(Some("s")), 1000);
        assert_eq!(kept.refresh_token.expose(), "s");
    }

    #[test]
    fn a_login_is_over_when_neither_it_nor_our_registration_lasts() {
        let mut kept = login(None);
        assert!(!kept.is_over(1000));
        kept.registration = Some(Registration {
            client_id: "id".to_owned(),
            client_secret: Secret::new("secret".to_owned()),
            expires_at: Some(1000),
        });
        assert!(kept.is_over(1000) && !kept.is_over(999));
        kept.access_token = Some(Secret::new("a".to_owned()));
        kept.expires_at = 1001;
        assert!(!kept.is_over(1000) && kept.is_over(1001));
    }

    #[test]
    fn requests_go_to_the_region_of_the_profile() {
        let eu = login(Some("arn:aws:codewhisperer:eu-central-1:1:profile/A"));
        let usual = "https://q.us-east-1.amazonaws.com";
        assert_eq!(
            eu.service(usual),
            Some("https://q.eu-central-1.amazonaws.com")
        );
        assert_eq!(eu.service("http://127.0.0.1:9"), None);
        let elsewhere = login(Some("arn:aws:codewhisperer:ap-south-1:1:profile/A"));
        assert_eq!(elsewhere.service(usual), None);
        assert_eq!(login(None).service(usual), None);
    }
}
