//! A client's messages to canonical ones, block by block.

use std::fmt;

use bytes::Bytes;
use serde_json::{Value, value::RawValue};

use crate::{
    anthropic::{
        events,
        wire::{Block, Content, MessageBody, Source, Text},
    },
    canonical::{
        ApiError, Base64, CacheMark, CacheMarks, CachePlace, Losses, Media, MediaSource, Message,
        OpaqueKind, Part, Role, cache, media::is_web_address,
    },
    json::{TextOr, parse_part},
};

/// Reads the content of one request.
pub(super) struct Reader<'a, 'l> {
    body: &'a Bytes,
    pub losses: &'l mut Losses,
    pub cache: CacheMarks,
    /// Of the block that is being read.
    mark: Option<CacheMark>,
    /// Behind which parts of the content they stand.
    marks: Vec<(usize, CacheMark)>,
    /// The content that is being read begins with a summary of all before it.
    is_compacted: bool,
}

/// Where a block stands, written out only when something is to be said about it.
#[derive(Clone, Copy)]
enum Place<'p> {
    Field(&'p Self, &'static str),
    Item(&'p Self, usize),
    Message(usize),
    System,
}

impl Place<'_> {
    fn depth(&self) -> usize {
        match self {
            Self::Field(parent, _) | Self::Item(parent, _) => parent.depth() + 1,
            Self::Message(_) | Self::System => 0,
        }
    }

    /// All blocks at once, for what is told of them together.
    fn blocks(&self) -> &'static str {
        match self {
            Self::Field(parent, _) | Self::Item(parent, _) => parent.blocks(),
            Self::Message(_) => "messages[].content[]",
            Self::System => "system[]",
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(parent, name) => write!(formatter, "{parent}.{name}"),
            Self::Item(parent, index) => write!(formatter, "{parent}[{index}]"),
            Self::Message(index) => write!(formatter, "messages[{index}].content"),
            Self::System => formatter.write_str("system"),
        }
    }
}

/// A text inside a document inside a tool result.
const DEEPEST: usize = 5;

const BILLING_LINE: &str = "x-anthropic-billing-header:";

impl<'a, 'l> Reader<'a, 'l> {
    pub(super) fn new(body: &'a Bytes, losses: &'l mut Losses) -> Self {
        Self {
            body,
            losses,
            cache: CacheMarks::default(),
            mark: None,
            marks: Vec::new(),
            is_compacted: false,
        }
    }

    /// Notes that what is read now ends something that may be cached.
    pub(super) fn sees(&mut self, cache_control: Option<&RawValue>) {
        let Some(raw) = cache_control.filter(|raw| raw.get() != "null") else {
            return;
        };
        let value = serde_json::from_str(raw.get()).unwrap_or_default();
        self.mark = CacheMark::read(&value);
        if self.mark.is_none() {
            self.losses
                .dropped("cache_control", "is not known to Patchbay");
        }
    }

    /// The mark that was seen stands at this place.
    pub(super) fn place_mark(&mut self, place: Option<CachePlace>) {
        match (self.mark.take(), place) {
            (Some(mark), Some(place)) => self.cache.add(place, mark),
            (Some(_), None) => cache::left_out(1, self.losses),
            (None, _) => {}
        }
    }

    pub(super) fn instructions(&mut self, system: Content<'_>) -> Result<Vec<Part>, ApiError> {
        let mut parts = Vec::new();
        self.content(Place::System, system, &mut parts)?;
        // A client's own accounting, different in each request: it would spoil the prompt cache of anyone else.
        if let Some(Part::Text(text)) = parts.first_mut()
            && text.starts_with(BILLING_LINE)
        {
            let rest = text
                .split_once('\n')
                .map_or("", |(_, rest)| rest)
                .to_owned();
            if rest.is_empty() {
                parts.remove(0);
                for (index, _) in &mut self.marks {
                    *index = index.saturating_sub(1);
                }
            } else {
                *text = rest;
            }
            self.losses.dropped(
                "system",
                "begins with the client's billing line, which is left out",
            );
        }
        for (index, mark) in self.marks.drain(..) {
            self.cache.add(CachePlace::Instruction(index), mark);
        }
        Ok(parts)
    }

    pub(super) fn message(
        &mut self,
        index: usize,
        message: MessageBody<'_>,
        out: &mut Vec<Message>,
    ) -> Result<(), ApiError> {
        for field in message.rest.keys() {
            self.losses
                .dropped(format!("messages[].{field}"), "is not known to Patchbay");
        }
        let role = match &*message.role {
            "assistant" => Role::Assistant,
            "system" => Role::System,
            "user" => Role::User,
            _ => {
                let param = format!("messages[{index}].role");
                return Err(ApiError::invalid(
                    &param,
                    format!("`{param}` must be \"user\", \"assistant\" or \"system\"."),
                ));
            }
        };
        let place = Place::Message(index);
        let mut parts = Vec::new();
        self.content(place, message.content, &mut parts)?;
        for part in &parts {
            let (what, home) = match part {
                Part::ToolCall { .. } => ("tool_use", Role::Assistant),
                Part::ToolResult { .. } => ("tool_result", Role::User),
                Part::File(_)
                | Part::Image(_)
                | Part::Reasoning { .. }
                | Part::Refusal(_)
                | Part::Text(_) => continue,
            };
            if role != home {
                let home = if home == Role::User {
                    "a user"
                } else {
                    "an assistant"
                };
                return Err(ApiError::invalid(
                    place.to_string(),
                    format!("`{place}` has a {what} block, which belongs in {home} message."),
                ));
            }
        }
        let is_result = |part: &Part| matches!(part, Part::ToolResult { .. });
        for (last, mark) in self.marks.drain(..) {
            let (before, of_result) = (&parts[..last], is_result(&parts[last]));
            let same = before.iter().filter(|part| is_result(part) == of_result);
            let results = parts.iter().filter(|part| is_result(part) && !of_result);
            let place = CachePlace::Part {
                at: index,
                index: results.count() + same.count(),
            };
            self.cache.add(place, mark);
        }
        let (results, mut others): (Vec<_>, Vec<_>) = parts.into_iter().partition(is_result);
        if std::mem::take(&mut self.is_compacted) {
            out.clear();
            out.push(Message::new(Role::User, vec![others.remove(0)]));
            if others.is_empty() {
                return Ok(());
            }
        }
        if !results.is_empty() {
            out.push(Message::new(Role::Tool, results));
            if others.is_empty() {
                return Ok(());
            }
        }
        out.push(Message::new(role, others));
        Ok(())
    }

    fn content(
        &mut self,
        place: Place<'_>,
        content: Content<'_>,
        out: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        // Raw values are read level by level, so no parser counts the levels.
        if place.depth() > DEEPEST {
            return Err(ApiError::invalid(
                place.to_string(),
                format!("`{place}` is nested too deeply."),
            ));
        }
        match content {
            TextOr::Text(text) => {
                if !text.is_empty() {
                    out.push(Part::Text(text.into_owned()));
                }
            }
            TextOr::Other(blocks) => {
                for (index, block) in blocks.into_iter().enumerate() {
                    self.block(Place::Item(&place, index), block, out)?;
                    // What is within a block cannot be marked by itself.
                    if place.depth() > 0 {
                        continue;
                    }
                    match (self.mark.take(), out.len().checked_sub(1)) {
                        (Some(mark), Some(last)) => self.marks.push((last, mark)),
                        (Some(_), None) => cache::left_out(1, self.losses),
                        (None, _) => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn block(
        &mut self,
        place: Place<'_>,
        block: Block<'_>,
        out: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        self.sees(block.cache_control);
        if block.citations.is_some_and(cites) {
            self.losses.dropped(
                format!("{place}.citations"),
                "have no place in other protocols",
            );
        }
        match &*block.kind {
            "compaction" if matches!(place, Place::Item(Place::Message(_), _)) => {
                return self.compaction(place, &block, out);
            }
            "document" => return self.document(place, block, out),
            "image" => {
                let source = self.source(place, block.source)?;
                out.push(Part::Image(self.media(place, source, None)?));
            }
            "redacted_thinking" => {
                let data = block.data.map(Text::into_owned).unwrap_or_default();
                if let Some(opaque) = events::own(OpaqueKind::Content, data) {
                    out.push(Part::Reasoning {
                        text: String::new(),
                        opaque: Some(opaque),
                    });
                }
            }
            "search_result" => return self.search_result(place, block, out),
            "text" => {
                let text = required(block.text, place, "text")?;
                if !text.is_empty() {
                    out.push(Part::Text(text.into_owned()));
                }
            }
            "thinking" => {
                let text = block.thinking.map(Text::into_owned).unwrap_or_default();
                let signature = block.signature.map(Text::into_owned).unwrap_or_default();
                let opaque = events::own(OpaqueKind::Signature, signature);
                if !text.is_empty() || opaque.is_some() {
                    out.push(Part::Reasoning { text, opaque });
                }
            }
            "tool_reference" => {
                let name = required(block.tool_name, place, "tool_name")?.into_owned();
                out.push(Part::Text(format!("The tool `{name}` can be called now.")));
            }
            "tool_result" => {
                let id = required(block.tool_use_id, place, "tool_use_id")?.into_owned();
                let mut parts = Vec::new();
                if let Some(raw) = block.content {
                    let inner = Place::Field(&place, "content");
                    self.content(inner, parse_part(raw, &inner)?, &mut parts)?;
                }
                out.push(Part::ToolResult {
                    id,
                    parts,
                    is_error: block.is_error.unwrap_or(false),
                });
            }
            "tool_use" => {
                let caller = block.caller.as_ref().and_then(|caller| caller.get("type"));
                if caller.is_some_and(|kind| kind != "direct") {
                    self.losses.dropped(
                        format!("{place}.caller"),
                        "names code that called the tool, which other protocols do not know",
                    );
                }
                out.push(Part::ToolCall {
                    id: required(block.id, place, "id")?.into_owned(),
                    name: required(block.name, place, "name")?.into_owned(),
                    arguments: block.input.map_or("{}", RawValue::get).to_owned(),
                });
            }
            kind => {
                self.losses.dropped(
                    place.to_string(),
                    format!("is a \"{kind}\" block, which only its own provider can read"),
                );
                return Ok(());
            }
        }
        self.report_rest(place, &block.rest);
        Ok(())
    }

    /// What the provider made of the conversation when it became too long: it reads this instead of what is before.
    fn compaction(
        &mut self,
        place: Place<'_>,
        block: &Block<'_>,
        out: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        let summary: Option<String> = match block.content {
            Some(raw) => parse_part(raw, &place)?,
            None => None,
        };
        let Some(summary) = summary.filter(|summary| !summary.trim().is_empty()) else {
            self.losses.dropped(
                place.to_string(),
                "is a compaction that came to nothing, which its own provider passes over as well",
            );
            return Ok(());
        };
        self.losses.emulated(
            place.to_string(),
            "is a summary of all before it: it was sent as the user's text, and what is before it was not",
        );
        out.clear();
        self.marks.clear();
        self.is_compacted = true;
        out.push(Part::Text(format!(
            "This conversation goes on from an earlier one. Its summary:\n\n{summary}"
        )));
        Ok(())
    }

    fn report_rest(&mut self, place: Place<'_>, rest: &serde_json::Map<String, Value>) {
        for field in rest
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(field, _)| field)
        {
            self.losses.dropped(
                format!("{}.{field}", place.blocks()),
                "is known to this client's protocol only",
            );
        }
    }

    fn source<'b>(
        &mut self,
        place: Place<'_>,
        raw: Option<&'b RawValue>,
    ) -> Result<Source<'b>, ApiError> {
        let place = Place::Field(&place, "source");
        match raw {
            Some(raw) => parse_part(raw, &place),
            None => Err(missing(place)),
        }
    }

    fn media(
        &mut self,
        place: Place<'_>,
        source: Source<'_>,
        name: Option<String>,
    ) -> Result<Media, ApiError> {
        let place = Place::Field(&place, "source");
        source.unknown.report(&place, self.losses);
        let media_source = match &*source.kind {
            "base64" => {
                let data = required(source.data, place, "data")?;
                MediaSource::Base64(Base64::of(self.body, &data))
            }
            "file" => MediaSource::FileId(required(source.file_id, place, "file_id")?.into_owned()),
            "text" => MediaSource::Text(required(source.data, place, "data")?.into_owned()),
            "url" => {
                let url = required(source.url, place, "url")?;
                if !is_web_address(&url) {
                    let param = Place::Field(&place, "url").to_string();
                    return Err(ApiError::invalid(
                        &param,
                        format!(
                            "`{param}` must be a web address; a picture itself goes into a source of type \"base64\"."
                        ),
                    ));
                }
                MediaSource::Url(url.into_owned())
            }
            _ => {
                let param = Place::Field(&place, "type").to_string();
                return Err(ApiError::invalid(
                    &param,
                    format!(
                        "`{param}` must be \"base64\", \"url\", \"file\" or, in a document, \"text\" or \"content\"."
                    ),
                ));
            }
        };
        Ok(Media {
            source: media_source,
            media_type: source.media_type.map(Text::into_owned),
            name,
            detail: None,
        })
    }

    fn document(
        &mut self,
        place: Place<'_>,
        block: Block<'_>,
        out: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        if block.context.is_some() {
            self.losses.dropped(
                format!("{place}.context"),
                "has no place in other protocols",
            );
        }
        self.report_rest(place, &block.rest);
        let title = block.title.map(Text::into_owned);
        let source = self.source(place, block.source)?;
        if &*source.kind != "content" {
            out.push(Part::File(self.media(place, source, title)?));
            return Ok(());
        }
        let field = Place::Field(&place, "source");
        let inner = Place::Field(&field, "content");
        let raw = source.content.ok_or_else(|| missing(inner))?;
        let mut parts = Vec::new();
        self.content(inner, parse_part(raw, &inner)?, &mut parts)?;
        let texts: Option<Vec<&str>> = parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                Part::File(_)
                | Part::Image(_)
                | Part::Reasoning { .. }
                | Part::Refusal(_)
                | Part::ToolCall { .. }
                | Part::ToolResult { .. } => None,
            })
            .collect();
        if let Some(texts) = texts {
            out.push(Part::File(Media {
                source: MediaSource::Text(texts.join("\n\n")),
                media_type: Some("text/plain".to_owned()),
                name: title,
                detail: None,
            }));
        } else {
            self.losses.emulated(
                place.to_string(),
                "is a document made of text and images, which now stand in the message itself",
            );
            out.extend(title.map(Part::Text));
            out.append(&mut parts);
        }
        Ok(())
    }

    /// A search result that the client found becomes the text it holds, under its title and source.
    fn search_result(
        &mut self,
        place: Place<'_>,
        block: Block<'_>,
        out: &mut Vec<Part>,
    ) -> Result<(), ApiError> {
        let mut text = block.title.map(Text::into_owned).unwrap_or_default();
        if let Some(raw) = block.source {
            let source: Text<'_> = parse_part(raw, &Place::Field(&place, "source"))?;
            text.push('\n');
            text.push_str(&source);
        }
        if let Some(raw) = block.content {
            let inner = Place::Field(&place, "content");
            let mut parts = Vec::new();
            self.content(inner, parse_part(raw, &inner)?, &mut parts)?;
            for part in parts {
                if let Part::Text(found) = part {
                    text.push_str("\n\n");
                    text.push_str(&found);
                }
            }
        }
        self.losses.emulated(
            place.to_string(),
            "is a search result, which became plain text",
        );
        out.push(Part::Text(text));
        Ok(())
    }
}

/// Whether there is something in `citations`, be it a list of them or the switch that asks for them.
fn cites(raw: &RawValue) -> bool {
    match serde_json::from_str(raw.get()) {
        Ok(Value::Array(citations)) => !citations.is_empty(),
        Ok(Value::Object(switch)) => switch.get("enabled") == Some(&Value::Bool(true)),
        Ok(Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_)) | Err(_) => false,
    }
}

fn required<T>(field: Option<T>, place: Place<'_>, name: &'static str) -> Result<T, ApiError> {
    field.ok_or_else(|| missing(Place::Field(&place, name)))
}

fn missing(place: Place<'_>) -> ApiError {
    ApiError::missing(place.to_string())
}
