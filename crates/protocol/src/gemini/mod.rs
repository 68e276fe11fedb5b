//! Gemini's `generateContent`: <https://ai.google.dev/api/generate-content>, spoken in `v1beta`.
//!
//! Model and operation stand in the address. Names are read in camel case and in snake case, as protobuf's JSON
//! allows; a stream is server-sent events, or one JSON array where the client does not ask for `alt=sse`.
//! Schemas go to providers as JSON schemas, or as the vendor's own subset where a model takes no other.
//!
//! A thought signature is state of the part it stands on: in the canonical model it is reasoning without text
//! right before that part. State of other providers travels in signatures of ours (see `signature`).
//!
//! A reply that pauses at the limit of one request (`CONTINUATION`) is gone on with, as one.
//!
//! Lost towards other protocols, each with a report: safety settings, citations but those of the web, code that the
//! provider runs, sound in replies. Ratings of replies are read over. Refused: cached contents and continuation
//! tokens, which only their own provider can read.

mod address;
mod drawn;
mod embed;
mod error;
mod events;
mod foreign;
mod models;
mod page;
mod recalled;
mod references;
mod request;
mod response;
mod schema;
mod signature;
mod wire;

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderName, Uri};

use self::page::Page;
use crate::{
    ClientCodec, Encoded, ErrorReply, EventDecoder, EventEncoder, ExchangeId, FailedAnswer,
    Framing, ModelInfo, Operation, Protocol, RawRequest, ReplyContext, StreamForm, UpstreamCodec,
    canonical::{
        ApiError, Capabilities, EmbedReply, EmbedRequest, Events, Losses, Recalled, Request,
        Response, Spare, TargetModel,
    },
    envelope::Envelope,
    json::Splice,
};

/// What is said with a request, and not what is asked.
const SPARES: [Spare; 7] = [
    Spare::new("generationConfig.temperature").word("temperature"),
    Spare::new("generationConfig.topP").word("top_p"),
    Spare::new("generationConfig.topK").word("top_k"),
    Spare::new("generationConfig.seed").word("seed"),
    Spare::new("generationConfig.presencePenalty").word("presence_penalty"),
    Spare::new("generationConfig.frequencyPenalty").word("frequency_penalty"),
    Spare::new("generationConfig.thinkingConfig")
        .word("reasoning")
        .said("thinking is not enabled"),
];

/// The codec of this protocol, for both of its faces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gemini;

impl ClientCodec for Gemini {
    fn protocol(&self) -> Protocol {
        Protocol::Gemini
    }

    fn peek(&self, raw: RawRequest<'_>) -> Result<Envelope, ApiError> {
        Envelope::peek(raw.body)?;
        Ok(Envelope::in_address(
            address::model(raw.path),
            address::streams(raw.path),
            address::full_name,
            address::repeated(raw),
        ))
    }

    fn decode_request(
        &self,
        raw: RawRequest<'_>,
        losses: &mut Losses,
    ) -> Result<Request, ApiError> {
        request::decode(raw, losses)
    }

    fn decode_count_request(
        &self,
        raw: RawRequest<'_>,
        losses: &mut Losses,
    ) -> Result<Request, ApiError> {
        request::decode_count(raw, losses)
    }

    /// Providers are asked for vectors by the batch.
    fn passes(&self, raw: RawRequest<'_>) -> bool {
        raw.operation != Operation::Embed || !embed::is_single(raw.path)
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
        _reply: &ReplyContext,
        losses: &mut Losses,
    ) -> Bytes {
        embed::encode_reply(answer, request, losses)
    }

    fn encode_response(
        &self,
        response: &Response,
        request: &Request,
        reply: &ReplyContext,
        losses: &mut Losses,
    ) -> Bytes {
        response::encode(&request.shown.of(response), request, reply, losses)
    }

    fn event_encoder(&self, request: &Request, reply: &ReplyContext) -> Box<dyn EventEncoder> {
        let encoder = events::Encoder::new(request, reply);
        request.shown.before(Box::new(encoder))
    }

    fn encode_error(&self, error: &ApiError, _exchange: Option<&ExchangeId>) -> ErrorReply {
        error::encode(error)
    }

    /// Who reads a stream as one array reads a failure in its place as one as well.
    fn failure_at(&self, address: &Uri, body: Bytes) -> Bytes {
        if address::streams(address.path()) && !address::wants_sse(address.query()) {
            [b"[".as_slice(), &body, b"]"].concat().into()
        } else {
            body
        }
    }

    fn encode_models(&self, models: &[ModelInfo]) -> Bytes {
        models::encode_page(Page { models, next: None })
    }

    fn encode_models_page(
        &self,
        models: &[ModelInfo],
        query: Option<&str>,
    ) -> Result<Bytes, ApiError> {
        let page = Page::of(models, query.unwrap_or_default())?;
        Ok(models::encode_page(page))
    }

    fn encode_model(&self, model: &ModelInfo) -> Bytes {
        models::encode(model)
    }

    fn encode_token_count(&self, tokens: u64) -> Bytes {
        Bytes::from(format!("{{\"totalTokens\":{tokens}}}"))
    }

    fn stream_form(&self, reply: &ReplyContext) -> StreamForm {
        events::stream_form(reply)
    }
}

impl UpstreamCodec for Gemini {
    fn protocol(&self) -> Protocol {
        Protocol::Gemini
    }

    fn credential_header(&self) -> (HeaderName, &'static str) {
        (HeaderName::from_static("x-goog-api-key"), "")
    }

    fn version(&self) -> &'static str {
        "/v1beta"
    }

    fn path(&self, operation: Operation, model: &str, stream: bool) -> Cow<'static, str> {
        address::path(operation, model, stream)
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

    fn most_embedded(&self) -> Option<usize> {
        Some(embed::MOST_IN_A_BATCH)
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

    /// `functionCall` or `function_call`.
    fn call_mark(&self) -> Option<&'static str> {
        Some("unction")
    }

    fn recalled(
        &self,
        body: &Bytes,
        state: &[Recalled],
        capabilities: &Capabilities,
    ) -> Option<Bytes> {
        recalled::into_body(body, state, capabilities)
    }

    fn may_be_foreign(&self, body: &[u8]) -> bool {
        foreign::is_near(body)
    }

    fn cleaned(
        &self,
        body: &Bytes,
        capabilities: &Capabilities,
        losses: &mut Losses,
    ) -> Option<Bytes> {
        foreign::out_of(body, capabilities, losses)
    }

    fn spares(&self) -> &'static [Spare] {
        &SPARES
    }

    fn decode_whole(&self, body: &[u8], exchange: &ExchangeId) -> Result<Events, ApiError> {
        Ok(response::events(body, exchange))
    }

    fn event_decoder(&self, exchange: &ExchangeId) -> Box<dyn EventDecoder> {
        Box::new(events::Decoder::new(exchange))
    }

    fn pauses(&self, _body: &[u8]) -> bool {
        true
    }

    fn resumed(&self, body: &Bytes, mark: &str) -> Option<Bytes> {
        let request = serde_json::from_slice(body).ok()?;
        let mut splice = Splice::new(body);
        let mark = serde_json::Value::from(mark).to_string();
        splice.member(request, "continuationToken", &mark);
        splice.done()
    }

    fn decode_error(&self, answer: FailedAnswer<'_>) -> ApiError {
        error::decode(answer)
    }

    fn counts_tokens(&self) -> bool {
        true
    }

    fn encode_count_request(
        &self,
        request: &Request,
        target: &TargetModel,
        losses: &mut Losses,
    ) -> Result<Encoded, ApiError> {
        request::encode_count(request, target, losses)
    }

    fn decode_token_count(&self, body: &[u8]) -> Option<u64> {
        let counted: wire::TokenCount = serde_json::from_slice(body).ok()?;
        counted.total_tokens
    }

    fn decode_models(&self, body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
        models::decode_list(body)
    }
}
