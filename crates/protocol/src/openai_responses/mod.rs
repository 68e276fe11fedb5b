//! OpenAI Responses, spoken to clients and to every provider that speaks it too.
//!
//! Reference: <https://platform.openai.com/docs/api-reference/responses>.
//!
//! A conversation is a list of items: messages, calls, their outputs, reasoning. Tools for free text and groups
//! of tools are known; provider state of reasoning travels in `encrypted_content`, that of other protocols
//! marked by its owner. What a client leaves with us (`previous_response_id`) is resolved by the gateway before
//! a request comes here: what is still unresolved is refused.
//!
//! Lost, and reported: calls of tools that a provider ran itself but searches of the web, annotations that lead to no
//! page, `stop`, `seed`, penalties, `top_k`. Refused: work in the background, stored conversations and prompts, several
//! answers, sounds.

mod disowned;
mod drawn;
mod events;
mod foreign;
mod opaque;
mod recalled;
mod replay;
mod request;
mod response;
mod wire;

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderName, header};

use crate::{
    ClientCodec, Encoded, ErrorReply, EventDecoder, EventEncoder, ExchangeId, FailedAnswer,
    ModelInfo, Operation, Protocol, RawRequest, ReplyContext, StreamForm, UpstreamCodec,
    canonical::{
        ApiError, Capabilities, Events, Losses, Recalled, Request, Response, Spare, TargetModel,
    },
    openai::{error, models},
};

/// What is said with a request, and not what is asked.
const SPARES: [Spare; 9] = [
    Spare::new("temperature"),
    Spare::new("top_p"),
    Spare::new("user"),
    Spare::new("parallel_tool_calls"),
    // Whoever gets no state of reasoning cannot send it back, which is no worse than not asking for it; nor is a
    // search without its pages.
    Spare::new("include")
        .only(&[
            r#"["reasoning.encrypted_content"]"#,
            r#"["reasoning.encrypted_content","web_search_call.action.sources"]"#,
            r#"["web_search_call.action.sources"]"#,
        ])
        .said("encrypted content is not supported"),
    Spare::new("reasoning.summary")
        .word("reasoning")
        .said("reasoning summaries"),
    Spare::new("prompt_cache_key"),
    Spare::new("reasoning.effort").word("reasoning"),
    Spare::new("reasoning"),
];

/// The protocol's codec, in both directions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenAiResponses;

impl ClientCodec for OpenAiResponses {
    fn protocol(&self) -> Protocol {
        Protocol::OpenAiResponses
    }

    fn decode_request(
        &self,
        raw: RawRequest<'_>,
        losses: &mut Losses,
    ) -> Result<Request, ApiError> {
        request::decode(raw, losses)
    }

    fn keeps_replies(&self) -> bool {
        true
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
        Box::new(events::Encoder::new(request, reply))
    }

    fn replayed(&self, whole: &Bytes, after: Option<u64>) -> Option<Bytes> {
        replay::stream(whole, after)
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
        format!("{{\"object\":\"response.input_tokens\",\"input_tokens\":{tokens}}}").into()
    }

    fn stream_form(&self, _reply: &ReplyContext) -> StreamForm {
        StreamForm::sse(b": ping\n\n")
    }
}

impl UpstreamCodec for OpenAiResponses {
    fn protocol(&self) -> Protocol {
        Protocol::OpenAiResponses
    }

    fn credential_header(&self) -> (HeaderName, &'static str) {
        (header::AUTHORIZATION, "Bearer ")
    }

    fn path(&self, operation: Operation, _model: &str, _stream: bool) -> Cow<'static, str> {
        match operation {
            Operation::Chat | Operation::Complete => "/responses".into(),
            Operation::Compact => "/responses/compact".into(),
            Operation::CountTokens => "/responses/input_tokens".into(),
            Operation::Embed => "/embeddings".into(),
            Operation::ListModels => "/models".into(),
        }
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
        Some("call_id")
    }

    fn names_pieces(&self) -> bool {
        true
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

    fn refuses_state(&self, failure: &ApiError) -> bool {
        disowned::is_refused(failure)
    }

    fn without_state(
        &self,
        body: &Bytes,
        is_gone: &mut dyn FnMut(&str) -> bool,
        losses: &mut Losses,
    ) -> Option<Bytes> {
        disowned::out_of(body, is_gone, losses)
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

    fn decode_error(&self, answer: FailedAnswer<'_>) -> ApiError {
        error::decode(answer)
    }

    fn decode_token_count(&self, body: &[u8]) -> Option<u64> {
        let counted: wire::TokenCount = serde_json::from_slice(body).ok()?;
        Some(counted.input_tokens)
    }

    fn decode_models(&self, body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
        models::decode(body)
    }
}
