//! The native API of Ollama, spoken to the clients that look for it and to every provider that serves it.
//!
//! Reference: <https://docs.ollama.com/api>.
//!
//! A chat (`/api/chat`), a prompt as a chat, and a text to go on with (both `/api/generate`), texts as vectors ([`embed`]). Streams are lines of
//! JSON, and a stream is what comes unless it is declined. Calls of tools are whole, their arguments objects, and
//! have no ids: results are given to calls by the tool's name and by order.
//!
//! Lost, and reported: options of the server (`num_ctx`, `mirostat`, ...) towards others,
//! templates and token contexts. Refused: images by address, documents that are no text, several answers.

mod embed;
mod error;
mod events;
mod models;
mod request;
mod response;
mod wire;

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderName, header};

use crate::{
    About, ClientCodec, Encoded, ErrorReply, EventDecoder, EventEncoder, ExchangeId, FailedAnswer,
    Framing, ModelInfo, Operation, Protocol, RawRequest, ReplyContext, StreamForm, UpstreamCodec,
    canonical::{
        ApiError, Completes, EmbedReply, EmbedRequest, Events, Losses, Request, Response, Spare,
        TargetModel,
    },
    envelope::Envelope,
};

/// How options that only this protocol has are named among a request's unknown fields.
const OPTIONS: &str = "options.";
/// Why a reply ended that a filter stopped, for clients that ask.
const CONTENT_FILTER: &str = "content_filter";
/// Clients refuse older ones than they know.
const SERVER_VERSION: &str = "0.17.6";

/// What is said with a request, and not what is asked.
const SPARES: [Spare; 1] = [Spare::new("think")
    .word("reasoning")
    .said("does not support thinking")];

/// The protocol's codec, in both directions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ollama;

impl ClientCodec for Ollama {
    fn protocol(&self) -> Protocol {
        Protocol::Ollama
    }

    fn peek(&self, raw: RawRequest<'_>) -> Result<Envelope, ApiError> {
        let mut envelope = Envelope::peek(raw.body)?;
        envelope.stream.get_or_insert(true);
        Ok(envelope)
    }

    fn decode_request(
        &self,
        raw: RawRequest<'_>,
        losses: &mut Losses,
    ) -> Result<Request, ApiError> {
        request::decode(raw, losses)
    }

    /// Of the two forms for texts as vectors providers are sent the newer one.
    fn passes(&self, raw: RawRequest<'_>) -> bool {
        raw.operation != Operation::Embed || !embed::is_older(raw.path)
    }

    fn decode_embed_request(
        &self,
        raw: RawRequest<'_>,
        losses: &mut Losses,
    ) -> Result<EmbedRequest, ApiError> {
        embed::decode_request(raw, losses)
    }

    fn encode_embed_reply(
        &self,
        answer: &EmbedReply,
        request: &EmbedRequest,
        reply: &ReplyContext,
        losses: &mut Losses,
    ) -> Bytes {
        embed::encode_reply(answer, request, reply, losses)
    }

    fn encode_about(&self, asked: About) -> Option<Bytes> {
        Some(match asked {
            About::Loaded => Bytes::from_static(br#"{"models":[]}"#),
            About::Root => Bytes::from_static(b"Ollama is running"),
            About::Version => format!(r#"{{"version":"{SERVER_VERSION}"}}"#).into(),
        })
    }

    fn without_model(&self, request: &Request) -> Option<Response> {
        response::of_loading(request)
    }

    fn encode_response(
        &self,
        response: &Response,
        request: &Request,
        reply: &ReplyContext,
        losses: &mut Losses,
    ) -> Bytes {
        response::encode(response, request, reply, losses)
    }

    fn event_encoder(&self, request: &Request, reply: &ReplyContext) -> Box<dyn EventEncoder> {
        Box::new(events::LineEncoder::new(request, reply))
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

    /// Nobody asks for it in this protocol.
    fn encode_token_count(&self, tokens: u64) -> Bytes {
        format!("{{\"prompt_eval_count\":{tokens}}}").into()
    }

    fn stream_form(&self, reply: &ReplyContext) -> StreamForm {
        StreamForm {
            content_type: "application/x-ndjson",
            frame_end: b"\n",
            keep_alive: events::nothing_yet(reply),
        }
    }
}

impl UpstreamCodec for Ollama {
    fn protocol(&self) -> Protocol {
        Protocol::Ollama
    }

    /// A server on this computer wants none; proxies and the vendor's own cloud do.
    fn credential_header(&self) -> (HeaderName, &'static str) {
        (header::AUTHORIZATION, "Bearer ")
    }

    fn version(&self) -> &'static str {
        ""
    }

    /// Nobody counts tokens here; an estimate of ours stands in, so its path is never asked for.
    fn path(&self, operation: Operation, _model: &str, _stream: bool) -> Cow<'static, str> {
        match operation {
            Operation::Chat | Operation::Compact | Operation::CountTokens => "/api/chat".into(),
            Operation::Complete => "/api/generate".into(),
            Operation::Embed => "/api/embed".into(),
            Operation::ListModels => "/api/tags".into(),
        }
    }

    fn completes(&self) -> Completes {
        Completes::Everything
    }

    fn framing(&self) -> Framing {
        Framing::Json
    }

    fn encode_request(
        &self,
        request: &Request,
        target: &TargetModel,
        losses: &mut Losses,
    ) -> Result<Encoded, ApiError> {
        request::encode(request, target, losses)
    }

    fn encode_embed_request(
        &self,
        request: &EmbedRequest,
        target: &TargetModel,
        losses: &mut Losses,
    ) -> Result<Encoded, ApiError> {
        embed::encode_request(request, target, losses)
    }

    fn decode_embed_reply(&self, body: &[u8]) -> Result<EmbedReply, ApiError> {
        embed::decode_reply(body)
    }

    fn spares(&self) -> &'static [Spare] {
        &SPARES
    }

    fn decode_whole(&self, body: &[u8], exchange: &ExchangeId) -> Result<Events, ApiError> {
        Ok(response::events(body, exchange))
    }

    fn event_decoder(&self, exchange: &ExchangeId) -> Box<dyn EventDecoder> {
        Box::new(events::LineDecoder::new(exchange))
    }

    fn decode_error(&self, answer: FailedAnswer<'_>) -> ApiError {
        error::decode(answer)
    }

    fn decode_models(&self, body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
        models::decode(body)
    }

    fn model_request(&self, model: &str) -> Option<(&'static str, Bytes)> {
        Some(("/api/show", models::request(model)))
    }

    fn decode_model(&self, body: &[u8]) -> Result<ModelInfo, ApiError> {
        models::decode_one(body)
    }
}
