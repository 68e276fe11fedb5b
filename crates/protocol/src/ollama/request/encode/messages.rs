//! Instructions, messages, and the text that is gone on with.

use super::Encoder;
use crate::{
    canonical::{ApiError, Completion, Message, Part, Role, history},
    json::arguments_object,
    ollama::{
        request::media,
        wire::{Ask, Called, Message as Wire, Text, ToolCall},
    },
};

/// What a message says: its texts, and the images beside them.
#[derive(Default)]
struct Said<'r> {
    texts: Vec<String>,
    images: Vec<Text<'r>>,
}

impl<'r> Encoder<'r, '_> {
    pub(super) fn text(
        &mut self,
        completion: &'r Completion,
        instructions: &[&str],
        history: &'r [Message],
        wire: &mut Ask<'r>,
    ) -> Result<(), ApiError> {
        let mut said = Said::default();
        for part in history.iter().flat_map(|message| &message.parts) {
            self.say(part, "prompt", &mut said)?;
        }
        wire.prompt = Some(said.texts.concat().into());
        wire.images = (!said.images.is_empty()).then_some(said.images);
        wire.suffix = completion.suffix.as_deref().map(Text::from);
        // A template stands around neither; only a template knows where a suffix and a system text go.
        wire.raw = (wire.suffix.is_none() && instructions.is_empty()).then_some(true);
        wire.system = (!instructions.is_empty()).then(|| instructions.join("\n\n").into());
        Ok(())
    }

    pub(super) fn messages(
        &mut self,
        instructions: &[&str],
        history: &'r [Message],
    ) -> Result<Vec<Wire<'r>>, ApiError> {
        let mut messages = Vec::with_capacity(history.len() + 1);
        if !instructions.is_empty() {
            messages.push(message("system", instructions.join("\n\n").into()));
        }
        // Images of tool results wait for the user message that follows all results.
        let mut waiting = Said::default();
        for turn in history.iter() {
            if !matches!(turn.role, Role::Tool | Role::User) && !waiting.images.is_empty() {
                messages.push(user(std::mem::take(&mut waiting)));
            }
            let field = turn.field();
            if turn.name.is_some() {
                let why = "has no equivalent in the target protocol";
                self.losses.dropped(format!("{field}.name"), why);
            }
            match turn.role {
                Role::System => {
                    let texts = history::instructions(&turn.parts, self.losses);
                    match messages.as_mut_slice() {
                        _ if texts.is_empty() => {}
                        // At the head it is one with the instructions.
                        [only] if only.role.as_deref() == Some("system") => {
                            let head = only.content.as_deref().unwrap_or_default();
                            let whole = [&[head], texts.as_slice()].concat().join("\n\n");
                            only.content = Some(whole.into());
                        }
                        _ => messages.push(message("system", texts.join("\n\n").into())),
                    }
                }
                Role::User => {
                    let mut said = std::mem::take(&mut waiting);
                    for part in &turn.parts {
                        self.say(part, &field, &mut said)?;
                    }
                    if !said.texts.is_empty() || !said.images.is_empty() {
                        messages.push(user(said));
                    }
                }
                Role::Assistant => messages.extend(self.assistant(turn, &field)),
                Role::Tool => {
                    for part in &turn.parts {
                        if let Part::ToolResult {
                            id,
                            parts,
                            is_error,
                        } = part
                        {
                            messages.push(self.result(id, parts, *is_error, &mut waiting)?);
                        }
                    }
                }
            }
        }
        if !waiting.images.is_empty() {
            messages.push(user(waiting));
        }
        if messages.is_empty() {
            return Err(history::nothing_said());
        }
        Ok(messages)
    }

    fn say(&mut self, part: &'r Part, field: &str, said: &mut Said<'r>) -> Result<(), ApiError> {
        match part {
            Part::Text(text) | Part::Refusal(text) => {
                said.texts
                    .extend((!text.is_empty()).then(|| text.to_owned()));
            }
            Part::Image(image) => said.images.push(media::encode_image(image, field)?),
            Part::File(file) => match media::encode_file(file, field, self.losses)? {
                Some(text) => said.texts.push(text),
                None => said.images.push(media::encode_image(file, field)?),
            },
            Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => {
                self.losses.dropped(field, "has no place in a user message");
            }
        }
        Ok(())
    }

    fn assistant(&mut self, said: &'r Message, field: &str) -> Option<Wire<'r>> {
        let mut content = String::new();
        let mut thinking = String::new();
        let mut calls = Vec::new();
        for part in &said.parts {
            match part {
                Part::Text(text) => content.push_str(text),
                Part::Refusal(text) => {
                    self.losses
                        .emulated(field, "held a refusal; it was sent as text");
                    content.push_str(text);
                }
                Part::Reasoning { text, opaque } => {
                    if text.is_empty() && opaque.is_some() {
                        let why = "of another provider cannot be read by this one";
                        self.losses.dropped("messages[].reasoning", why);
                    }
                    thinking.push_str(text);
                }
                Part::ToolCall {
                    id,
                    name,
                    arguments,
                } => {
                    self.called.insert(id, name);
                    calls.push(ToolCall {
                        id: Some(self.id(id)),
                        function: Some(Called {
                            name: Some(self.name(name)),
                            arguments: Some(arguments_object(arguments)),
                            ..Called::default()
                        }),
                        ..ToolCall::default()
                    });
                }
                Part::File(_) | Part::Image(_) | Part::ToolResult { .. } => {
                    self.losses
                        .dropped(field, "has no place in an assistant message");
                }
            }
        }
        if content.is_empty() && calls.is_empty() {
            if !thinking.is_empty() {
                let why = "stood alone in a message, which was left out";
                self.losses.dropped("messages[].reasoning", why);
            }
            return None;
        }
        Some(Wire {
            thinking: (!thinking.is_empty()).then(|| thinking.into()),
            tool_calls: (!calls.is_empty()).then_some(calls),
            ..message("assistant", content.into())
        })
    }

    fn result(
        &mut self,
        id: &'r str,
        parts: &'r [Part],
        is_error: bool,
        waiting: &mut Said<'r>,
    ) -> Result<Wire<'r>, ApiError> {
        let mut said = Said::default();
        for part in parts {
            self.say(part, "messages[].result", &mut said)?;
        }
        let tool = self.called.get(id).copied();
        if !said.images.is_empty() {
            said.texts
                .push("(See the next user message for what this tool returned.)".to_owned());
            let name = tool.unwrap_or("the tool");
            waiting
                .texts
                .push(format!("Image returned by tool {name}:"));
            waiting.images.append(&mut said.images);
            self.losses.emulated(
                "messages[].result",
                "held an image; it was sent in a user message after the results",
            );
        }
        let mut text = said.texts.join("\n");
        if is_error {
            text.insert_str(0, "Error: ");
            self.losses.emulated(
                "messages[].result.is_error",
                "has no equivalent in the target protocol; the text begins with \"Error: \"",
            );
        }
        Ok(Wire {
            tool_name: tool.map(|name| self.name(name)),
            tool_call_id: Some(self.id(id)),
            ..message("tool", text.into())
        })
    }
}

fn user(said: Said<'_>) -> Wire<'_> {
    Wire {
        images: (!said.images.is_empty()).then_some(said.images),
        ..message("user", said.texts.join("\n\n").into())
    }
}

fn message<'r>(role: &'static str, content: Text<'r>) -> Wire<'r> {
    Wire {
        role: Some(role.into()),
        content: Some(content),
        ..Wire::default()
    }
}
