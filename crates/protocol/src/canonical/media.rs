//! Images and files, carried without copying their bytes.

use bytes::Bytes;

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

#[derive(Clone, Debug, PartialEq)]
pub enum MediaSource {
    Base64(Base64),
    /// An id that only the provider it was uploaded to knows.
    FileId(String),
    /// A document given as plain text.
    Text(String),
    Url(String),
}

/// Whether this is something that can be fetched, and neither a local path nor the data itself.
pub(crate) fn is_web_address(text: &str) -> bool {
    let starts = |scheme: &str| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    starts("https://") || starts("http://")
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
