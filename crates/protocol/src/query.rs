//! Parameters in the query of an address.

use percent_encoding::percent_decode_str;

/// An empty one is none.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let value = value.replace('+', " ");
    let value = percent_decode_str(&value).decode_utf8_lossy().into_owned();
    (!value.is_empty()).then_some(value)
}
