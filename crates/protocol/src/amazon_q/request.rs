//! The canonical request to the service's.

mod encode;
mod history;
mod instructions;
mod media;
mod tools;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderName, HeaderValue};
use serde_json::Value;

pub(super) use encode::encode;

/// The header that says which operation is meant.
pub(super) fn target(operation: &'static str) -> (HeaderName, HeaderValue) {
    (
        HeaderName::from_static("x-amz-target"),
        HeaderValue::from_static(operation),
    )
}

/// The profile is a member of the body, whatever else is in it.
pub(super) fn with_profile(body: Bytes, profile: &str) -> Bytes {
    let Some(rest) = body.strip_prefix(b"{") else {
        return body;
    };
    let mut whole = BytesMut::with_capacity(rest.len() + profile.len() + 20);
    whole.put_slice(b"{\"profileArn\":");
    whole.put_slice(Value::from(profile).to_string().as_bytes());
    if rest != b"}" {
        whole.put_u8(b',');
    }
    whole.put_slice(rest);
    whole.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_a_member_like_others() {
        let of = |body: &'static str| with_profile(Bytes::from(body), "arn:\"a\"");
        assert_eq!(of("{}"), r#"{"profileArn":"arn:\"a\""}"#);
        assert_eq!(of(r#"{"a":1}"#), r#"{"profileArn":"arn:\"a\"","a":1}"#);
    }
}
