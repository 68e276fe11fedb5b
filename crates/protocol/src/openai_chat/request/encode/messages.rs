//! Instructions and messages.

use std::borrow::Cow;

use serde_json::{Value, value::to_raw_value};

use super::Encoder;
use crate::{
    Protocol,
    canonical::{
        ApiError, CacheMark, Message, Part, Role, free_text,
        history::{self, NOT_RESENT, TEXT_ONLY},
    },
    json::parseable,
    openai_chat::{
        reasoning,
        request::media,
        wire::{self, Text, TextOr},
    },
};

impl<'r> Encoder<'r, '_> {
    pub(super) fn messages(
        &mut self,
        instructions: Vec<wire::Part<'r>>,
        history: &'r [Message],
    ) -> Result<Vec<wire::Message<'r>>, ApiError> {
        let mut messages = Vec::with_capacity(history.len() + 1);
        if !instructions.is_empty() {
            messages.push(self.system(instructions));
        }
        // Images of tool results wait for the user message that follows all results, and so do late instructions.
        let mut waiting: Vec<wire::Part<'r>> = Vec::new();
        for message in history.iter() {
            let is_in_place = match message.role {
                Role::Assistant => true,
                Role::System => self.capabilities.late_instructions,
                Role::Tool | Role::User => false,
            };
            if is_in_place && !waiting.is_empty() {
                messages.push(self.user(std::mem::take(&mut waiting), None));
            }
            let field = message.field();
            match message.role {
                Role::System => {
                    let parts = message.parts.iter();
                    let told = parts.filter_map(|part| Some((part, text_of(part)?)));
                    let texts: Vec<wire::Part<'r>> =
                        told.map(|(part, text)| self.text(part, text)).collect();
                    if !message.parts.iter().all(is_text) {
                        self.losses.dropped(&field, TEXT_ONLY);
                    }
                    if self.capabilities.late_instructions && !texts.is_empty() {
                        messages.push(self.system(texts));
                    } else if !texts.is_empty() {
                        self.losses.repaired(
                            &field,
                            "are instructions amid the conversation: they became part of the user's turn",
                        );
                        let words: Vec<&str> = texts.iter().filter_map(wire::Part::words).collect();
                        let words = words.join("\n\n");
                        let words = format!("<system-reminder>\n{words}\n</system-reminder>");
                        waiting.push(wire::Part::text(words.into()));
                    }
                }
                Role::User => {
                    let mut parts = std::mem::take(&mut waiting);
                    for part in &message.parts {
                        parts.extend(self.user_part(part, &field)?);
                    }
                    if !parts.is_empty() {
                        messages.push(self.user(parts, message.name.as_deref()));
                    }
                }
                Role::Assistant => messages.extend(self.assistant(message, &field)),
                Role::Tool => {
                    for part in &message.parts {
                        if let Part::ToolResult {
                            id,
                            parts,
                            is_error,
                        } = part
                        {
                            let result = self.result(id, parts, *is_error, &field, &mut waiting)?;
                            messages.push(result);
                        }
                    }
                }
            }
        }
        if !waiting.is_empty() {
            messages.push(self.user(waiting, None));
        }
        if messages.is_empty() {
            return Err(history::nothing_said());
        }
        let hint = history::hint_to_go_on(history, self.capabilities, self.losses);
        if let Some(hint) = hint {
            messages.push(self.user(vec![wire::Part::text(hint.into())], None));
        }
        Ok(self.apart(messages))
    }

    /// With a word of the assistant between results and the user, where the one may not follow the other.
    fn apart(&mut self, messages: Vec<wire::Message<'r>>) -> Vec<wire::Message<'r>> {
        if self.capabilities.user_after_results {
            return messages;
        }
        let mut apart: Vec<wire::Message<'r>> = Vec::with_capacity(messages.len());
        for message in messages {
            let is = |message: &wire::Message<'_>, role| message.role.as_deref() == Some(role);
            let follows = apart.last().is_some_and(|last| is(last, "tool"));
            if follows && is(&message, "user") {
                self.losses.repaired(
                    "messages",
                    "had the user speak directly after a tool, which this model refuses; a word of the assistant was put between them",
                );
                apart.push(wire::Message {
                    role: Some("assistant".into()),
                    content: Some(Some(TextOr::Text("Done.".into()))),
                    ..wire::Message::default()
                });
            }
            apart.push(message);
        }
        apart
    }

    fn system(&self, parts: Vec<wire::Part<'r>>) -> wire::Message<'r> {
        let role = if self.capabilities.developer_role {
            "developer"
        } else {
            "system"
        };
        wire::Message {
            role: Some(role.into()),
            content: Some(Some(self.content(parts, "\n\n"))),
            ..wire::Message::default()
        }
    }

    fn user(&self, parts: Vec<wire::Part<'r>>, name: Option<&'r str>) -> wire::Message<'r> {
        wire::Message {
            role: Some("user".into()),
            name: name.map(Text::from),
            content: Some(Some(self.content(parts, "\n\n"))),
            ..wire::Message::default()
        }
    }

    /// A text that is sent, and its mark.
    pub(super) fn text(&self, part: &Part, text: &'r str) -> wire::Part<'r> {
        wire::Part {
            cache_control: self.marks.of_part(part).map(CacheMark::write),
            ..wire::Part::text(text.into())
        }
    }

    /// One text is a string; several are, too, where arrays of text are refused. A marked one has to be a part.
    fn content(&self, mut parts: Vec<wire::Part<'r>>, between: &str) -> wire::Content<'r> {
        let is_plain = |part: &wire::Part<'_>| part.text.is_some() && part.cache_control.is_none();
        let all_text = parts.iter().all(is_plain);
        if !all_text || (parts.len() > 1 && !self.capabilities.flat_text) {
            return TextOr::Other(parts.into_iter().map(TextOr::Other).collect());
        }
        if parts.len() == 1 {
            return TextOr::Text(parts.remove(0).text.unwrap_or_default());
        }
        let texts: Vec<&str> = parts.iter().filter_map(wire::Part::words).collect();
        TextOr::Text(texts.join(between).into())
    }

    fn marked(&self, part: &Part, sent: wire::Part<'r>) -> wire::Part<'r> {
        wire::Part {
            cache_control: self.marks.of_part(part).map(CacheMark::write),
            ..sent
        }
    }

    fn user_part(
        &mut self,
        part: &'r Part,
        field: &str,
    ) -> Result<Option<wire::Part<'r>>, ApiError> {
        Ok(match part {
            Part::Text(text) | Part::Refusal(text) => {
                (!text.is_empty()).then(|| self.text(part, text))
            }
            Part::Image(image) => {
                let image = media::encode_image(image, field, self.capabilities)?;
                Some(self.marked(part, image))
            }
            Part::File(file) => {
                let file = media::encode_file(file, field, self.capabilities, self.losses)?;
                Some(self.marked(part, file))
            }
            Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => {
                self.losses.dropped(field, "has no place in a user message");
                None
            }
        })
    }

    fn assistant(&mut self, message: &'r Message, field: &str) -> Option<wire::Message<'r>> {
        let mut wire = wire::Message {
            role: Some("assistant".into()),
            name: message.name.as_deref().map(Text::from),
            ..wire::Message::default()
        };
        let mut said = Vec::new();
        let mut stands_apart = false;
        let mut drawn = Vec::new();
        let mut calls = Vec::new();
        let mut thought = String::new();
        let mut details: Vec<Value> = Vec::new();
        // For the call that comes next, or the message itself.
        let mut extra = None;
        let mut has_thought = false;
        for part in &message.parts {
            match part {
                Part::Text(text) if text.is_empty() => {}
                Part::Text(text) => said.push(self.text(part, text)),
                Part::Refusal(text) if self.capabilities.flat_text => {
                    self.losses
                        .emulated(field, "held a refusal; it was sent as text");
                    stands_apart = true;
                    said.push(self.text(part, text));
                }
                Part::Refusal(text) => said.push(wire::Part {
                    kind: Some("refusal".into()),
                    refusal: Some(text.as_str().into()),
                    ..wire::Part::default()
                }),
                Part::ToolCall {
                    id,
                    name,
                    arguments,
                } => {
                    self.called.insert(id, name);
                    calls.push(wire::ToolCall {
                        extra_content: extra.take(),
                        ..self.call(id, name, arguments)
                    });
                }
                Part::Reasoning { text, opaque } => {
                    let of_call = opaque.as_ref().and_then(reasoning::extra_of);
                    if of_call.is_some() && self.capabilities.signed_calls {
                        extra = of_call;
                        continue;
                    }
                    has_thought = true;
                    thought.push_str(text);
                    match opaque {
                        Some(opaque) if opaque.owner == Protocol::OpenAiChat => {
                            details.extend(reasoning::items(opaque, text, details.len(), false));
                        }
                        Some(_) | None => {}
                    }
                }
                Part::Image(image)
                    if self.capabilities.drawn_images
                        && let Ok(sent) = media::encode_image(image, field, self.capabilities) =>
                {
                    drawn.push(TextOr::Other(sent));
                }
                Part::File(_) | Part::Image(_) | Part::ToolResult { .. } => {
                    self.losses
                        .dropped(field, "has no place in an assistant message");
                }
            }
        }
        // Those who want reasoning back want it beside calls, be it empty; others refuse the field.
        let replay = self.capabilities.reasoning_replay && !calls.is_empty();
        // What a provider wrote beside it only that provider gets, and wants.
        let details = (self.capabilities.vendor_fields && !calls.is_empty() && !details.is_empty())
            .then_some(details);
        if let Some(details) = &details {
            wire.reasoning_details = to_raw_value(details).ok().map(Cow::Owned);
        }
        if replay {
            wire.reasoning_content = Some(thought.into());
        } else if has_thought && details.is_none() {
            self.losses.dropped("messages[].reasoning", NOT_RESENT);
        }
        if said.is_empty() && calls.is_empty() && drawn.is_empty() {
            return None;
        }
        wire.images = (!drawn.is_empty()).then_some(drawn);
        let between = if stands_apart { "\n\n" } else { "" };
        // Without calls a message has words, be they none.
        wire.content = Some(if said.is_empty() {
            calls.is_empty().then(|| TextOr::Text("".into()))
        } else {
            Some(self.content(said, between))
        });
        wire.tool_calls = (!calls.is_empty()).then_some(calls);
        wire.extra_content = extra;
        Some(wire)
    }

    fn call(&mut self, id: &'r str, name: &'r str, arguments: &'r str) -> wire::ToolCall<'r> {
        let arguments = parseable(arguments);
        let (id, spelled) = (self.id(id), self.name(name));
        if self.custom.contains(&name) {
            wire::ToolCall::of_free_text(id, spelled, free_text::unwrap(arguments).into())
        } else {
            wire::ToolCall::of_function(id, spelled, arguments)
        }
    }

    fn result(
        &mut self,
        id: &'r str,
        parts: &'r [Part],
        is_error: bool,
        field: &str,
        waiting: &mut Vec<wire::Part<'r>>,
    ) -> Result<wire::Message<'r>, ApiError> {
        let mut said: Vec<&str> = Vec::new();
        let mut moved = Vec::new();
        for part in parts {
            match part {
                Part::Text(text) | Part::Refusal(text) => said.push(text),
                Part::Image(image) => {
                    moved.push(media::encode_image(image, field, self.capabilities)?);
                }
                Part::File(file) => {
                    let sent = media::encode_file(file, field, self.capabilities, self.losses)?;
                    moved.push(sent);
                }
                Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => {
                    self.losses
                        .dropped(field, "has no place in a tool's result");
                }
            }
        }
        if !moved.is_empty() {
            let name = self.called.get(id).copied().unwrap_or("the tool");
            let kind = if parts.iter().any(is_image) {
                "Image"
            } else {
                "File"
            };
            said.push("(See the next user message for what this tool returned.)");
            let words = format!("{kind} returned by tool {name}:");
            waiting.push(wire::Part::text(words.into()));
            waiting.append(&mut moved);
            self.losses.emulated(
                "messages[].result",
                "held an image or a file; it was sent in a user message after the results",
            );
        }
        let mut text = said.join("\n");
        if is_error {
            text.insert_str(0, "Error: ");
            self.losses.emulated(
                "messages[].result.is_error",
                "has no equivalent in the target protocol; the text begins with \"Error: \"",
            );
        }
        let mut text = wire::Part::text(text.into());
        if let Some(first) = parts.first() {
            text = self.marked(first, text);
        }
        Ok(wire::Message {
            role: Some("tool".into()),
            tool_call_id: Some(self.id(id)),
            content: Some(Some(self.content(vec![text], ""))),
            ..wire::Message::default()
        })
    }
}

/// What a part says in words, where it does.
pub(super) fn text_of(part: &Part) -> Option<&str> {
    match part {
        Part::Text(text) | Part::Refusal(text) if !text.is_empty() => Some(text),
        Part::File(_)
        | Part::Image(_)
        | Part::Reasoning { .. }
        | Part::Refusal(_)
        | Part::Text(_)
        | Part::ToolCall { .. }
        | Part::ToolResult { .. } => None,
    }
}

fn is_text(part: &Part) -> bool {
    matches!(part, Part::Text(_) | Part::Refusal(_))
}

fn is_image(part: &Part) -> bool {
    matches!(part, Part::Image(_))
}
