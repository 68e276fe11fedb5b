//! One item as it is kept: its id, and its JSON as clients see it.

use serde_json::value::{RawValue, to_raw_value};

use super::{Refused, no_sound, refused, reply::PartOut};
use crate::{
    canonical::ApiError,
    json,
    openai_realtime::{
        dialect::Dialect,
        wire::{self, Content, Text, TextOr},
    },
};

/// An id is no longer than this.
const MAX_ID: usize = 128;

#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) role: Option<String>,
    pub(super) raw: Box<RawValue>,
}

impl Item {
    pub(super) fn size(&self) -> usize {
        self.raw.get().len()
    }

    /// A client's item, checked and completed; `id` is for one that has none.
    pub(super) fn of_client(
        mut item: wire::Item<'_>,
        id: String,
        dialect: Dialect,
        field: &str,
    ) -> Result<Self, Refused> {
        let id = match item.id.take() {
            Some(own) if own.is_empty() || own.len() > MAX_ID => {
                let param = format!("{field}.id");
                let message = format!("`{param}` must have 1 to {MAX_ID} bytes.");
                return Err(refused("invalid_value", Some(&param), message));
            }
            Some(own) => own.into_owned(),
            None => id,
        };
        let kind = item.kind.take();
        let kind = match (kind.as_deref(), &item.role) {
            (Some(kind), _) => kind,
            (None, Some(_)) => "message",
            (None, None) => return Err(ApiError::missing(format!("{field}.type")).into()),
        };
        let kind = match kind {
            "message" => {
                check_message(&mut item, field)?;
                "message"
            }
            "function_call" => {
                if item.name.as_deref().is_none_or(str::is_empty) {
                    return Err(ApiError::missing(format!("{field}.name")).into());
                }
                if item.call_id.as_deref().is_none_or(str::is_empty) {
                    item.call_id = Some(format!("call_{id}").into());
                }
                item.arguments.get_or_insert_default();
                "function_call"
            }
            "function_call_output" => {
                if item.call_id.as_deref().is_none_or(str::is_empty) {
                    return Err(ApiError::missing(format!("{field}.call_id")).into());
                }
                if item.output.is_none() {
                    return Err(ApiError::missing(format!("{field}.output")).into());
                }
                "function_call_output"
            }
            other => {
                let other: String = other.chars().take(60).collect();
                let message = format!(
                    "An item of type `{other}` cannot be used with this model. Use message, function_call or function_call_output."
                );
                return Err(refused(
                    "unsupported_item",
                    Some(&format!("{field}.type")),
                    message,
                ));
            }
        };
        let role = item.role.as_deref().map(str::to_owned);
        let status = item.status.take();
        let status = status.filter(|status| &**status == "incomplete");
        let piece;
        let content = match item.content.take() {
            Some(TextOr::Text(text)) => {
                let kind = if role.as_deref() == Some("assistant") {
                    dialect.said()
                } else {
                    "input_text"
                };
                let text = PartOut { kind, text: &text };
                piece = to_raw_value(&text).unwrap_or_default();
                Some(TextOr::Other(vec![&*piece]))
            }
            other => other,
        };
        let complete = wire::Item {
            content,
            id: Some(id.as_str().into()),
            object: Some("realtime.item".into()),
            kind: Some(kind.into()),
            status: Some(status.unwrap_or_else(|| "completed".into())),
            ..item
        };
        let raw = to_raw_value(&complete).map_err(|_| {
            let message = format!("`{field}` cannot be read.");
            refused("invalid_value", Some(field), message)
        })?;
        Ok(Self { id, role, raw })
    }
}

/// What an item of a role may hold; plain text becomes a piece.
fn check_message(item: &mut wire::Item<'_>, field: &str) -> Result<(), Refused> {
    let param = format!("{field}.role");
    match item.role.as_deref() {
        Some("assistant" | "developer" | "system" | "user") => {}
        Some(_) => {
            let message = format!("`{param}` must be user, assistant or system.");
            return Err(refused("invalid_value", Some(&param), message));
        }
        None => return Err(ApiError::missing(param).into()),
    }
    match &item.content {
        None => Err(ApiError::missing(format!("{field}.content")).into()),
        Some(TextOr::Text(_)) => Ok(()),
        Some(TextOr::Other(pieces)) => {
            for (at, raw) in pieces.iter().enumerate() {
                check_piece(raw, &format!("{field}.content[{at}]"))?;
            }
            Ok(())
        }
    }
}

fn check_piece(raw: &RawValue, field: &str) -> Result<(), Refused> {
    let piece: Content<'_> = json::parse_part(raw, &field)?;
    let given = |text: &Option<Text<'_>>, name: &str| match text {
        Some(_) => Ok(()),
        None => Err(Refused::from(ApiError::missing(format!("{field}.{name}")))),
    };
    match piece.kind.as_deref() {
        Some("input_text" | "output_text" | "text") => given(&piece.text, "text"),
        Some("input_image") => given(&piece.image_url, "image_url"),
        // What the model said aloud elsewhere can be read.
        Some("audio" | "output_audio") if piece.transcript.is_some() => Ok(()),
        Some("audio" | "input_audio" | "output_audio") => Err(no_sound(&format!("{field}.type"))),
        Some(_) => {
            let param = format!("{field}.type");
            let message = format!("`{param}` must be input_text, input_image or output_text.");
            Err(refused("invalid_value", Some(&param), message))
        }
        None => Err(ApiError::missing(format!("{field}.type")).into()),
    }
}
