//! A whole reply: the service has none, so it is a stream that was collected.

use super::{error, events};
use crate::{
    EventDecoder as _, ExchangeId,
    canonical::{ApiError, Events},
};

pub(super) fn events(body: &[u8], exchange: &ExchangeId) -> Result<Events, ApiError> {
    if body.first() == Some(&b'{') {
        // A failure behind a status of success.
        return Err(error::of_body(body));
    }
    let mut events = Events::new();
    let mut decoder = events::Decoder::new(exchange);
    decoder.push(body, &mut events);
    decoder.finish(&mut events);
    Ok(events)
}
