//! Texts as vectors, one and many.

use http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::{
    called, credential,
    strict::{Checked, keys, want},
};

/// The vector of a text is its length and a half.
pub(in crate::fake) fn embed(
    headers: &HeaderMap,
    uri: &Uri,
    body: &Value,
) -> Result<String, (u16, String)> {
    credential(headers, uri)?;
    let (model, verb) = called(uri);
    let vector = |request: &Value| {
        let text = request["content"]["parts"][0]["text"].as_str();
        json!({"values": [text.unwrap_or_default().len(), 0.5]})
    };
    let checked = |request: &Value| one(request, model).map_err(|message| (400, message));
    if verb == "embedContent" {
        checked(body)?;
        return Ok(json!({ "embedding": vector(body) }).to_string());
    }
    keys(body, "", &["requests"]).map_err(|message| (400, message))?;
    let requests = body["requests"].as_array();
    let requests = requests.into_iter().flatten();
    let vectors = requests.map(|request| checked(request).map(|()| vector(request)));
    let vectors = vectors.collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ "embeddings": vectors }).to_string())
}

fn one(request: &Value, model: &str) -> Checked {
    keys(
        request,
        "requests[0]",
        &[
            "content",
            "model",
            "outputDimensionality",
            "taskType",
            "title",
        ],
    )?;
    let named = request["model"].as_str();
    want(
        named.is_none_or(|named| named == format!("models/{model}")),
        || format!("The model {named:?} does not match the address, which says {model}."),
    )?;
    keys(
        &request["content"],
        "requests[0].content",
        &["parts", "role"],
    )?;
    let parts = request["content"]["parts"].as_array();
    want(parts.is_some_and(|parts| !parts.is_empty()), || {
        "content.parts: must not be empty".to_owned()
    })
}
