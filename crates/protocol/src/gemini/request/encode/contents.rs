//! Turns to contents.

use std::{borrow::Cow, collections::HashMap};

use serde_json::{Map, Value, json, value::RawValue};

use super::media;
use crate::{
    canonical::{
        ApiError, Capabilities, Losses, OpaqueKind, Part, ToolNames,
        turns::{Piece, Side, Turn},
    },
    gemini::{
        drawn, signature,
        wire::{AnswerOut, CallOut, ContentOut, PartOut},
    },
    json::{arguments_object, raw},
};

pub(super) fn contents<'t>(
    turns: &'t [Turn<'_>],
    names: &ToolNames,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Result<Vec<ContentOut<'t>>, ApiError> {
    let mut writer = Writer {
        names,
        capabilities,
        losses,
        called: HashMap::new(),
        out: Vec::new(),
    };
    for turn in turns {
        match turn.side {
            Side::Assistant => writer.model(turn),
            Side::User => writer.user(turn)?,
        }
    }
    Ok(writer.out)
}

struct Writer<'t, 'w> {
    names: &'w ToolNames,
    capabilities: &'w Capabilities,
    losses: &'w mut Losses,
    /// The name of the tool that each call is of.
    called: HashMap<&'t str, &'t str>,
    out: Vec<ContentOut<'t>>,
}

impl<'t> Writer<'t, '_> {
    fn push(&mut self, role: &'static str, parts: Vec<PartOut<'t>>) {
        if !parts.is_empty() {
            self.out.push(ContentOut {
                role: Some(role),
                parts,
            });
        }
    }

    fn model(&mut self, turn: &'t Turn<'_>) {
        let mut parts: Vec<PartOut<'t>> = Vec::new();
        // A signature for the part behind it.
        let mut state: Option<Cow<'t, str>> = None;
        let mut has_called = false;
        for piece in &turn.pieces {
            match piece {
                Piece::Call {
                    id,
                    name,
                    arguments,
                } => {
                    self.called.insert(id, name);
                    if state.is_none() && !has_called && self.capabilities.signed_calls {
                        state = Some(Cow::Borrowed(signature::NONE));
                        self.losses
                            .repaired("messages[].reasoning", signature::UNSIGNED_CALL);
                    }
                    has_called = true;
                    parts.push(PartOut {
                        function_call: Some(CallOut {
                            id: id.into(),
                            name: self.names.spell(name),
                            args: arguments_object(arguments),
                        }),
                        thought_signature: state.take(),
                        ..PartOut::default()
                    });
                }
                Piece::Plain(part) => match &**part {
                    Part::Reasoning { text, opaque } => {
                        let Some(opaque) = opaque else { continue };
                        let written = signature::write(opaque);
                        // The thought itself is not wanted back without its proof.
                        if opaque.kind == OpaqueKind::Signature {
                            parts.push(PartOut::thought(text).signed(Some(written)));
                        } else if let Some(alone) = state.replace(written) {
                            parts.push(PartOut::text("").signed(Some(alone)));
                        }
                    }
                    Part::Text(text) | Part::Refusal(text) => {
                        parts.push(PartOut::text(text).signed(state.take()));
                    }
                    Part::Image(image) => {
                        if state.is_none() && self.capabilities.signed_calls {
                            state = Some(Cow::Borrowed(signature::NONE));
                        }
                        let drawn = drawn::write(image);
                        parts.extend(drawn.map(|part| part.signed(state.take())));
                    }
                    Part::File(_) | Part::ToolCall { .. } | Part::ToolResult { .. } => {}
                },
                Piece::Result { .. } => {}
            }
        }
        if let Some(alone) = state {
            parts.push(PartOut::text("").signed(Some(alone)));
        }
        self.push("model", parts);
    }

    /// Results stand in a content of their own, before everything else.
    fn user(&mut self, turn: &'t Turn<'_>) -> Result<(), ApiError> {
        let mut results = Vec::new();
        let mut others = Vec::new();
        for piece in &turn.pieces {
            match piece {
                Piece::Result {
                    id,
                    parts,
                    is_error,
                } => results.push(self.result(id, parts, *is_error, &mut others)?),
                Piece::Plain(part) => self.plain(part, &mut others)?,
                Piece::Call { .. } => {}
            }
        }
        self.push("user", results);
        self.push("user", others);
        Ok(())
    }

    fn plain(&mut self, part: &'t Part, out: &mut Vec<PartOut<'t>>) -> Result<(), ApiError> {
        match part {
            Part::Text(text) | Part::Refusal(text) if text.trim().is_empty() => {
                self.losses
                    .repaired("messages", "held blank text, which is left out");
            }
            Part::Text(text) | Part::Refusal(text) => out.push(PartOut::text(text)),
            Part::Image(media) => out.push(media::image(media, self.capabilities, self.losses)?),
            Part::File(media) => out.push(media::file(media, self.capabilities, self.losses)?),
            Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => {}
        }
        Ok(())
    }

    /// `others`: what stands behind the results, where their pictures go if they cannot hold them.
    fn result(
        &mut self,
        id: &'t str,
        parts: &'t [Part],
        is_error: bool,
        others: &mut Vec<PartOut<'t>>,
    ) -> Result<PartOut<'t>, ApiError> {
        let name = self.called.get(id).copied().unwrap_or_default();
        let mut texts: Vec<&str> = Vec::new();
        let mut attached = Vec::new();
        for part in parts {
            match part {
                Part::Text(text) | Part::Refusal(text) => texts.push(text),
                Part::File(_) | Part::Image(_) if self.capabilities.media_in_results => {
                    self.plain(part, &mut attached)?;
                }
                Part::File(_) | Part::Image(_) => {
                    self.losses.emulated(
                        "messages",
                        "hold a tool's picture or file, which now stands behind the results",
                    );
                    others.push(PartOut::text(format!("Returned by the tool {name}:")));
                    self.plain(part, others)?;
                    texts.push("(What it returned stands below.)");
                }
                Part::Reasoning { .. } | Part::ToolCall { .. } | Part::ToolResult { .. } => {
                    self.losses.dropped(
                        "messages",
                        "hold a tool call or result inside a tool result",
                    );
                }
            }
        }
        let mut files = Vec::new();
        for part in attached {
            // Documents that are text have no place among the files of a result.
            match part.text {
                Some(text) => others.push(PartOut::text(text)),
                None => files.push(part),
            }
        }
        Ok(PartOut {
            function_response: Some(AnswerOut {
                id,
                name: self.names.spell(name),
                response: response(texts, is_error),
                parts: files,
            }),
            ..PartOut::default()
        })
    }
}

/// What a tool said as an object: its own, or its words under `output` or `error`. A reference in an object is taken
/// for one to the result's files, and refused where there is no such file.
fn response<'t>(texts: Vec<&'t str>, is_error: bool) -> Cow<'t, RawValue> {
    if let ([text], false) = (texts.as_slice(), is_error)
        && text.trim_start().starts_with('{')
        && !text.contains("\"$ref\"")
        && let Ok(fields) = serde_json::from_str::<Map<String, Value>>(text)
        && !fields.is_empty()
        && !fields.contains_key("output")
        && !fields.contains_key("error")
        && let Ok(object) = serde_json::from_str::<&RawValue>(text.trim())
    {
        return Cow::Borrowed(object);
    }
    let key = if is_error { "error" } else { "output" };
    Cow::Owned(raw(&json!({key: texts.join("\n")})))
}
