//! Reasoning in a client's own messages that no provider of this protocol wrote, and what a strict one refuses of any.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;
use serde_json::{Value, value::RawValue};

use super::{reasoning, sent};
use crate::{
    canonical::{Capabilities, Losses, history::NOT_RESENT, turns::UNSIGNED},
    json::{Splice, members},
};

const WORDS: &str = "reasoning_content";
const DETAILS: &str = "reasoning_details";

/// Whether a message has reasoning in one of the two fields that others' is told in.
pub(super) fn is_near(body: &[u8]) -> bool {
    static FIELDS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"reasoning_"));
    FIELDS.find_iter(body).any(|at| {
        let name = body.get(at + 1..).unwrap_or_default();
        [WORDS, DETAILS]
            .iter()
            .any(|field| name.starts_with(field.as_bytes()))
    })
}

pub(super) fn out_of(
    body: &Bytes,
    capabilities: &Capabilities,
    losses: &mut Losses,
) -> Option<Bytes> {
    let is_strict = !capabilities.vendor_fields;
    if !is_strict && !reasoning::may_hold_ours(body) {
        return None;
    }
    let mut splice = Splice::new(body);
    for message in sent::by_model(body)? {
        let Ok(fields) = members(message) else {
            continue;
        };
        let details = fields.get(DETAILS);
        let items: Vec<&RawValue> = details
            .and_then(|details| serde_json::from_str(details.get()).ok())
            .unwrap_or_default();
        let ours: Vec<bool> = items.iter().map(|item| is_ours(item)).collect();
        let has_ours = ours.contains(&true);
        let mut gone = Vec::new();
        if details.is_some() && (is_strict || has_ours && !ours.contains(&false)) {
            gone.push(DETAILS);
        } else {
            splice.without(&items, &ours);
        }
        if (is_strict || has_ours) && !capabilities.reasoning_replay && fields.contains_key(WORDS) {
            gone.push(WORDS);
        }
        splice.remove(message, &gone);
        if has_ours {
            losses.dropped("messages[].reasoning", UNSIGNED);
        } else {
            let mut gone = gone.iter().filter_map(|name| fields.get(*name));
            if gone.any(|field| says_something(field)) {
                losses.dropped("messages[].reasoning", NOT_RESENT);
            }
        }
    }
    splice.done()
}

fn is_ours(item: &RawValue) -> bool {
    serde_json::from_str::<Value>(item.get()).is_ok_and(|item| reasoning::is_ours(&item))
}

fn says_something(field: &RawValue) -> bool {
    match serde_json::from_str(field.get()) {
        Ok(Value::Array(items)) => !items.is_empty(),
        Ok(Value::String(text)) => !text.is_empty(),
        Ok(value) => !value.is_null(),
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_is_no_loss() {
        let strict = Capabilities {
            vendor_fields: false,
            ..Capabilities::default()
        };
        let body = r#"{"messages":[{"role":7,"content":"q"},{"role":"assistant","content":"a","reasoning_content":null},{"role":"assistant","content":"b","reasoning_content":"","reasoning_details":[ ]}]}"#;
        let mut losses = Losses::default();
        let cleaned = out_of(&Bytes::from_static(body.as_bytes()), &strict, &mut losses);
        let left = r#"{"messages":[{"role":7,"content":"q"},{"role":"assistant","content":"a"},{"role":"assistant","content":"b"}]}"#;
        assert_eq!(cleaned.unwrap(), left);
        assert_eq!(losses.iter().count(), 0);
    }

    #[test]
    fn a_strict_provider_gets_no_field_that_it_does_not_know() {
        let strict = Capabilities {
            vendor_fields: false,
            ..Capabilities::default()
        };
        let body = r#"{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a", "reasoning_content":"hm","reasoning_details":[{"text":"hm"}]}]}"#;
        let body = Bytes::from_static(body.as_bytes());
        assert!(is_near(&body));
        let mut losses = Losses::default();
        let cleaned = out_of(&body, &strict, &mut losses).unwrap();
        let left =
            r#"{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}"#;
        assert_eq!(cleaned, left);
        assert_eq!(losses.iter().count(), 1);
        // Others get it, for it may be theirs.
        assert_eq!(out_of(&body, &Capabilities::default(), &mut losses), None);
        assert!(!is_near(br#"{"reasoning_effort":"low"}"#));
    }
}
