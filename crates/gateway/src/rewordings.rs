//! Models that refuse what a client wrote for another: for the one that an alias stands for, or for one of its
//! protocol's own vendor. What holds it again is written for them, as if they spoke another protocol. In memory, while
//! the program runs.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::StatusCode;
use protocol::{
    UpstreamCodec,
    canonical::{ApiError, ErrorKind, Losses, Omission, TargetModel},
    upstream_codec,
};
use serde_json::{Map, Value};

use crate::{capabilities, exchange::Exchange, routing::Target};

/// More than anybody has aliases; names are the clients' to make up.
const MOST: usize = 1024;
/// Behind so many fields and values of one model its clients' own bytes come first again.
const MOST_REFUSED: usize = 16;

/// What models refused of the clients' own fields.
#[derive(Default)]
pub(crate) struct Rewordings(Mutex<HashMap<Key, Vec<Omission>>>);

/// A model at an address, under the name that clients use.
#[derive(Eq, Hash, PartialEq)]
struct Key {
    base_url: String,
    model: String,
    asked: String,
}

impl Key {
    fn of(exchange: &Exchange, target: &Target<'_>) -> Self {
        Self {
            base_url: target.provider.base_url.to_string(),
            model: target.model.clone().into_owned(),
            asked: exchange.envelope.model.clone().unwrap_or_default(),
        }
    }
}

impl Rewordings {
    /// Whether a request holds what the target has refused before.
    pub(crate) fn knows(&self, exchange: &Exchange, target: &Target<'_>) -> bool {
        let known = self.known();
        if known.is_empty() {
            return false;
        }
        let refused = known.get(&Key::of(exchange, target)).cloned();
        drop(known);
        refused.is_some_and(|refused| Omission::any_in(&refused, &exchange.body))
    }

    /// From now on, where a failure names a field that the model has none of. What else was wrong may be wrong with
    /// this one request.
    pub(crate) fn learn(&self, exchange: &Exchange, target: &Target<'_>, failure: &ApiError) {
        let spares = upstream_codec(exchange.protocol()).spares();
        let Some(refused) = Omission::of_value(failure, spares, &exchange.body) else {
            return;
        };
        let mut known = self.known();
        if known.len() >= MOST {
            known.clear();
        }
        let each = known.entry(Key::of(exchange, target)).or_default();
        if each.len() < MOST_REFUSED && !each.contains(&refused) {
            each.push(refused);
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Key, Vec<Omission>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a failure may be due to another model than the client had in mind, and what it wrote reads otherwise
/// in words of ours. Who names a model of the protocol's own vendor gets the provider's failure.
pub(crate) fn may_help(
    exchange: &Exchange,
    target: &Target<'_>,
    codec: &dyn UpstreamCodec,
    failure: &ApiError,
) -> bool {
    let refused = [StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY];
    let is_refused = failure.kind == ErrorKind::InvalidRequest
        && refused
            .iter()
            .any(|status| failure.status == Some(status.as_u16()));
    let is_another = || is_renamed(exchange, target) || is_foreign(target, codec);
    is_refused && is_another() && reads_otherwise(exchange, target, codec)
}

fn is_renamed(exchange: &Exchange, target: &Target<'_>) -> bool {
    exchange.envelope.model.as_deref().is_some_and(|asked| {
        let own = asked.strip_prefix(target.provider.id.as_str());
        let own = own.and_then(|rest| rest.strip_prefix('/')).unwrap_or(asked);
        own != target.model
    })
}

/// Whether the model is none of the vendor's whose clients write requests of this kind.
fn is_foreign(target: &Target<'_>, codec: &dyn UpstreamCodec) -> bool {
    !capabilities::of(codec.protocol(), target.provider, &target.model).hosted_tools
}

fn reads_otherwise(exchange: &Exchange, target: &Target<'_>, codec: &dyn UpstreamCodec) -> bool {
    let losses = &mut Losses::default();
    let Ok(request) = exchange.client.decode_request(exchange.raw(), losses) else {
        return false;
    };
    let model = TargetModel {
        name: target.model.clone().into_owned(),
        capabilities: capabilities::of(codec.protocol(), target.provider, &target.model),
    };
    let encoded = codec.encode_request(&request, &model, losses);
    encoded.is_ok_and(|encoded| without_model(&encoded.body) != without_model(&exchange.body))
}

fn without_model(body: &[u8]) -> Option<Map<String, Value>> {
    let mut fields: Map<String, Value> = serde_json::from_slice(body).ok()?;
    fields.remove("model");
    Some(fields)
}

/// Says that the provider did not get the client's own bytes.
pub(crate) fn told(exchange: &Exchange, target: &Target<'_>, losses: &mut Losses) {
    let model = &target.model;
    losses.emulated(
        "model",
        if is_renamed(exchange, target) {
            format!(
                "is an alias of {model}, which refuses what was written for another model: the request was written anew"
            )
        } else {
            format!(
                "is {model}, which refuses what was written for models of another vendor: the request was written anew"
            )
        },
    );
}
