//! Which models there are: aliases, and what providers said when they were last asked.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, Method};
use protocol::{
    Abilities, ModelInfo, Operation, UpstreamCodec,
    canonical::{ApiError, Capabilities, ThinkingForm},
    upstream_codec,
};
use store::{
    Config,
    config::{Account, Provider},
};
use tokio::time::Instant;

use crate::{
    app::App,
    capabilities, catalogue, credentials, echo,
    loops::{self, MOST_HOPS},
    routing,
    speaks::Speaks,
    upstream::{self, Call},
};

/// How long a list is believed.
const FRESH: Duration = Duration::from_secs(600);
/// How long a provider that could not tell is left alone.
const PATIENCE: Duration = Duration::from_secs(30);
const MAX_LIST_BYTES: usize = 16 << 20;
/// How long a provider may take to describe one model of its list.
const MOMENT: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(crate) struct ModelLists {
    known: Mutex<HashMap<String, Listed>>,
    /// By provider, or by provider and model: whoever holds it asks for the list, or about the model.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

struct Listed {
    /// A provider that moves is another provider.
    base_url: String,
    models: Arc<[ModelInfo]>,
    asked: Instant,
    answered: bool,
    /// The models that this list left open and that were asked about since it came, each once.
    described: HashSet<String>,
}

impl ModelLists {
    /// Whether a provider is known to serve a model.
    pub(crate) fn lists(&self, provider: &Provider, model: &str) -> bool {
        if provider.is_built_in() {
            return model == echo::MODEL;
        }
        self.of(provider)
            .is_some_and(|models| models.iter().any(|listed| listed.id == model))
    }

    /// How long a prompt may be, where the provider's list says so.
    pub(crate) fn longest_prompt(&self, provider: &Provider, model: &str) -> Option<u64> {
        let models = self.of(provider)?;
        let listed = models.iter().find(|listed| listed.id == model)?;
        listed.max_input_tokens
    }

    /// A provider's last list.
    fn of(&self, provider: &Provider) -> Option<Arc<[ModelInfo]>> {
        let known = self.known();
        let listed = known.get(&provider.id)?;
        (listed.base_url == provider.base_url).then(|| Arc::clone(&listed.models))
    }

    fn is_stale(&self, provider: &Provider) -> bool {
        let known = self.known();
        known.get(&provider.id).is_none_or(|listed| {
            let life = if listed.answered { FRESH } else { PATIENCE };
            listed.base_url != provider.base_url || listed.asked.elapsed() > life
        })
    }

    fn put(&self, provider: &Provider, models: Option<&[ModelInfo]>) {
        let mut known = self.known();
        let listed = known.entry(provider.id.clone()).or_insert_with(|| Listed {
            base_url: String::new(),
            models: Arc::default(),
            asked: Instant::now(),
            answered: false,
            described: HashSet::new(),
        });
        if listed.base_url != provider.base_url {
            listed.models = Arc::default();
            listed.base_url.clone_from(&provider.base_url);
        }
        listed.asked = Instant::now();
        listed.answered = models.is_some();
        if let Some(models) = models {
            listed.models = models.into();
            listed.described.clear();
        }
    }

    /// Whether a provider's list leaves open what a model can do or hold, and nobody has asked about it yet.
    fn leaves_open(&self, provider: &Provider, model: &str) -> bool {
        let known = self.known();
        known.get(&provider.id).is_some_and(|listed| {
            let is_open = |known: &ModelInfo| {
                known.id == model && (known.abilities.is_none() || known.max_input_tokens.is_none())
            };
            listed.answered
                && listed.base_url == provider.base_url
                && !listed.described.contains(model)
                && listed.models.iter().any(is_open)
        })
    }

    /// Adds to a list what its provider said of one model, for as long as the list lives.
    fn describe(&self, provider: &Provider, model: &str, told: Option<ModelInfo>) {
        let mut known = self.known();
        let listed = known.get_mut(&provider.id);
        let Some(listed) = listed.filter(|listed| listed.base_url == provider.base_url) else {
            return;
        };
        listed.described.insert(model.to_owned());
        if let Some(told) = told {
            let mut models = listed.models.to_vec();
            for known in models.iter_mut().filter(|known| known.id == model) {
                known.abilities = known.abilities.or(told.abilities);
                known.max_input_tokens = known.max_input_tokens.or(told.max_input_tokens);
            }
            listed.models = models.into();
        }
    }

    fn turn(&self, asked: String) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(asked).or_default())
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Listed>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that a client can name now: aliases first, then `provider/model`.
/// `hops`: of the request that asks.
pub(crate) async fn addressable(app: &Arc<App>, hops: u64) -> Vec<ModelInfo> {
    let config = app.config.current();
    if hops < MOST_HOPS {
        refresh(app, &config, hops).await;
    }
    known(app, &config)
}

/// Everything that a client can name, asking nobody.
fn known(app: &App, config: &Config) -> Vec<ModelInfo> {
    let mut models: Vec<ModelInfo> = config
        .aliases
        .iter()
        .filter(|alias| !alias.name.contains('*'))
        .map(|alias| {
            let known = target_of(app, config, &alias.name).unwrap_or_default();
            ModelInfo {
                id: alias.name.clone(),
                owned_by: Some("patchbay".to_owned()),
                display_name: None,
                created: None,
                ..known
            }
        })
        .collect();
    // An alias stands before a model of the same name.
    let taken: HashSet<String> = models.iter().map(|model| model.id.clone()).collect();
    for provider in &config.providers {
        let served = of_provider(app, provider).into_iter();
        models.extend(served.filter(|model| !taken.contains(&model.id)));
    }
    models
}

/// What is known of a model by any name that a request may have: a list need not hold it.
/// `hops`: of the request that asks.
pub(crate) async fn described(app: &Arc<App>, name: &str, hops: u64) -> Option<ModelInfo> {
    let config = app.config.current();
    if hops < MOST_HOPS {
        refresh(app, &config, hops).await;
        if let Ok(route) = routing::route(&config, &app.models, Some(name))
            && let Some(target) = route.targets.first()
        {
            ask_about(app, target.provider, &target.model, hops).await;
        }
    }
    let models = known(app, &config);
    if let Some(model) = models.into_iter().find(|model| model.id == name) {
        return Some(model);
    }
    let id = name.to_owned();
    target_of(app, &config, name).map(|known| ModelInfo { id, ..known })
}

/// Asks a provider about a model of its list that the list says too little of.
async fn ask_about(app: &App, provider: &Provider, model: &str, hops: u64) {
    let Speaks::Wire(protocol) = Speaks::of(provider.protocol) else {
        return;
    };
    let codec = upstream_codec(protocol);
    let Some((path, body)) = codec.model_request(model) else {
        return;
    };
    if !app.models.leaves_open(provider, model) {
        return;
    }
    let turn = app.models.turn(format!("{}/{model}", provider.id));
    let _turn = turn.lock().await;
    // Somebody else may have asked meanwhile.
    if !app.models.leaves_open(provider, model) {
        return;
    }
    let account = app
        .config
        .current()
        .accounts_of(&provider.id)
        .next()
        .cloned();
    let question = Question {
        method: Method::POST,
        path,
        headers: HeaderMap::new(),
        body: vec![body],
    };
    let answer = ask(hops, app, codec, provider, account.as_ref(), question);
    let told = match tokio::time::timeout(MOMENT, answer).await {
        Ok(Ok(body)) => codec.decode_model(&body).ok(),
        Ok(Err(error)) => {
            tracing::debug!(provider = provider.id, model, %error, "no description of a model");
            None
        }
        Err(_) => None,
    };
    app.models.describe(provider, model, told);
}

/// What is known of the model that a name leads to first.
fn target_of(app: &App, config: &Config, name: &str) -> Option<ModelInfo> {
    let route = routing::route(config, &app.models, Some(name)).ok()?;
    let target = route.targets.first()?;
    let listed = app.models.of(target.provider).unwrap_or_default();
    let listed = listed.iter().find(|listed| listed.id == target.model);
    let known = listed.cloned().unwrap_or_else(|| ModelInfo {
        id: target.model.clone().into_owned(),
        ..ModelInfo::default()
    });
    Some(with_abilities(target.provider, known))
}

/// Adds what the table of capabilities and the catalogue say where the provider said nothing. A model that
/// nobody knows is taken to see and to call tools, as clients hide what cannot; not where its provider can be asked
/// about it.
fn with_abilities(provider: &Provider, model: ModelInfo) -> ModelInfo {
    let known = match Speaks::of(provider.protocol) {
        Speaks::Wire(protocol) => capabilities::of(protocol, provider, &model.id),
        Speaks::Echo => Capabilities {
            thinking: ThinkingForm::Effort,
            ..Capabilities::default()
        },
    };
    let listed = catalogue::of(&model.id);
    let is_told = match Speaks::of(provider.protocol) {
        Speaks::Wire(protocol) => upstream_codec(protocol).model_request(&model.id).is_some(),
        Speaks::Echo => false,
    };
    let abilities = Abilities {
        embeds: known.embeds,
        images: listed.map_or(!is_told, |listed| listed.vision),
        infills: false,
        thinking: !matches!(known.thinking, ThinkingForm::None | ThinkingForm::Unsure)
            || listed.is_some_and(|listed| listed.thinking),
        tools: listed.map_or(!is_told, |listed| listed.tools),
    };
    let is_unknown = is_told && abilities == Abilities::default();
    let context_length = listed.and_then(|listed| listed.context_length);
    let max_output_tokens = listed.and_then(|listed| listed.max_output_tokens);
    let mut abilities = model
        .abilities
        .or_else(|| (!is_unknown).then_some(abilities));
    if let Some(abilities) = &mut abilities {
        // By its marks, whatever the server knows of them.
        abilities.infills |= known.infill.is_some();
    }
    ModelInfo {
        max_input_tokens: model.max_input_tokens.or(context_length),
        max_output_tokens: model
            .max_output_tokens
            .or(known.max_output_tokens)
            .or(max_output_tokens),
        abilities: abilities.map(|able| if able.embeds { Abilities::EMBEDS } else { able }),
        ..model
    }
}

/// What a provider is known to serve, by the names that clients use.
pub(crate) fn of_provider(app: &App, provider: &Provider) -> Vec<ModelInfo> {
    let owner = || Some(provider.id.clone());
    if provider.is_built_in() {
        let echo = ModelInfo {
            id: format!("{}/{}", provider.id, echo::MODEL),
            display_name: Some("Echo (offline)".to_owned()),
            owned_by: owner(),
            ..ModelInfo::default()
        };
        return vec![with_abilities(provider, echo)];
    }
    let listed = app.models.of(provider).unwrap_or_default();
    let named = listed.iter().map(|model| ModelInfo {
        id: format!("{}/{}", provider.id, model.id),
        owned_by: model.owned_by.clone().or_else(owner),
        ..with_abilities(provider, model.clone())
    });
    named.collect()
}

/// Asks the providers whose lists are old. Waits a moment for those that were never asked; the others
/// answer for the next question.
async fn refresh(app: &Arc<App>, config: &Arc<Config>, hops: u64) {
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for provider in &config.providers {
        let speaks_wire = matches!(Speaks::of(provider.protocol), Speaks::Wire(_));
        if speaks_wire && app.models.is_stale(provider) {
            match app.models.of(provider) {
                None => first.push(provider.id.clone()),
                Some(_) => again.push(provider.id.clone()),
            }
        }
    }
    if !again.is_empty() {
        tokio::spawn(ask_all(Arc::clone(app), Arc::clone(config), again, hops));
    }
    if !first.is_empty() {
        // Goes on behind our back when it takes longer.
        let asked = tokio::spawn(ask_all(Arc::clone(app), Arc::clone(config), first, hops));
        let _ = tokio::time::timeout(app.pace.first_lists, asked).await;
    }
}

async fn ask_all(app: Arc<App>, config: Arc<Config>, providers: Vec<String>, hops: u64) {
    let asked = providers.iter().filter_map(|id| config.provider(id));
    join_all(asked.map(|provider| async {
        let turn = app.models.turn(provider.id.clone());
        let _turn = turn.lock().await;
        // Somebody else may have asked meanwhile.
        if !app.models.is_stale(provider) {
            return;
        }
        let account = config.accounts_of(&provider.id).next();
        if let Err(error) = fetch_after(hops, &app, provider, account).await {
            tracing::debug!(provider = provider.id, %error, "no list of models");
        }
    }))
    .await;
}

/// Asks a provider for its models, and remembers them.
///
/// # Errors
/// What the provider answered, or why it did not.
pub(crate) async fn fetch(
    app: &App,
    provider: &Provider,
    account: Option<&Account>,
) -> Result<Vec<ModelInfo>, ApiError> {
    fetch_after(0, app, provider, account).await
}

async fn fetch_after(
    hops: u64,
    app: &App,
    provider: &Provider,
    account: Option<&Account>,
) -> Result<Vec<ModelInfo>, ApiError> {
    let Speaks::Wire(protocol) = Speaks::of(provider.protocol) else {
        return Ok(vec![ModelInfo {
            id: echo::MODEL.to_owned(),
            ..ModelInfo::default()
        }]);
    };
    let codec = upstream_codec(protocol);
    let path = codec.path(Operation::ListModels, "", false);
    let question = match codec.list_request() {
        Some(list) => Question {
            method: Method::POST,
            path: &path,
            headers: list.headers.into_iter().collect(),
            body: vec![list.body],
        },
        None => Question {
            method: Method::GET,
            path: &path,
            headers: HeaderMap::new(),
            body: Vec::new(),
        },
    };
    let body = ask(hops, app, codec, provider, account, question).await;
    let models = body.and_then(|body| codec.decode_models(&body));
    app.models.put(provider, models.as_deref().ok());
    models
}

/// What a provider is asked of its models.
struct Question<'q> {
    method: Method,
    path: &'q str,
    headers: HeaderMap,
    body: Vec<Bytes>,
}

async fn ask(
    hops: u64,
    app: &App,
    codec: &'static dyn UpstreamCodec,
    provider: &Provider,
    account: Option<&Account>,
    mut question: Question<'_>,
) -> Result<Bytes, ApiError> {
    let credential = credentials::fresh(app, account).await?;
    loops::count_hop(&mut question.headers, provider, hops);
    let call = Call {
        method: question.method,
        provider,
        codec,
        path: question.path,
        query: None,
        headers: question.headers,
        credential: credential.as_ref(),
        body: question.body,
        stream: false,
    };
    let (head, body) = app.send(call).await?.into_parts();
    let idle = provider.timeouts.idle;
    let body: Bytes = upstream::collect(body, Bytes::new(), provider, idle, MAX_LIST_BYTES).await?;
    if head.status.is_success() {
        return Ok(body);
    }
    if head.status.is_redirection() {
        return Err(upstream::redirected(&head.headers, provider));
    }
    let (error, _) = credentials::failure(codec, &head, body, credential);
    Err(error)
}

#[cfg(test)]
#[path = "models_tests.rs"]
mod tests;
