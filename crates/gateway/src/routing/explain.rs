//! A dry run: where a model name would lead now, in sentences.

use protocol::{Protocol, canonical::ApiError};
use store::{Config, config::Alias};
use tokio::time::Instant;

use super::{Reason, Route, Target, route, without_provider};
use crate::{
    admin::aliases::{RouteReason, RouteReport, RouteTarget},
    app::App,
    sentence::{Sentence, sentence},
    speaks::Speaks,
};

/// Where a request for `model` by a client of `protocol` would go; sends nothing.
pub(crate) async fn explain(app: &App, model: &str, protocol: Protocol) -> RouteReport {
    let config = app.config.current();
    let asked = (!model.is_empty()).then_some(model);
    match route(&config, &app.models, asked) {
        Ok(route) => report(app, &config, model, protocol, route).await,
        Err(error) => refused(&config, model, &error),
    }
}

async fn report(
    app: &App,
    config: &Config,
    model: &str,
    protocol: Protocol,
    route: Route<'_>,
) -> RouteReport {
    let mut targets = Vec::with_capacity(route.targets.len());
    for target in &route.targets {
        let problem = problem(app, target).await;
        targets.push(RouteTarget {
            provider: target.provider.id.clone(),
            account: target.account.map(|account| account.id.clone()),
            model: target.model.clone().into_owned(),
            protocol: target.provider.protocol.as_str().to_owned(),
            pass_through: target.speaks() == Speaks::Wire(protocol),
            problem: problem.as_ref().map(|sentence| sentence.text.clone()),
            wording: problem.and_then(|sentence| sentence.wording),
        });
    }
    let mut reasons = vec![reason(model, route.reason)];
    let alias = match route.reason {
        Reason::Exact(alias) | Reason::Pattern(alias) => Some(alias),
        Reason::Default(_) | Reason::Listed(_) | Reason::Prefix(_) | Reason::Single(_) => None,
    };
    reasons.extend(alias.iter().flat_map(|alias| left_out(config, alias)));
    if targets.len() > 1 {
        reasons.push(RouteReason {
            code: "in_order".to_owned(),
            message: "They are tried in this order; the next one takes over when one fails before its answer has begun.".to_owned(),
        });
    }
    RouteReport {
        model: model.to_owned(),
        reasons,
        alias: alias.map(|alias| alias.name.clone()),
        targets,
        refusal: None,
        wording: None,
    }
}

/// What stands in an alias and cannot be asked.
fn left_out<'c>(config: &'c Config, alias: &'c Alias) -> impl Iterator<Item = RouteReason> + 'c {
    let missing = without_provider(config, alias).into_iter();
    missing.map(|(target, provider)| RouteReason {
        code: "no_provider".to_owned(),
        message: format!("`{target}` is left out: there is no provider `{provider}`."),
    })
}

fn refused(config: &Config, model: &str, error: &ApiError) -> RouteReport {
    // What follows in the error is advice, which names what there is.
    let alias = config.aliases.iter().find(|alias| alias.name == model);
    let known = if model.is_empty() {
        sentence!("model_missing", "The request names no model.")
    } else if alias.is_some() {
        sentence!(
            "alias_leads_nowhere",
            "The alias `{model}` leads nowhere.",
            model
        )
    } else {
        sentence!("no_such_model", "No model is called `{model}` here.", model)
    };
    let reasons = if let Some(alias) = alias {
        let named = reason(model, Reason::Exact(alias));
        std::iter::once(named)
            .chain(left_out(config, alias))
            .collect()
    } else {
        vec![RouteReason {
            code: "no_match".to_owned(),
            message: "No alias fits, and no provider is known to serve this model.".to_owned(),
        }]
    };
    RouteReport {
        model: model.to_owned(),
        reasons,
        alias: alias.map(|alias| alias.name.clone()),
        targets: Vec::new(),
        refusal: Some(error.message.clone()),
        wording: known.wording,
    }
}

fn reason(model: &str, reason: Reason<'_>) -> RouteReason {
    let (code, message) = match reason {
        Reason::Default(default) => (
            "default_model",
            format!("The request names no model, so the default model `{default}` is used."),
        ),
        Reason::Exact(alias) => (
            "exact_alias",
            format!("The alias `{}` has exactly this name.", alias.name),
        ),
        Reason::Listed(provider) => (
            "listed",
            format!("The provider `{}` lists a model of this name.", provider.id),
        ),
        Reason::Pattern(alias) => (
            "pattern_alias",
            format!(
                "The pattern `{}` is the first that fits this name.",
                alias.name
            ),
        ),
        Reason::Prefix(provider) => (
            "provider_prefix",
            format!(
                "`{model}` names the provider `{}` and one of its models.",
                provider.id
            ),
        ),
        Reason::Single(provider) => (
            "single_provider",
            format!(
                "No alias fits, and `{}` is the only provider, so it is asked.",
                provider.id
            ),
        ),
    };
    RouteReason {
        code: code.to_owned(),
        message,
    }
}

/// Why a target would be skipped at present.
async fn problem(app: &App, target: &Target<'_>) -> Option<Sentence> {
    if let Some(account) = target.account {
        if let Err(error) = app.secrets.credential(account).await {
            return Some(Sentence::from(&error));
        }
        let login = app.logins.summary(account).await;
        if login.is_some_and(|login| login.ended) {
            let id = &account.id;
            return Some(sentence!(
                "login_ended",
                "The login of the account `{id}` has ended. Sign in again.",
                id
            ));
        }
    }
    let remaining = app.cooldowns.remaining(target.key(), Instant::now())?;
    let seconds = remaining.as_secs_f64().ceil();
    Some(sentence!(
        "cools_down",
        "It failed just now and is tried again in {seconds} s.",
        seconds
    ))
}
