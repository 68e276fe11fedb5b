//! Models that refuse what a client wrote for the model that an alias stands for. What reaches them is written for
//! them, as if they spoke another protocol. In memory, while the program runs.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::StatusCode;
use protocol::{
    UpstreamCodec,
    canonical::{ApiError, ErrorKind, Losses, TargetModel},
};
use serde_json::{Map, Value};

use crate::{capabilities, exchange::Exchange, routing::Target};

/// More than anybody has aliases; names are the clients' to make up.
const MOST: usize = 1024;

#[derive(Default)]
pub(crate) struct Rewordings(Mutex<HashSet<Key>>);

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
    pub(crate) fn knows(&self, exchange: &Exchange, target: &Target<'_>) -> bool {
        let known = self.known();
        !known.is_empty() && known.contains(&Key::of(exchange, target))
    }

    /// From now on.
    pub(crate) fn learn(&self, exchange: &Exchange, target: &Target<'_>) {
        let mut known = self.known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(Key::of(exchange, target));
    }

    fn known(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a failure may be due to another model than the client had in mind, and what it wrote reads otherwise
/// in words of ours. Who names the provider's model gets the provider's failure.
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
    let is_renamed = exchange.envelope.model.as_deref().is_some_and(|asked| {
        let own = asked.strip_prefix(target.provider.id.as_str());
        let own = own.and_then(|rest| rest.strip_prefix('/')).unwrap_or(asked);
        own != target.model
    });
    is_refused && is_renamed && reads_otherwise(exchange, target, codec)
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
pub(crate) fn told(target: &Target<'_>, losses: &mut Losses) {
    losses.emulated(
        "model",
        format!(
            "is an alias of {}, which refuses what was written for another model: the request was written anew",
            target.model
        ),
    );
}
