//! Replies over a socket: each request on it is an exchange like any other, and each event of its stream a message.

mod asked;
mod lane;
mod memory;
mod talk;
mod told;

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{FromRequestParts as _, Request, ws::WebSocketUpgrade},
    response::{IntoResponse as _, Response},
};
use protocol::{Protocol, realtime};

pub(crate) use self::memory::with_state;
use self::talk::Talk;
use crate::{
    access::Caller,
    app::App,
    loops, refusals,
    server::Door,
    sockets::{self, Pulse},
};

/// Of one request, like one that is posted.
const MAX_MESSAGE: usize = 100 << 20;

/// Marks a request whose reply nobody keeps but its connection, which goes on from it.
#[derive(Clone, Copy)]
pub(crate) struct Forgotten;

/// Opens a socket, or says in the vendor's shape why not.
pub(crate) async fn answer(
    app: Arc<App>,
    protocol: Protocol,
    request: Request,
    door: Option<Arc<Door>>,
) -> Response {
    let (mut head, _) = request.into_parts();
    let caller = Caller::of(&head);
    // Nobody behind this line sees them.
    realtime::without_keys(&mut head.headers);
    let upgrade = WebSocketUpgrade::from_request_parts(&mut head, &()).await;
    let refused = match (upgrade, door) {
        (Ok(upgrade), Some(door)) => match loops::check_hops(&head.headers) {
            Ok(_) => {
                // Browsers offer it beside a key, and leave if nothing is taken.
                let upgrade = upgrade
                    .protocols([realtime::SUBPROTOCOL])
                    .max_message_size(MAX_MESSAGE)
                    .max_frame_size(MAX_MESSAGE);
                let pulse = Pulse::new(app.pace.keep_alive);
                // Counted from here on: the server's end waits for the socket's.
                let place = door.sockets.token();
                let talk = Talk::new(app, protocol, (caller, head), door.cut.clone());
                return upgrade
                    .on_upgrade(async move |socket| {
                        talk.run(socket, pulse, &door.stop).await;
                        drop(place);
                    })
                    .into_response();
            }
            Err(error) => error,
        },
        (Err(_), _) | (_, None) => sockets::not_opened(),
    };
    refusals::of_head(&app, head, refused).map(Body::from)
}
