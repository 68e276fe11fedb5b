//! Messages, in order.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{shortened, tools::cache_mark};
use crate::{
    canonical::{
        ApiError, CacheMark, CachePlace, Losses, Message, NOT_OF_PROTOCOL, Part, Request, Role,
        free_text,
    },
    json,
    openai_chat::{
        reasoning,
        request::media,
        wire::{self, Content, Text, TextOr},
    },
};

/// Reads messages in order.
pub(super) struct Conversation<'r> {
    pub(super) body: &'r Bytes,
    pub(super) losses: &'r mut Losses,
    pub(super) request: &'r mut Request,
    /// Calls whose results have not come yet: id and name.
    pub(super) unanswered: Vec<(String, String)>,
    pub(super) made_ids: usize,
    /// Which parts of the message that is read end something that may be cached.
    pub(super) marks: Vec<(usize, CacheMark)>,
}

impl Conversation<'_> {
    pub(super) fn read_all(
        &mut self,
        messages: Option<Vec<wire::Message<'_>>>,
        input: Option<TextOr<'_, Vec<wire::Message<'_>>>>,
    ) -> Result<(), ApiError> {
        let messages = messages.filter(|messages| !messages.is_empty());
        let (field, messages) = match (messages, input) {
            (Some(messages), input) => {
                if input.is_some() {
                    self.losses
                        .dropped("input", "was given beside `messages`, which counts");
                }
                ("messages", messages)
            }
            (None, Some(TextOr::Text(text))) => {
                let user = wire::Message {
                    role: Some("user".into()),
                    content: Some(Some(TextOr::Text(text))),
                    ..wire::Message::default()
                };
                ("input", vec![user])
            }
            (None, Some(TextOr::Other(items))) if !items.is_empty() => ("input", items),
            (None, _) => {
                return Err(ApiError::invalid(
                    "messages",
                    "messages: at least one message is required.",
                ));
            }
        };
        if field == "input" {
            self.request.own_fields.uses("messages", "input");
        }
        for (at, mut message) in messages.into_iter().enumerate() {
            let field = format!("{field}[{at}]");
            let mark = cache_mark(message.cache_control.take(), &field, self.losses);
            self.read(message, &field)?;
            Message::place(&mut self.request.messages, at);
            let begins_at = self.request.messages.last().and_then(|last| last.at);
            for (index, mark) in self.marks.drain(..) {
                if let Some(at) = begins_at {
                    let place = CachePlace::Part { at, index };
                    self.request.cache.add(place, mark);
                }
            }
            if let Some(mark) = mark {
                self.mark_last(mark);
            }
        }
        Ok(())
    }

    /// All that was read so far may be cached.
    pub(super) fn mark_last(&mut self, mark: CacheMark) {
        let place = CachePlace::end(&self.request.instructions, &self.request.messages);
        if let Some(place) = place {
            self.request.cache.add(place, mark);
        }
    }

    fn read(&mut self, message: wire::Message<'_>, field: &str) -> Result<(), ApiError> {
        self.report_rest(&message.rest, field);
        let role = match (message.role.as_deref(), message.kind.as_deref()) {
            (Some(role), _) => role,
            (None, Some("function_call" | "custom_tool_call")) => "assistant",
            (None, Some("function_call_output" | "custom_tool_call_output")) => "tool",
            (None, Some(kind)) => {
                let why = format!("is an item of type \"{kind}\", which cannot be translated");
                self.losses.dropped(field, why);
                return Ok(());
            }
            (None, None) => {
                return Err(ApiError::missing(format!("{field}.role")));
            }
        };
        if message.extra_content.is_some() && role != "assistant" {
            self.losses
                .dropped(format!("{field}.extra_content"), NOT_OF_PROTOCOL);
        }
        match role {
            "developer" | "system" => {
                if message.name.is_some() {
                    self.losses
                        .dropped(format!("{field}.name"), NOT_OF_PROTOCOL);
                }
                if message.content.is_none() {
                    return Err(ApiError::missing(format!("{field}.content")));
                }
                let parts = self.content(message.content.flatten(), &format!("{field}.content"))?;
                if self.request.messages.is_empty() {
                    let base = self.request.instructions.len();
                    for (index, mark) in self.marks.drain(..) {
                        let place = CachePlace::Instruction(base + index);
                        self.request.cache.add(place, mark);
                    }
                    self.request.instructions.extend(parts);
                } else {
                    self.request
                        .messages
                        .push(Message::new(Role::System, parts));
                }
            }
            "user" => {
                let name = message.name.map(Text::into_owned);
                if message.content.is_none() && message.image.is_none() && message.images.is_none()
                {
                    return Err(ApiError::missing(format!("{field}.content")));
                }
                let mut parts =
                    self.content(message.content.flatten(), &format!("{field}.content"))?;
                let images = match message.image {
                    Some(TextOr::Text(image)) => vec![image],
                    Some(TextOr::Other(images)) => images,
                    None => Vec::new(),
                };
                let images = images.into_iter().map(TextOr::Text);
                let images = images.chain(message.images.into_iter().flatten());
                self.images(images, &format!("{field}.images"), &mut parts)?;
                let before = parts.len();
                self.results_first(&mut parts);
                if parts.is_empty() && before > 0 {
                    return Ok(());
                }
                let role = Role::User;
                self.request.messages.push(Message {
                    name,
                    ..Message::new(role, parts)
                });
            }
            "assistant" => self.assistant(message, field)?,
            "tool" | "function" => self.result(message, field)?,
            other => {
                return Err(ApiError::invalid(
                    format!("{field}.role"),
                    format!(
                        "`{field}.role` is \"{}\"; it must be system, developer, user, assistant or tool.",
                        shortened(other)
                    ),
                ));
            }
        }
        Ok(())
    }

    fn assistant(&mut self, message: wire::Message<'_>, field: &str) -> Result<(), ApiError> {
        let text = match (&message.reasoning_content, &message.reasoning) {
            (Some(text), _) if !text.is_empty() => &**text,
            (_, Some(TextOr::Text(text))) => text,
            (_, Some(TextOr::Other(_)) | None) => "",
        };
        let (mut parts, behind) = reasoning::parts(text, message.reasoning_details.as_deref());
        let base = parts.len();
        parts.extend(self.content(message.content.flatten(), &format!("{field}.content"))?);
        for (index, _) in &mut self.marks {
            *index += base;
        }
        if let Some(refusal) = message.refusal.filter(|refusal| !refusal.is_empty()) {
            parts.push(Part::Refusal(refusal.into_owned()));
        }
        let drawn = message.images.into_iter().flatten();
        self.images(drawn, &format!("{field}.images"), &mut parts)?;
        parts.extend(behind);
        for (at, call) in message
            .tool_calls
            .unwrap_or_default()
            .into_iter()
            .enumerate()
        {
            let field = format!("{field}.tool_calls[{at}]");
            if let Some(extra) = &call.extra_content {
                let opaque = reasoning::of_call(extra);
                if opaque.is_none() {
                    self.losses
                        .dropped(format!("{field}.extra_content"), NOT_OF_PROTOCOL);
                }
                let text = String::new();
                parts.extend(opaque.map(|opaque| Part::Reasoning {
                    text,
                    opaque: Some(opaque),
                }));
            }
            parts.push(self.call(call, &field)?);
        }
        let legacy = message.function_call.or_else(|| {
            message.arguments.map(|arguments| wire::Function {
                name: message.name.clone(),
                arguments: Some(arguments),
                ..wire::Function::default()
            })
        });
        if let Some(function) = legacy {
            let call = wire::ToolCall {
                id: message.call_id,
                function: Some(function),
                ..wire::ToolCall::default()
            };
            parts.push(self.call(call, &format!("{field}.function_call"))?);
        }
        let extra = message.extra_content.as_deref();
        if let Some(opaque) = extra.and_then(reasoning::of_message) {
            parts.push(Part::Reasoning {
                text: String::new(),
                opaque: Some(opaque),
            });
        }
        // The name of an item that is a call is the tool's.
        let name = message
            .name
            .filter(|_| message.role.is_some())
            .map(Text::into_owned);
        let role = Role::Assistant;
        // Items of single calls belong to one message.
        match self.request.messages.last_mut() {
            Some(last) if message.role.is_none() && last.role == role => {
                for (index, _) in &mut self.marks {
                    *index += last.parts.len();
                }
                last.parts.extend(parts);
            }
            Some(_) | None => self.request.messages.push(Message {
                name,
                ..Message::new(role, parts)
            }),
        }
        Ok(())
    }

    fn call(&mut self, call: wire::ToolCall<'_>, field: &str) -> Result<Part, ApiError> {
        call.unknown.report(&field, self.losses);
        let (name, arguments) = match (call.function, call.custom) {
            (Some(function), _) => {
                let nested = format_args!("{field}.function");
                function.report(&nested, self.losses);
                (function.name, text_of(function.arguments))
            }
            (None, Some(custom)) => {
                let nested = format_args!("{field}.custom");
                custom.unknown.report(&nested, self.losses);
                (custom.name, free_text::wrap(&text_or_empty(custom.input)))
            }
            (None, None) => (None, String::new()),
        };
        let Some(name) = name.filter(|name| !name.is_empty()).map(Text::into_owned) else {
            return Err(ApiError::missing(format!("{field}.function.name")));
        };
        let id = match call.id.filter(|id| !id.is_empty()) {
            Some(id) => id.into_owned(),
            None => self.make_id(),
        };
        self.unanswered.push((id.clone(), name.clone()));
        Ok(Part::ToolCall {
            id,
            name,
            arguments,
        })
    }

    pub(super) fn make_id(&mut self) -> String {
        let id = format!("call_fn_{}", self.made_ids);
        self.made_ids += 1;
        id
    }

    fn result(&mut self, message: wire::Message<'_>, field: &str) -> Result<(), ApiError> {
        let stated = message
            .tool_call_id
            .or(message.call_id)
            .map(Text::into_owned);
        let content = message.content.flatten().or(message.output);
        let parts = self.content(content, &format!("{field}.content"))?;
        let id = match stated.filter(|id| !id.is_empty()) {
            Some(id) => id,
            None => self.guess_call(message.name.as_deref(), message.role.as_deref(), field),
        };
        self.unanswered.retain(|(open, _)| *open != id);
        let result = Part::ToolResult {
            id,
            parts,
            is_error: false,
        };
        let place = match self.request.messages.last_mut() {
            Some(last) if last.role == Role::Tool => {
                last.parts.push(result);
                last.parts.len() - 1
            }
            Some(_) | None => {
                self.request
                    .messages
                    .push(Message::new(Role::Tool, vec![result]));
                0
            }
        };
        // What is within a result cannot be marked by itself.
        for (index, _) in &mut self.marks {
            *index = place;
        }
        Ok(())
    }

    /// The older form names the function only; some clients forget the id.
    fn guess_call(&mut self, name: Option<&str>, role: Option<&str>, field: &str) -> String {
        let called = |name: &str| self.unanswered.iter().find(|(_, called)| called == name);
        let found = match name {
            Some(name) => called(name).or_else(|| self.unanswered.first()),
            None => self.unanswered.first(),
        };
        let found = found.map(|(id, _)| id.clone());
        if role != Some("function") {
            let field = format!("{field}.tool_call_id");
            self.losses.repaired(
                field,
                "was missing; the result was given to the first open call",
            );
        }
        found.unwrap_or_else(|| self.make_id())
    }

    fn content(
        &mut self,
        content: Option<Content<'_>>,
        field: &str,
    ) -> Result<Vec<Part>, ApiError> {
        let mut parts = Vec::new();
        match content {
            None => {}
            Some(TextOr::Text(text)) => push_text(&mut parts, text),
            Some(TextOr::Other(items)) => {
                for (at, item) in items.into_iter().enumerate() {
                    match item {
                        TextOr::Text(text) => push_text(&mut parts, text),
                        TextOr::Other(part) => {
                            self.part(part, &format!("{field}[{at}]"), &mut parts)?;
                        }
                    }
                }
            }
        }
        Ok(parts)
    }

    /// Those beside the content.
    fn images<'a>(
        &mut self,
        images: impl Iterator<Item = TextOr<'a, wire::Part<'a>>>,
        field: &str,
        parts: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        for image in images {
            match image {
                TextOr::Text(url) => {
                    parts.push(media::decode_image(self.body, &url, None, field)?);
                }
                TextOr::Other(mut part) => {
                    part.kind.get_or_insert_with(|| "image_url".into());
                    self.part(part, field, parts)?;
                }
            }
        }
        Ok(())
    }

    fn part(
        &mut self,
        mut part: wire::Part<'_>,
        field: &str,
        parts: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        let mark = cache_mark(part.cache_control.take(), field, self.losses);
        let kind = match part.kind.as_deref() {
            Some(kind) => kind,
            None if part.text.is_some() => "text",
            None if part.image_url.is_some() => "image_url",
            None => "",
        };
        match kind {
            "text" | "input_text" | "output_text" => {
                push_text(parts, part.text.unwrap_or_default());
            }
            "refusal" => parts.push(Part::Refusal(text_or_empty(part.refusal))),
            "tool_use" => parts.push(self.call_block(&mut part, field)?),
            "tool_result" => parts.push(self.result_block(&mut part, field)?),
            "image" if part.rest.get("source").is_some_and(Value::is_object) => {
                let source = part.rest.remove("source").unwrap_or_default();
                let image = self.sourced(&source).ok_or_else(|| {
                    let message = format!("`{field}.source` must hold `data` or `url`.");
                    ApiError::invalid(format!("{field}.source"), message)
                })?;
                parts.push(image);
            }
            "image_url" | "input_image" | "image" => {
                let field = format!("{field}.image_url");
                let (url, detail) = match part.image_url {
                    Some(TextOr::Other(image)) => {
                        image.unknown.report(&field, self.losses);
                        (image.url, image.detail.or(part.detail))
                    }
                    Some(TextOr::Text(url)) => (url, part.detail),
                    None => (part.image.unwrap_or_default(), part.detail),
                };
                let detail = detail.as_deref();
                parts.push(media::decode_image(self.body, &url, detail, &field)?);
            }
            "input_audio" => {
                let audio = part.input_audio.unwrap_or_default();
                let nested = format_args!("{field}.input_audio");
                audio.unknown.report(&nested, self.losses);
                parts.push(media::decode_audio(self.body, &audio));
            }
            "file" | "input_file" => {
                let file = part.file.unwrap_or_else(|| wire::File {
                    file_id: part.file_id,
                    filename: part.filename,
                    file_data: part.file_data,
                    ..wire::File::default()
                });
                let field = format!("{field}.file");
                file.unknown.report(&field, self.losses);
                parts.push(media::decode_file(self.body, &file, &field)?);
            }
            "thinking" | "reasoning" => {
                let text = match part.thinking {
                    Some(thinking) => flattened(&thinking),
                    None => text_or_empty(part.text),
                };
                parts.push(Part::Reasoning { text, opaque: None });
            }
            "video_url" | "input_video" => {
                return Err(ApiError::invalid(
                    field,
                    format!("`{field}`: video input is not supported."),
                ));
            }
            other => {
                let other = shortened(other);
                let why = format!("is of type \"{other}\", which cannot be translated");
                self.losses.dropped(field, why);
            }
        }
        self.report_rest(&part.rest, field);
        if part.input.is_some() {
            self.losses
                .dropped(format!("{field}.input"), NOT_OF_PROTOCOL);
        }
        if let (Some(mark), Some(index)) = (mark, parts.len().checked_sub(1)) {
            self.marks.push((index, mark));
        }
        Ok(())
    }

    fn report_rest(&mut self, rest: &Map<String, Value>, field: &str) {
        for (key, value) in rest {
            // Ids, states and places of items that came from a reply.
            let is_echo = matches!(key.as_str(), "id" | "index" | "status");
            if !json::says_nothing(value) && !is_echo {
                self.losses
                    .dropped(format!("{field}.{key}"), NOT_OF_PROTOCOL);
            }
        }
    }
}

/// The text in content, whatever surrounds it.
pub(in crate::openai_chat) fn flattened(content: &Content<'_>) -> String {
    match content {
        TextOr::Text(text) => text.to_string(),
        TextOr::Other(items) => items
            .iter()
            .map(|item| match item {
                TextOr::Text(text) => &**text,
                TextOr::Other(part) => part.text.as_deref().unwrap_or_default(),
            })
            .collect(),
    }
}

fn push_text(parts: &mut Vec<Part>, text: Text<'_>) {
    if !text.is_empty() {
        parts.push(Part::Text(text.into_owned()));
    }
}

fn text_or_empty(text: Option<Text<'_>>) -> String {
    text.map(Text::into_owned).unwrap_or_default()
}

fn text_of(arguments: Option<wire::Arguments<'_>>) -> String {
    arguments
        .map(|arguments| arguments.0.into_owned())
        .unwrap_or_default()
}
