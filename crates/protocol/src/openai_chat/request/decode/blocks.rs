//! Calls, results and images as parts of a message: editors that take every Claude for its maker's own write them so
//! into chats as well (`tool_use`, `tool_result`, an image with a `source`).

use std::mem;

use serde_json::Value;

use super::conversation::Conversation;
use crate::{
    canonical::{ApiError, Base64, Media, MediaSource, Message, Part, Role},
    openai_chat::wire,
};

impl Conversation<'_> {
    /// `{"type":"tool_use","id":…,"name":…,"input":{…}}`
    pub(super) fn call_block(
        &mut self,
        part: &mut wire::Part<'_>,
        field: &str,
    ) -> Result<Part, ApiError> {
        let Some(name) = taken(part, "name") else {
            return Err(ApiError::missing(format!("{field}.name")));
        };
        let id = taken(part, "id").unwrap_or_else(|| self.make_id());
        self.open.push(&id, &name);
        let arguments = part.input.take().map_or("{}", |input| input.get());
        Ok(Part::ToolCall {
            id,
            name,
            arguments: arguments.to_owned(),
        })
    }

    /// `{"type":"tool_result","tool_use_id":…,"content":…,"is_error":true}`; the content is text, or texts and images.
    pub(super) fn result_block(
        &mut self,
        part: &mut wire::Part<'_>,
        field: &str,
    ) -> Result<Part, ApiError> {
        let Some(id) = taken(part, "tool_use_id") else {
            return Err(ApiError::missing(format!("{field}.tool_use_id")));
        };
        self.open.answer(&id);
        let parts = match part.rest.remove("content") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(text)) => vec![Part::Text(text)],
            Some(Value::Array(items)) => items
                .iter()
                .enumerate()
                .filter_map(|(at, item)| self.piece(item, &format!("{field}.content[{at}]")))
                .collect(),
            Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
                let message = format!("`{field}.content` must be text, or a list of parts.");
                return Err(ApiError::invalid(format!("{field}.content"), message));
            }
        };
        let is_error = part.rest.remove("is_error") == Some(Value::Bool(true));
        Ok(Part::ToolResult {
            id,
            parts,
            is_error,
        })
    }

    fn piece(&mut self, item: &Value, field: &str) -> Option<Part> {
        let text = item.as_str().or_else(|| item["text"].as_str());
        let piece = match text {
            Some(text) => Some(Part::Text(text.to_owned())),
            None => self.sourced(&item["source"]),
        };
        if piece.is_none() {
            self.losses.dropped(field, "cannot be translated");
        }
        piece
    }

    /// `{"type":"base64","media_type":"image/png","data":…}` or `{"type":"url","url":…}`
    pub(super) fn sourced(&self, source: &Value) -> Option<Part> {
        let word = |key: &str| source[key].as_str();
        let source = match (word("data"), word("url")) {
            (Some(data), _) => MediaSource::Base64(Base64::of_loose(self.body, data)),
            (None, Some(url)) => MediaSource::Url(url.to_owned()),
            (None, None) => return None,
        };
        Some(Part::Image(Media {
            source,
            media_type: word("media_type").map(str::to_owned),
            name: None,
            detail: None,
        }))
    }

    /// Results among the user's words are a turn before them. The marks follow their parts.
    pub(super) fn results_first(&mut self, parts: &mut Vec<Part>) {
        let is_result = |part: &Part| matches!(part, Part::ToolResult { .. });
        if !parts.iter().any(is_result) {
            return;
        }
        let (results, said): (Vec<usize>, Vec<usize>) =
            (0..parts.len()).partition(|&at| parts.get(at).is_some_and(is_result));
        let mut places = vec![0; parts.len()];
        for (place, at) in results.into_iter().chain(said).enumerate() {
            places[at] = place;
        }
        for (index, _) in &mut self.marks {
            *index = places.get(*index).copied().unwrap_or(*index);
        }
        let (results, said) = mem::take(parts).into_iter().partition(is_result);
        *parts = said;
        let results = Message::new(Role::Tool, results);
        self.request.messages.push(results);
    }
}

/// A word that is there and not empty.
fn taken(part: &mut wire::Part<'_>, key: &str) -> Option<String> {
    match part.rest.remove(key)? {
        Value::String(word) if !word.is_empty() => Some(word),
        _ => None,
    }
}
