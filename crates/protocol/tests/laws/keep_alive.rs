//! Signs of life between the events of a stream change nothing of what its client understands.

use protocol::{
    Operation, Protocol, ReplyContext, StreamForm,
    canonical::{Answer, Response, Usage},
    client_codec,
};

use crate::{
    checks::{self, Sender},
    fixtures,
};

fn form(client: Protocol, query: Option<&str>) -> StreamForm {
    client_codec(client).stream_form(&ReplyContext {
        operation: Operation::Chat,
        exchange: checks::exchange(),
        model: "client-model".to_owned(),
        created: 1_763_700_000,
        estimated_input_tokens: None,
        query: query.map(str::to_owned),
        elapsed: std::time::Duration::ZERO,
        previous: None,
    })
}

fn told(client: Protocol, bytes: &[u8]) -> Result<(Vec<Answer>, Option<Usage>), String> {
    let events = checks::decoded(client, [bytes]);
    let reply = Response::from_events(events).map_err(|error| error.message)?;
    Ok((reply.answers, reply.usage))
}

#[test]
fn complaint_03_signs_of_life_are_not_heard_wherever_a_frame_may_begin() {
    let mut tried = 0;
    for fixture in fixtures::streams() {
        let events = checks::decoded(fixture.protocol, [fixture.bytes.as_slice()]);
        for client in Protocol::CLIENTS {
            if !Protocol::UPSTREAMS.contains(&client) {
                continue;
            }
            let form = form(client, None);
            let plain = checks::encoded(client, &events);
            let mut sender = Sender::new(client, &events);
            let mut alive = form.keep_alive.to_vec();
            for (choice, event) in &events {
                let sent = sender.send(*choice, event);
                alive.extend_from_slice(&sent);
                // As the gateway does it: only where a frame has ended, and not behind the end.
                let rest = plain.ends_with(&sent) && alive.len() >= plain.len();
                if sent.ends_with(form.frame_end) && !rest {
                    alive.extend_from_slice(&form.keep_alive);
                    alive.extend_from_slice(&form.keep_alive);
                }
            }
            let name = format!("{} to {client:?}", fixture.name);
            assert_eq!(told(client, &alive), told(client, &plain), "{name}");
            tried += 1;
        }
    }
    assert!(tried > 50, "{tried}");
}

#[test]
fn complaint_03_a_sign_of_life_ends_its_own_frame() {
    for client in Protocol::CLIENTS {
        for query in [None, Some("alt=sse")] {
            let form = form(client, query);
            let ends = |end: &[u8]| form.keep_alive.ends_with(end);
            // Else no second one could follow it.
            let is_frame = ends(form.frame_end) || ends(b"\r\n\r\n");
            assert!(
                is_frame && !form.keep_alive.is_empty(),
                "{client:?} {query:?}"
            );
            assert!(!form.content_type.is_empty(), "{client:?} {query:?}");
        }
    }
}
