//! Conversations over a socket: handed through to a provider that has them, bridged onto any other.

mod bridge;
mod dial;
mod passage;

use std::{sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{FromRequestParts as _, Request, ws::WebSocketUpgrade},
    response::{IntoResponse as _, Response},
};
use http::request::Parts;
use protocol::{
    Protocol,
    canonical::ApiError,
    realtime::{self, Dialect, Opening},
};
use store::exchanges::Id;

use self::{bridge::Bridge, dial::Opened};
use crate::{
    access::Caller,
    app::App,
    capabilities, loops, refusals,
    routing::{self, Target},
    server::Door,
    sockets::{self, Pulse},
    speaks::Speaks,
};

/// Of one event; an image may be in it.
const MAX_MESSAGE: usize = 16 << 20;
/// The protocol of both ends.
const PROTOCOL: Protocol = Protocol::OpenAiRealtime;

/// Opens a socket, or says in the vendor's shape why not.
pub(crate) async fn answer(app: Arc<App>, request: Request, door: Option<Arc<Door>>) -> Response {
    let began = Instant::now();
    let (mut head, _) = request.into_parts();
    let caller = Caller::of(&head);
    // Nobody behind this line sees its keys: it has been checked.
    let dialect = Dialect::of(head.uri.query(), &head.headers);
    realtime::without_keys(&mut head.headers);
    let model = realtime::model(head.uri.query());
    let config = app.config.current();
    let Some(door) = door else {
        return refuse(&app, head, sockets::not_opened());
    };
    let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut head, &()).await else {
        return refuse(&app, head, sockets::not_opened());
    };
    let upgrade = upgrade
        .protocols([realtime::SUBPROTOCOL])
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE);
    let hops = match loops::check_hops(&head.headers) {
        Ok(hops) => hops,
        Err(error) => return refuse(&app, head, error),
    };
    // A client may name its model later.
    let targets = match &model {
        None => Vec::new(),
        Some(model) => match routing::route(&config, &app.models, Some(model)) {
            Ok(route) => route.targets,
            Err(error) => return refuse(&app, head, error),
        },
    };
    let pulse = Pulse::new(app.pace.keep_alive);
    // Counted from here on: the server's end waits for the socket's.
    let place = door.sockets.token();
    if let (Some(model), Some(first)) = (&model, targets.first())
        && has_sockets(first)
    {
        let asked = dial::Asked {
            model,
            hops,
            began,
            config: &config,
        };
        match dial::open(&app, head, asked, &targets).await {
            Opened::NoSuchPath(back) => head = *back,
            Opened::Refused(refusal) => return *refusal,
            Opened::Through(passage) => {
                return upgrade
                    .on_upgrade(async move |socket| {
                        passage.run(socket, pulse, &door.cut, (&app, &caller)).await;
                        drop(place);
                    })
                    .into_response();
            }
        }
    }
    let opening = Opening {
        seed: Id::next().to_string(),
        dialect,
        model,
    };
    let bridge = Bridge::new(app, (caller, head), opening, door.cut.clone());
    upgrade
        .on_upgrade(async move |socket| {
            bridge.run(socket, pulse, &door.stop).await;
            drop(place);
        })
        .into_response()
}

/// Whether a target is reached by a socket of its own.
fn has_sockets(target: &Target<'_>) -> bool {
    match target.speaks() {
        Speaks::Echo => false,
        Speaks::Wire(protocol) => {
            capabilities::of(protocol, target.provider, &target.model).realtime
        }
    }
}

fn refuse(app: &Arc<App>, head: Parts, error: ApiError) -> Response {
    refusals::of_head(app, head, error).map(Body::from)
}
