//! An estimate of a prompt's tokens, for providers that do not count.
//!
//! Modelled on what byte pair encodings of today make of prose, code and JSON; rather a little too high than
//! too low, because clients make room by it.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::canonical::{
    Base64, EmbedInput, Media, MediaSource, Message, Opaque, OpaqueKind, OutputFormat, Part,
    Request, Tool, ToolKind,
};

/// Role, separators and whatever else frames a message.
const PER_MESSAGE: u64 = 4;
const PER_TOOL: u64 = 10;
const PER_CALL: u64 = 6;
const IMAGE_UNKNOWN: u64 = 1200;
const IMAGE_MAX: u64 = 1600;
const PIXELS_PER_TOKEN: u64 = 750;
const FILE_MIN: u64 = 1500;
const FILE_BYTES_PER_TOKEN: u64 = 40;

/// System text, messages, tools and images counted; within some 10 to 20 percent of real tokenizers on prose and code.
pub fn estimate(request: &Request) -> u64 {
    let messages = request.messages.iter().map(message).sum::<u64>();
    let tools = request.tools.iter().map(tool).sum::<u64>();
    let output = match &request.output {
        OutputFormat::Json | OutputFormat::Text => 0,
        OutputFormat::JsonSchema { schema, .. } => estimate_text(schema.get()),
    };
    parts(&request.instructions) + messages + tools + output
}

/// The same for texts that are turned into vectors.
pub fn estimate_inputs(inputs: &[EmbedInput]) -> u64 {
    let of_input = |input: &EmbedInput| match input {
        EmbedInput::Text(text) => estimate_text(text),
        EmbedInput::Tokens(tokens) => tokens.len() as u64,
    };
    inputs.iter().map(of_input).sum()
}

fn message(message: &Message) -> u64 {
    PER_MESSAGE + parts(&message.parts)
}

fn tool(tool: &Tool) -> u64 {
    let definition = match &tool.kind {
        ToolKind::Custom { format } => format.as_ref(),
        ToolKind::Function { schema } => schema.as_ref(),
        ToolKind::Hosted { definition, .. } => Some(definition),
    };
    PER_TOOL
        + estimate_text(&tool.name)
        + tool.description.as_deref().map_or(0, estimate_text)
        + definition.map_or(0, |json| estimate_text(json.get()))
}

fn parts(parts: &[Part]) -> u64 {
    parts.iter().map(part).sum()
}

fn part(part: &Part) -> u64 {
    match part {
        Part::File(media) => file(media),
        Part::Image(media) => image(media),
        Part::Reasoning { text, opaque } => {
            let hidden = match opaque {
                Some(Opaque {
                    kind: OpaqueKind::Content,
                    value,
                    ..
                }) => value.len() as u64 / 6,
                Some(_) | None => 0,
            };
            estimate_text(text) + hidden
        }
        Part::Refusal(text) | Part::Text(text) => estimate_text(text),
        Part::ToolCall {
            name, arguments, ..
        } => PER_CALL + estimate_text(name) + estimate_text(arguments),
        Part::ToolResult { parts: inner, .. } => PER_CALL + parts(inner),
    }
}

fn file(media: &Media) -> u64 {
    match &media.source {
        MediaSource::Base64(data) => FILE_MIN.max(data.decoded_len() as u64 / FILE_BYTES_PER_TOKEN),
        MediaSource::FileId(_) | MediaSource::Url(_) => FILE_MIN,
        MediaSource::Text(text) => estimate_text(text),
    }
}

fn image(media: &Media) -> u64 {
    match &media.source {
        MediaSource::Base64(data) => match dimensions(data) {
            Some((width, height)) => {
                (u64::from(width) * u64::from(height) / PIXELS_PER_TOKEN).clamp(1, IMAGE_MAX)
            }
            None => IMAGE_UNKNOWN,
        },
        MediaSource::FileId(_) | MediaSource::Text(_) | MediaSource::Url(_) => IMAGE_UNKNOWN,
    }
}

/// The tokens of a reply of so many bytes: four bytes a token is close enough for prose and code.
pub(crate) fn of_bytes(bytes: usize) -> u64 {
    bytes.div_ceil(4) as u64
}

/// Width and height from the header of a PNG, JPEG, GIF or WebP.
pub fn dimensions(data: &Base64) -> Option<(u32, u32)> {
    let head = decoded_head(data, 64)?;
    let little = |at: usize| Some(u32::from(u16::from_le_bytes(pair(&head, at)?)));
    match head.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => Some((quad(&head, 16)?, quad(&head, 20)?)),
        [b'G', b'I', b'F', ..] => Some((little(6)?, little(8)?)),
        [b'R', b'I', b'F', b'F', ..] => match head.get(12..16)? {
            b"VP8 " => Some((little(26)? & 0x3fff, little(28)? & 0x3fff)),
            b"VP8L" => {
                let [a, b, c, d] = *head.get(21..25)?.first_chunk()?;
                let bits = u32::from_le_bytes([a, b, c, d]);
                Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
            }
            b"VP8X" => {
                let three = |at: usize| Some(little(at)? | u32::from(*head.get(at + 2)?) << 16);
                Some((three(24)? + 1, three(27)? + 1))
            }
            _ => None,
        },
        // The frame header may stand behind a preview picture.
        [0xff, 0xd8, ..] => jpeg_dimensions(&decoded_head(data, 256 << 10)?),
        _ => None,
    }
}

fn jpeg_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let [0xff, marker] = pair(bytes, at)? else {
            return None;
        };
        match marker {
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            // A start of frame, unlike the tables that share its range.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let big = |at| Some(u32::from(u16::from_be_bytes(pair(bytes, at)?)));
                return Some((big(at + 7)?, big(at + 5)?));
            }
            _ => at += 2 + usize::from(u16::from_be_bytes(pair(bytes, at + 2)?)),
        }
    }
}

/// The first `limit` bytes, or all if there are fewer.
fn decoded_head(data: &Base64, limit: usize) -> Option<Vec<u8>> {
    let text = data.as_str().as_bytes();
    let text = text.get(..limit.div_ceil(3) * 4).unwrap_or(text);
    BASE64_STANDARD.decode(text).ok()
}

fn pair(bytes: &[u8], at: usize) -> Option<[u8; 2]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn quad(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u32::from_be_bytes)
}

/// The tokens of any text. Counts runs of letters, digits, spaces and marks as encodings cut them, in
/// thousandths of a token.
pub fn estimate_text(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut thousandths = 0;
    let mut before = Class::Space;
    let mut at = 0;
    while let Some(&first) = bytes.get(at) {
        let class = Class::of(first);
        let start = at;
        at += 1;
        if class == Class::Foreign {
            while bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
                at += 1;
            }
            let letter = text.get(start..at).and_then(|text| text.chars().next());
            thousandths += letter.map_or(0, foreign);
            before = class;
            continue;
        }
        let mut humps = bytes[start].is_ascii_uppercase();
        while let Some(&byte) = bytes.get(at) {
            // `camelCase` is two words; `ALL` is one.
            let is_upper = byte.is_ascii_uppercase();
            if Class::of(byte) != class || (is_upper && !humps) {
                break;
            }
            humps = is_upper;
            at += 1;
        }
        let length = (at - start) as u64;
        let next = bytes.get(at).map_or(Class::Space, |byte| Class::of(*byte));
        thousandths += match class {
            Class::Letter => 1080 + 190 * length.saturating_sub(8),
            Class::Digit => 1050 * length.div_ceil(3),
            // A space belongs to the word behind it.
            Class::Space if length == 1 => {
                if next == Class::Digit {
                    1000
                } else {
                    0
                }
            }
            Class::Space if before == Class::Break => 600,
            Class::Space => 1000,
            Class::Break if before == Class::Mark => 300,
            Class::Break => 850,
            Class::Mark => {
                let shared = if next == Class::Letter { 400 } else { 0 };
                (270 + 520 * length - shared).min(2600)
            }
            Class::Foreign => 0,
        };
        before = class;
    }
    u64::div_ceil(thousandths, 1000)
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Class {
    Break,
    Digit,
    Foreign,
    Letter,
    Mark,
    Space,
}

/// Looked up, because every byte of every prompt is asked about.
static CLASSES: [Class; 256] = {
    let mut classes = [Class::Mark; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = Class::found(byte as u8);
        byte += 1;
    }
    classes
};

impl Class {
    fn of(byte: u8) -> Self {
        CLASSES[usize::from(byte)]
    }

    const fn found(byte: u8) -> Self {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => Self::Letter,
            b' ' => Self::Space,
            b'\n' | b'\r' | b'\t' => Self::Break,
            b'0'..=b'9' => Self::Digit,
            0x80.. => Self::Foreign,
            _ => Self::Mark,
        }
    }
}

/// A letter outside ASCII, in thousandths of a token.
fn foreign(letter: char) -> u64 {
    match u32::from(letter) {
        // Latin with accents, of which some letters have two.
        0..0x250 | 0x1e00..0x1f00 => 600,
        // Greek, Cyrillic.
        0x250..0x530 => 400,
        // Hebrew, Arabic, Indic and other alphabets, and Khmer.
        0x530..0x1100 | 0x1780..0x1800 => 550,
        // Hangul.
        0xac00..0xd7b0 => 850,
        // Kana and punctuation of the same size.
        0x3000..0x3100 => 900,
        // Han.
        0x2e80..0xa000 | 0xf900..0xfb00 | 0x20000..0x30000 => 1050,
        // Dashes, arrows, symbols, full-width marks.
        0x2000..0x2e80 | 0xfe00..0x10000 => 1000,
        // Emoji, and alphabets that encodings have seldom met.
        _ => 1800,
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
