//! Anthropic's Messages API: <https://docs.anthropic.com/en/api/messages>.
//!
//! Both live versions (`2023-06-01`, `2026-10-21`) are accepted from clients: they differ only in what the
//! newer one refuses. Providers are spoken to in `2023-06-01`.
//!
//! Lost towards other protocols, each with a report: cache marks where the target takes none, citations of
//! documents, server tools but the search of the web, `thinking.display` but "omitted", and every field that only
//! this vendor knows. Kept: text, images, documents, search results (as text), tools, reasoning with its signatures, structured output, usage with its cache counts.

mod error;
mod events;
mod foreign;
mod models;
mod outside;
mod page;
mod recalled;
mod request;
mod response;
mod search;
mod wire;

use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderName;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    ClientCodec, Encoded, ErrorReply, EventDecoder, EventEncoder, ExchangeId, FailedAnswer,
    ModelInfo, Operation, Protocol, RawRequest, ReplyContext, StreamForm, UpstreamCodec,
    canonical::{
        ApiError, Capabilities, Events, Losses, Recalled, Request, Response, Spare, TargetModel,
    },
    json::Splice,
};

/// What is said with a request, and not what is asked.
const SPARES: [Spare; 6] = [
    Spare::new("temperature"),
    Spare::new("top_p"),
    Spare::new("top_k"),
    Spare::new("metadata").word("user"),
    Spare::new("thinking")
        .word("reasoning")
        .said("adaptive thinking is not supported"),
    Spare::new("output_config.effort")
        .word("reasoning")
        .said("does not support the effort parameter"),
];

/// The codec of this protocol, for both of its faces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anthropic;

impl ClientCodec for Anthropic {
    fn protocol(&self) -> Protocol {
        Protocol::Anthropic
    }

    fn decode_request(
        &self,
        raw: RawRequest<'_>,
        losses: &mut Losses,
    ) -> Result<Request, ApiError> {
        request::decode(raw.body, losses)
    }

    fn decode_count_request(
        &self,
        raw: RawRequest<'_>,
        losses: &mut Losses,
    ) -> Result<Request, ApiError> {
        request::decode_count(raw.body, losses)
    }

    fn passes(&self, raw: RawRequest<'_>) -> bool {
        !search::is_made_up(raw.body)
    }

    fn encode_response(
        &self,
        response: &Response,
        request: &Request,
        reply: &ReplyContext,
        losses: &mut Losses,
    ) -> Bytes {
        response::encode(&request.shown.of(response), reply, losses)
    }

    fn event_encoder(&self, request: &Request, reply: &ReplyContext) -> Box<dyn EventEncoder> {
        request.shown.before(Box::new(events::Encoder::new(reply)))
    }

    fn encode_error(&self, error: &ApiError, exchange: Option<&ExchangeId>) -> ErrorReply {
        error::encode(error, exchange)
    }

    fn encode_models(&self, models: &[ModelInfo]) -> Bytes {
        models::encode_list(models)
    }

    fn encode_models_page(
        &self,
        models: &[ModelInfo],
        query: Option<&str>,
    ) -> Result<Bytes, ApiError> {
        let page = page::Page::of(models, query.unwrap_or_default())?;
        Ok(models::encode_page(&page))
    }

    fn encode_model(&self, model: &ModelInfo) -> Bytes {
        models::encode(model)
    }

    fn encode_token_count(&self, tokens: u64) -> Bytes {
        Bytes::from(format!("{{\"input_tokens\":{tokens}}}"))
    }

    fn stream_form(&self, _reply: &ReplyContext) -> StreamForm {
        StreamForm::sse(events::PING)
    }
}

impl UpstreamCodec for Anthropic {
    fn protocol(&self) -> Protocol {
        Protocol::Anthropic
    }

    fn credential_header(&self) -> (HeaderName, &'static str) {
        (HeaderName::from_static("x-api-key"), "")
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("anthropic-version", "2023-06-01")]
    }

    fn path(&self, operation: Operation, _model: &str, _stream: bool) -> Cow<'static, str> {
        match operation {
            Operation::Chat | Operation::Compact | Operation::Complete | Operation::Embed => {
                "/messages"
            }
            Operation::CountTokens => "/messages/count_tokens",
            // The page size is 20 unless asked for more; this is the largest.
            Operation::ListModels => "/models?limit=1000",
        }
        .into()
    }

    fn encode_request(
        &self,
        request: &Request,
        target: &TargetModel,
        losses: &mut Losses,
    ) -> Result<Encoded, ApiError> {
        request::encode(request, target, losses)
    }

    fn call_mark(&self) -> Option<&'static str> {
        Some("tool_use")
    }

    fn recalled(
        &self,
        body: &Bytes,
        state: &[Recalled],
        _capabilities: &Capabilities,
    ) -> Option<Bytes> {
        recalled::into_body(body, state)
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

    /// Only amid tools that the provider runs itself.
    fn pauses(&self, body: &[u8]) -> bool {
        #[derive(Deserialize)]
        struct Asked<'a> {
            #[serde(borrow, default)]
            tools: Vec<Offered<'a>>,
        }
        #[derive(Deserialize)]
        struct Offered<'a> {
            #[serde(borrow, rename = "type")]
            kind: Option<wire::Text<'a>>,
        }
        let asked = serde_json::from_slice::<Asked<'_>>(body);
        asked.is_ok_and(|asked| {
            let mut kinds = asked.tools.iter().filter_map(|tool| tool.kind.as_deref());
            kinds.any(|kind| kind != "custom")
        })
    }

    fn resumed(&self, body: &Bytes, mark: &str) -> Option<Bytes> {
        #[derive(Deserialize)]
        struct Asked<'a> {
            #[serde(borrow)]
            messages: Vec<&'a RawValue>,
        }
        let asked: Asked<'_> = serde_json::from_slice(body).ok()?;
        let said = format!(r#"{{"role":"assistant","content":{mark}}}"#);
        let messages: Vec<&str> = asked.messages.iter().map(|each| each.get()).collect();
        let messages = format!("[{},{said}]", messages.join(","));
        let request = serde_json::from_slice(body).ok()?;
        let mut splice = Splice::new(body);
        splice.member(request, "messages", &messages);
        splice.done()
    }

    fn spares(&self) -> &'static [Spare] {
        &SPARES
    }

    fn decode_whole(&self, body: &[u8], exchange: &ExchangeId) -> Result<Events, ApiError> {
        response::events(body, exchange)
    }

    fn event_decoder(&self, exchange: &ExchangeId) -> Box<dyn EventDecoder> {
        Box::new(events::Decoder::new(exchange))
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
        Some(counted.input_tokens)
    }

    fn decode_models(&self, body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
        models::decode_list(body)
    }
}
