//! Tests an account at its provider: one question for the models tells three things.

use std::{sync::Arc, time::Instant};

use axum::{Json, extract::State};
use http::Uri;
use protocol::{
    ModelInfo,
    canonical::{ApiError, ErrorKind, Fault},
};
use store::config::{Account, Provider};

use super::{
    Admin,
    failure::Refusal,
    input::{Parameters, Segment},
    provider_models::{WithAccount, account_of},
    providers::{self, name_of},
};
use crate::{
    auth, models,
    sentence::{Sentence, Wording, sentence},
};

/// What happened when the provider was asked for its models with this credential.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct TestReport {
    pub steps: Vec<TestStep>,
    pub ok: bool,
}

#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct TestStep {
    /// `reach`, `sign_in`, `models`.
    pub name: String,
    pub ok: bool,
    /// A sentence: what was found or what to do.
    pub message: String,
    /// Of the message, for pages that say it in another language.
    pub wording: Option<Wording>,
    /// Since the test began: one question to the provider answers all three.
    pub duration_ms: u64,
}

pub(super) async fn run(
    State(admin): State<Arc<Admin>>,
    Segment(id): Segment,
    Parameters(query): Parameters<WithAccount>,
) -> Result<Json<TestReport>, Refusal> {
    let config = admin.app.config.current();
    let provider = providers::find(&config, &id)?;
    let account = account_of(&config, provider, query.account.as_deref())?;
    let began = Instant::now();
    let asked = models::fetch(&admin.app, provider, account).await;
    let findings = match asked {
        Ok(models) => {
            let sign_in = signed_in(&admin, provider, account).await;
            vec![reached(provider), sign_in, listed(&models)]
        }
        Err(error) if error.fault == Fault::Client => {
            vec![Finding::bad(
                "sign_in",
                unusable(&admin, account, &error).await,
            )]
        }
        Err(error) => refused(provider, account, &error),
    };
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let steps = findings.into_iter().map(|finding| TestStep {
        name: finding.name.to_owned(),
        ok: finding.ok,
        message: finding.sentence.text,
        wording: finding.sentence.wording,
        duration_ms,
    });
    let steps: Vec<TestStep> = steps.collect();
    Ok(Json(TestReport {
        ok: steps.iter().all(|step| step.ok),
        steps,
    }))
}

struct Finding {
    name: &'static str,
    ok: bool,
    sentence: Sentence,
}

impl Finding {
    fn good(name: &'static str, sentence: Sentence) -> Self {
        Self {
            name,
            ok: true,
            sentence,
        }
    }

    fn bad(name: &'static str, sentence: Sentence) -> Self {
        Self {
            name,
            ok: false,
            sentence,
        }
    }
}

fn reached(provider: &Provider) -> Finding {
    let sentence = match host_of(provider) {
        Some(host) => sentence!("host_answers", "{host} answers.", host),
        None => {
            let name = name_of(provider);
            sentence!("built_in", "{name} is built in.", name)
        }
    };
    Finding::good("reach", sentence)
}

fn host_of(provider: &Provider) -> Option<String> {
    let url = provider.base_url.parse::<Uri>().ok()?;
    url.authority().map(ToString::to_string)
}

/// Some list their models to anybody: then the key was not tried.
async fn signed_in(admin: &Admin, provider: &Provider, account: Option<&Account>) -> Finding {
    let name = name_of(provider);
    let sentence = if account.is_none() {
        sentence!("no_key_needed", "{name} asks for no key.", name)
    } else if auth::has_logins(provider.protocol) {
        sentence!("login_taken", "{name} takes the login.", name)
    } else if models::fetch(&admin.app, provider, None).await.is_ok() {
        sentence!(
            "key_not_tried",
            "{name} shows its models without a key: the first request tells whether it takes this one.",
            name
        )
    } else {
        sentence!("key_taken", "{name} takes the key.", name)
    };
    Finding::good("sign_in", sentence)
}

fn listed(models: &[ModelInfo]) -> Finding {
    let number = models.len();
    match number {
        0 => {
            let sentence = sentence!("no_models", "It has no models yet. Load one there.");
            Finding::bad("models", sentence)
        }
        1 => Finding::good("models", sentence!("one_model", "1 model.")),
        _ => Finding::good("models", sentence!("models", "{number} models.", number)),
    }
}

fn refused(provider: &Provider, account: Option<&Account>, error: &ApiError) -> Vec<Finding> {
    let name = name_of(provider);
    let status = error
        .status
        .map(|status| format!(" ({status})"))
        .unwrap_or_default();
    let why = &error.message;
    match (error.fault, error.kind) {
        (Fault::Network | Fault::Gateway, _) => {
            vec![Finding::bad("reach", unreached(provider, error))]
        }
        (Fault::Client, _) => vec![Finding::bad("sign_in", why.as_str().into())],
        (Fault::Provider, ErrorKind::Authentication) => {
            let sentence = match account {
                Some(_) if auth::has_logins(provider.protocol) => sentence!(
                    "login_refused",
                    "Login refused by {name}{status}. Sign in again.",
                    name,
                    status
                ),
                Some(_) => sentence!(
                    "key_refused",
                    "Key refused by {name}{status}. Replace it.",
                    name,
                    status
                ),
                None => sentence!(
                    "key_wanted",
                    "{name} asks for a key{status}. Add one.",
                    name,
                    status
                ),
            };
            vec![reached(provider), Finding::bad("sign_in", sentence)]
        }
        (Fault::Provider, ErrorKind::Permission) => {
            let sentence = sentence!(
                "models_forbidden",
                "{name} knows the key, and does not let it list models{status}: {why}",
                name,
                status,
                why
            );
            vec![reached(provider), Finding::bad("sign_in", sentence)]
        }
        (Fault::Provider, ErrorKind::NotFound | ErrorKind::MethodNotAllowed) => {
            let sentence = sentence!(
                "no_list_of_models",
                "{name} has no list of models at this address{status}. Check the base URL; requests may work all the same.",
                name,
                status
            );
            vec![reached(provider), Finding::bad("models", sentence)]
        }
        (Fault::Provider, _) => {
            let sentence = sentence!(
                "models_not_listed",
                "{name} did not list its models{status}: {why}",
                name,
                status,
                why
            );
            vec![reached(provider), Finding::bad("models", sentence)]
        }
    }
}

/// The key could not even be read, or the login has ended.
async fn unusable(admin: &Admin, account: Option<&Account>, error: &ApiError) -> Sentence {
    let text = error.message.clone();
    let Some(account) = account else {
        return text.into();
    };
    if let Err(error) = admin.app.secrets.credential(account).await {
        return Sentence::from(&error);
    }
    let login = admin.app.logins.summary(account).await;
    if login.is_none_or(|login| !login.ended) {
        return text.into();
    }
    let id = &account.id;
    let known = sentence!(
        "login_ended",
        "The login of the account `{id}` has ended. Sign in again.",
        id
    );
    Sentence { text, ..known }
}

/// The error's own words, which say more than a page can in another language.
fn unreached(provider: &Provider, error: &ApiError) -> Sentence {
    let (host, why) = (host_of(provider).unwrap_or_default(), &error.message);
    let known = match error.kind {
        ErrorKind::Timeout => sentence!("no_answer_in_time", "{host}: {why}", host, why),
        _ => sentence!("not_reached", "{host}: {why}", host, why),
    };
    Sentence {
        text: error.message.clone(),
        ..known
    }
}

#[cfg(test)]
#[path = "provider_test_tests.rs"]
mod tests;
