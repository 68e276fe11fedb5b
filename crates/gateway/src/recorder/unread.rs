//! A whole answer that went out unread, to be read for the log alone.

use bytes::Bytes;
use protocol::{
    ExchangeId, Operation, Protocol,
    canonical::{ApiError, Event, Events, Usage},
};

pub(crate) struct Unread {
    pub(crate) protocol: Protocol,
    pub(crate) operation: Operation,
    pub(crate) body: Bytes,
}

impl Unread {
    pub(super) fn events(&self, exchange: &ExchangeId) -> Result<Events, ApiError> {
        let codec = protocol::upstream_codec(self.protocol);
        if self.operation == Operation::CountTokens {
            let usage = codec.decode_token_count(&self.body).map(|tokens| Usage {
                input: Some(tokens),
                ..Usage::default()
            });
            let usage = usage.map(|usage| (0, Event::Usage(usage)));
            return Ok(usage.into_iter().collect());
        }
        if self.operation == Operation::Embed {
            let answer = codec.decode_embed_reply(&self.body)?;
            let usage = answer.usage.map(|usage| (0, Event::Usage(usage)));
            return Ok(usage.into_iter().collect());
        }
        let mut events = codec.decode_whole(&self.body, exchange)?;
        if self.operation == Operation::Compact {
            // It is no reply: only what it costs is read of it.
            events.retain(|(_, event)| matches!(event, Event::Usage(_)));
        }
        Ok(events)
    }
}
