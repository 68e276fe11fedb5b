//! A look at a request's outside: model and stream, without decoding the rest.

use std::ops::Range;

use bytes::Bytes;
use memchr::memchr2;

use crate::{
    canonical::{ApiError, Losses},
    json::{self, Mended},
};

/// What a protocol calls a model in full.
type FullName = fn(&str) -> String;

/// What routing needs of a body.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    pub model: Option<String>,
    pub stream: Option<bool>,
    /// Where the model's JSON value stands in the body; more than one when its key is repeated.
    model_spans: Vec<Range<usize>>,
    /// Behind the brace that opens the body.
    inside: usize,
    /// The body is `{}`.
    empty: bool,
    /// Its model is not in the body, or is repeated there by this name.
    in_address: Option<FullName>,
}

impl Envelope {
    /// One pass over the bytes that skips nested values and allocates little but the model's name. Finds only
    /// what is broken on the outside; the decoder reads the rest with care. Of a repeated key the last counts.
    ///
    /// # Errors
    /// `InvalidRequest` when the body is not one JSON object, or its model is not a string.
    pub fn peek(body: &[u8]) -> Result<Self, ApiError> {
        let mut scan = Scan { body, at: 0 };
        if body.starts_with(b"\xef\xbb\xbf") {
            scan.at = 3;
        }
        scan.space();
        if scan.next().is_none() {
            return Err(ApiError::invalid_request(
                "The request body is empty. Send a JSON object.",
            ));
        }
        if scan.take() != Some(b'{') {
            return Err(ApiError::invalid_request(
                "The request body must be a JSON object.",
            ));
        }
        let mut envelope = Self {
            inside: scan.at,
            ..Self::default()
        };
        scan.space();
        if scan.next() == Some(b'}') {
            scan.at += 1;
            envelope.empty = true;
        } else {
            envelope.members(&mut scan)?;
        }
        scan.space();
        if scan.next().is_some() {
            return Err(scan.broken("something follows the JSON object"));
        }
        let last = envelope.model_spans.last();
        let last = last.and_then(|span| body.get(span.clone()));
        match last {
            Some(value) if !matches!(value, [b'"', ..] | b"null") => {
                let error = ApiError::invalid_request("`model` must be a string.");
                Err(error.with_param("model"))
            }
            Some(_) | None => Ok(envelope),
        }
    }

    fn members(&mut self, scan: &mut Scan<'_>) -> Result<(), ApiError> {
        loop {
            scan.space();
            let key = scan.key()?;
            scan.space();
            if scan.take() != Some(b':') {
                return Err(scan.broken("a colon is missing"));
            }
            scan.space();
            let span = scan.value()?;
            let value = &scan.body[span.clone()];
            match key {
                Key::Model => {
                    self.model = match value {
                        [b'"', ..] => {
                            Some(string(value).map_err(|error| error.with_param("model"))?)
                        }
                        _ => None,
                    };
                    self.model_spans.push(span);
                }
                Key::Stream => {
                    self.stream = match value {
                        b"true" => Some(true),
                        b"false" => Some(false),
                        _ => None,
                    };
                }
                Key::Other => {}
            }
            scan.space();
            match scan.take() {
                Some(b',') => {}
                Some(b'}') => return Ok(()),
                _ => return Err(scan.broken("a comma or a closing brace is missing")),
            }
        }
    }

    /// Of a protocol that has both in the address. Where the body repeats the model, as a string at `repeated`, it
    /// has its full name.
    pub fn in_address(
        model: Option<String>,
        stream: bool,
        full_name: FullName,
        repeated: Vec<Range<usize>>,
    ) -> Self {
        Self {
            model,
            stream: Some(stream),
            model_spans: repeated,
            in_address: Some(full_name),
            ..Self::default()
        }
    }

    /// The body in pieces with another model name in the same place, the rest untouched and uncopied.
    /// `body` is the one that was peeked at. A body without a model gets it as its first member.
    pub fn with_model(&self, body: &Bytes, model: &str) -> Vec<Bytes> {
        let name = match self.in_address {
            Some(full_name) => quoted(&full_name(model)),
            None => quoted(model),
        };
        if self.model_spans.is_empty() && self.in_address.is_some() {
            return vec![body.clone()];
        }
        if self.model_spans.is_empty() {
            let comma = if self.empty { "" } else { "," };
            let member = format!("\"model\":{name}{comma}");
            return vec![
                body.slice(..self.inside),
                Bytes::from(member),
                body.slice(self.inside..),
            ];
        }
        let name = Bytes::from(name);
        let mut pieces = Vec::with_capacity(2 * self.model_spans.len() + 1);
        let mut done = 0;
        for span in &self.model_spans {
            pieces.push(body.slice(done..span.start));
            pieces.push(name.clone());
            done = span.end;
        }
        pieces.push(body.slice(done..));
        pieces
    }
}

enum Key {
    Model,
    Other,
    Stream,
}

/// A text as a JSON string.
fn quoted(text: &str) -> String {
    if is_plain(text.as_bytes()) {
        return ["\"", text, "\""].concat();
    }
    serde_json::Value::from(text).to_string()
}

/// Whether a JSON string holds this as it is, as it does almost every name.
fn is_plain(text: &[u8]) -> bool {
    let is_special = |byte: &u8| matches!(byte, 0..=0x1f | b'"' | b'\\' | 0x7f..);
    !text.iter().any(is_special)
}

/// A JSON string's content, escapes read.
fn string(text: &[u8]) -> Result<String, ApiError> {
    if let [b'"', plain @ .., b'"'] = text
        && is_plain(plain)
        && let Ok(plain) = str::from_utf8(plain)
    {
        return Ok(plain.to_owned());
    }
    json::parse_request(text, &Mended::new(), &mut Losses::default())
}

struct Scan<'a> {
    body: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn next(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.next()?;
        self.at += 1;
        Some(byte)
    }

    fn space(&mut self) {
        while matches!(self.next(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn key(&mut self) -> Result<Key, ApiError> {
        if self.next() != Some(b'"') {
            return Err(self.broken("a member's name must be a string"));
        }
        let start = self.at;
        self.skip_string()?;
        let text = &self.body[start..self.at];
        let name = match text {
            b"\"model\"" => return Ok(Key::Model),
            b"\"stream\"" => return Ok(Key::Stream),
            text if text.contains(&b'\\') => string(text)?,
            _ => return Ok(Key::Other),
        };
        Ok(match name.as_str() {
            "model" => Key::Model,
            "stream" => Key::Stream,
            _ => Key::Other,
        })
    }

    /// Skips one value of any kind.
    fn value(&mut self) -> Result<Range<usize>, ApiError> {
        let start = self.at;
        match self.next() {
            Some(b'"') => self.skip_string()?,
            Some(b'{' | b'[') => self.skip_nested()?,
            _ => {
                while let Some(byte) = self.next() {
                    if matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') {
                        break;
                    }
                    self.at += 1;
                }
                if self.at == start {
                    return Err(self.broken("a value is missing"));
                }
            }
        }
        Ok(start..self.at)
    }

    fn skip_nested(&mut self) -> Result<(), ApiError> {
        let mut depth = 0_usize;
        while let Some(byte) = self.next() {
            match byte {
                b'"' => {
                    self.skip_string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
        Err(self.broken("it ends too early"))
    }

    /// From the opening quote to behind the closing one.
    fn skip_string(&mut self) -> Result<(), ApiError> {
        self.at += 1;
        while let Some(found) = memchr2(b'"', b'\\', self.body.get(self.at..).unwrap_or_default()) {
            self.at += found;
            if self.take() == Some(b'"') {
                return Ok(());
            }
            self.at += 1;
        }
        self.at = self.body.len();
        Err(self.broken("it ends too early"))
    }

    fn broken(&self, why: &str) -> ApiError {
        ApiError::invalid_request(format!(
            "The request body is not valid JSON: {why} at byte {}.",
            self.at
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peek(body: &str) -> (Option<String>, Option<bool>) {
        let envelope = Envelope::peek(body.as_bytes()).unwrap();
        (envelope.model, envelope.stream)
    }

    fn renamed(body: &str) -> String {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let pieces = Envelope::peek(&body).unwrap().with_model(&body, "a\"b");
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[test]
    fn only_the_outermost_members_count() {
        let body = r#" { "x": {"model": "no", "stream": true}, "y": ["}", "\\\"", 1e3],
            "stream" : false, "model":"yes"} "#;
        assert_eq!(peek(body), (Some("yes".into()), Some(false)));
    }

    #[test]
    fn escapes_in_keys_and_names_are_read() {
        let body = r#"{"mo\u0064el": "\u00e9\n\"", "\u0073tream": true}"#;
        assert_eq!(peek(body), (Some("é\n\"".into()), Some(true)));
    }

    #[test]
    fn null_is_unknown_and_the_last_of_a_repeated_key_counts() {
        assert_eq!(peek(r#"{"model": null, "stream": null}"#), (None, None));
        let body = r#"{"model": 5, "stream": true, "model": "b", "stream": null}"#;
        assert_eq!(peek(body), (Some("b".into()), None));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(peek("\u{feff}{\"model\":\"a\"}").0, Some("a".into()));
    }

    #[test]
    fn the_model_is_renamed_in_place() {
        assert_eq!(
            renamed("{\"a\":1, \"model\" : \"old\" ,\"b\":\"model\"}"),
            r#"{"a":1, "model" : "a\"b" ,"b":"model"}"#
        );
        assert_eq!(
            renamed(r#"{"model":null,"model":"x"}"#),
            r#"{"model":"a\"b","model":"a\"b"}"#
        );
    }

    #[test]
    fn a_missing_model_is_added_in_front() {
        assert_eq!(renamed(r#"{"a":1}"#), r#"{"model":"a\"b","a":1}"#);
        assert_eq!(renamed("{ }"), r#"{"model":"a\"b" }"#);
    }

    #[test]
    fn what_is_at_fault_is_named() {
        for body in [r#"{"model":5}"#, r#"{"model":["a"]}"#, r#"{"model":true}"#] {
            let error = Envelope::peek(body.as_bytes()).unwrap_err();
            assert_eq!(error.message, "`model` must be a string.", "{body}");
            assert_eq!(error.param.as_deref(), Some("model"));
        }
        for body in ["", " \n", "\u{feff}"] {
            let error = Envelope::peek(body.as_bytes()).unwrap_err();
            assert!(
                error.message.starts_with("The request body is empty."),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for body in [
            "",
            " ",
            "[]",
            "3",
            "nul",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":}",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "{\"a\":[1}",
            "{\"a\":\"x}",
            "{} {}",
            "{\"a\":1}]",
            "{\"a\":\"\\",
        ] {
            assert!(Envelope::peek(body.as_bytes()).is_err(), "{body}");
        }
    }
}
