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
use crate::models;

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
        Err(error) => refused(provider, account, &error),
    };
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let steps = findings.into_iter().map(|finding| TestStep {
        name: finding.name.to_owned(),
        ok: finding.ok,
        message: finding.message,
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
    message: String,
}

impl Finding {
    fn good(name: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            name,
            ok: true,
            message,
        }
    }

    fn bad(name: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            name,
            ok: false,
            message,
        }
    }
}

fn reached(provider: &Provider) -> Finding {
    let host = provider.base_url.parse::<Uri>();
    let host = host
        .as_ref()
        .ok()
        .and_then(Uri::authority)
        .map(ToString::to_string);
    Finding::good(
        "reach",
        match host {
            Some(host) => format!("{host} answers."),
            None => format!("{} is built in.", name_of(provider)),
        },
    )
}

/// Some list their models to anybody: then the key was not tried.
async fn signed_in(admin: &Admin, provider: &Provider, account: Option<&Account>) -> Finding {
    let name = name_of(provider);
    let message = if account.is_none() {
        format!("{name} asks for no key.")
    } else if models::fetch(&admin.app, provider, None).await.is_ok() {
        format!(
            "{name} shows its models without a key: the first request tells whether it takes this one."
        )
    } else {
        format!("{name} takes the key.")
    };
    Finding::good("sign_in", message)
}

fn listed(models: &[ModelInfo]) -> Finding {
    match models.len() {
        0 => Finding::bad("models", "It has no models yet. Load one there."),
        1 => Finding::good("models", "1 model."),
        many => Finding::good("models", format!("{many} models.")),
    }
}

fn refused(provider: &Provider, account: Option<&Account>, error: &ApiError) -> Vec<Finding> {
    let name = name_of(provider);
    let status = error
        .status
        .map(|status| format!(" ({status})"))
        .unwrap_or_default();
    match (error.fault, error.kind) {
        (Fault::Network | Fault::Gateway, _) => vec![Finding::bad("reach", &error.message)],
        // The key could not even be read.
        (Fault::Client, _) => vec![Finding::bad("sign_in", &error.message)],
        (Fault::Provider, ErrorKind::Authentication) => {
            let sentence = match account {
                Some(_) => format!("Key refused by {name}{status}. Replace it."),
                None => format!("{name} asks for a key{status}. Add one."),
            };
            vec![reached(provider), Finding::bad("sign_in", sentence)]
        }
        (Fault::Provider, ErrorKind::Permission) => vec![
            reached(provider),
            Finding::bad(
                "sign_in",
                format!(
                    "{name} knows the key, and does not let it list models{status}: {}",
                    error.message
                ),
            ),
        ],
        (Fault::Provider, ErrorKind::NotFound | ErrorKind::MethodNotAllowed) => vec![
            reached(provider),
            Finding::bad(
                "models",
                format!(
                    "{name} has no list of models at this address{status}. Check the base URL; requests may work all the same."
                ),
            ),
        ],
        (Fault::Provider, _) => vec![
            reached(provider),
            Finding::bad(
                "models",
                format!("{name} did not list its models{status}: {}", error.message),
            ),
        ],
    }
}

#[cfg(test)]
#[path = "provider_test_tests.rs"]
mod tests;
