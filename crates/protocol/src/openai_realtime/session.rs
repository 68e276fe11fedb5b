//! One connection: a client's events in, the server's events out, and turns to be answered in between.
//!
//! Pure: whoever holds it sends what it says, runs the turns it hands out, and gives it their steps. However a turn
//! ends, its reply ends exactly once.

mod conversation;
mod items;
mod official;
mod reply;
mod settings;
mod simple;
mod voice;

use bytes::Bytes;
use serde_json::value::RawValue;

use self::{
    conversation::Conversation,
    items::Item,
    reply::{OpenItem, Reply},
    settings::Settings,
    voice::Voice,
};
use super::{
    dialect::Dialect,
    reply::told,
    wire::{
        self, ClientEvent, EventId, FailedAnswer, Failure, Options, Over, Status, Step, Text,
        TextOr, TurnBody,
    },
};
use crate::{
    canonical::{ApiError, ErrorKind, Fault, Losses},
    json::{self, Mended},
};

/// What a connection begins with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Unique; all ids are made from it.
    pub seed: String,
    pub dialect: Dialect,
    /// The model that the handshake names.
    pub model: Option<String>,
}

/// What is to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    /// The running turn is not wanted any more.
    Cancel,
    /// A turn is to be answered; there is never a second one at once.
    Run(Turn),
    /// An event for the client.
    Send(String),
}

/// A request for one reply, complete in itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Turn {
    pub body: Bytes,
}

/// The state of one connection.
#[derive(Debug)]
pub struct Session {
    seed: String,
    model: Option<String>,
    settings: Settings,
    conversation: Conversation,
    /// Items and replies so far, for their ids.
    items: u64,
    replies: u64,
    reply: Option<Reply>,
    voice: Voice,
}

/// A refusal of an event; the connection goes on.
#[derive(Debug)]
struct Refused {
    failure: Failure<'static>,
}

impl Refused {
    /// The same of another field.
    fn at(mut self, param: String) -> Self {
        self.failure.param = Some(param.into());
        self
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self {
            failure: told(&error),
        }
    }
}

fn refused(code: &str, param: Option<&str>, message: impl Into<String>) -> Refused {
    Refused {
        failure: Failure {
            kind: "invalid_request_error".into(),
            code: Some(code.to_owned().into()),
            message: message.into().into(),
            param: param.map(|param| param.to_owned().into()),
        },
    }
}

impl Session {
    pub fn new(opening: Opening) -> Self {
        let Opening {
            seed,
            dialect,
            model,
        } = opening;
        Self {
            voice: Voice::new(dialect, &seed),
            seed,
            model,
            settings: Settings::default(),
            conversation: Conversation::default(),
            items: 0,
            replies: 0,
            reply: None,
        }
    }

    /// What the client is greeted with.
    pub fn open(&mut self, out: &mut Vec<Action>) {
        let id = self.conversation_id();
        let shown = self.settings.shown(&self.seed, self.model.as_deref());
        self.voice.opened(&shown, &id, out);
    }

    /// A turn is being answered; for tests.
    pub fn is_replying(&self) -> bool {
        self.reply.is_some()
    }

    /// An event of the client. What cannot be carried out is answered with an error event.
    pub fn receive(&mut self, text: &str, out: &mut Vec<Action>) {
        let text = &*json::sound(text);
        let mended = Mended::new();
        let parsed = json::parse_request(text.as_bytes(), &mended, &mut Losses::default());
        let mut event: ClientEvent<'_> = match parsed {
            Ok(event) => event,
            Err(error) => {
                let known: EventId<'_> = serde_json::from_str(text).unwrap_or_default();
                let mut error: ApiError = error;
                error.message = error.message.replace("The request body is", "The event is");
                let failure = told(&error.with_code("invalid_event"));
                self.voice.error(&failure, known.event_id.as_deref(), out);
                return;
            }
        };
        let id = event.event_id.take();
        if let Err(Refused { failure }) = self.carry_out(event, out) {
            self.voice.error(&failure, id.as_deref(), out);
        }
    }

    /// A message that is no text.
    pub fn receive_binary(&mut self, out: &mut Vec<Action>) {
        let Refused { failure } = refused(
            "invalid_event",
            None,
            "Events are text, each one JSON object; this message was binary.",
        );
        self.voice.error(&failure, None, out);
    }

    fn carry_out(&mut self, event: ClientEvent<'_>, out: &mut Vec<Action>) -> Result<(), Refused> {
        let Some(kind) = &event.kind else {
            return Err(ApiError::missing("type").into());
        };
        match &**kind {
            "session.update" => self.update(event.session, out),
            "conversation.item.create" => {
                let raw = event.item.ok_or_else(|| ApiError::missing("item"))?;
                let item = json::parse_part(raw, &"item")?;
                self.create(item, event.previous_item_id.as_deref(), out)
            }
            "conversation.item.delete" => {
                let id = item_id(&event)?;
                self.conversation.remove(id)?;
                self.voice.item_deleted(id, out);
                Ok(())
            }
            "conversation.item.retrieve" => {
                let id = item_id(&event)?;
                let item = self.conversation.get(id)?;
                self.voice.item_retrieved(item, out);
                Ok(())
            }
            "conversation.item.truncate" => {
                let id = item_id(&event)?;
                self.conversation.get(id)?;
                let message = "This item holds no sound that could be cut; delete it, or cancel its response.";
                Err(refused(NO_SOUND, Some("item_id"), message))
            }
            "response.create" => {
                let options = match event.response {
                    Some(raw) => json::parse_part(raw, &"response")?,
                    None => Options::default(),
                };
                self.reply_to(options, out)
            }
            "response.cancel" => self.cancel(event.response_id.as_deref(), out),
            kind if kind.starts_with("input_audio_buffer.")
                || kind.starts_with("output_audio_buffer.")
                || kind.starts_with("transcription_session.") =>
            {
                Err(no_sound("type"))
            }
            kind => match event.message {
                Some(message) if self.voice.is_simple() => self.said(message, out),
                Some(_) | None => {
                    let kind: String = kind.chars().take(60).collect();
                    let message = format!("There is no event of type `{kind}`.");
                    Err(refused("unknown_event", Some("type"), message))
                }
            },
        }
    }

    fn update(&mut self, raw: Option<&RawValue>, out: &mut Vec<Action>) -> Result<(), Refused> {
        let raw = raw.ok_or_else(|| ApiError::missing("session"))?;
        let mut options: Options<'_> = json::parse_part(raw, &"session")?;
        if options.kind.as_deref() == Some("transcription") {
            return Err(no_sound("session.type"));
        }
        let model = options.model.take().filter(|model| !model.is_empty());
        if !self.voice.is_simple() {
            self.check_model(model.as_deref(), "session.model")?;
        }
        let mut settings = self.settings.clone();
        settings.update(options, "session")?;
        self.settings = settings;
        if let Some(model) = model {
            self.model = Some(model.into_owned());
        }
        let shown = self.settings.shown(&self.seed, self.model.as_deref());
        self.voice.updated(&shown, out);
        Ok(())
    }

    /// A connection is for one model.
    fn check_model(&self, model: Option<&str>, field: &str) -> Result<(), Refused> {
        match (model, &self.model) {
            (Some(model), Some(known)) if model != &**known => {
                let message = format!(
                    "`{field}` cannot be changed: this connection was opened for `{known}`. Open another one."
                );
                Err(refused("model_not_changeable", Some(field), message))
            }
            _ => Ok(()),
        }
    }

    fn create(
        &mut self,
        item: wire::Item<'_>,
        behind: Option<&str>,
        out: &mut Vec<Action>,
    ) -> Result<(), Refused> {
        let id = self.next_item_id();
        let item = Item::of_client(item, id, self.voice.dialect(), "item")?;
        let previous = self.conversation.insert(item.clone(), behind)?;
        self.voice.item_created(&item, previous.as_deref(), out);
        Ok(())
    }

    /// A message in the simple form, which wants an answer.
    fn said(
        &mut self,
        message: TextOr<'_, wire::Item<'_>>,
        out: &mut Vec<Action>,
    ) -> Result<(), Refused> {
        self.check_idle()?;
        let item = match message {
            TextOr::Text(text) => wire::Item {
                content: Some(TextOr::Text(text)),
                ..wire::Item::default()
            },
            TextOr::Other(item) => item,
        };
        let item = wire::Item {
            role: item.role.or_else(|| Some("user".into())),
            ..item
        };
        self.create(item, None, out)?;
        self.reply_to(Options::default(), out)
    }

    fn check_idle(&self) -> Result<(), Refused> {
        match &self.reply {
            None => Ok(()),
            Some(reply) => {
                let message = format!(
                    "The response `{}` is still in progress. Wait for it, or cancel it first.",
                    reply.id
                );
                let code = "conversation_already_has_active_response";
                Err(refused(code, None, message))
            }
        }
    }

    fn reply_to(&mut self, mut options: Options<'_>, out: &mut Vec<Action>) -> Result<(), Refused> {
        self.check_idle()?;
        let in_conversation = match options.conversation.take().as_deref() {
            None | Some("auto") => true,
            Some("none") => false,
            Some(_) => {
                let message = "`response.conversation` must be auto or none.";
                return Err(refused(
                    "invalid_value",
                    Some("response.conversation"),
                    message,
                ));
            }
        };
        let model = options.model.take().filter(|model| !model.is_empty());
        if !self.voice.is_simple() {
            self.check_model(model.as_deref(), "response.model")?;
        }
        let metadata = options.metadata.take().map(ToOwned::to_owned);
        let input = options.input.take();
        let has_input = input.is_some();
        let mut settings = self.settings.clone();
        settings.update(options, "response")?;
        let given = input.into_iter().flatten().enumerate();
        let given: Vec<Box<RawValue>> = given
            .map(|(at, raw)| self.given(raw, &format!("response.input[{at}]")))
            .collect::<Result<_, _>>()?;
        let input = if has_input {
            given.iter().map(|item| &**item).collect()
        } else {
            self.conversation.raws()
        };
        let body = json::write(&TurnBody {
            kind: "response.create".into(),
            model: model.or_else(|| self.model.as_deref().map(Text::from)),
            stream: true,
            response: settings.of_turn(),
            input,
        });
        self.replies += 1;
        let reply = Reply {
            id: format!("resp_{}_{}", self.seed, self.replies),
            conversation_id: in_conversation.then(|| self.conversation_id()),
            anchor: self.conversation.last_id().map(str::to_owned),
            max_output_tokens: settings.max_output_tokens,
            metadata,
            output: Vec::new(),
            said: String::new(),
            open: None,
        };
        self.voice.reply_begun(&reply, out);
        self.reply = Some(reply);
        out.push(Action::Run(Turn { body }));
        Ok(())
    }

    /// An item of an input of its own.
    fn given(&mut self, raw: &RawValue, field: &str) -> Result<Box<RawValue>, Refused> {
        let item: wire::Item<'_> = json::parse_part(raw, &field)?;
        if item.kind.as_deref() == Some("item_reference") {
            let known = self
                .conversation
                .get(item.id.as_deref().unwrap_or_default());
            let known = known.map_err(|refused| refused.at(format!("{field}.id")))?;
            return Ok(known.raw.clone());
        }
        let id = self.next_item_id();
        Ok(Item::of_client(item, id, self.voice.dialect(), field)?.raw)
    }

    fn cancel(&mut self, id: Option<&str>, out: &mut Vec<Action>) -> Result<(), Refused> {
        let is_meant = |reply: &Reply| id.is_none_or(|id| id == reply.id);
        if !self.reply.as_ref().is_some_and(is_meant) {
            let message = "There is no such response in progress that could be cancelled.";
            return Err(refused("response_cancel_not_active", None, message));
        }
        out.push(Action::Cancel);
        let over = Over {
            status: Status::Cancelled,
            reason: Some("client_cancelled".into()),
            error: None,
            usage: None,
        };
        self.reply_is_over(over, out);
        Ok(())
    }

    /// One line of the running turn's answer; empty ones only keep it alive.
    pub fn step(&mut self, line: &[u8], out: &mut Vec<Action>) {
        if self.reply.is_none() || line.trim_ascii().is_empty() {
            return;
        }
        match serde_json::from_slice::<Step<'_>>(line) {
            Ok(Step::Opened { item }) => self.open_item(item, out),
            Ok(Step::Arguments { delta } | Step::Text { delta }) => {
                if let Some(reply) = &mut self.reply
                    && let Some(open) = &mut reply.open
                {
                    open.text.push_str(&delta);
                    self.voice.delta(reply, &delta, out);
                }
            }
            Ok(Step::Closed) => self.close_item(Status::Completed, out),
            Ok(Step::Over { response }) => self.reply_is_over(response, out),
            Err(_) => self.fail_with("Patchbay could not read its own reply.", out),
        }
    }

    /// The running turn was refused before it began: `body` says why, in the vendor's shape.
    pub fn refuse(&mut self, body: &[u8], out: &mut Vec<Action>) {
        if self.reply.is_none() {
            return;
        }
        match serde_json::from_slice::<FailedAnswer<'_>>(body) {
            Ok(answer) => self.fail(answer.error.into_owned(), out),
            Err(_) => self.fail_with("The request failed without a reason.", out),
        }
    }

    /// The running turn's answer is over, whether it said so or not.
    pub fn end(&mut self, out: &mut Vec<Action>) {
        self.fail_with("The reply stopped before its end.", out);
    }

    fn fail_with(&mut self, message: &str, out: &mut Vec<Action>) {
        if self.reply.is_some() {
            let error = ApiError::new(ErrorKind::GatewayFault, Fault::Gateway, message);
            self.fail(told(&error), out);
        }
    }

    fn fail(&mut self, failure: Failure<'static>, out: &mut Vec<Action>) {
        let over = Over {
            status: Status::Failed,
            reason: None,
            error: Some(failure),
            usage: None,
        };
        self.reply_is_over(over, out);
    }

    fn open_item(&mut self, item: wire::OpenedItem<'_>, out: &mut Vec<Action>) {
        // Steps come one after another; whatever did not end has ended now.
        self.close_item(Status::Incomplete, out);
        let id = self.next_item_id();
        let Some(reply) = &mut self.reply else {
            return;
        };
        let mut open = OpenItem::new(id, item);
        if reply.conversation_id.is_some() {
            let item = open.item(self.voice.dialect(), Status::InProgress);
            open.previous = self
                .conversation
                .continue_from(item, reply.anchor.as_deref());
            reply.anchor = Some(open.id.clone());
        }
        reply.open = Some(open);
        self.voice.item_begun(reply, out);
    }

    fn close_item(&mut self, status: Status, out: &mut Vec<Action>) {
        let Some(reply) = &mut self.reply else {
            return;
        };
        let Some(open) = reply.open.take() else {
            return;
        };
        let item = open.item(self.voice.dialect(), status);
        if reply.conversation_id.is_some() {
            self.conversation.replace(item.clone());
        }
        self.voice.item_over(reply, &open, &item, status, out);
        if open.call.is_none() {
            reply.said.push_str(&open.text);
        }
        reply.output.push(item.raw);
    }

    fn reply_is_over(&mut self, over: Over<'_>, out: &mut Vec<Action>) {
        let open = self.reply.as_ref().and_then(|reply| reply.open.as_ref());
        // The limit may have come just behind the last brace of a call.
        let is_whole =
            over.status == Status::Incomplete && open.is_some_and(OpenItem::is_whole_call);
        let status = if is_whole {
            Status::Completed
        } else {
            Status::Incomplete
        };
        self.close_item(status, out);
        let Some(reply) = self.reply.take() else {
            return;
        };
        self.voice.reply_over(&reply, &over, out);
        if let Some(failure) = &over.error {
            self.voice.error(failure, None, out);
        }
    }

    fn conversation_id(&self) -> String {
        format!("conv_{}", self.seed)
    }

    fn next_item_id(&mut self) -> String {
        self.items += 1;
        format!("item_{}_{}", self.seed, self.items)
    }
}

const NO_SOUND: &str = "audio_not_supported";

fn no_sound(param: &str) -> Refused {
    let message = "This connection is text only: the model behind it is reached in a protocol without sound. Send `input_text`.";
    refused(NO_SOUND, Some(param), message)
}

fn item_id<'e>(event: &'e ClientEvent<'_>) -> Result<&'e str, Refused> {
    let id = event.item_id.as_deref();
    id.ok_or_else(|| ApiError::missing("item_id").into())
}
