//! A client's contents to messages. Calls and results are paired here, because they may have no ids: a result
//! then answers an open call of its name.

use std::{cmp::Reverse, fmt};

use bytes::Bytes;
use serde_json::{Map, Value, value::RawValue};

use super::{ONLY_OWN, report};
use crate::{
    canonical::{ApiError, Losses, Media, MediaSource, Message, Part, Role, media::is_web_address},
    gemini::{
        signature,
        wire::{AnswerBody, BlobBody, ContentBody, FileBody, Many, PartBody},
    },
    json::Text,
};

pub(super) struct Reader<'a, 'l> {
    body: &'a Bytes,
    losses: &'l mut Losses,
    /// Calls that no result has answered yet.
    open: Vec<Call>,
}

struct Call {
    id: String,
    name: String,
    /// How many messages stand before the one that it is in.
    turn: usize,
}

/// Where a part stands.
#[derive(Clone, Copy)]
struct Place {
    content: Option<usize>,
    part: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            Some(content) => write!(formatter, "contents[{content}].parts[{}]", self.part),
            None => write!(formatter, "systemInstruction.parts[{}]", self.part),
        }
    }
}

impl Place {
    fn field(self, name: &str) -> String {
        format!("{self}.{name}")
    }

    /// All parts at once, for what is told of them together.
    fn parts(self) -> &'static str {
        match self.content {
            Some(_) => "contents[].parts[]",
            None => "systemInstruction.parts[]",
        }
    }
}

impl<'a, 'l> Reader<'a, 'l> {
    pub(super) fn new(body: &'a Bytes, losses: &'l mut Losses) -> Self {
        Self {
            body,
            losses,
            open: Vec::new(),
        }
    }

    pub(super) fn instructions(&mut self, content: ContentBody<'_>) -> Result<Vec<Part>, ApiError> {
        let mut parts = Vec::new();
        content.unknown.report(&"systemInstruction", self.losses);
        for (part, body) in parts_of(content).into_iter().enumerate() {
            let place = Place {
                content: None,
                part,
            };
            report(place.parts(), &body.rest, self.losses);
            match body.text {
                Some(text) if !text.is_empty() => parts.push(Part::Text(text.into_owned())),
                Some(_) => {}
                None => self.losses.dropped(
                    place.to_string(),
                    "is not text, which instructions are made of",
                ),
            }
        }
        Ok(parts)
    }

    pub(super) fn messages(
        &mut self,
        contents: Vec<ContentBody<'_>>,
    ) -> Result<Vec<Message>, ApiError> {
        let mut messages = Vec::with_capacity(contents.len());
        for (index, content) in contents.into_iter().enumerate() {
            let role = match content.role.as_deref() {
                None | Some("" | "function" | "tool" | "user") => Role::User,
                Some("model") => Role::Assistant,
                Some(_) => {
                    let field = format!("contents[{index}].role");
                    let message = format!("`{field}` must be \"user\" or \"model\".");
                    return Err(ApiError::invalid(field, message));
                }
            };
            content.unknown.report(&"contents[]", self.losses);
            let mut results = Vec::new();
            // What a stream sent in pieces some clients keep in pieces: a turn, and a thought or a text in it, is one
            // all the same.
            let begun = messages.pop_if(|before: &mut Message| {
                role == Role::Assistant && before.role == Role::Assistant
            });
            let mut parts = begun.map(|before| before.parts).unwrap_or_default();
            for (part, body) in parts_of(content).into_iter().enumerate() {
                let place = Place {
                    content: Some(index),
                    part,
                };
                self.part(place, role, messages.len(), body, &mut parts, &mut results)?;
            }
            let answers = !results.is_empty();
            if answers {
                messages.push(Message::new(Role::Tool, results));
            }
            if !answers || !parts.is_empty() {
                messages.push(Message::new(role, parts));
            }
            Message::place(&mut messages, index);
        }
        Ok(messages)
    }

    fn part(
        &mut self,
        place: Place,
        role: Role,
        turn: usize,
        body: PartBody<'_>,
        parts: &mut Vec<Part>,
        results: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        report(place.parts(), &body.rest, self.losses);
        let is_words = body.function_call.is_none() && body.function_response.is_none();
        let is_thought = body.thought == Some(true) && is_words;
        let state = body.thought_signature.as_deref();
        let state = state.and_then(|signature| signature::read(signature, is_thought));
        let text = body.text.map(Text::into_owned).unwrap_or_default();
        if is_thought {
            let files = [
                ("inlineData", body.inline_data.is_some()),
                ("fileData", body.file_data.is_some()),
            ];
            for (name, _) in files.iter().filter(|(_, is_there)| *is_there) {
                self.losses.dropped(place.field(name), ONLY_OWN);
            }
            // Streams send a thought in pieces, and its proof behind it.
            if let Some(Part::Reasoning {
                text: begun,
                opaque,
            }) = parts.last_mut()
                && opaque.is_none()
            {
                begun.push_str(&text);
                *opaque = state;
            } else if !text.is_empty() || state.is_some() {
                parts.push(Part::Reasoning {
                    text,
                    opaque: state,
                });
            }
            return Ok(());
        }
        if state.is_some() {
            parts.push(Part::Reasoning {
                text: String::new(),
                opaque: state,
            });
        }
        if !text.is_empty() {
            let goes_on = place.part == 0 || text.trim().is_empty();
            match parts.last_mut() {
                // Blank space is refused where it is a part by itself.
                Some(Part::Text(begun)) if role == Role::Assistant && goes_on => {
                    begun.push_str(&text);
                }
                _ => parts.push(Part::Text(text)),
            }
        }
        if let Some(blob) = body.inline_data {
            parts.push(self.blob(place, blob)?);
        }
        if let Some(file) = body.file_data {
            parts.push(self.file(place, file)?);
        }
        if let Some(call) = body.function_call {
            if role != Role::Assistant {
                return Err(misplaced(place, "functionCall", "model"));
            }
            let unknown = call.unknown;
            unknown.report(&"contents[].parts[].functionCall", self.losses);
            let name = call.name.filter(|name| !name.is_empty());
            let name = name.ok_or_else(|| ApiError::missing(place.field("functionCall.name")))?;
            let name = name.into_owned();
            let id = call.id.filter(|id| !id.is_empty()).map(Text::into_owned);
            let id = id.unwrap_or_else(|| made_up(place));
            self.open.push(Call {
                id: id.clone(),
                name: name.clone(),
                turn,
            });
            let arguments = call.args.map_or("{}", RawValue::get);
            parts.push(Part::ToolCall {
                id,
                name,
                arguments: if arguments == "null" { "{}" } else { arguments }.to_owned(),
            });
        }
        if let Some(answer) = body.function_response {
            if role != Role::User {
                return Err(misplaced(place, "functionResponse", "user"));
            }
            results.push(self.answer(place, answer)?);
        }
        Ok(())
    }

    fn answer(&mut self, place: Place, answer: AnswerBody<'_>) -> Result<Part, ApiError> {
        let field = "contents[].parts[].functionResponse";
        report(field, &answer.rest, self.losses);
        let given = answer.id.filter(|id| !id.is_empty()).map(Text::into_owned);
        let name = answer.name.map(Text::into_owned).unwrap_or_default();
        let by_id = given
            .as_ref()
            .and_then(|id| self.open.iter().position(|call| call.id == *id));
        let at = by_id.or_else(|| self.latest(&name));
        let id = match at {
            Some(at) => self.open.remove(at).id,
            None => given.unwrap_or_else(|| made_up(place)),
        };
        let response = answer.response.map_or("{}", RawValue::get);
        let (text, is_error) = outcome(response);
        let mut parts = Vec::new();
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        for part in answer.parts.into_iter().flat_map(|Many(parts)| parts) {
            let field = "contents[].parts[].functionResponse.parts[]";
            report(field, &part.rest, self.losses);
            match (part.inline_data, part.file_data) {
                (Some(blob), _) => parts.push(self.blob(place, blob)?),
                (None, Some(file)) => parts.push(self.file(place, file)?),
                (None, None) => self.losses.dropped(
                    place.field("functionResponse.parts"),
                    "holds something that is no file",
                ),
            }
        }
        Ok(Part::ToolResult {
            id,
            parts,
            is_error,
        })
    }

    /// The first call of a name in the last turn that has an open one: those before it may have been given up.
    fn latest(&self, name: &str) -> Option<usize> {
        let calls = self.open.iter().enumerate();
        let named = calls.filter(|(_, call)| call.name == name);
        let first = named.min_by_key(|(_, call)| Reverse(call.turn));
        first.map(|(at, _)| at)
    }

    fn blob(&mut self, place: Place, blob: BlobBody<'_>) -> Result<Part, ApiError> {
        let data = blob
            .base64(self.body)
            .ok_or_else(|| ApiError::missing(place.field("inlineData.data")))?;
        blob.unknown
            .report(&"contents[].parts[].inlineData", self.losses);
        let media_type = blob.mime_type.map(Text::into_owned);
        let media_type = media_type.or_else(|| data.sniff().map(str::to_owned));
        Ok(media_part(
            MediaSource::Base64(data),
            media_type,
            blob.display_name,
        ))
    }

    fn file(&mut self, place: Place, file: FileBody<'_>) -> Result<Part, ApiError> {
        let address = file.file_uri.filter(|address| !address.is_empty());
        let address = address.ok_or_else(|| ApiError::missing(place.field("fileData.fileUri")))?;
        file.unknown
            .report(&"contents[].parts[].fileData", self.losses);
        let address = address.into_owned();
        let source = if is_web_address(&address) && !is_kept(&address) {
            MediaSource::Url(address)
        } else {
            MediaSource::FileId(address)
        };
        let media_type = file.mime_type.map(Text::into_owned);
        Ok(media_part(source, media_type, file.display_name))
    }
}

fn parts_of(content: ContentBody<'_>) -> Vec<PartBody<'_>> {
    content.parts.map(|Many(parts)| parts).unwrap_or_default()
}

/// An id for what has none: by its place, so that the next request makes the same.
fn made_up(place: Place) -> String {
    format!("call_{}_{}", place.content.unwrap_or_default(), place.part)
}

fn misplaced(place: Place, what: &str, home: &str) -> ApiError {
    let field = place.field(what);
    let message = format!("`{field}` belongs in a content of the role \"{home}\".");
    ApiError::invalid(field, message)
}

/// Whether a file was uploaded to the vendor, where no one else can fetch it.
fn is_kept(address: &str) -> bool {
    address.contains("://generativelanguage.googleapis.com/")
}

fn media_part(source: MediaSource, media_type: Option<String>, name: Option<Text<'_>>) -> Part {
    let is_image = media_type
        .as_deref()
        .is_some_and(|kind| kind.starts_with("image/"));
    let media = Media {
        source,
        media_type,
        name: name.map(Text::into_owned),
        detail: None,
    };
    if is_image {
        Part::Image(media)
    } else {
        Part::File(media)
    }
}

/// What a tool said, and whether that is a failure: under `output` or `error`, else all of it.
fn outcome(response: &str) -> (String, bool) {
    let fields: Map<String, Value> = match serde_json::from_str(response) {
        Ok(fields) => fields,
        Err(_) => return (response.to_owned(), false),
    };
    if fields.len() == 1
        && let Some((key, value)) = fields.iter().next()
        && matches!(key.as_str(), "output" | "error")
    {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        return (text, key == "error");
    }
    if fields.is_empty() {
        return (String::new(), false);
    }
    (response.to_owned(), false)
}
