//! Images and files, carried without copying their bytes.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;

use super::Losses;

/// An image or a file inside a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    pub source: MediaSource,
    /// `image/png`, as declared; `None` where the sender did not say (an image by URL).
    pub media_type: Option<String>,
    /// A file's name or a document's title.
    pub name: Option<String>,
    /// How closely the model should look (`auto`, `low`, `high`).
    pub detail: Option<String>,
}

impl Media {
    /// An image by web address, `data:` URL, or bare base64 as some clients send it; `None` when the text is
    /// none of these.
    pub(crate) fn image(body: &Bytes, text: &str) -> Option<Self> {
        let (source, media_type) = source(body, text);
        let is_bare = !is_web_address(text) && data_url(text).is_none();
        if is_bare && media_type.is_none() {
            return None;
        }
        Some(Self {
            source,
            media_type: media_type.map(str::to_owned),
            name: None,
            detail: None,
        })
    }

    /// A file by web address, `data:` URL or bare base64; `None` where the URL holds no base64.
    pub(crate) fn file(body: &Bytes, text: &str, name: Option<String>) -> Option<Self> {
        if without_scheme(text).is_some() && data_url(text).is_none() {
            return None;
        }
        let (source, media_type) = source(body, text);
        Some(Self {
            source,
            media_type: media_type
                .or_else(|| type_by_name(name.as_deref()?))
                .map(str::to_owned),
            name,
            detail: None,
        })
    }

    /// The media type as it is registered: in small letters, without parameters. `None` for an empty one.
    pub(crate) fn declared(&self) -> Option<Cow<'_, str>> {
        let kind = self.media_type.as_deref()?;
        let kind = kind.split(';').next().unwrap_or(kind).trim();
        if kind.is_empty() {
            return None;
        }
        Some(match kind {
            "image/jpg" => Cow::Borrowed("image/jpeg"),
            kind if kind.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Cow::Owned(kind.to_ascii_lowercase())
            }
            kind => Cow::Borrowed(kind),
        })
    }

    /// Whether these are the bytes of an image, under whatever name they came.
    pub(crate) fn is_image(&self) -> bool {
        let MediaSource::Base64(data) = &self.source else {
            return false;
        };
        let kind = data.sniff().map(Cow::Borrowed).or_else(|| self.declared());
        kind.is_some_and(|kind| kind.starts_with("image/"))
    }

    /// The media type of an image for providers that look at its bytes: these count more than what they are said
    /// to be. `None` when nobody knows.
    pub(crate) fn real_type(&self, data: &Base64, losses: &mut Losses) -> Option<Cow<'_, str>> {
        match (self.declared(), data.sniff()) {
            (Some(declared), Some(real)) if declared != real => {
                losses.repaired(
                    "messages[].image.media_type",
                    format!("said {declared}, but the bytes are {real}"),
                );
                Some(Cow::Borrowed(real))
            }
            (declared, real) => declared.or_else(|| real.map(Cow::Borrowed)),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum MediaSource {
    Base64(Base64),
    /// An id that only the provider it was uploaded to knows.
    FileId(String),
    /// A document given as plain text.
    Text(String),
    Url(String),
}

impl MediaSource {
    /// Whether the bytes themselves are here.
    pub(crate) fn is_inline(&self) -> bool {
        matches!(self, Self::Base64(_))
    }
}

/// Whether this is something that can be fetched, and neither a local path nor the data itself.
pub(crate) fn is_web_address(text: &str) -> bool {
    let starts = |scheme: &str| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    starts("https://") || starts("http://")
}

fn source<'t>(body: &Bytes, text: &'t str) -> (MediaSource, Option<&'t str>) {
    if is_web_address(text) {
        return (MediaSource::Url(text.to_owned()), None);
    }
    match data_url(text) {
        Some((media_type, data)) => (
            MediaSource::Base64(Base64::of_loose(body, data)),
            media_type,
        ),
        None => {
            let data = Base64::of_loose(body, text);
            let media_type = data.sniff();
            (MediaSource::Base64(data), media_type)
        }
    }
}

/// What a file is by its name, where its bytes do not say it.
pub(crate) fn type_by_name(name: &str) -> Option<&'static str> {
    name.to_ascii_lowercase()
        .ends_with(".pdf")
        .then_some("application/pdf")
}

/// The type and the data of `data:<type>[;...];base64,<data>`.
pub(crate) fn data_url(text: &str) -> Option<(Option<&str>, &str)> {
    const MARK: &str = ";base64";
    let (head, data) = without_scheme(text)?.split_once(',')?;
    let (head, mark) = head.split_at_checked(head.len().checked_sub(MARK.len())?)?;
    if !mark.eq_ignore_ascii_case(MARK) {
        return None;
    }
    let media_type = head.split(';').next().filter(|kind| !kind.is_empty());
    Some((media_type, data))
}

fn without_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked("data:".len())?;
    scheme.eq_ignore_ascii_case("data:").then_some(rest)
}

/// Base64 text that shares memory with the request body it came in: a 20 MB image is never copied
/// for the sake of a type.
#[derive(Clone, PartialEq)]
pub struct Base64(Bytes);

impl Base64 {
    /// `text` lies inside `body` when the JSON needed no unescaping, and then is shared; else copied.
    pub fn of(body: &Bytes, text: &str) -> Self {
        let range = body.as_ptr_range();
        let part = text.as_bytes().as_ptr_range();
        if range.start <= part.start && part.end <= range.end {
            Self(body.slice_ref(text.as_bytes()))
        } else {
            Self(Bytes::copy_from_slice(text.as_bytes()))
        }
    }

    /// The same for text that may be broken into lines: then it is copied, without the breaks.
    pub(crate) fn of_loose(body: &Bytes, text: &str) -> Self {
        if memchr::memchr3(b'\n', b'\r', b' ', text.as_bytes()).is_some() {
            let clean: String = text.split_ascii_whitespace().collect();
            Self::from(clean)
        } else {
            Self::of(body, text)
        }
    }

    /// The text that is inside, where a file of type `kind` is text.
    pub(crate) fn text_of(&self, kind: &str) -> Option<String> {
        let is_text = kind.starts_with("text/")
            || matches!(
                kind,
                "application/json" | "application/xml" | "application/yaml"
            );
        let bytes = is_text.then(|| BASE64_STANDARD.decode(self.as_str()));
        String::from_utf8(bytes?.ok()?).ok()
    }

    pub(crate) fn as_data_url(&self, media_type: &str) -> String {
        format!("data:{media_type};base64,{}", self.as_str())
    }
    pub fn as_str(&self) -> &str {
        // Built from `&str` only, on its exact bounds.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The type of what is inside, by its first bytes, where they are known ones.
    pub fn sniff(&self) -> Option<&'static str> {
        const HEADS: [(&str, &str); 6] = [
            ("iVBORw0KGgo", "image/png"),
            ("/9j/", "image/jpeg"),
            ("R0lGODdh", "image/gif"),
            ("R0lGODlh", "image/gif"),
            ("UklGR", "image/webp"),
            ("JVBERi", "application/pdf"),
        ];
        let text = self.as_str();
        let (_, media_type) = HEADS.iter().find(|(head, _)| text.starts_with(head))?;
        // RIFF holds sounds, too: `WEBP` from byte 8 on says that it is a picture.
        let is_riff = *media_type == "image/webp";
        (!is_riff || text.get(11..16) == Some("XRUJQ")).then_some(*media_type)
    }

    /// The number of bytes the text decodes to.
    pub fn decoded_len(&self) -> usize {
        let text = self.0.as_ref();
        let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
        (text.len() * 3 / 4).saturating_sub(padding)
    }
}

impl From<&str> for Base64 {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Base64 {
    fn from(text: String) -> Self {
        Self(Bytes::from(text))
    }
}

impl std::fmt::Debug for Base64 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.as_str();
        let head: String = text.chars().take(24).collect();
        write!(formatter, "Base64({head}… {} characters)", text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_base64_however_its_url_is_written() {
        let file = |text: &str| {
            let file = Media::file(&Bytes::new(), text, Some("a.pdf".to_owned()))?;
            Some((file.source, file.media_type?))
        };
        let data = |data: &str, media_type: &str| {
            let source = MediaSource::Base64(Base64::from(data));
            Some((source, media_type.to_owned()))
        };
        for url in [
            "data:text/plain;base64,aGk=",
            "DATA:text/plain;x=1;BASE64,aGk=",
        ] {
            assert_eq!(file(url), data("aGk=", "text/plain"));
        }
        assert_eq!(file("aGk="), data("aGk=", "application/pdf"));
        for other in [
            "data:text/plain,Hello%20world",
            "Data:,x",
            "data:é",
            "data:",
        ] {
            assert_eq!(file(other), None, "{other}");
        }
    }
}
