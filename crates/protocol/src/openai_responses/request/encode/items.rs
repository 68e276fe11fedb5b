//! Instructions and messages to items.

use std::borrow::Cow;

use super::Encoder;
use crate::{
    Protocol,
    canonical::{
        ApiError, Capabilities, Message, Part, Role, free_text,
        history::{self, NOT_RESENT, TEXT_ONLY},
    },
    json::{Arguments, parseable},
    openai_responses::{
        opaque,
        request::{is_custom, media},
        wire::{Content, Item, ResponsesRequest, Text, TextOr},
    },
};

impl<'r> Encoder<'r, '_> {
    pub(super) fn conversation(
        &mut self,
        json_words: Option<String>,
        messages: &'r [Message],
        wire: &mut ResponsesRequest<'r>,
    ) -> Result<(), ApiError> {
        let told = history::instructions(&self.request.instructions, self.losses);
        let mut texts: Vec<Cow<'r, str>> = told.into_iter().map(Cow::Borrowed).collect();
        texts.extend(json_words.map(Cow::Owned));
        let mut items = Vec::with_capacity(messages.len() + 1);
        if self.capabilities.flat_text {
            wire.instructions = (!texts.is_empty()).then(|| Text(texts.join("\n\n").into()));
        } else {
            let mut texts = texts.into_iter();
            wire.instructions = texts.next().map(Text);
            let more: Vec<Content<'r>> = texts.map(|text| words("input_text", text)).collect();
            if !more.is_empty() {
                items.push(self.system(more));
            }
        }
        for message in messages.iter() {
            self.message(message, &message.field(), &mut items)?;
        }
        if items.is_empty() {
            // Instructions alone are refused where there is no input, and taken as the input itself.
            let Some(Text(alone)) = wire.instructions.take() else {
                return Err(history::nothing_said());
            };
            items.push(self.system(vec![words("input_text", alone)]));
        }
        let hint = history::hint_to_go_on(messages, self.capabilities, self.losses);
        if let Some(hint) = hint {
            items.push(said("user", vec![words("input_text", Cow::Borrowed(hint))]));
        }
        wire.input = Some(TextOr::Other(items));
        Ok(())
    }

    fn system(&self, content: Vec<Content<'r>>) -> Item<'r> {
        let role = if self.capabilities.developer_role {
            "developer"
        } else {
            "system"
        };
        said(role, content)
    }

    fn message(
        &mut self,
        message: &'r Message,
        field: &str,
        items: &mut Vec<Item<'r>>,
    ) -> Result<(), ApiError> {
        if message.name.is_some() {
            self.losses.dropped(
                format!("{field}.name"),
                "has no equivalent in the target protocol",
            );
        }
        match message.role {
            Role::System => {
                let mut content = Vec::new();
                for part in &message.parts {
                    match part {
                        Part::Text(text) | Part::Refusal(text) if text.is_empty() => {}
                        Part::Text(text) | Part::Refusal(text) => {
                            content.push(words("input_text", Cow::Borrowed(text)));
                        }
                        Part::File(_)
                        | Part::Image(_)
                        | Part::Reasoning { .. }
                        | Part::ToolCall { .. }
                        | Part::ToolResult { .. } => self.losses.dropped(field, TEXT_ONLY),
                    }
                }
                if !content.is_empty() {
                    items.push(self.system(content));
                }
            }
            Role::User => {
                let content = self.content(&message.parts, field, "a user message")?;
                if !content.is_empty() {
                    items.push(said("user", content));
                }
            }
            Role::Assistant => self.turn(&message.parts, field, items),
            Role::Tool => {
                for part in &message.parts {
                    if let Part::ToolResult {
                        id,
                        parts,
                        is_error,
                    } = part
                    {
                        items.push(self.result(id, parts, *is_error, field)?);
                    }
                }
            }
        }
        Ok(())
    }

    fn content(
        &mut self,
        parts: &'r [Part],
        field: &str,
        place: &str,
    ) -> Result<Vec<Content<'r>>, ApiError> {
        let mut content = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Part::Text(text) | Part::Refusal(text) if text.is_empty() => {}
                Part::Text(text) | Part::Refusal(text) => {
                    content.push(words("input_text", Cow::Borrowed(text)));
                }
                Part::Image(image) => {
                    content.push(media::encode_image(image, field, self.capabilities)?);
                }
                Part::File(file) => content.push(media::encode_file(
                    file,
                    field,
                    self.capabilities,
                    self.losses,
                )?),
                Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => {
                    self.losses
                        .dropped(field, format!("has no place in {place}"));
                }
            }
        }
        Ok(content)
    }

    /// What the model wrote in one turn, in order; neighbouring texts are one message.
    fn turn(&mut self, parts: &'r [Part], field: &str, items: &mut Vec<Item<'r>>) {
        let mut texts: Vec<Words<'r>> = Vec::new();
        let phase = self.capabilities.phases.then(|| phase(parts));
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Text(text) | Part::Refusal(text) if text.is_empty() => {}
                Part::Text(text) => texts.push(Words::Said(text)),
                Part::Refusal(text) => {
                    if self.capabilities.flat_text {
                        self.losses
                            .emulated(field, "held a refusal; it was sent as text");
                    }
                    texts.push(Words::Refused(text));
                }
                Part::ToolCall {
                    id,
                    name,
                    arguments,
                } => {
                    items.extend(self.spoken(&mut texts, phase));
                    items.push(self.call(id, name, arguments));
                }
                Part::Reasoning { .. } => {
                    items.extend(self.spoken(&mut texts, phase));
                    let is_followed = parts.iter().skip(at + 1).any(says_something);
                    items.extend(self.reasoned(part, is_followed));
                }
                Part::File(_) | Part::Image(_) | Part::ToolResult { .. } => {
                    self.losses
                        .dropped(field, "has no place in an assistant message");
                }
            }
        }
        items.extend(self.spoken(&mut texts, phase));
    }

    /// The texts so far as a message.
    fn spoken(&self, texts: &mut Vec<Words<'r>>, phase: Option<&'static str>) -> Option<Item<'r>> {
        let texts = std::mem::take(texts);
        let content = match texts.as_slice() {
            [] => return None,
            [Words::Said(text)] => TextOr::Text((*text).into()),
            texts if self.capabilities.flat_text => TextOr::Text(flat(texts).into()),
            texts => {
                let pieces = texts.iter().map(|piece| match *piece {
                    Words::Refused(text) => Content {
                        kind: Some("refusal".into()),
                        refusal: Some(text.into()),
                        ..Content::default()
                    },
                    Words::Said(text) => Content {
                        annotations: Some(Vec::new()),
                        ..words("output_text", Cow::Borrowed(text))
                    },
                });
                TextOr::Other(pieces.collect())
            }
        };
        Some(Item {
            content: Some(content),
            phase: phase.map(Text::from),
            ..said("assistant", Vec::new())
        })
    }

    fn reasoned(&mut self, part: &'r Part, is_followed: bool) -> Option<Item<'r>> {
        // A provider wants to see what came of it.
        let mut item = reasoning_item(part, self.capabilities).filter(|_| is_followed);
        // By its name the provider would look for it among what it stores, which this is not.
        if let Some(item) = item
            .as_mut()
            .filter(|item| item.encrypted_content.is_some())
        {
            item.id = None;
        }
        if item.is_none() {
            self.losses.dropped("messages[].reasoning", NOT_RESENT);
        }
        item
    }

    fn call(&mut self, id: &'r str, name: &'r str, arguments: &'r str) -> Item<'r> {
        let call = Item {
            call_id: Some(self.id(id)),
            name: Some(self.name(name)),
            ..Item::default()
        };
        if is_custom(self.request, name) {
            self.free.insert(id);
            return Item {
                kind: Some("custom_tool_call".into()),
                input: Some(free_text::unwrap(arguments).into()),
                ..call
            };
        }
        self.free.remove(id);
        Item {
            kind: Some("function_call".into()),
            arguments: Some(Arguments(parseable(arguments).into())),
            ..call
        }
    }

    fn result(
        &mut self,
        id: &'r str,
        parts: &'r [Part],
        is_error: bool,
        field: &str,
    ) -> Result<Item<'r>, ApiError> {
        let mut content = self.content(parts, field, "a tool's result")?;
        if is_error {
            self.losses.emulated(
                "messages[].result.is_error",
                "has no equivalent in the target protocol; the text begins with \"Error: \"",
            );
        }
        let texts: Vec<&str> = content
            .iter()
            .filter_map(|piece| piece.text.as_deref())
            .collect();
        let is_text = texts.len() == content.len();
        let result = if is_text && (texts.len() < 2 || self.capabilities.flat_text) {
            let mut text = texts.join("\n");
            if is_error {
                text.insert_str(0, "Error: ");
            }
            TextOr::Text(text.into())
        } else {
            if is_error {
                content.insert(0, words("input_text", Cow::Borrowed("Error: ")));
            }
            TextOr::Other(content)
        };
        let kind = if self.free.contains(id) {
            "custom_tool_call_output"
        } else {
            "function_call_output"
        };
        Ok(Item {
            kind: Some(kind.into()),
            call_id: Some(self.id(id)),
            result: Some(result),
            ..Item::default()
        })
    }
}

/// Reasoning as this model takes it back, if it does: only our own kind of provider can read its state.
pub(in crate::openai_responses) fn reasoning_item<'a>(
    part: &'a Part,
    capabilities: &Capabilities,
) -> Option<Item<'a>> {
    let Part::Reasoning { text, opaque } = part else {
        return None;
    };
    let own = opaque
        .as_ref()
        .filter(|opaque| opaque.owner == Protocol::OpenAiResponses);
    let is_text = |kind: &'static str| {
        let text = (!text.is_empty()).then(|| words(kind, Cow::Borrowed(text)));
        text.into_iter().collect::<Vec<_>>()
    };
    let item = Item {
        kind: Some("reasoning".into()),
        ..Item::default()
    };
    match own {
        Some(opaque) => Some(Item {
            id: opaque.id.as_deref().map(Text::from),
            summary: Some(is_text("summary_text")),
            encrypted_content: Some(opaque::pack(opaque).into()),
            ..item
        }),
        None if capabilities.reasoning_replay && !text.is_empty() => Some(Item {
            summary: Some(Vec::new()),
            content: Some(TextOr::Other(is_text("reasoning_text"))),
            ..item
        }),
        None => None,
    }
}

fn said<'a>(role: &'static str, content: Vec<Content<'a>>) -> Item<'a> {
    Item {
        kind: Some("message".into()),
        role: Some(role.into()),
        content: Some(TextOr::Other(content)),
        ..Item::default()
    }
}

fn words<'a>(kind: &'static str, text: Cow<'a, str>) -> Content<'a> {
    Content {
        kind: Some(kind.into()),
        text: Some(Text(text)),
        ..Content::default()
    }
}

fn says_something(part: &Part) -> bool {
    match part {
        Part::Text(text) | Part::Refusal(text) => !text.is_empty(),
        Part::ToolCall { .. } => true,
        Part::File(_) | Part::Image(_) | Part::Reasoning { .. } | Part::ToolResult { .. } => false,
    }
}

/// What the model said in one go, or why it would not.
#[derive(Clone, Copy, PartialEq)]
enum Words<'r> {
    Refused(&'r str),
    Said(&'r str),
}

/// All of it as one text; a refusal stands apart.
fn flat(pieces: &[Words<'_>]) -> String {
    let mut flat = String::new();
    let mut behind_refusal = false;
    for piece in pieces {
        let (text, is_refusal) = match *piece {
            Words::Refused(text) => (text, true),
            Words::Said(text) => (text, false),
        };
        if (is_refusal || behind_refusal) && !flat.is_empty() {
            flat.push_str("\n\n");
        }
        flat.push_str(text);
        behind_refusal = is_refusal;
    }
    flat
}

/// What the texts of a turn are: with calls in it the last word is still to come.
fn phase(parts: &[Part]) -> &'static str {
    let calls = |part: &Part| matches!(part, Part::ToolCall { .. });
    if parts.iter().any(calls) {
        "commentary"
    } else {
        "final_answer"
    }
}
