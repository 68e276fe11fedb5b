//! Decoders refuse or understand; encoders send what needs no more repair.

use std::sync::LazyLock;

use proptest::{collection::vec, prelude::*};
use protocol::{
    Protocol,
    canonical::{Losses, OutputFormat, OwnFields, Part, Request},
    client_codec, upstream_codec,
};

use crate::{
    arbitrary_requests, checks,
    fixtures::{self, Fixture},
    mutation::{self, Dice},
};

static REQUESTS: LazyLock<Vec<Fixture>> = LazyLock::new(|| fixtures::all("requests", "json"));

#[test]
fn a_request_comes_back_as_it_was_unless_a_loss_says_otherwise() {
    let mut faithful = 0;
    for Fixture {
        name,
        protocol,
        bytes,
    } in fixtures::all("requests", "json")
    {
        let Ok(request) = checks::decoded_request(protocol, &bytes) else {
            continue;
        };
        let mut losses = Losses::default();
        let target = checks::target();
        let sent = upstream_codec(protocol).encode_request(&request, &target, &mut losses);
        let Ok(sent) = sent else { continue };
        if losses.is_empty() && sent.undo.is_empty() {
            let mut seen = checks::decoded_request(protocol, &sent.body).unwrap();
            seen.model.clone_from(&request.model);
            assert_eq!(
                format!("{:#?}", merged(seen)),
                format!("{:#?}", merged(request)),
                "{name}"
            );
            faithful += 1;
        }
    }
    assert!(faithful > 0, "not one request came through without a loss");
}

/// Neighbours of one role mean the same as one message, no arguments the same as an empty object; one choice
/// and parallel calls are the defaults; a schema has some name; how the reply is written to the client is not
/// sent, nor what is kept here, nor what the client calls its fields.
fn merged(mut request: Request) -> Request {
    for message in &mut request.messages {
        message.at = None;
    }
    request.own_fields = OwnFields::default();
    request.messages.dedup_by(|next, message| {
        let is_same = next.role == message.role && next.name == message.name;
        if is_same {
            message.parts.append(&mut next.parts);
        }
        is_same
    });
    for part in request
        .messages
        .iter_mut()
        .flat_map(|message| &mut message.parts)
    {
        if let Part::ToolCall { arguments, .. } = part
            && arguments.is_empty()
        {
            arguments.push_str("{}");
        }
    }
    request.legacy_calls = false;
    request.groups.clear();
    request.repeated.clear();
    if let Some((_, rest)) = &mut request.rest {
        rest.retain(|field, _| !request.kept_here.contains(&field.as_str()));
    }
    request.rest = request.rest.filter(|(_, rest)| !rest.is_empty());
    request.stream_usage |= request.stream;
    if let OutputFormat::JsonSchema { name, .. } = &mut request.output {
        name.get_or_insert_with(|| "answer".to_owned());
    }
    request.choices = request.choices.filter(|count| *count > 1);
    request.parallel_tool_calls = request.parallel_tool_calls.filter(|allowed| !allowed);
    request
}

#[test]
fn every_fixture_settles() {
    for fixture in fixtures::all("requests", "json") {
        checks::request(fixture.protocol, &fixture.bytes);
    }
}

proptest! {
    #![proptest_config(crate::cases(400))]

    #[test]
    fn broken_requests_are_refused_or_settle(
        pick in any::<prop::sample::Index>(),
        dice in vec(any::<u8>(), 32),
    ) {
        let all = &*REQUESTS;
        let fixture = &all[pick.index(all.len())];
        let bytes = mutation::document(&fixture.bytes, &mut Dice::new(&dice));
        checks::request(fixture.protocol, &bytes);
    }

    #[test]
    fn any_history_settles(request in arbitrary_requests::request()) {
        for upstream in Protocol::UPSTREAMS {
            checks::settles(upstream, &request);
        }
    }

    #[test]
    fn any_bytes_are_refused(bytes in vec(any::<u8>(), 0..64)) {
        for client in Protocol::CLIENTS {
            checks::request(client, &bytes);
        }
    }
}

#[test]
fn an_empty_request_is_refused_with_a_reason() {
    for client in Protocol::CLIENTS {
        assert_eq!(client_codec(client).protocol(), client);
        for body in ["", "[]", "null", "{\"messages\": 3}"] {
            let error = checks::decoded_request(client, body.as_bytes()).unwrap_err();
            assert!(error.message.ends_with('.'), "{}", error.message);
        }
        let nothing = Request::default();
        let _ = upstream_codec(client).encode_request(
            &nothing,
            &checks::target(),
            &mut Losses::default(),
        );
    }
}
