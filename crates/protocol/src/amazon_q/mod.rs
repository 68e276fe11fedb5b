//! Amazon Q Developer, spoken to its service only: no client speaks it.
//!
//! Reference: <https://github.com/aws/amazon-q-developer-cli> (the types of `SendMessage`); there is no public
//! page. One address takes every operation; a header names it. Answers are streams of binary frames only.
//!
//! Kept: text, images in base64, tools and their results, reasoning with its signatures, token counts.
//! Emulated by words: instructions (a first pair of turns), a tool that must be called, JSON schemas, how long to
//! think. Lost, and reported: every sampling parameter, limits and stop sequences, the end user's id, code
//! references and web links in answers. Refused: several answers, log probabilities, PDF, images by address.

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
    Encoded, EventDecoder, ExchangeId, FailedAnswer, Framing, ModelInfo, Operation, Protocol,
    UpstreamCodec,
    canonical::{ApiError, Events, Losses, Request, TargetModel},
};

/// Where requests say they come from; the service knows a few words and offers its models by them.
const ORIGIN: &str = "CLI";

/// The protocol's codec, towards its provider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AmazonQ;

impl UpstreamCodec for AmazonQ {
    fn protocol(&self) -> Protocol {
        Protocol::AmazonQ
    }

    fn credential_header(&self) -> (HeaderName, &'static str) {
        (header::AUTHORIZATION, "Bearer ")
    }

    fn signs_in(&self) -> bool {
        true
    }

    /// The second one asks not to keep what is said for the improvement of the service.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amzn-codewhisperer-optout", "true"),
        ]
    }

    fn version(&self) -> &'static str {
        ""
    }

    /// A header says which operation is meant.
    fn path(&self, _operation: Operation, _model: &str, _stream: bool) -> Cow<'static, str> {
        "/".into()
    }

    fn framing(&self) -> Framing {
        Framing::Binary
    }

    fn encode_request(
        &self,
        request: &Request,
        target: &TargetModel,
        losses: &mut Losses,
    ) -> Result<Encoded, ApiError> {
        request::encode(request, target, losses)
    }

    fn with_profile(&self, body: Bytes, profile: &str) -> Bytes {
        request::with_profile(body, profile)
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

    fn list_request(&self) -> Option<Encoded> {
        Some(models::request())
    }

    fn decode_models(&self, body: &[u8]) -> Result<Vec<ModelInfo>, ApiError> {
        models::decode(body)
    }
}
