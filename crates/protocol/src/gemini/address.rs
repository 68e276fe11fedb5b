//! What stands in the address: the model, and behind its last colon what is asked of it.

use std::{borrow::Cow, ops::Range};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::Many;
use crate::{Operation, RawRequest};

/// Model ids hold slashes, dots and colons, which stay readable.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'/')
    .remove(b':')
    .remove(b'@')
    .remove(b'_')
    .remove(b'~');

/// An id that is kept together as one name.
const IN_NAME: &AsciiSet = &IN_PATH.add(b'/');

/// Where models stand.
pub(super) const FOLDER: &str = "models/";

/// Folders of models beside `models`, which are part of the id.
const OTHER_FOLDERS: [&str; 1] = ["tunedModels/"];

const VERSIONS: [&str; 3] = ["v1", "v1alpha", "v1beta"];

/// The id in a path like `/v1beta/models/<id>:generateContent`. Some clients leave the folder out where the id
/// holds a slash.
pub(super) fn model(path: &str) -> Option<String> {
    let path = percent_decode_str(path).decode_utf8_lossy();
    let (head, _) = path.rsplit_once(':')?;
    let id = match head.split_once("/models/") {
        Some((_, id)) => id.strip_prefix("models/").unwrap_or(id),
        None => OTHER_FOLDERS
            .iter()
            .find_map(|folder| head.find(folder).and_then(|at| head.get(at..)))
            .or_else(|| without_folder(head))?,
    };
    (!id.is_empty()).then(|| id.to_owned())
}

/// What stands behind the version, if it can be no name of a folder.
fn without_folder(head: &str) -> Option<&str> {
    let mut id = head.trim_start_matches('/');
    while let Some((first, rest)) = id.split_once('/')
        && VERSIONS.contains(&first)
    {
        id = rest;
    }
    let (provider, model) = id.split_once('/')?;
    (!provider.is_empty() && !model.is_empty()).then_some(id)
}

/// What is asked of the model.
pub(super) fn verb(path: &str) -> Option<String> {
    let path = percent_decode_str(path).decode_utf8_lossy();
    let (_, verb) = path.trim_end_matches('/').rsplit_once(':')?;
    Some(verb.to_owned())
}

/// The id with its folder.
pub(super) fn full_name(model: &str) -> String {
    split(model).concat()
}

/// The folder, unless it is part of the id, and the id.
fn split(model: &str) -> [&str; 2] {
    let id = model.strip_prefix(FOLDER).unwrap_or(model);
    let is_elsewhere = OTHER_FOLDERS.iter().any(|folder| id.starts_with(folder));
    [if is_elsewhere { "" } else { FOLDER }, id]
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Naming<'a> {
    model: Option<&'a RawValue>,
    requests: Option<Many<Named<'a>>>,
    #[serde(rename = "generateContentRequest", alias = "generate_content_request")]
    whole: Option<Named<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Named<'a> {
    model: Option<&'a RawValue>,
}

/// Where a body says again which model is asked: providers want the same there as in the address.
pub(super) fn repeated(raw: RawRequest<'_>) -> Vec<Range<usize>> {
    if raw.operation.generates() {
        return Vec::new();
    }
    let body: Naming<'_> = serde_json::from_slice(raw.body).unwrap_or_default();
    let requests = body
        .requests
        .into_iter()
        .flat_map(|Many(requests)| requests);
    let named = requests.chain(body.whole).map(|named| named.model);
    let named = named.chain([body.model]).flatten();
    let mut spans: Vec<Range<usize>> = named
        .filter(|name| name.get().starts_with('"'))
        .filter_map(|name| {
            let start = name.get().as_ptr().addr();
            let start = start.checked_sub(raw.body.as_ptr().addr())?;
            Some(start..start + name.get().len())
        })
        .collect();
    spans.sort_by_key(|span| span.start);
    spans
}

pub(super) fn streams(path: &str) -> bool {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.trim_end_matches('/')
        .ends_with(":streamGenerateContent")
}

/// Without `alt=sse` in the address a stream is one JSON array.
pub(super) fn wants_sse(query: Option<&str>) -> bool {
    query
        .unwrap_or_default()
        .split('&')
        .any(|pair| matches!(pair, "alt=sse" | "%24alt=sse" | "$alt=sse"))
}

pub(super) fn path(operation: Operation, model: &str, stream: bool) -> Cow<'static, str> {
    let verb = match operation {
        Operation::Chat | Operation::Complete if stream => "streamGenerateContent?alt=sse",
        Operation::Chat | Operation::Compact | Operation::Complete => "generateContent",
        Operation::CountTokens => "countTokens",
        Operation::Embed => "batchEmbedContents",
        // The page size is 50 unless asked for more; this is the largest.
        Operation::ListModels => return "/models?pageSize=1000".into(),
    };
    let [folder, id] = split(model);
    // Dots alone between slashes would lead out of the folder.
    let leads_away = id.split('/').any(|name| name == "." || name == "..");
    let in_path = if leads_away { IN_NAME } else { IN_PATH };
    let id = utf8_percent_encode(id, in_path);
    format!("/{folder}{id}:{verb}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder_of_models() {
        for (id, expected) in [
            ("../../admin", "/models/..%2F..%2Fadmin:generateContent"),
            ("models/../x", "/models/..%2Fx:generateContent"),
            ("a/./b", "/models/a%2F.%2Fb:generateContent"),
            ("tunedModels/..", "/tunedModels%2F..:generateContent"),
            ("%2e%2e/x", "/models/%252e%252e/x:generateContent"),
            (
                "google/gemini-3..1",
                "/models/google/gemini-3..1:generateContent",
            ),
        ] {
            assert_eq!(path(Operation::Chat, id, false), expected, "{id}");
        }
    }

    #[test]
    fn edge_074_the_model_is_read_from_the_address() {
        for (at, expected) in [
            (
                "/v1beta/models/gemini-2.5-flash:generateContent",
                "gemini-2.5-flash",
            ),
            (
                "/v1beta/models/echo/echo:streamGenerateContent",
                "echo/echo",
            ),
            (
                "/v1beta/models/echo%2Fecho%3AstreamGenerateContent",
                "echo/echo",
            ),
            ("/v1/models/models/x:countTokens", "x"),
            ("/models/llama3:8b:generateContent", "llama3:8b"),
            (
                "/v1beta/tunedModels/mine:generateContent",
                "tunedModels/mine",
            ),
            ("/v1beta/echo/echo:generateContent", "echo/echo"),
            ("/v1beta/v1/echo/llama3:8b:countTokens", "echo/llama3:8b"),
        ] {
            assert_eq!(model(at).as_deref(), Some(expected), "{at}");
        }
        for at in [
            "/",
            "/v1beta/models/x",
            "/v1beta/models/:generateContent",
            "/v1beta/x:generateContent",
        ] {
            assert_eq!(model(at), None, "{at}");
        }
        assert!(streams("/v1beta/models/x:streamGenerateContent/"));
        assert!(!streams(
            "/v1beta/models/streamGenerateContent:generateContent"
        ));
    }

    #[test]
    fn names_in_a_body_are_found_where_they_stand() {
        let found = |operation, text: &str| {
            let body = bytes::Bytes::from(text.to_owned());
            let raw = RawRequest {
                operation,
                path: "/v1beta/models/m:x",
                query: None,
                headers: &http::HeaderMap::new(),
                body: &body,
            };
            let spans = repeated(raw).into_iter();
            spans.map(|span| text[span].to_owned()).collect::<String>()
        };
        let batch = r#"{"requests": [{"content": {"model": 1}, "model": "a"}, {"model" :"b"}, {"model": null}]}"#;
        assert_eq!(found(Operation::Embed, batch), r#""a""b""#);
        let count = r#"{"generateContentRequest": {"model": "a"}, "model": "b"}"#;
        assert_eq!(found(Operation::CountTokens, count), r#""a""b""#);
        assert_eq!(found(Operation::CountTokens, r#"{"contents": []}"#), "");
        assert_eq!(found(Operation::Embed, "{}"), "");
    }

    #[test]
    fn the_address_is_written_as_it_is_read() {
        for id in [
            "gemini-2.5-flash",
            "echo/echo",
            "llama3:8b",
            "a b?#%",
            "tunedModels/mine",
        ] {
            let written = path(Operation::Chat, id, false);
            assert_eq!(
                model(&format!("/v1beta{written}")).as_deref(),
                Some(id),
                "{written}"
            );
        }
        assert_eq!(
            path(Operation::Chat, "models/x", true),
            "/models/x:streamGenerateContent?alt=sse"
        );
    }
}
