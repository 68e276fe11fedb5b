//! Items, in order, to messages.

use bytes::Bytes;
use serde_json::{Map, Value, value::RawValue};

use super::{shortened, tools};
use crate::{
    canonical::{ApiError, Losses, Message, NOT_OF_PROTOCOL, Part, Request, Role, free_text},
    json::{self, raw},
    openai_responses::{
        drawn, opaque,
        request::{joined, media},
        wire::{Content, Item, Text, TextOr},
    },
};

/// Reads items in order. Those that one turn of the model wrote become one message.
pub(super) struct Conversation<'r> {
    body: &'r Bytes,
    losses: &'r mut Losses,
    request: &'r mut Request,
    /// What came before is only instructions.
    at_head: bool,
}

impl<'r> Conversation<'r> {
    pub(super) fn new(body: &'r Bytes, losses: &'r mut Losses, request: &'r mut Request) -> Self {
        Self {
            body,
            losses,
            request,
            at_head: true,
        }
    }

    pub(super) fn read_all(
        &mut self,
        input: Option<TextOr<'_, Vec<Item<'_>>>>,
    ) -> Result<(), ApiError> {
        match input {
            Some(TextOr::Text(text)) => {
                let parts = vec![Part::Text(text.into_owned())];
                self.request.messages.push(Message::new(Role::User, parts));
            }
            Some(TextOr::Other(items)) if !items.is_empty() => {
                for (at, item) in items.into_iter().enumerate() {
                    self.item(item, &format!("input[{at}]"))?;
                    Message::place(&mut self.request.messages, at);
                }
            }
            Some(TextOr::Other(_)) | None => {
                return Err(ApiError::invalid(
                    "input",
                    "input: at least one item is required.",
                ));
            }
        }
        Ok(())
    }

    fn item(&mut self, mut item: Item<'_>, field: &str) -> Result<(), ApiError> {
        let kind = match (item.kind.take(), &item.role) {
            (Some(kind), _) => kind.into_owned(),
            (None, Some(_)) => "message".to_owned(),
            (None, None) => return Err(ApiError::missing(format!("{field}.type"))),
        };
        match kind.as_str() {
            "message" => self.message(item, field),
            "reasoning" => self.reasoning(item, field),
            "function_call" => {
                let arguments = item.arguments.take();
                let arguments = arguments.map(|arguments| arguments.0.into_owned());
                self.call(item, arguments.unwrap_or_default(), field)
            }
            "custom_tool_call" => {
                let input = free_text::wrap(item.input.take().as_deref().unwrap_or_default());
                self.call(item, input, field)
            }
            "function_call_output" | "custom_tool_call_output" => self.result(item, field),
            "additional_tools" => self.tools(item, field),
            "item_reference" => {
                let id = item.id.unwrap_or_default();
                let id = shortened(&id);
                let error = ApiError::invalid(
                    field,
                    format!("`{field}`: the item `{id}` is not known here. Send the item itself."),
                );
                Err(error.with_code("item_not_found"))
            }
            "compaction_trigger" => Err(refused(
                field,
                "asks for the conversation to be compacted, which only a provider of this protocol does. Ask the model for a summary in words instead.",
            )),
            "compaction" | "compaction_summary" | "context_compaction" => Err(refused(
                field,
                "holds what was said before, encrypted by another provider. Go on with a model of that provider, or begin a new conversation.",
            )),
            drawn::KIND => {
                let field_of = |name: &str| item.rest.get(name)?.as_str();
                match drawn::read(field_of("result"), field_of("output_format")) {
                    Some(image) => {
                        let is_known = |name: &str| drawn::FIELDS.contains(&name);
                        item.rest.retain(|name, _| !is_known(name));
                        self.report_rest(&item.rest, field);
                        self.in_turn(Part::Image(image));
                        Ok(())
                    }
                    None => self.foreign(drawn::KIND, item, field),
                }
            }
            kind => self.foreign(kind, item, field),
        }
    }

    fn message(&mut self, mut item: Item<'_>, field: &str) -> Result<(), ApiError> {
        self.report_rest(&item.rest, field);
        if item.phase.is_some_and(|phase| !phase.is_empty()) {
            // Of every message of the model: one loss tells it.
            self.losses.dropped("input[].phase", NOT_OF_PROTOCOL);
        }
        let name = item.name.take().filter(|name| !name.is_empty());
        let is_user = item.role.as_deref() == Some("user");
        if name.is_some() && !is_user {
            self.losses
                .dropped(format!("{field}.name"), NOT_OF_PROTOCOL);
        }
        let parts = self.content(item.content, &format!("{field}.content"))?;
        match item.role.as_deref() {
            Some("user") => {
                let name = name.map(Text::into_owned);
                let message = Message::new(Role::User, parts);
                self.push(Message { name, ..message });
            }
            Some("assistant") => self.say(parts),
            Some("system" | "developer") if self.at_head => {
                self.request.instructions.extend(parts);
            }
            Some("system" | "developer") => self.add(Role::System, parts),
            Some(other) => {
                let other = shortened(other);
                return Err(ApiError::invalid(
                    format!("{field}.role"),
                    format!(
                        "`{field}.role` is \"{other}\"; it must be user, assistant, system or developer."
                    ),
                ));
            }
            None => return Err(ApiError::missing(format!("{field}.role"))),
        }
        Ok(())
    }

    fn add(&mut self, role: Role, parts: Vec<Part>) {
        self.push(Message::new(role, parts));
    }

    fn push(&mut self, message: Message) {
        self.at_head = false;
        self.request.messages.push(message);
    }

    /// The model's own words go on with its turn, unless words are the last thing in it.
    fn say(&mut self, parts: Vec<Part>) {
        let turn = self.request.messages.last_mut();
        match turn.filter(|last| last.role == Role::Assistant && goes_on(&last.parts)) {
            Some(last) => last.parts.extend(parts),
            None => self.add(Role::Assistant, parts),
        }
    }

    fn in_turn(&mut self, part: Part) {
        self.at_head = false;
        match self.request.messages.last_mut() {
            Some(last) if last.role == Role::Assistant => last.parts.push(part),
            Some(_) | None => self.add(Role::Assistant, vec![part]),
        }
    }

    fn reasoning(&mut self, item: Item<'_>, field: &str) -> Result<(), ApiError> {
        self.report_rest(&item.rest, field);
        let summary = item.summary.unwrap_or_default();
        let summary = self.texts(summary, "\n\n", &format!("{field}.summary"));
        let content = match item.content {
            Some(TextOr::Text(text)) => text.into_owned(),
            Some(TextOr::Other(pieces)) => self.texts(pieces, "", &format!("{field}.content")),
            None => String::new(),
        };
        // The one is what the other sums up.
        let text = if content.is_empty() { summary } else { content };
        let state = item.encrypted_content.filter(|state| !state.is_empty());
        let opaque = state.map(|state| opaque::unpack(&state));
        if !text.is_empty() || opaque.is_some() {
            self.in_turn(Part::Reasoning { text, opaque });
        }
        Ok(())
    }

    fn call(&mut self, item: Item<'_>, arguments: String, field: &str) -> Result<(), ApiError> {
        self.report_rest(&item.rest, field);
        let name = item.name.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| ApiError::missing(format!("{field}.name")))?;
        let id = item.call_id.filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| ApiError::missing(format!("{field}.call_id")))?;
        let id = id.into_owned();
        self.in_turn(Part::ToolCall {
            id,
            name: joined(item.namespace.as_deref(), &name),
            arguments,
        });
        Ok(())
    }

    /// Other protocols name all tools of a request in one place.
    fn tools(&mut self, item: Item<'_>, field: &str) -> Result<(), ApiError> {
        self.losses.emulated(
            field,
            "brings tools along; they were sent with those of the request",
        );
        let given = item.tools.unwrap_or_default();
        let list = format!("{field}.tools");
        tools::add(&given, &list, self.request, self.losses)
    }

    fn result(&mut self, item: Item<'_>, field: &str) -> Result<(), ApiError> {
        self.report_rest(&item.rest, field);
        let id = item.call_id.filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| ApiError::missing(format!("{field}.call_id")))?;
        let parts = self.output(item.output, &format!("{field}.output"))?;
        self.answer(id.into_owned(), parts, false);
        Ok(())
    }

    fn answer(&mut self, id: String, parts: Vec<Part>, is_error: bool) {
        let result = Part::ToolResult {
            id,
            parts,
            is_error,
        };
        match self.request.messages.last_mut() {
            Some(last) if last.role == Role::Tool => last.parts.push(result),
            Some(_) | None => self.add(Role::Tool, vec![result]),
        }
    }

    fn output(&mut self, output: Option<&RawValue>, field: &str) -> Result<Vec<Part>, ApiError> {
        let Some(output) = output.filter(|output| output.get() != "null") else {
            return Ok(Vec::new());
        };
        if output.get().starts_with('{') {
            return Ok(vec![Part::Text(output.get().to_owned())]);
        }
        let content: TextOr<'_, Vec<Content<'_>>> = json::parse_part(output, &field)?;
        self.content(Some(content), field)
    }

    /// An item of a tool that the vendor's own clients know by its type. A call that waits for the client is a
    /// call like any other; what the provider did by itself has no place in a conversation with another one.
    fn foreign(&mut self, kind: &str, item: Item<'_>, field: &str) -> Result<(), ApiError> {
        let called = item.call_id.as_deref().or(item.id.as_deref());
        let called = called.filter(|id| !id.is_empty()).map(str::to_owned);
        if let ("tool_search_output", Some(id)) = (kind, &called) {
            let found = item.tools.iter().flatten().map(|tool| tool.get());
            let found = format!("[{}]", found.collect::<Vec<_>>().join(","));
            self.answer(id.clone(), vec![Part::Text(found)], false);
            return self.tools(item, field);
        }
        if let (Some(_), Some(id)) = (kind.strip_suffix("_call_output"), &called) {
            self.report_rest(&item.rest, field);
            // Of a patch it is said only here.
            let is_error = item.status.as_deref() == Some("failed");
            let parts = self.foreign_output(item.output, &format!("{field}.output"))?;
            self.answer(id.clone(), parts, is_error);
            return Ok(());
        }
        if let (Some(name), Some(id)) = (kind.strip_suffix("_call"), &item.call_id) {
            let why = format!("is of type \"{kind}\"; it became a call of a tool \"{name}\"");
            self.losses.emulated(field, why);
            let arguments = item.arguments.map(|arguments| arguments.0.into_owned());
            self.in_turn(Part::ToolCall {
                id: id.to_string(),
                name: name.to_owned(),
                arguments: arguments
                    .unwrap_or_else(|| raw(&Value::Object(item.rest)).get().to_owned()),
            });
            return Ok(());
        }
        let kind = shortened(kind);
        let why = format!("is an item of type \"{kind}\", which cannot be translated");
        self.losses.dropped(field, why);
        Ok(())
    }

    /// Content where it is that, a picture of the screen, or whatever else it is as text.
    fn foreign_output(
        &mut self,
        output: Option<&RawValue>,
        field: &str,
    ) -> Result<Vec<Part>, ApiError> {
        let Some(output) = output else {
            return Ok(Vec::new());
        };
        let is_content = match output.get().as_bytes() {
            [b'{', ..] => {
                if let Ok(piece) = serde_json::from_str::<Content<'_>>(output.get())
                    && piece.image_url.is_some()
                {
                    return Ok(vec![media::decode_image(self.body, &piece, field)?]);
                }
                false
            }
            [b'[', ..] => serde_json::from_str::<Vec<Content<'_>>>(output.get()).is_ok_and(|all| {
                let kinds = all.iter().map(|piece| piece.kind.as_deref());
                kinds
                    .flatten()
                    .filter(|kind| kind.starts_with("input_"))
                    .count()
                    == all.len()
            }),
            _ => true,
        };
        if is_content {
            self.output(Some(output), field)
        } else {
            Ok(vec![Part::Text(output.get().to_owned())])
        }
    }

    fn content(
        &mut self,
        content: Option<TextOr<'_, Vec<Content<'_>>>>,
        field: &str,
    ) -> Result<Vec<Part>, ApiError> {
        let mut parts = Vec::new();
        match content {
            None => {}
            Some(TextOr::Text(text)) => push_text(&mut parts, text),
            Some(TextOr::Other(pieces)) => {
                for (at, piece) in pieces.into_iter().enumerate() {
                    self.piece(piece, &format!("{field}[{at}]"), &mut parts)?;
                }
            }
        }
        Ok(parts)
    }

    fn piece(
        &mut self,
        piece: Content<'_>,
        field: &str,
        parts: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        self.report_rest(&piece.rest, field);
        let kind = piece.kind.as_deref().unwrap_or("input_text");
        match kind {
            "input_text" | "output_text" | "text" => {
                if piece.annotations.is_some_and(|notes| !notes.is_empty()) {
                    self.losses
                        .dropped("input.content.annotations", NOT_OF_PROTOCOL);
                }
                push_text(parts, piece.text.unwrap_or_default());
            }
            "refusal" => {
                let text = piece.refusal.map(Text::into_owned).unwrap_or_default();
                parts.push(Part::Refusal(text));
            }
            "input_image" => parts.push(media::decode_image(self.body, &piece, field)?),
            "input_file" => {
                if piece
                    .detail
                    .as_deref()
                    .is_some_and(|detail| detail != "auto")
                {
                    self.losses
                        .dropped(format!("{field}.detail"), NOT_OF_PROTOCOL);
                }
                parts.push(media::decode_file(self.body, piece, field)?);
            }
            "input_audio" => {
                let message = format!("`{field}`: sound input is not supported.");
                return Err(ApiError::invalid(field, message));
            }
            other => {
                let other = shortened(other);
                let why = format!("is of type \"{other}\", which cannot be translated");
                self.losses.dropped(field, why);
            }
        }
        Ok(())
    }

    fn texts(&mut self, pieces: Vec<Content<'_>>, between: &str, field: &str) -> String {
        for (at, piece) in pieces.iter().enumerate() {
            self.report_rest(&piece.rest, &format!("{field}[{at}]"));
        }
        let texts: Vec<&str> = pieces
            .iter()
            .filter_map(|piece| piece.text.as_deref())
            .collect();
        texts.join(between)
    }

    fn report_rest(&mut self, rest: &Map<String, Value>, field: &str) {
        for (key, value) in rest {
            if !json::says_nothing(value) {
                self.losses
                    .dropped(format!("{field}.{key}"), NOT_OF_PROTOCOL);
            }
        }
    }
}

/// Without it the conversation would be another one.
fn refused(field: &str, why: &str) -> ApiError {
    ApiError::invalid(field, format!("`{field}` {why}")).with_code("unsupported_parameter")
}

/// Whether more words still belong to what was said.
fn goes_on(parts: &[Part]) -> bool {
    match parts.last() {
        Some(Part::Image(_) | Part::Reasoning { .. } | Part::ToolCall { .. }) => true,
        Some(Part::File(_) | Part::Refusal(_) | Part::Text(_) | Part::ToolResult { .. }) | None => {
            false
        }
    }
}

fn push_text(parts: &mut Vec<Part>, text: Text<'_>) {
    if !text.is_empty() {
        parts.push(Part::Text(text.into_owned()));
    }
}
