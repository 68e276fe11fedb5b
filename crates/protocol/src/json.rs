//! Reads JSON that others wrote: mends what is only half broken, and says in a sentence what is wrong with the rest.
//! Its [`text`] is what wire structs are made of, its [`object`] makes tool arguments fit protocols of objects.

mod object;
mod splice;
mod text;
mod unknown;

use std::{borrow::Cow, cell::OnceCell, fmt::Display, sync::LazyLock};

use bytes::Bytes;
use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

pub(crate) use object::{arguments_object, empty_object, parseable, raw};
pub(crate) use splice::{Splice, members};
pub(crate) use text::{Arguments, Text, TextOr, count, loose_count, stated};
pub(crate) use unknown::Unknown;

use crate::canonical::{ApiError, ErrorKind, Fault, Losses};

/// Where a mended copy of a text lives while what was read borrows from it. Stays empty for sound texts.
pub(crate) type Mended = OnceCell<String>;

/// Reads a client's request body.
///
/// # Errors
/// `InvalidRequest` with the field at fault.
pub(crate) fn parse_request<'a, T: Deserialize<'a>>(
    body: &'a [u8],
    mended: &'a Mended,
    losses: &mut Losses,
) -> Result<T, ApiError> {
    let parsed = parse(body, mended).map_err(|fault| {
        let message = match &fault.field {
            Some(_) => fault.sentence,
            None => format!("The request body is not valid JSON: {}", fault.sentence),
        };
        let error = ApiError::invalid_request(message);
        match fault.field.filter(|field| !field.is_empty()) {
            Some(field) => error.with_param(field),
            None => error,
        }
    });
    if parsed.is_ok() && mended.get().is_some() {
        losses.repaired(
            "body",
            "held text that is not valid Unicode; the broken characters were replaced by \u{fffd}",
        );
    }
    parsed
}

/// Reads what a provider sent: a whole reply or the data of one frame.
///
/// # Errors
/// `ProviderFault`.
pub(crate) fn parse_reply<'a, T: Deserialize<'a>>(
    body: &'a [u8],
    mended: &'a Mended,
) -> Result<T, ApiError> {
    parse(body, mended).map_err(|fault| {
        ApiError::new(
            ErrorKind::ProviderFault,
            Fault::Provider,
            format!(
                "The provider's answer could not be understood: {}",
                fault.sentence
            ),
        )
    })
}

/// Reads a part of a request that was left raw at first; `path` is where it stands.
///
/// # Errors
/// `InvalidRequest` with the path.
pub(crate) fn parse_part<'a, T: Deserialize<'a>>(
    raw: &'a RawValue,
    path: &dyn Display,
) -> Result<T, ApiError> {
    serde_json::from_str(raw.get()).map_err(|error| {
        let text = error.to_string();
        let what = text.rsplit_once(" at line ");
        let what = what.map_or(text.as_str(), |(what, _)| what);
        // The value at fault may stand within, and serde quotes it: it may be a prompt.
        let told = match kinds(what) {
            Some((expected, Some(found))) => format!("{expected} is expected, not {found}"),
            Some((expected, None)) => format!("{expected} is expected"),
            None if what.contains('"') => "it has the wrong shape".to_owned(),
            None => what.to_owned(),
        };
        ApiError::invalid(path.to_string(), format!("`{path}` is not valid: {told}."))
    })
}

/// Whether leaving a value out loses nothing.
pub(crate) fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Writes what cannot fail to be written: structs of ours with string keys.
pub(crate) fn write(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).map_or_else(|_| Bytes::new(), Bytes::from)
}

/// Why a text could not be read.
struct Unreadable {
    /// The path of the value at fault; `None` when the text is not JSON at all.
    field: Option<String>,
    sentence: String,
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8], mended: &'a Mended) -> Result<T, Unreadable> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // Unicode is checked once for the whole, not for each of its strings: what is left raw at first is read from
    // this text later. And all is read from a `str`: each other kind of reader would be one more copy of the code
    // of all wire structs.
    let text = match str::from_utf8(body).map(sound) {
        Ok(Cow::Borrowed(text)) => text,
        Ok(Cow::Owned(text)) => mended.get_or_init(|| text),
        Err(_) => mended.get_or_init(|| sound(&String::from_utf8_lossy(body)).into_owned()),
    };
    serde_json::from_str(text).map_err(|error| explain::<T>(text, &error))
}

/// The text with its lone surrogate escapes replaced.
pub(crate) fn sound(text: &str) -> Cow<'_, str> {
    let mut rest = 0;
    let mut sound = String::new();
    for at in lone_surrogates(text.as_bytes()) {
        sound.push_str(&text[rest..at]);
        sound.push_str("\\ufffd");
        rest = at + 6;
    }
    if rest == 0 {
        return Cow::Borrowed(text);
    }
    sound.push_str(&text[rest..]);
    Cow::Owned(sound)
}

/// Where escapes of surrogates begin that lack their other half. Most texts have no escapes of this kind at all, and
/// cost one look.
fn lone_surrogates(text: &[u8]) -> impl Iterator<Item = usize> {
    static ESCAPES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\\u"));
    let mut behind_pair = 0;
    ESCAPES.find_iter(text).filter(move |&at| {
        let is_first = match surrogate(&text[at..]) {
            Some(unit) if at >= behind_pair && !is_escaped(&text[..at]) => unit < 0xdc00,
            Some(_) | None => return false,
        };
        let next = surrogate(&text[at + 6..]);
        let is_pair = is_first && next.is_some_and(|unit| unit >= 0xdc00);
        if is_pair {
            behind_pair = at + 12;
        }
        !is_pair
    })
}

/// The surrogate whose escape, `\uXXXX`, is at the very start.
fn surrogate(text: &[u8]) -> Option<u32> {
    let digits @ [b'd' | b'D', ..] = text.strip_prefix(b"\\u")?.get(..4)? else {
        return None;
    };
    let unit = digits.iter().try_fold(0, |unit, digit| {
        Some(unit << 4 | char::from(*digit).to_digit(16)?)
    });
    unit.filter(|unit| *unit >= 0xd800)
}

/// Whether a backslash behind this text is itself one that is escaped.
fn is_escaped(text: &[u8]) -> bool {
    let backslashes = text.iter().rev().take_while(|byte| **byte == b'\\');
    backslashes.count() % 2 == 1
}

fn explain<'a, T: Deserialize<'a>>(body: &'a str, error: &serde_json::Error) -> Unreadable {
    let text = error.to_string();
    let what = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(what, _)| what);
    if !error.is_data() {
        let what = if error.is_eof() {
            "it ends too early"
        } else {
            what
        };
        return Unreadable {
            field: None,
            sentence: format!(
                "{what} at line {}, column {}.",
                error.line(),
                error.column()
            ),
        };
    }
    // Read again, slower, for the path alone.
    let mut reader = serde_json::Deserializer::from_str(body);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(error) => error.path().to_string(),
        Ok(_) => String::new(),
    };
    let path = if path == "." { String::new() } else { path };
    describe(&path, what)
}

/// serde's words as a sentence, without the value at fault: it may be a prompt.
fn describe(path: &str, what: &str) -> Unreadable {
    let name = if path.is_empty() {
        "The body".to_owned()
    } else {
        format!("`{path}`")
    };
    if let Some(missing) = what
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        let field = match path {
            "" => missing.to_owned(),
            path if path.ends_with(missing) => path.to_owned(),
            path => format!("{path}.{missing}"),
        };
        return Unreadable {
            sentence: format!("`{field}` is missing."),
            field: Some(field),
        };
    }
    let sentence = match kinds(what) {
        Some((expected, Some(found))) => format!("{name} must be {expected}, not {found}."),
        Some((expected, None)) => format!("{name} must be {expected}."),
        None => format!("{name} is not valid: {what}."),
    };
    Unreadable {
        field: Some(path.to_owned()),
        sentence,
    }
}

/// What serde expected, and what it found where it says so, in JSON's words.
fn kinds(what: &str) -> Option<(&str, Option<&'static str>)> {
    let (found, expected) = what.rsplit_once(", expected ")?;
    let found = found
        .strip_prefix("invalid type: ")
        .map(|kind| kind.split([' ', '`', '"']).next().unwrap_or(kind))
        .map(|kind| match kind {
            "map" => "an object",
            "sequence" => "an array",
            "string" => "a string",
            "null" => "null",
            "boolean" => "a boolean",
            "integer" => "a whole number",
            "floating" => "a decimal number",
            _ => "this",
        });
    let expected = match expected {
        "a borrowed string" | "str" => "a string",
        "a map" => "an object",
        "a sequence" => "an array",
        "a JSON number" | "f32" | "f64" => "a number",
        "i32" | "i64" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0 up",
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    };
    Some((expected, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        items: Vec<Item<'a>>,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Item<'a> {
        #[serde(borrow)]
        text: Cow<'a, str>,
        #[serde(borrow)]
        raw: Option<&'a serde_json::value::RawValue>,
        count: Option<u64>,
    }

    fn failure(body: &str) -> String {
        let mended = Mended::new();
        let parsed = parse_request::<Body<'_>>(body.as_bytes(), &mended, &mut Losses::default());
        let error = parsed.unwrap_err();
        format!("{} | {}", error.param.unwrap_or_default(), error.message)
    }

    #[test]
    fn errors_name_the_place() {
        for (body, expected) in [
            (
                "{\"items\": [\n{]}",
                " | The request body is not valid JSON: key must be a string at line 2, column 2.",
            ),
            (
                "{\"items\": [",
                " | The request body is not valid JSON: it ends too early at line 1, column 11.",
            ),
            (
                r#"{"items": 3}"#,
                "items | `items` must be an array, not a whole number.",
            ),
            (
                r#"{"items": [{"text": "a"}, {"raw": {}}]}"#,
                "items[1].text | `items[1].text` is missing.",
            ),
            (
                r#"{"items": [{"text": "a", "count": "my secret"}]}"#,
                "items[0].count | `items[0].count` must be a whole number from 0 up, not a string.",
            ),
            (
                r#"{"items": [{"text": "a", "count": -4}]}"#,
                "items[0].count | `items[0].count` must be a whole number from 0 up.",
            ),
        ] {
            assert_eq!(failure(body), expected);
        }
    }

    #[test]
    fn edge_132_lone_surrogates_are_replaced_and_reported() {
        let body =
            br#"{"items":[{"text":"a\ud83db \ud83d\ude00 \\ud83d \udE00","raw":{"k":1.0}}]}"#;
        let mended = Mended::new();
        let mut losses = Losses::default();
        let parsed: Body<'_> = parse_request(body, &mended, &mut losses).unwrap();
        assert_eq!(parsed.items[0].text, "a\u{fffd}b 😀 \\ud83d \u{fffd}");
        assert_eq!(parsed.items[0].raw.unwrap().get(), r#"{"k":1.0}"#);
        assert_eq!(parsed.items[0].count, None);
        assert_eq!(losses.len(), 1);
    }

    #[test]
    fn edge_132_what_is_left_raw_is_mended_too() {
        let body = br#"{"items":[{"text":"a","raw":{"k":"X\ud83d \\\ud83d"}}]}"#;
        let mended = Mended::new();
        let mut losses = Losses::default();
        let parsed: Body<'_> = parse_request(body, &mended, &mut losses).unwrap();
        let raw = parsed.items[0].raw.unwrap().get();
        assert_eq!(raw, r#"{"k":"X\ufffd \\\ufffd"}"#);
        assert_eq!(losses.len(), 1);
    }

    #[test]
    fn sound_texts_are_borrowed_and_report_nothing() {
        for (body, raw) in [
            ("\u{feff}{\"items\":[{\"text\":\"a\"}]}", None),
            (
                r#"{"items":[{"text":"a","raw":"\ud83d\ude00 \\ud83d \u00e9"}]}"#,
                Some(r#""\ud83d\ude00 \\ud83d \u00e9""#),
            ),
        ] {
            let mended = Mended::new();
            let mut losses = Losses::default();
            let parsed: Body<'_> = parse_request(body.as_bytes(), &mended, &mut losses).unwrap();
            assert!(matches!(parsed.items[0].text, Cow::Borrowed("a")));
            assert_eq!(parsed.items[0].raw.map(RawValue::get), raw);
            assert!(losses.is_empty() && mended.get().is_none());
        }
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        let mended = Mended::new();
        let value: serde_json::Value = parse_reply(b"{\"a\":\"\xff\"}", &mended).unwrap();
        assert_eq!(value["a"], "\u{fffd}");
    }
}
