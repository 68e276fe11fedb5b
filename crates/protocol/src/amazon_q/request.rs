//! The canonical request to the service's.

mod encode;
mod history;
mod instructions;
mod media;
mod schema;
mod tools;

use bytes::{BufMut as _, BytesMut};
use http::{HeaderName, HeaderValue};
use serde_json::Value;

pub(super) use encode::encode;

use crate::Encoded;

/// The header that says which operation is meant.
pub(super) fn target(operation: &'static str) -> (HeaderName, HeaderValue) {
    (
        HeaderName::from_static("x-amz-target"),
        HeaderValue::from_static(operation),
    )
}

/// The profile is a member of the body, whatever else is in it.
pub(super) fn with_profile(encoded: Encoded, profile: &str) -> Encoded {
    let Some(rest) = encoded.body.strip_prefix(b"{") else {
        return encoded;
    };
    let mut body = BytesMut::with_capacity(rest.len() + profile.len() + 20);
    body.put_slice(b"{\"profileArn\":");
    body.put_slice(Value::from(profile).to_string().as_bytes());
    if rest != b"}" {
        body.put_u8(b',');
    }
    body.put_slice(rest);
    Encoded {
        body: body.freeze(),
        ..encoded
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::canonical::Undo;

    #[test]
    fn a_profile_is_a_member_like_others() {
        let of = |body: &'static str| {
            let encoded = Encoded {
                body: Bytes::from(body),
                headers: Vec::new(),
                undo: Undo::default(),
            };
            with_profile(encoded, "arn:\"a\"").body
        };
        assert_eq!(of("{}"), r#"{"profileArn":"arn:\"a\""}"#);
        assert_eq!(of(r#"{"a":1}"#), r#"{"profileArn":"arn:\"a\"","a":1}"#);
    }
}
