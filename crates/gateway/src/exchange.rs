//! What the steps of one exchange share.

pub(crate) mod reading;

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use axum::extract::Request as HttpRequest;
use bytes::Bytes;
use http::request::Parts;
use protocol::{
    ClientCodec, ExchangeId, Operation, Protocol, RawRequest, ReplyContext,
    canonical::{ApiError, CompletionForm, EmbedRequest, Losses, Request},
    client_codec,
    envelope::Envelope,
    tokens,
};
use store::{Config, exchanges};

use crate::{
    app::App,
    clock,
    fetch::Fetched,
    loops,
    recorder::Recorder,
    responses::{self, Keep, Origin},
    signal::Signal,
    vault::Asked,
};

/// A request that ends before it is an exchange, and its row.
pub(crate) struct Refused {
    pub(crate) error: ApiError,
    pub(crate) head: Arc<Parts>,
    pub(crate) id: ExchangeId,
    pub(crate) recorder: Recorder,
}

/// A request in the canonical model: read once, however many targets are tried.
struct Read<T> {
    request: Arc<T>,
    /// What was lost in reading it.
    losses: Losses,
}

impl<T> Read<T> {
    /// Each target that is asked for what was read goes without the rest.
    fn told(&self, recorder: &Recorder) -> Arc<T> {
        recorder.loses(&self.losses);
        Arc::clone(&self.request)
    }
}

/// One request and its answer in the making.
pub(crate) struct Exchange {
    pub(crate) app: Arc<App>,
    /// As it was when the request came in, to its end.
    pub(crate) config: Arc<Config>,
    pub(crate) id: ExchangeId,
    pub(crate) client: &'static dyn ClientCodec,
    pub(crate) operation: Operation,
    pub(crate) head: Arc<Parts>,
    pub(crate) body: Bytes,
    pub(crate) envelope: Envelope,
    pub(crate) recorder: Recorder,
    /// For all targets that want it.
    pub(crate) fetched: Fetched,
    /// Where the reply is kept, for clients that may come back to it.
    pub(crate) keep: Option<Arc<Keep>>,
    /// Who keeps the reply that the request goes on from, and is the only one to go on.
    pub(crate) owner: Option<Origin>,
    /// The longest reply that the target in turn has room for, as far as is known.
    pub(crate) room: Option<u64>,
    /// The limit of replies that the target in turn told when it refused, if it takes the request with it.
    pub(crate) limit: Option<u64>,
    /// Ends when the server is cut off; `None` in process.
    pub(crate) cut: Option<Signal>,
    created: u64,
    /// The reply that the conversation is gone on from.
    previous: Option<String>,
    /// Once somebody needed it.
    decoded: Option<Read<Request>>,
    embedding: Option<Read<EmbedRequest>>,
    /// Our estimate of what was decoded.
    estimate: OnceLock<u64>,
    /// The target refused the client's own bytes, and gets the same in words of ours.
    pub(crate) is_reworded: bool,
    /// The form in which the target in turn may go on with a text, where it refused a better one.
    pub(crate) completion: Option<CompletionForm>,
    /// When it was accepted.
    pub(crate) began: Instant,
}

impl Exchange {
    /// Opens the row of a request, reads it, and peeks at its outside.
    ///
    /// # Errors
    /// When it does not come whole or is not JSON.
    pub(crate) async fn accept(
        app: Arc<App>,
        protocol: Protocol,
        operation: Operation,
        request: HttpRequest,
        cut: Option<Signal>,
    ) -> Result<Self, Box<Refused>> {
        let began = Instant::now();
        let (head, body) = request.into_parts();
        let head = Arc::new(head);
        let config = app.config.current();
        let row_id = exchanges::Id::next();
        let id = ExchangeId(row_id.to_string());
        let asked = (protocol, Some(operation));
        let mut recorder = Recorder::open(&app, &config.log, row_id, &head, asked, began);
        let refused = |error, head, id, recorder| {
            Box::new(Refused {
                error,
                head,
                id,
                recorder,
            })
        };
        let body = match reading::read(body, &head, app.pace.request).await {
            Ok(body) => body,
            Err(error) => return Err(refused(error, head, id, recorder)),
        };
        recorder.reads(&body);
        let client = client_codec(protocol);
        let resumed = responses::resume(&app, (client, operation), &id, &body);
        let expanded = resumed.as_ref().ok();
        let expanded = expanded.and_then(|resumed| resumed.body.clone());
        if let Some(expanded) = &expanded {
            recorder.expands(expanded);
        }
        let body = expanded.unwrap_or(body);
        let envelope = match client.peek(raw(operation, &head, &body)) {
            Ok(envelope) => envelope,
            Err(error) => return Err(refused(error, head, id, recorder)),
        };
        let streams = operation.generates() && envelope.stream == Some(true);
        recorder.asked(envelope.model.as_deref(), streams);
        let resumed = match resumed {
            Ok(resumed) => resumed,
            Err(error) => return Err(refused(error, head, id, recorder)),
        };
        Ok(Self {
            app,
            config,
            id,
            client,
            operation,
            head,
            body,
            envelope,
            recorder,
            fetched: Fetched::default(),
            keep: resumed.keep,
            previous: resumed.previous,
            owner: resumed.owner,
            cut,
            created: clock::unix_seconds(),
            decoded: None,
            embedding: None,
            estimate: OnceLock::new(),
            room: None,
            limit: None,
            is_reworded: false,
            completion: None,
            began,
        })
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.client.protocol()
    }

    /// As it came in.
    pub(crate) fn raw(&self) -> RawRequest<'_> {
        raw(self.operation, &self.head, &self.body)
    }

    pub(crate) fn wants_stream(&self) -> bool {
        self.operation.generates() && self.envelope.stream == Some(true)
    }

    /// The request in the canonical model.
    ///
    /// # Errors
    /// `InvalidRequest` with the field at fault.
    pub(crate) fn request(&mut self) -> Result<Arc<Request>, ApiError> {
        if let Some(read) = &self.decoded {
            return Ok(read.told(&self.recorder));
        }
        let mut losses = Losses::default();
        let raw = self.raw();
        let request = match self.operation {
            Operation::CountTokens => self.client.decode_count_request(raw, &mut losses),
            Operation::Chat
            | Operation::Compact
            | Operation::Complete
            | Operation::Embed
            | Operation::ListModels => self.client.decode_request(raw, &mut losses),
        };
        let request = Arc::new(request?);
        let read = self.decoded.insert(Read { request, losses });
        Ok(read.told(&self.recorder))
    }

    /// The same of a request for vectors.
    ///
    /// # Errors
    /// `InvalidRequest` with the field at fault.
    pub(crate) fn embed_request(&mut self) -> Result<Arc<EmbedRequest>, ApiError> {
        if let Some(read) = &self.embedding {
            return Ok(read.told(&self.recorder));
        }
        let mut losses = Losses::default();
        let request = self.client.decode_embed_request(self.raw(), &mut losses);
        let request = Arc::new(request?);
        let read = self.embedding.insert(Read { request, losses });
        Ok(read.told(&self.recorder))
    }

    /// Whether it is the request itself that cannot be carried out, whoever is asked.
    pub(crate) fn is_wrong(&self) -> bool {
        if loops::check_hops(&self.head.headers).is_err() {
            return true;
        }
        let (raw, losses) = (self.raw(), &mut Losses::default());
        match self.operation {
            Operation::Embed => {
                self.embedding.is_none() && self.client.decode_embed_request(raw, losses).is_err()
            }
            Operation::CountTokens => self.client.decode_count_request(raw, losses).is_err(),
            Operation::Compact => false,
            Operation::Chat | Operation::Complete | Operation::ListModels => {
                self.decoded.is_none() && self.client.decode_request(raw, losses).is_err()
            }
        }
    }

    /// The request, to be read by whoever needs it when the exchange itself is over.
    pub(crate) fn asked(&self) -> Asked {
        if let Some(read) = &self.decoded {
            let request = Arc::clone(&read.request);
            return Box::new(move || Some(Arc::clone(&request)));
        }
        let (client, operation) = (self.client, self.operation);
        let (head, body) = (Arc::clone(&self.head), self.body.clone());
        Box::new(move || {
            let raw = raw(operation, &head, &body);
            let request = client.decode_request(raw, &mut Losses::default());
            request.ok().map(Arc::new)
        })
    }

    /// What a reply needs to know; `model` is what the target calls it.
    pub(crate) fn reply(&self, model: &str) -> ReplyContext {
        let asked = self.envelope.model.as_deref();
        let estimate = |request: &Request| *self.estimate.get_or_init(|| tokens::estimate(request));
        ReplyContext {
            exchange: self.id.clone(),
            model: asked
                .filter(|asked| !asked.is_empty())
                .unwrap_or(model)
                .to_owned(),
            created: self.created,
            estimated_input_tokens: self.decoded.as_ref().map(|read| estimate(&read.request)),
            query: self.head.uri.query().map(str::to_owned),
            operation: self.operation,
            elapsed: self.began.elapsed(),
            previous: self.previous.clone(),
        }
    }
}

fn raw<'a>(operation: Operation, head: &'a Parts, body: &'a Bytes) -> RawRequest<'a> {
    RawRequest {
        operation,
        path: head.uri.path(),
        query: head.uri.query(),
        headers: &head.headers,
        body,
    }
}
