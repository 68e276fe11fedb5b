//! What stands in the address: the model, and behind its last colon what is asked of it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::Operation;

/// Model ids hold slashes, dots and colons, which stay readable.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'/')
    .remove(b':')
    .remove(b'@')
    .remove(b'_')
    .remove(b'~');

/// Folders of models beside `models`, which are part of the id.
const OTHER_FOLDERS: [&str; 1] = ["tunedModels/"];

/// The id in a path like `/v1beta/models/<id>:generateContent`.
pub(super) fn model(path: &str) -> Option<String> {
    let path = percent_decode_str(path).decode_utf8_lossy();
    let (head, _) = path.rsplit_once(':')?;
    let id = match head.split_once("/models/") {
        Some((_, id)) => id.strip_prefix("models/").unwrap_or(id),
        None => OTHER_FOLDERS
            .iter()
            .find_map(|folder| head.find(folder).and_then(|at| head.get(at..)))?,
    };
    (!id.is_empty()).then(|| id.to_owned())
}

/// What is asked of the model.
pub(super) fn verb(path: &str) -> Option<String> {
    let path = percent_decode_str(path).decode_utf8_lossy();
    let (_, verb) = path.trim_end_matches('/').rsplit_once(':')?;
    Some(verb.to_owned())
}

/// The id with its folder.
pub(super) fn full_name(model: &str) -> String {
    let id = model.strip_prefix("models/").unwrap_or(model);
    let is_elsewhere = OTHER_FOLDERS.iter().any(|folder| id.starts_with(folder));
    let folder = if is_elsewhere { "" } else { "models/" };
    format!("{folder}{id}")
}

pub(super) fn streams(path: &str) -> bool {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.trim_end_matches('/')
        .ends_with(":streamGenerateContent")
}

pub(super) fn path(operation: Operation, model: &str, stream: bool) -> String {
    let verb = match operation {
        Operation::Chat | Operation::Complete if stream => "streamGenerateContent?alt=sse",
        Operation::Chat | Operation::Complete => "generateContent",
        Operation::CountTokens => "countTokens",
        Operation::Embed => "batchEmbedContents",
        // The page size is 50 unless asked for more; this is the largest.
        Operation::ListModels => return "/models?pageSize=1000".to_owned(),
    };
    let id = model.strip_prefix("models/").unwrap_or(model);
    let is_elsewhere = OTHER_FOLDERS.iter().any(|folder| id.starts_with(folder));
    let folder = if is_elsewhere { "" } else { "models/" };
    let id = utf8_percent_encode(id, IN_PATH);
    format!("/{folder}{id}:{verb}")
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(model(at).as_deref(), Some(expected), "{at}");
        }
        for at in ["/", "/v1beta/models/x", "/v1beta/models/:generateContent"] {
            assert_eq!(model(at), None, "{at}");
        }
        assert!(streams("/v1beta/models/x:streamGenerateContent/"));
        assert!(!streams(
            "/v1beta/models/streamGenerateContent:generateContent"
        ));
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
