//! OpenAI Chat Completions, spoken to clients and to every provider that speaks it too; and its neighbours, which
//! go on with a text ([`completions`]) and turn texts into vectors ([`embeddings`]).
//!
//! Reference: <https://platform.openai.com/docs/api-reference/chat>.
//!
//! Read beyond it, because providers and clients write it: `reasoning_content`, `reasoning` and
//! `reasoning_details`; `<think>` tags at the head of a reply; the older `functions`; `input` instead of
//! `messages`; a bare schema as `json_schema`. Provider state of reasoning travels in `reasoning_details`, that of a
//! call in its `extra_content`. Images that a model drew are `images` beside the content, as relays write them.
//!
//! Lost, and reported: annotations that lead to no page, sound in answers, `top_k`. Refused: spoken answers, video, ids
//! of files that another provider holds.

mod completions;
mod embeddings;
mod events;
mod foreign;
mod reasoning;
mod recalled;
mod request;
mod response;
mod sent;
mod wire;

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderName, header};

use crate::{
    ClientCodec, Encoded, ErrorReply, EventDecoder, EventEncoder, ExchangeId, FailedAnswer,
    ModelInfo, Operation, Protocol, RawRequest, ReplyContext, StreamForm, UpstreamCodec,
    canonical::{
        ApiError, Capabilities, Completes, EmbedReply, EmbedRequest, Events, Losses, Recalled,
        Request, Response, Spare, TargetModel,
    },
    openai::{error, models},
};

/// What is said with a request, and not what is asked.
const SPARES: [Spare; 21] = [
    Spare::new("temperature"),
    Spare::new("top_p"),
    Spare::new("top_k"),
    Spare::new("frequency_penalty"),
    Spare::new("presence_penalty"),
    Spare::new("seed"),
    Spare::new("user"),
    Spare::new("parallel_tool_calls"),
    Spare::new("reasoning_effort").word("reasoning"),
    Spare::new("reasoning"),
    Spare::new("thinking").word("reasoning"),
    Spare::new("enable_thinking").word("reasoning"),
    Spare::new("chat_template_kwargs").word("reasoning"),
    Spare::new("stream_options"),
    Spare::new("prompt_cache_key"),
    Spare::new("verbosity"),
    Spare::new("service_tier"),
    Spare::new("safety_identifier"),
    Spare::new("metadata"),
    Spare::new("prompt_cache_retention"),
    Spare::new("web_search_options").said("web search options"),
];

/// The protocol's codec, in both directions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenAiChat;

impl ClientCodec for OpenAiChat {
    fn protocol(&self) -> Protocol {
        Protocol::OpenAiChat
    }

    fn decode_request(
        &self,
        raw: RawRequest<'_>,
        losses: &mut Losses,
    ) -> Result<Request, ApiError> {
        if raw.operation == Operation::Complete {
            completions::decode(raw, losses)
        } else {
            request::decode(raw, losses)
        }
    }

    /// A schema without its wrapper gets one: relays document it, and their own providers refuse it. So do `messages`
    /// that were called `input`.
    fn passes(&self, raw: RawRequest<'_>) -> bool {
        let body = raw.body;
        raw.operation != Operation::Chat
            || !request::has_bare_schema(body) && !request::has_only_input(body)
    }

    fn decode_embed_request(
        &self,
        raw: RawRequest<'_>,
        losses: &mut Losses,
    ) -> Result<EmbedRequest, ApiError> {
        embeddings::decode_request(raw, losses)
    }

    fn encode_embed_reply(
        &self,
        answer: &EmbedReply,
        request: &EmbedRequest,
        reply: &ReplyContext,
        losses: &mut Losses,
    ) -> Bytes {
        embeddings::encode_reply(answer, request, reply, losses)
    }

    fn encode_response(
        &self,
        response: &Response,
        request: &Request,
        reply: &ReplyContext,
        losses: &mut Losses,
    ) -> Bytes {
        if request.completion.is_some() {
            completions::encode_reply(response, request, reply, losses)
        } else {
            response::encode(&request.shown.of(response), request, reply, losses)
        }
    }

    fn event_encoder(&self, request: &Request, reply: &ReplyContext) -> Box<dyn EventEncoder> {
        if request.completion.is_some() {
            Box::new(completions::TextEncoder::new(request, reply))
        } else {
            let encoder = events::ChatEncoder::new(request, reply);
            request.shown.before(Box::new(encoder))
        }
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
        format!("{{\"object\":\"token_count\",\"input_tokens\":{tokens}}}").into()
    }

    fn stream_form(&self, _reply: &ReplyContext) -> StreamForm {
        StreamForm::sse(b": ping\n\n")
    }
}

impl UpstreamCodec for OpenAiChat {
    fn protocol(&self) -> Protocol {
        Protocol::OpenAiChat
    }

    fn credential_header(&self) -> (HeaderName, &'static str) {
        (header::AUTHORIZATION, "Bearer ")
    }

    /// Nobody counts tokens here; an estimate of ours stands in, so its path is never asked for.
    fn path(&self, operation: Operation, _model: &str, _stream: bool) -> Cow<'static, str> {
        match operation {
            Operation::Chat | Operation::Compact | Operation::CountTokens => {
                "/chat/completions".into()
            }
            Operation::Complete => "/completions".into(),
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

    fn completes(&self) -> Completes {
        Completes::BareText
    }

    fn encode_embed_request(
        &self,
        request: &EmbedRequest,
        target: &TargetModel,
        losses: &mut Losses,
    ) -> Result<Encoded, ApiError> {
        Ok(embeddings::encode_request(request, target, losses))
    }

    fn decode_embed_reply(&self, body: &[u8]) -> Result<EmbedReply, ApiError> {
        embeddings::decode_reply(body)
    }

    /// `tool_calls` or `function_call`.
    fn call_mark(&self) -> Option<&'static str> {
        Some("_call")
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
        Box::new(events::ChatDecoder::new(exchange))
    }

    fn decode_error(&self, answer: FailedAnswer<'_>) -> ApiError {
        error::decode(answer)
    }

    fn decode_models(&self, body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
        models::decode(body)
    }
}
