//! Names and ids in the spelling that targets accept. By hash, so that the same name always gets the same
//! spelling: across requests (prompt caches) and for a call and its result alike.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::Losses;

const CALL_ID_LIMIT: usize = 64;

/// `[A-Za-z0-9_-]{1,limit}`, which every protocol accepts for tool names and call ids.
pub(crate) fn is_plain(text: &str, limit: usize) -> bool {
    (1..=limit).contains(&text.len()) && text.bytes().all(is_plain_byte)
}

/// The name itself, or its beginning with a hash of the whole.
pub(crate) fn tool_name(name: &str, limit: usize) -> Cow<'_, str> {
    if is_plain(name, limit) {
        return Cow::Borrowed(name);
    }
    let hash = hash(name, 8);
    let mut spelled: String = name
        .chars()
        .map(|letter| match u8::try_from(letter) {
            Ok(byte) if is_plain_byte(byte) => letter,
            Ok(_) | Err(_) => '_',
        })
        .take(limit.saturating_sub(hash.len() + 1))
        .collect();
    if spelled.is_empty() {
        spelled.push_str("tool");
    }
    spelled.push('_');
    spelled.push_str(&hash);
    Cow::Owned(spelled)
}

/// The id itself, or a hash of it.
pub fn call_id(id: &str) -> Cow<'_, str> {
    if is_plain(id, CALL_ID_LIMIT) {
        Cow::Borrowed(id)
    } else {
        Cow::Owned(format!("call_{}", hash(id, 24)))
    }
}

/// The same for a target of messages; another spelling is reported.
pub(crate) fn sent_call_id<'a>(id: &'a str, losses: &mut Losses) -> Cow<'a, str> {
    let spelled = call_id(id);
    if spelled != id {
        losses.renamed(
            "messages[].tool_call_id",
            "has a form that not every provider accepts; call and result got another",
        );
    }
    spelled
}

/// The id itself where it is exactly so many letters and digits, or a hash of it that is.
pub(crate) fn short_call_id<'a>(id: &'a str, length: usize, losses: &mut Losses) -> Cow<'a, str> {
    if id.len() == length && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Cow::Borrowed(id);
    }
    losses.renamed(
        "messages[].tool_call_id",
        format!(
            "has a form that this provider refuses; call and result got another of {length} letters"
        ),
    );
    Cow::Owned(hash(id, length))
}

/// The first `digits` (64 at most) hexadecimal digits of a hash.
pub(crate) fn hash(text: &str, digits: usize) -> String {
    let mut hex: String = Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex.truncate(digits);
    hex
}

fn is_plain_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_spellings_stay() {
        assert_eq!(tool_name("get_weather", 64), "get_weather");
        assert_eq!(call_id("toolu_01-B"), "toolu_01-B");
    }

    #[test]
    fn others_are_spelled_by_hash() {
        let long = "mcp.files/".to_owned() + &"read".repeat(30);
        let spelled = tool_name(&long, 64);
        assert!(is_plain(&spelled, 64), "{spelled}");
        assert!(spelled.starts_with("mcp_files_readread"), "{spelled}");
        assert_ne!(spelled, tool_name(&(long.clone() + "!"), 64));
        assert_eq!(spelled, tool_name(&long, 64));
        assert!(is_plain(&tool_name("", 64), 64));
        assert!(is_plain(&tool_name("工具", 64), 64));
        assert!(is_plain(&call_id("functions.read:0"), 64));
        assert!(is_plain(&call_id(""), 64));
    }
}
