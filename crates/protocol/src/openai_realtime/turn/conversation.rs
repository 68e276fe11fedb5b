//! Items, in order, to messages.

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::{
    canonical::{ApiError, Losses, Media, Message, NOT_OF_PROTOCOL, Part, Request, Role},
    json,
    openai_realtime::wire::{Content, Item, Text, TextOr},
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

    pub(super) fn item(&mut self, item: Item<'_>, field: &str) -> Result<(), ApiError> {
        for (key, value) in &item.rest {
            if !value.is_null() {
                self.losses
                    .dropped(format!("{field}.{key}"), NOT_OF_PROTOCOL);
            }
        }
        match item.kind.as_deref() {
            Some("function_call") => self.call(item, field),
            Some("function_call_output") => self.result(item, field),
            Some(_) | None => self.message(item, field),
        }
    }

    fn message(&mut self, item: Item<'_>, field: &str) -> Result<(), ApiError> {
        let role = item.role;
        let parts = match item.content {
            None => Vec::new(),
            Some(TextOr::Text(text)) => text_part(text).into_iter().collect(),
            Some(TextOr::Other(pieces)) => {
                let mut parts = Vec::new();
                for (at, piece) in pieces.into_iter().enumerate() {
                    parts.extend(self.piece(piece, &format!("{field}.content[{at}]"))?);
                }
                parts
            }
        };
        // What was cut before its first word.
        if parts.is_empty() {
            return Ok(());
        }
        match role.as_deref() {
            Some("assistant") => self.say(parts),
            Some("system" | "developer") if self.at_head => {
                self.request.instructions.extend(parts);
            }
            Some("system" | "developer") => self.add(Role::System, parts),
            Some(_) | None => self.add(Role::User, parts),
        }
        Ok(())
    }

    fn piece(&mut self, raw: &RawValue, field: &str) -> Result<Option<Part>, ApiError> {
        let piece: Content<'_> = json::parse_part(raw, &field)?;
        match piece.kind.as_deref() {
            Some("input_image") => {
                let url = piece.image_url.as_deref().unwrap_or_default();
                let Some(image) = Media::image(self.body, url) else {
                    let field = format!("{field}.image_url");
                    let message = format!(
                        "`{field}` must be a web address or a base64 data URL (data:image/png;base64,...)."
                    );
                    return Err(ApiError::invalid(field, message));
                };
                let detail = piece.detail.filter(|detail| &**detail != "auto");
                Ok(Some(Part::Image(Media {
                    detail: detail.map(Text::into_owned),
                    ..image
                })))
            }
            Some("audio" | "output_audio") => {
                self.losses
                    .dropped(field, "was said aloud; what was said is sent as text");
                Ok(piece.transcript.and_then(text_part))
            }
            Some(_) | None => Ok(piece.text.and_then(text_part)),
        }
    }

    fn call(&mut self, item: Item<'_>, field: &str) -> Result<(), ApiError> {
        if item.status.as_deref() == Some("incomplete") {
            let why = "is a call that was cut; it was left out";
            self.losses.repaired(field, why);
            return Ok(());
        }
        let arguments = item.arguments.unwrap_or_default();
        let call = Part::ToolCall {
            id: item.call_id.map(Text::into_owned).unwrap_or_default(),
            name: item.name.map(Text::into_owned).unwrap_or_default(),
            arguments: arguments.0.into_owned(),
        };
        match self.request.messages.last_mut() {
            Some(last) if last.role == Role::Assistant => last.parts.push(call),
            Some(_) | None => self.add(Role::Assistant, vec![call]),
        }
        Ok(())
    }

    fn result(&mut self, item: Item<'_>, field: &str) -> Result<(), ApiError> {
        let parts = match item.output {
            Some(raw) if raw.get().starts_with('"') => {
                let text: Text<'_> = json::parse_part(raw, &format!("{field}.output"))?;
                text_part(text).into_iter().collect()
            }
            Some(raw) => vec![Part::Text(raw.get().to_owned())],
            None => Vec::new(),
        };
        let result = Part::ToolResult {
            id: item.call_id.map(Text::into_owned).unwrap_or_default(),
            parts,
            is_error: false,
        };
        match self.request.messages.last_mut() {
            Some(last) if last.role == Role::Tool => last.parts.push(result),
            Some(_) | None => self.add(Role::Tool, vec![result]),
        }
        Ok(())
    }

    fn add(&mut self, role: Role, parts: Vec<Part>) {
        self.at_head = false;
        self.request.messages.push(Message::new(role, parts));
    }

    /// The model's own words go on with its turn, unless words are the last thing in it.
    fn say(&mut self, parts: Vec<Part>) {
        let turn = self.request.messages.last_mut();
        let calls = |last: &Message| matches!(last.parts.last(), Some(Part::ToolCall { .. }));
        match turn.filter(|last| last.role == Role::Assistant && calls(last)) {
            Some(last) => last.parts.extend(parts),
            None => self.add(Role::Assistant, parts),
        }
    }
}

fn text_part(text: Text<'_>) -> Option<Part> {
    (!text.is_empty()).then(|| Part::Text(text.into_owned()))
}
