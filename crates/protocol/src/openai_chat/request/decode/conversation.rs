//! Messages, in order.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{open_calls::OpenCalls, shortened, tools::cache_mark};
use crate::{
    canonical::{
        ApiError, CacheMark, CachePlace, Losses, Message, NOT_OF_PROTOCOL, Part, Request, Role,
        Unnumbered, free_text,
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
    /// Calls whose results have not come yet.
    pub(super) open: OpenCalls,
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
            let mark = cache_mark(
                message.cache_control.take(),
                &Unnumbered(&field),
                self.losses,
            );
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

    fn read(&mut self, mut message: wire::Message<'_>, field: &str) -> Result<(), ApiError> {
        let stated = message.role.take();
        let role = match (stated.as_deref(), message.kind.as_deref()) {
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
        match role {
            "developer" | "system" => self.system(&mut message, field)?,
            "user" => self.user(&mut message, field)?,
            "assistant" => self.assistant(&mut message, stated.is_none(), field)?,
            "tool" => self.result(&mut message, false, field)?,
            "function" => self.result(&mut message, true, field)?,
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
        self.report_left(message.left(), field);
        self.report_rest(&message.rest, field);
        Ok(())
    }

    fn system(&mut self, message: &mut wire::Message<'_>, field: &str) -> Result<(), ApiError> {
        if message.name.is_some() {
            self.report_left(["name"], field);
        }
        if message.content.is_none() {
            return Err(ApiError::missing(format!("{field}.content")));
        }
        let content = message.content.take().flatten();
        let parts = self.content(content, &format!("{field}.content"))?;
        if self.request.messages.is_empty() {
            let base = self.request.instructions.len();
            for (index, mark) in self.marks.drain(..) {
                let place = CachePlace::Instruction(base + index);
                self.request.cache.add(place, mark);
            }
            self.request.instructions.extend(parts);
        } else {
            let message = Message::new(Role::System, parts);
            self.request.messages.push(message);
        }
        Ok(())
    }

    fn user(&mut self, message: &mut wire::Message<'_>, field: &str) -> Result<(), ApiError> {
        if message.content.is_none() && message.image.is_none() && message.images.is_none() {
            return Err(ApiError::missing(format!("{field}.content")));
        }
        let content = message.content.take().flatten();
        let mut parts = self.content(content, &format!("{field}.content"))?;
        self.images(message, field, &mut parts)?;
        let before = parts.len();
        self.results_first(&mut parts);
        if parts.is_empty() && before > 0 {
            return Ok(());
        }
        let name = message.name.take().map(Text::into_owned);
        self.request.messages.push(Message {
            name,
            ..Message::new(Role::User, parts)
        });
        Ok(())
    }

    /// `is_item`: a single call that stands for a message.
    fn assistant(
        &mut self,
        message: &mut wire::Message<'_>,
        is_item: bool,
        field: &str,
    ) -> Result<(), ApiError> {
        let text = thought(message);
        let details = &mut message.reasoning_details;
        let details = details.take_if(|details| details.get().starts_with('['));
        let (mut parts, behind) = reasoning::parts(&text, details.as_deref());
        let base = parts.len();
        let content = message.content.take().flatten();
        parts.extend(self.content(content, &format!("{field}.content"))?);
        for (index, _) in &mut self.marks {
            *index += base;
        }
        let refusal = message.refusal.take();
        if let Some(refusal) = refusal.filter(|refusal| !refusal.is_empty()) {
            parts.push(Part::Refusal(refusal.into_owned()));
        }
        self.images(message, field, &mut parts)?;
        parts.extend(behind);
        let calls = message.tool_calls.take().unwrap_or_default();
        for (at, call) in calls.into_iter().enumerate() {
            let field = format!("{field}.tool_calls[{at}]");
            if let Some(extra) = &call.extra_content {
                let opaque = reasoning::of_call(extra);
                if opaque.is_none() {
                    self.report_left(["extra_content"], &field);
                }
                let text = String::new();
                parts.extend(opaque.map(|opaque| Part::Reasoning {
                    text,
                    opaque: Some(opaque),
                }));
            }
            parts.push(self.call(call, &field)?);
        }
        if let Some(call) = single_call(message, is_item) {
            parts.push(self.call(call, &format!("{field}.function_call"))?);
        }
        let extra = message.extra_content.take();
        if let Some(opaque) = extra.as_deref().and_then(reasoning::of_message) {
            parts.push(Part::Reasoning {
                text: String::new(),
                opaque: Some(opaque),
            });
        }
        // The name of an item that is a call is the tool's.
        let name = message.name.take().filter(|_| !is_item);
        let name = name.map(Text::into_owned);
        let role = Role::Assistant;
        // Items of single calls belong to one message.
        match self.request.messages.last_mut() {
            Some(last) if is_item && last.role == role => {
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
        let place = Unnumbered(field);
        call.unknown.report(&place, self.losses);
        let (name, arguments) = match (call.function, call.custom) {
            (Some(function), _) => {
                let nested = format_args!("{place}.function");
                function.report(&nested, self.losses);
                (function.name, text_of(function.arguments))
            }
            (None, Some(custom)) => {
                let nested = format_args!("{place}.custom");
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
        self.open.push(&id, &name);
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

    /// `is_older`: of a form that names the function only.
    fn result(
        &mut self,
        message: &mut wire::Message<'_>,
        is_older: bool,
        field: &str,
    ) -> Result<(), ApiError> {
        let content = message.content.take().flatten();
        let content = content.or_else(|| message.output.take());
        let mut parts = self.content(content, &format!("{field}.content"))?;
        self.images(message, field, &mut parts)?;
        let ids = [message.tool_call_id.take(), message.call_id.take()];
        let stated = ids.into_iter().flatten().find(|id| !id.is_empty());
        let id = match stated {
            Some(id) => id.into_owned(),
            None => self.guess_call(message.name.as_deref(), is_older, field),
        };
        self.open.answer(&id);
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
    fn guess_call(&mut self, name: Option<&str>, is_older: bool, field: &str) -> String {
        let of_tool = name.and_then(|name| self.open.of_tool(name));
        let (found, why) = match (of_tool, self.open.first()) {
            (Some(id), _) => (
                Some(id),
                "was missing; the result was given to the open call of its tool",
            ),
            (None, Some(id)) => (
                Some(id),
                "was missing; the result was given to the first open call",
            ),
            (None, None) => (None, "was missing, and no call waits for a result"),
        };
        let found = found.map(str::to_owned);
        if !is_older {
            self.losses.repaired(format!("{field}.tool_call_id"), why);
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
    fn images(
        &mut self,
        message: &mut wire::Message<'_>,
        field: &str,
        parts: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        let field = format!("{field}.images");
        let single = match message.image.take() {
            Some(TextOr::Text(image)) => vec![image],
            Some(TextOr::Other(images)) => images,
            None => Vec::new(),
        };
        let images = message.images.take().into_iter().flatten();
        for image in single.into_iter().map(TextOr::Text).chain(images) {
            match image {
                TextOr::Text(url) => {
                    parts.push(media::decode_image(self.body, &url, None, &field)?);
                }
                TextOr::Other(mut part) => {
                    part.kind.get_or_insert_with(|| "image_url".into());
                    self.part(part, &field, parts)?;
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
        let mark = cache_mark(part.cache_control.take(), &Unnumbered(field), self.losses);
        let stated = part.kind.take();
        let kind = match stated.as_deref() {
            Some(kind) => kind,
            None if part.text.is_some() => "text",
            None if part.image_url.is_some() => "image_url",
            None => "",
        };
        match kind {
            "text" | "input_text" | "output_text" => {
                push_text(parts, part.text.take().unwrap_or_default());
            }
            "refusal" => parts.push(Part::Refusal(text_or_empty(part.refusal.take()))),
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
                let beside = part.detail.take();
                let (url, detail) = match part.image_url.take() {
                    Some(TextOr::Other(image)) => {
                        image.unknown.report(&Unnumbered(&field), self.losses);
                        (image.url, image.detail.or(beside))
                    }
                    Some(TextOr::Text(url)) => (url, beside),
                    None => (part.image.take().unwrap_or_default(), beside),
                };
                let detail = detail.as_deref();
                parts.push(media::decode_image(self.body, &url, detail, &field)?);
            }
            "input_audio" => {
                let audio = part.input_audio.take().unwrap_or_default();
                let nested = format_args!("{}.input_audio", Unnumbered(field));
                audio.unknown.report(&nested, self.losses);
                parts.push(media::decode_audio(self.body, &audio));
            }
            "file" | "input_file" => {
                let file = part.file.take().unwrap_or_else(|| wire::File {
                    file_id: part.file_id.take(),
                    filename: part.filename.take(),
                    file_data: part.file_data.take(),
                    ..wire::File::default()
                });
                let field = format!("{field}.file");
                file.unknown.report(&Unnumbered(&field), self.losses);
                parts.push(media::decode_file(self.body, &file, &field)?);
            }
            "thinking" | "reasoning" => {
                let text = match part.thinking.take() {
                    Some(thinking) => flattened(&thinking),
                    None => text_or_empty(part.text.take()),
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
                // With all that it holds.
                part = wire::Part::default();
            }
        }
        self.report_left(part.left(), field);
        self.report_rest(&part.rest, field);
        if let (Some(mark), Some(index)) = (mark, parts.len().checked_sub(1)) {
            self.marks.push((index, mark));
        }
        Ok(())
    }

    /// Known fields where they mean nothing.
    fn report_left(&mut self, names: impl IntoIterator<Item = &'static str>, field: &str) {
        for name in names {
            let field = format!("{}.{name}", Unnumbered(field));
            self.losses.dropped(field, NOT_OF_PROTOCOL);
        }
    }

    fn report_rest(&mut self, rest: &Map<String, Value>, field: &str) {
        for (key, value) in rest {
            // Ids, states and places of items that came from a reply.
            let is_echo = matches!(key.as_str(), "id" | "index" | "status");
            if !json::says_nothing(value) && !is_echo {
                let field = format!("{}.{key}", Unnumbered(field));
                self.losses.dropped(field, NOT_OF_PROTOCOL);
            }
        }
    }
}

/// The reasoning that stands beside the content, under either name: many write it under both.
fn thought<'a>(message: &mut wire::Message<'a>) -> Text<'a> {
    let other = match message.reasoning.take() {
        Some(TextOr::Text(text)) => text,
        other => {
            message.reasoning = other;
            Text::default()
        }
    };
    let text = message.reasoning_content.take().unwrap_or_default();
    if text.is_empty() || text == other {
        return other;
    }
    if !other.is_empty() {
        message.reasoning = Some(TextOr::Text(other));
    }
    text
}

/// The call of a message in the older form, or of an item that is one.
fn single_call<'a>(message: &mut wire::Message<'a>, is_item: bool) -> Option<wire::ToolCall<'a>> {
    let mut call = wire::ToolCall::default();
    if is_item && message.kind.as_deref() == Some("custom_tool_call") {
        let input = message.rest.remove("input").map(|input| match input {
            Value::String(text) => text,
            other => other.to_string(),
        });
        call.custom = Some(wire::Custom {
            name: message.name.clone(),
            input: input.map(Text::from),
            ..wire::Custom::default()
        });
    } else {
        call.function = match message.function_call.take() {
            Some(function) => Some(function),
            None if is_item || message.arguments.is_some() => Some(wire::Function {
                name: message.name.clone(),
                arguments: message.arguments.take(),
                ..wire::Function::default()
            }),
            None => return None,
        };
    }
    call.id = message.call_id.take();
    Some(call)
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
