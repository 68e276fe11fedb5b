//! The contract of a protocol: two faces (to clients, to providers) and two stream machines.

use std::{borrow::Cow, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use serde_json::value::RawValue;

use crate::{
    Protocol,
    canonical::{
        ApiError, Capabilities, Choice, Completes, EmbedReply, EmbedRequest, ErrorKind, Event,
        Events, Fault, Losses, Recalled, Request, Response, Spare, TargetModel, Undo,
    },
    envelope::Envelope,
};

/// A client's request as it came in. `body` is shared, never copied.
#[derive(Clone, Copy, Debug)]
pub struct RawRequest<'a> {
    pub operation: Operation,
    pub path: &'a str,
    pub query: Option<&'a str>,
    pub headers: &'a HeaderMap,
    pub body: &'a Bytes,
}

/// The name of one exchange: sortable, unique, fit for ids that a vendor does not give.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ExchangeId(pub String);

/// What a reply needs to know of its exchange.
#[derive(Clone, Debug)]
pub struct ReplyContext {
    pub exchange: ExchangeId,
    /// The model name to state: the one that the client asked for.
    pub model: String,
    /// Unix seconds.
    pub created: u64,
    /// Our estimate of the prompt, for protocols that state it before the provider does.
    pub estimated_input_tokens: Option<u64>,
    /// The query of the client's address, for protocols that choose the form of a stream there.
    pub query: Option<String>,
    /// What was asked for, for protocols that answer each in another form.
    pub operation: Operation,
    /// How long the exchange has taken: up to the whole reply, or to the beginning of a stream.
    pub elapsed: Duration,
    /// The reply that the conversation was gone on from, in protocols whose clients may ([`ClientCodec::keeps_replies`]).
    pub previous: Option<String>,
}

/// An encoded request for a provider.
#[derive(Clone, Debug)]
pub struct Encoded {
    pub body: Bytes,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub undo: Undo,
}

impl Encoded {
    /// A body in JSON.
    ///
    /// # Errors
    /// When it cannot be written as such.
    pub(crate) fn json(body: &impl serde::Serialize, undo: Undo) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(body).map_err(|error| {
            ApiError::invalid_request(format!("The request cannot be written as JSON: {error}."))
        })?;
        Ok(Self {
            body: body.into(),
            headers: Vec::new(),
            undo,
        })
    }
}

/// An answer with a failure status.
#[derive(Clone, Copy, Debug)]
pub struct FailedAnswer<'a> {
    pub status: u16,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// A failure in a client's own shape.
#[derive(Clone, Debug)]
pub struct ErrorReply {
    pub status: u16,
    pub body: Bytes,
}

/// What can be asked of a provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    Chat,
    /// To make a conversation shorter for its own provider, which alone can read what comes of it.
    Compact,
    /// To go on with a text, like `/v1/completions`: [`Request::completion`] is set.
    Complete,
    CountTokens,
    Embed,
    ListModels,
}

impl Operation {
    const ALL: [Self; 6] = [
        Self::Chat,
        Self::Compact,
        Self::Complete,
        Self::CountTokens,
        Self::Embed,
        Self::ListModels,
    ];

    /// The operation of a [`Self::word`].
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operation| operation.word() == word)
    }

    /// Whether its reply is a model's, which may come as a stream.
    pub fn generates(self) -> bool {
        match self {
            Self::Chat | Self::Complete => true,
            Self::Compact | Self::CountTokens | Self::Embed | Self::ListModels => false,
        }
    }

    /// The word for log rows.
    pub fn word(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Compact => "compact",
            Self::Complete => "complete",
            Self::CountTokens => "count_tokens",
            Self::Embed => "embed",
            Self::ListModels => "list_models",
        }
    }
}

/// What clients ask of the server itself, which they take for their vendor's own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum About {
    /// Which models are in its memory. None: where they are, is the providers' affair.
    Loaded,
    /// What stands at its root page, as plain text.
    Root,
    Version,
}

/// What a streamed reply to a client is made of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StreamForm {
    pub content_type: &'static str,
    /// What stands behind each event.
    pub frame_end: &'static [u8],
    /// Bytes that keep an idle stream alive and that every client of the protocol survives, at any point
    /// between two events, the very beginning included.
    pub keep_alive: Bytes,
}

impl StreamForm {
    /// Server-sent events.
    pub const fn sse(keep_alive: &'static [u8]) -> Self {
        Self {
            content_type: "text/event-stream; charset=utf-8",
            frame_end: b"\n\n",
            keep_alive: Bytes::from_static(keep_alive),
        }
    }

    /// Whether its frames are server-sent events.
    pub fn is_sse(&self) -> bool {
        self.content_type.starts_with("text/event-stream")
    }

    /// Whether it is one array, which ends once: nothing can follow its end, and nothing an element that is cut.
    pub fn is_array(&self) -> bool {
        self.content_type == "application/json"
    }
}

/// How a provider's answers come, as far as their first bytes tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Framing {
    /// Frames of bytes with lengths; never anything whole but failures.
    Binary,
    /// Streams and whole replies are both JSON: what was asked for and the content type tell them apart.
    Json,
    /// Streams are server-sent events, whole replies are JSON.
    Sse,
}

/// A model as lists show it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelInfo {
    pub id: String,
    pub display_name: Option<String>,
    /// Unix seconds; `None` when nobody said.
    pub created: Option<u64>,
    pub owned_by: Option<String>,
    pub max_input_tokens: Option<u64>,
    pub max_output_tokens: Option<u64>,
    /// `None` when nobody said.
    pub abilities: Option<Abilities>,
    /// In bytes, where it is a file.
    pub size: Option<u64>,
    /// Of its file.
    pub digest: Option<String>,
}

/// What a model can be asked for beside text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Abilities {
    /// It turns texts into vectors, and does nothing else.
    pub embeds: bool,
    pub images: bool,
    /// It fills a gap between two texts.
    pub infills: bool,
    pub thinking: bool,
    pub tools: bool,
}

impl Abilities {
    pub const EMBEDS: Self = Self {
        embeds: true,
        images: false,
        infills: false,
        thinking: false,
        tools: false,
    };
}

/// How a protocol speaks to a client.
pub trait ClientCodec: Sync {
    fn protocol(&self) -> Protocol;

    /// What routing needs: model and stream, which some protocols have in the address.
    ///
    /// # Errors
    /// `InvalidRequest` when the body is broken on the outside.
    fn peek(&self, raw: RawRequest<'_>) -> Result<Envelope, ApiError> {
        Envelope::peek(raw.body)
    }

    /// # Errors
    /// `InvalidRequest`, as a sentence with the field at fault.
    fn decode_request(&self, raw: RawRequest<'_>, losses: &mut Losses)
    -> Result<Request, ApiError>;

    /// Like [`Self::decode_request`] for a request to count its tokens.
    ///
    /// # Errors
    /// `InvalidRequest`, as a sentence with the field at fault.
    fn decode_count_request(
        &self,
        raw: RawRequest<'_>,
        losses: &mut Losses,
    ) -> Result<Request, ApiError> {
        self.decode_request(raw, losses)
    }

    /// Whether a request may go as it is to a provider of the protocol, at [`UpstreamCodec::path`]: not where
    /// clients have another way of asking for the same.
    fn passes(&self, _raw: RawRequest<'_>) -> bool {
        true
    }

    /// Texts to be turned into vectors.
    ///
    /// # Errors
    /// `InvalidRequest`, as a sentence with the field at fault; `NotFound` in a protocol without vectors.
    fn decode_embed_request(
        &self,
        _raw: RawRequest<'_>,
        _losses: &mut Losses,
    ) -> Result<EmbedRequest, ApiError> {
        Err(no_vectors(self.protocol()))
    }

    /// Only of protocols that decode such requests.
    fn encode_embed_reply(
        &self,
        _answer: &EmbedReply,
        _request: &EmbedRequest,
        _reply: &ReplyContext,
        _losses: &mut Losses,
    ) -> Bytes {
        Bytes::new()
    }

    /// Whether clients may come back to a reply by its id, and go on from it.
    fn keeps_replies(&self) -> bool {
        false
    }

    /// What clients of the protocol wait for; `None` where they ask no such thing.
    fn encode_about(&self, _asked: About) -> Option<Bytes> {
        None
    }

    /// The reply to a request that needs no model, as long as its protocol's own providers do not get it.
    fn without_model(&self, _request: &Request) -> Option<Response> {
        None
    }

    fn encode_response(
        &self,
        response: &Response,
        request: &Request,
        reply: &ReplyContext,
        losses: &mut Losses,
    ) -> Bytes;

    fn event_encoder(&self, request: &Request, reply: &ReplyContext) -> Box<dyn EventEncoder>;

    /// One of our own replies as a stream again, for clients that may come back to it: the events behind the one
    /// with the number `after`. `None` where it is no such reply.
    fn replayed(&self, _whole: &Bytes, _after: Option<u64>) -> Option<Bytes> {
        None
    }

    /// `exchange` is `None` for failures before there is one.
    fn encode_error(&self, error: &ApiError, exchange: Option<&ExchangeId>) -> ErrorReply;

    /// The body of [`Self::encode_error`] for who asked at this address, in protocols that choose the form of an answer
    /// there.
    fn failure_at(&self, _address: &Uri, body: Bytes) -> Bytes {
        body
    }

    fn encode_models(&self, models: &[ModelInfo]) -> Bytes;

    /// As much of the list as the `query` of its address asks for, in protocols whose lists have pages.
    ///
    /// # Errors
    /// `InvalidRequest` with the parameter at fault.
    fn encode_models_page(
        &self,
        models: &[ModelInfo],
        _query: Option<&str>,
    ) -> Result<Bytes, ApiError> {
        Ok(self.encode_models(models))
    }

    fn encode_model(&self, model: &ModelInfo) -> Bytes;

    fn encode_token_count(&self, tokens: u64) -> Bytes;

    fn stream_form(&self, reply: &ReplyContext) -> StreamForm;
}

/// How a protocol speaks to a provider.
pub trait UpstreamCodec: Sync {
    fn protocol(&self) -> Protocol;

    /// The header that carries the credential, and what stands before it in its value (`"Bearer "`).
    fn credential_header(&self) -> (HeaderName, &'static str);

    /// Whether accounts are signed in to instead of having a key.
    fn signs_in(&self) -> bool {
        false
    }

    /// Headers that the protocol wants on every request, unless the client sent its own.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// What base URLs end in, for those that were typed in without it; nothing where paths have no version, and
    /// then it is left out of those that were typed in with one.
    fn version(&self) -> &'static str {
        "/v1"
    }

    /// The path below the provider's base URL (which ends in its version, like `/v1`). A query in it goes with
    /// what we encode; what is passed through has the client's own.
    fn path(&self, operation: Operation, model: &str, stream: bool) -> Cow<'static, str>;

    fn framing(&self) -> Framing {
        Framing::Sse
    }

    /// # Errors
    /// `InvalidRequest` when the loss of something would change the request's meaning.
    fn encode_request(
        &self,
        request: &Request,
        target: &TargetModel,
        losses: &mut Losses,
    ) -> Result<Encoded, ApiError>;

    /// The fields of [`Self::encode_request`]'s bodies that a client gets what it must get without: a provider that
    /// refuses one is asked again without it.
    fn spares(&self) -> &'static [Spare] {
        &[]
    }

    /// Names the profile of the account in a body, for protocols whose accounts have profiles.
    fn with_profile(&self, body: Bytes, _profile: &str) -> Bytes {
        body
    }

    /// What stands in each body that holds a tool call, where [`Self::recalled`] is there to complete it.
    fn call_mark(&self) -> Option<&'static str> {
        None
    }

    /// Whether the pieces of a history have names by which the provider knows what belongs together: a call wants
    /// its own reasoning for as long as it stands in the history, and what looks like it is another one.
    fn names_pieces(&self) -> bool {
        false
    }

    /// A client's own body with the reasoning that it left out, every other byte as it was; `None` where this
    /// model does not insist on it.
    fn recalled(
        &self,
        _body: &Bytes,
        _state: &[Recalled],
        _capabilities: &Capabilities,
    ) -> Option<Bytes> {
        None
    }

    /// Whether a client's own body may hold what [`Self::cleaned`] takes out: a look at its bytes, and no more.
    fn may_be_foreign(&self, _body: &[u8]) -> bool {
        false
    }

    /// A client's own body without the state that was made up for it where another protocol's provider answered,
    /// every other byte as it was; `None` where it holds nothing of the kind.
    fn cleaned(
        &self,
        _body: &Bytes,
        _capabilities: &Capabilities,
        _losses: &mut Losses,
    ) -> Option<Bytes> {
        None
    }

    /// Whether a failure refuses the state of reasoning in a request: another account of the same provider made it.
    fn refuses_state(&self, _failure: &ApiError) -> bool {
        false
    }

    /// A body, a client's own or one of ours, without such state as `is_gone`; `None` where there is none in it. Asks
    /// once for each.
    fn without_state(
        &self,
        _body: &Bytes,
        _is_gone: &mut dyn FnMut(&str) -> bool,
        _losses: &mut Losses,
    ) -> Option<Bytes> {
        None
    }

    /// What happened in a reply that came whole, its failure included.
    ///
    /// # Errors
    /// `ProviderFault` when the body is not a reply of this protocol.
    fn decode_whole(&self, body: &[u8], exchange: &ExchangeId) -> Result<Events, ApiError>;

    /// A reply that came whole.
    ///
    /// # Errors
    /// The reply's own failure; `ProviderFault` when the body is not a reply of this protocol.
    fn decode_response(&self, body: &[u8], exchange: &ExchangeId) -> Result<Response, ApiError> {
        Response::from_events(self.decode_whole(body, exchange)?)
    }

    fn event_decoder(&self, exchange: &ExchangeId) -> Box<dyn EventDecoder>;

    /// Whether the reply to one of [`Self::encode_request`]'s bodies may pause ([`EventDecoder::paused`]).
    fn pauses(&self, _body: &[u8]) -> bool {
        false
    }

    /// One of [`Self::encode_request`]'s bodies, to go on with its reply from the mark that was left at its pause.
    fn resumed(&self, _body: &Bytes, _mark: &str) -> Option<Bytes> {
        None
    }

    fn decode_error(&self, answer: FailedAnswer<'_>) -> ApiError;

    /// How it goes on with a text by an operation of its own; else it is asked to in a chat.
    fn completes(&self) -> Completes {
        Completes::Never
    }

    /// How many texts may be turned into vectors by one request, where that is few.
    fn most_embedded(&self) -> Option<usize> {
        None
    }

    /// # Errors
    /// `InvalidRequest` when the loss of something would change the request's meaning; `NotFound` in a protocol
    /// without vectors.
    fn encode_embed_request(
        &self,
        _request: &EmbedRequest,
        _target: &TargetModel,
        _losses: &mut Losses,
    ) -> Result<Encoded, ApiError> {
        Err(no_vectors(self.protocol()))
    }

    /// # Errors
    /// `ProviderFault` when the body is not an answer with vectors.
    fn decode_embed_reply(&self, _body: &[u8]) -> Result<EmbedReply, ApiError> {
        Err(no_vectors(self.protocol()))
    }

    /// Whether [`Self::encode_count_request`] writes what it is asked in.
    fn counts_tokens(&self) -> bool {
        false
    }

    /// What asks how many tokens a request has. Only of protocols that have an operation for it.
    ///
    /// # Errors
    /// `InvalidRequest` when the loss of something would change the request's meaning.
    fn encode_count_request(
        &self,
        request: &Request,
        target: &TargetModel,
        losses: &mut Losses,
    ) -> Result<Encoded, ApiError> {
        self.encode_request(request, target, losses)
    }

    /// How many tokens it counted, of protocols that have an operation for it.
    fn decode_token_count(&self, _body: &[u8]) -> Option<u64> {
        None
    }

    /// What asks for the list of models where it is a POST; `None` is a GET of its path.
    fn list_request(&self) -> Option<Encoded> {
        None
    }

    /// # Errors
    /// `ProviderFault` when the body is not a list of models.
    fn decode_models(&self, body: &[u8]) -> Result<Vec<ModelInfo>, ApiError>;

    /// The path and the body of what asks about one model, in protocols whose lists may leave out what is known of it.
    fn model_request(&self, _model: &str) -> Option<(&'static str, Bytes)> {
        None
    }

    /// What is told of one model: its window and its abilities. Nothing where there is no [`Self::model_request`].
    ///
    /// # Errors
    /// `ProviderFault` when the body is no such answer.
    fn decode_model(&self, _body: &[u8]) -> Result<ModelInfo, ApiError> {
        Ok(ModelInfo::default())
    }
}

/// Not `InvalidRequest`: the next target may well have what this one lacks.
fn no_vectors(protocol: Protocol) -> ApiError {
    let message = format!(
        "The protocol {} knows no embeddings; choose a model of another provider.",
        protocol.word()
    );
    ApiError::new(ErrorKind::NotFound, Fault::Gateway, message).with_code("operation_not_supported")
}

/// How far a stream has come, in the words of protocols that number their events.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The reply's id, once it has begun.
    pub id: Option<String>,
    /// The number of the next event.
    pub next: u64,
    /// What is over of the reply, as far as it is known, in the provider's own bytes.
    pub output: Vec<Box<RawValue>>,
}

/// Bytes in, events out; keeps the event grammar on any input, in any split.
pub trait EventDecoder: Send {
    /// Cannot fail: bad bytes become [`Event::Error`].
    fn push(&mut self, chunk: &[u8], out: &mut Events);

    /// The provider closed the connection: closes open parts and says how it ended. A stream without its
    /// end mark ends in an error.
    fn finish(&mut self, out: &mut Events);

    /// Says beforehand that pauses are gone on with: what that takes of the reply is kept from here on.
    fn may_go_on(&mut self) {}

    /// The mark at which the provider paused the reply, to be asked to go on: another stream or whole reply then
    /// holds the next of it. Who does not ask lets it [`Self::finish`].
    fn paused(&self) -> Option<&str> {
        None
    }

    /// What is pushed from now on goes on from the pause.
    fn go_on(&mut self) {}

    /// Whether every answer has said why it ends, so that only counts and the end mark may come.
    fn awaits_end_mark(&self) -> bool {
        false
    }

    /// Where the provider's stream stands, for whoever goes on with it.
    fn place(&self) -> Place {
        Place::default()
    }

    /// The connection broke: the same, but for protocols whose one end mark is that it was closed.
    fn break_off(&mut self, out: &mut Events) {
        self.finish(out);
    }
}

/// Events in, bytes out. `Finish` or `Error` writes everything that must follow it.
pub trait EventEncoder: Send {
    fn push(&mut self, choice: Choice, event: &Event, out: &mut BytesMut, losses: &mut Losses);

    /// How long the exchange has taken up to the events that follow, for protocols that tell it.
    fn at(&mut self, _elapsed: Duration) {}

    /// Somebody else has begun the reply: what is written from now on follows whole frames.
    fn follows(&mut self, _place: &Place) {}

    /// No event comes any more: what waited for answers that never came is written.
    fn ends(&mut self, _out: &mut BytesMut, _losses: &mut Losses) {}

    /// Says that the reply goes on, in protocols whose clients wait for events alone; `None` where the keep-alive of
    /// [`StreamForm`] says it.
    fn keep_alive(&mut self) -> Option<Bytes> {
        None
    }

    /// The reply in one piece, of protocols whose clients may ask for it again later: given out once, when it
    /// has ended well.
    fn whole(&mut self) -> Option<Bytes> {
        None
    }
}
