//! A reply that is kept can be streamed again, and is the same then.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use protocol::{
    ClientCodec, Protocol, ReplyContext,
    canonical::{Losses, Request, Response, Sampling},
    client_codec,
};

use crate::{arbitrary, checks};

/// What a client was sent: whole, and as a stream of the same events.
fn sent(response: &Response) -> (Bytes, Bytes) {
    let request = Request {
        sampling: Sampling {
            logprobs: Some(0),
            ..Sampling::default()
        },
        ..Request::default()
    };
    let reply = ReplyContext {
        previous: Some("resp_before".to_owned()),
        ..checks::reply()
    };
    let (mut stream, mut losses) = (BytesMut::new(), Losses::default());
    let whole = codec().encode_response(response, &request, &reply, &mut losses);
    let mut encoder = codec().event_encoder(&request, &reply);
    for (choice, event) in response.clone().into_events() {
        encoder.push(choice, &event, &mut stream, &mut losses);
    }
    (whole, stream.freeze())
}

fn codec() -> &'static dyn ClientCodec {
    client_codec(Protocol::OpenAiResponses)
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

proptest! {
    #![proptest_config(crate::cases(256))]

    #[test]
    fn a_kept_reply_is_streamed_as_it_was(response in arbitrary::response()) {
        let (whole, stream) = sent(&response);
        let again = codec().replayed(&whole, None).unwrap();
        prop_assert_eq!(text(&again), text(&stream));
    }

    #[test]
    fn a_replay_goes_on_behind_any_number(response in arbitrary::response(), after in 0..40_usize) {
        let (whole, stream) = sent(&response);
        let rest = codec().replayed(&whole, Some(after as u64)).unwrap();
        let stream = text(&stream);
        let events: Vec<&str> = stream.split_inclusive("\n\n").collect();
        let first = (after + 1).min(events.len() - 1);
        prop_assert_eq!(text(&rest), events[first..].concat());
    }
}

#[test]
fn what_is_no_reply_is_not_streamed() {
    for body in [
        "",
        "[]",
        "{}",
        r#"{"id":"resp_1"}"#,
        r#"{"id":"x","model":"m","created_at":1}"#,
    ] {
        assert_eq!(codec().replayed(&Bytes::from(body), None), None, "{body}");
    }
}
