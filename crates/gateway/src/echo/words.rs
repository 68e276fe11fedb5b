//! What the echo says: who it is, what it was told, what it was shown, what a tool gave back.

use protocol::{
    canonical::{Base64, Media, MediaSource, Part, Request, Role},
    tokens,
};

/// The answer to the last message.
pub(super) fn answer(request: &Request) -> String {
    let mut lines = Vec::new();
    for result in results(request) {
        lines.push(result);
    }
    if lines.is_empty() {
        let said = last_said(request);
        lines.push(if said.is_empty() {
            "This is the offline echo of Patchbay. It got a message without text.".to_owned()
        } else {
            format!("This is the offline echo of Patchbay. You said: {said}")
        });
    }
    lines.extend(attachments(request));
    lines.join("\n")
}

/// The text of the last message of the user.
pub(super) fn last_said(request: &Request) -> String {
    let last = request
        .messages
        .iter()
        .rfind(|message| message.role == Role::User);
    let texts = last.into_iter().flat_map(|message| &message.parts);
    let texts: Vec<&str> = texts
        .filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    texts.join("\n")
}

/// The same, if nobody has spoken since.
pub(super) fn asked_by_user(request: &Request) -> Option<String> {
    let last = request.messages.last()?;
    (last.role == Role::User).then(|| last_said(request))
}

/// What the tools gave back, if that is what came last.
fn results(request: &Request) -> Vec<String> {
    let behind = request
        .messages
        .iter()
        .rposition(|message| message.role == Role::Assistant)
        .map_or(0, |at| at + 1);
    let recent = request.messages[behind..].iter();
    recent
        .flat_map(|message| &message.parts)
        .filter_map(|part| match part {
            Part::ToolResult {
                id,
                parts,
                is_error,
            } => {
                let name = name_of(request, id).unwrap_or(id);
                let text: Vec<&str> = parts
                    .iter()
                    .filter_map(|part| match part {
                        Part::Text(text) => Some(text.as_str()),
                        _ => None,
                    })
                    .collect();
                let verb = if *is_error { "failed with" } else { "answered" };
                Some(format!("The tool {name} {verb}: {}", text.join("\n")))
            }
            _ => None,
        })
        .collect()
}

fn name_of<'a>(request: &'a Request, call: &str) -> Option<&'a str> {
    let parts = request
        .messages
        .iter()
        .rev()
        .flat_map(|message| &message.parts);
    parts.into_iter().find_map(|part| match part {
        Part::ToolCall { id, name, .. } if id == call => Some(name.as_str()),
        _ => None,
    })
}

/// One line for each image and file of the last message, those in tool results included.
fn attachments(request: &Request) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(last) = request.messages.last() {
        describe(&last.parts, &mut lines);
    }
    lines
}

fn describe(parts: &[Part], lines: &mut Vec<String>) {
    for part in parts {
        match part {
            Part::File(media) => lines.push(line("file", media)),
            Part::Image(media) => lines.push(line("image", media)),
            Part::ToolResult { parts, .. } => describe(parts, lines),
            Part::Reasoning { .. } | Part::Refusal(_) | Part::Text(_) | Part::ToolCall { .. } => {}
        }
    }
}

fn line(what: &str, media: &Media) -> String {
    let kind = match &media.source {
        MediaSource::Base64(data) => data.sniff().or(media.media_type.as_deref()),
        MediaSource::FileId(_) | MediaSource::Text(_) | MediaSource::Url(_) => {
            media.media_type.as_deref()
        }
    };
    let kind = kind.unwrap_or("unknown type");
    let name = media
        .name
        .as_deref()
        .map_or_else(String::new, |name| format!(" `{name}`"));
    match &media.source {
        MediaSource::Base64(data) => {
            format!(
                "Attached {what}{name}: {kind}, {} bytes{}.",
                data.decoded_len(),
                pixels(data)
            )
        }
        MediaSource::FileId(id) => format!("Attached {what}{name}: the uploaded file {id}."),
        MediaSource::Text(text) => {
            format!(
                "Attached {what}{name}: text of {} characters.",
                text.chars().count()
            )
        }
        MediaSource::Url(url) => format!("Attached {what}{name}: {kind} at {url}, not fetched."),
    }
}

fn pixels(data: &Base64) -> String {
    match tokens::dimensions(data) {
        Some((width, height)) => format!(", {width}×{height} pixels"),
        None => String::new(),
    }
}
