//! OpenAI Realtime, as far as it is text: a conversation over a socket, spoken to clients.
//!
//! Reference: <https://platform.openai.com/docs/api-reference/realtime>.
//!
//! [`Session`] is one connection: a client's events in, the server's events out, and now and then a [`Turn`] to be
//! answered by a model. A turn is a request like any other: this folder's codec decodes its body, and encodes the
//! answer as steps, one a line, which the session completes with what only a connection knows: ids, the
//! conversation, the words of the client's [`Dialect`].
//!
//! Lost, and reported: voices, detection of turns, tracing, reasoning. Refused: sounds, transcription, stored
//! prompts. The protocol has no upstream side here: to a provider that speaks it a connection is passed through.

mod dialect;
mod handshake;
mod reply;
mod session;
mod tap;
mod turn;
mod wire;

use bytes::{Bytes, BytesMut};

use self::reply::Encoder;
pub use self::{
    dialect::Dialect,
    handshake::{SUBPROTOCOL, keys, model, without_keys},
    session::{Action, Opening, Session, Turn},
    tap::{Heard, Tap},
};
use crate::{
    ClientCodec, ErrorReply, EventEncoder, ExchangeId, ModelInfo, Protocol, RawRequest,
    ReplyContext, StreamForm,
    canonical::{ApiError, Losses, Request, Response},
    openai::{error, models},
};

/// The codec of turns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenAiRealtime;

impl ClientCodec for OpenAiRealtime {
    fn protocol(&self) -> Protocol {
        Protocol::OpenAiRealtime
    }

    fn decode_request(
        &self,
        raw: RawRequest<'_>,
        losses: &mut Losses,
    ) -> Result<Request, ApiError> {
        turn::decode(raw.body, losses)
    }

    fn encode_response(
        &self,
        response: &Response,
        request: &Request,
        reply: &ReplyContext,
        losses: &mut Losses,
    ) -> Bytes {
        let mut encoder = self.event_encoder(request, reply);
        let mut out = BytesMut::new();
        for (choice, event) in response.clone().into_events() {
            encoder.push(choice, &event, &mut out, losses);
        }
        out.freeze()
    }

    fn event_encoder(&self, _request: &Request, reply: &ReplyContext) -> Box<dyn EventEncoder> {
        Box::new(Encoder::new(reply.estimated_input_tokens))
    }

    fn encode_error(&self, error: &ApiError, _exchange: Option<&ExchangeId>) -> ErrorReply {
        error::encode(error)
    }

    fn encode_models(&self, models: &[ModelInfo]) -> Bytes {
        models::encode_all(models)
    }

    fn encode_model(&self, model: &ModelInfo) -> Bytes {
        models::encode_one(model)
    }

    fn encode_token_count(&self, tokens: u64) -> Bytes {
        format!("{{\"input_tokens\":{tokens}}}").into()
    }

    fn stream_form(&self, _reply: &ReplyContext) -> StreamForm {
        StreamForm {
            content_type: "application/x-ndjson",
            frame_end: b"\n",
            keep_alive: Bytes::from_static(b"\n"),
        }
    }
}
