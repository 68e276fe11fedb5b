//! Decoders stand any bytes; encoders say what their own decoders hear.

use std::sync::LazyLock;

use proptest::{collection::vec, prelude::*};
use protocol::{
    Protocol,
    canonical::{
        Answer, Completion, Delta, Event, Finish, FinishReason, Grammar, Media, Notes, Opaque,
        Part, Request, Response, Role,
    },
};
use serde_json::Value;

use crate::{
    arbitrary, checks,
    event_stream::{put_together, taken_apart},
    fixtures::{self, Fixture},
    mutation::{self, Dice},
};

static ERRORS: LazyLock<Vec<Fixture>> = LazyLock::new(|| fixtures::all("errors", "json"));
static RESPONSES: LazyLock<Vec<Fixture>> = LazyLock::new(|| fixtures::all("responses", "json"));
static STREAMS: LazyLock<Vec<Fixture>> = LazyLock::new(fixtures::streams);

#[test]
fn edge_131_complaint_35_any_split_of_a_stream_gives_the_same_events() {
    for Fixture {
        name,
        protocol,
        bytes,
    } in fixtures::streams()
    {
        let whole = checks::decoded(protocol, [bytes.as_slice()]);
        for size in [1, 2, 3, 7, 61, 256] {
            assert_eq!(
                checks::decoded(protocol, bytes.chunks(size)),
                whole,
                "{name} in chunks of {size}"
            );
        }
        for at in (bytes.len() % 7..bytes.len()).step_by(7) {
            let (head, tail) = bytes.split_at(at);
            let halves = checks::decoded(protocol, [head, tail]);
            assert_eq!(halves, whole, "{name} cut at {at}");
        }
    }
}

#[test]
fn complaint_08_a_stream_that_stops_anywhere_ends_once() {
    for Fixture {
        name,
        protocol,
        bytes,
    } in fixtures::streams()
    {
        let whole = checks::decoded(protocol, [bytes.as_slice()]);
        let step = bytes.len().div_ceil(400);
        for at in (0..bytes.len()).step_by(step) {
            let events = checks::decoded(protocol, [&bytes[..at]]);
            assert_eq!(Grammar::check(&events), Ok(()), "{name} until {at}");
            let is_end = |event: &Event| matches!(event, Event::Error(_) | Event::Finish(_));
            let ends = events.iter().filter(|(_, event)| is_end(event)).count();
            let choices = whole
                .iter()
                .map(|(choice, _)| choice)
                .max()
                .map_or(1, |max| max + 1);
            assert!(
                (1..=choices as usize).contains(&ends),
                "{name} until {at}: {events:?}"
            );
        }
    }
}

#[test]
fn complaint_08_half_a_stream_is_a_failure() {
    for Fixture {
        name,
        protocol,
        bytes,
    } in fixtures::streams()
    {
        let half = &bytes[..bytes.len() / 2];
        let events = checks::decoded(protocol, [half]);
        let last = events.last();
        assert!(
            matches!(last, Some((_, Event::Error(_)))) || is_whole(protocol, half),
            "{name}: {last:?}"
        );
    }
}

/// The end stands in the first half already.
fn is_whole(protocol: Protocol, bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    match protocol {
        // Every end of a frame is one of the stream.
        Protocol::AmazonQ => put_together(&taken_apart(bytes)) == bytes,
        Protocol::Anthropic => text.contains("stop_reason\":\""),
        Protocol::Ollama => text.contains("\"done\":true"),
        Protocol::Gemini => text.contains("finishReason\"") || text.contains("blockReason\""),
        Protocol::OpenAiChat => text.contains("finish_reason\":\""),
        // No provider is asked in it.
        Protocol::OpenAiRealtime => false,
        Protocol::OpenAiResponses => text.contains("event: response.completed"),
    }
}

#[test]
fn a_finish_for_an_error_reaches_every_client_as_a_failure() {
    let finish = Finish::new(FinishReason::Error, Some("error"));
    let start = Event::Start {
        id: "reply-1".to_owned(),
        model: "provider-model".to_owned(),
    };
    let events = vec![(0, start), (0, Event::Finish(finish))];
    for client in Protocol::CLIENTS {
        checks::reaches(client, &events);
    }
    assert!(Response::from_events(events).is_err());
}

proptest! {
    #![proptest_config(crate::cases(400))]

    #[test]
    fn broken_streams_keep_the_grammar(
        pick in any::<prop::sample::Index>(),
        dice in vec(any::<u8>(), 32),
        sizes in vec(1..40_usize, 1..6),
    ) {
        let all = &*STREAMS;
        let fixture = &all[pick.index(all.len())];
        let bytes = mutation::stream(&fixture.bytes, &mut Dice::new(&dice));
        checks::stream(fixture.protocol, &bytes, &sizes);
    }

    #[test]
    fn broken_replies_are_refused_or_told(
        pick in any::<prop::sample::Index>(),
        dice in vec(any::<u8>(), 32),
    ) {
        let all = &*RESPONSES;
        let fixture = &all[pick.index(all.len())];
        let bytes = mutation::document(&fixture.bytes, &mut Dice::new(&dice));
        checks::response(fixture.protocol, &bytes);
    }

    #[test]
    fn broken_failures_are_still_failures(
        pick in any::<prop::sample::Index>(),
        dice in vec(any::<u8>(), 32),
        status in 400..600_u16,
    ) {
        let all = &*ERRORS;
        let fixture = &all[pick.index(all.len())];
        let bytes = mutation::document(&fixture.bytes, &mut Dice::new(&dice));
        checks::failure(fixture.protocol, status, &bytes);
    }

    #[test]
    fn any_bytes_keep_the_grammar(
        bytes in vec(any::<u8>(), 0..200),
        sizes in vec(1..40_usize, 1..6),
    ) {
        let framed = [b"data: ".as_slice(), &bytes, b"\n\n"].concat();
        for protocol in Protocol::UPSTREAMS {
            checks::stream(protocol, &bytes, &sizes);
            checks::stream(protocol, &framed, &sizes);
            checks::response(protocol, &bytes);
            checks::failure(protocol, 500, &bytes);
        }
    }

    #[test]
    fn a_client_sees_what_the_provider_said((response, events) in arbitrary::events()) {
        for client in Protocol::CLIENTS {
            checks::reaches(client, &events);
            let said = Told::by(client, &response);
            let mut told = Told::by(client, &checks::seen(client, &events).unwrap());
            if response.usage.is_none() {
                // Protocols that must state a number state an estimate.
                (told.input, told.output) = (None, None);
            }
            for (told, said) in told.answers.iter_mut().zip(&said.answers) {
                told.reason = told.reason.filter(|_| said.reason.is_some());
            }
            prop_assert_eq!(told, said, "{:?}", client);
        }
    }

    #[test]
    fn a_client_sees_whole_what_it_would_have_seen_streamed(response in arbitrary::response()) {
        for client in Protocol::CLIENTS {
            let whole = checks::seen_whole(client, &response).unwrap();
            let streamed = checks::seen(client, &response.clone().into_events()).unwrap();
            prop_assert_eq!(Told::by(client, &whole), Told::by(client, &streamed), "{:?}", client);
        }
    }

    #[test]
    fn every_client_is_told_what_a_decoder_lost(response in arbitrary::response()) {
        let chat = checks::asked(None);
        let text = Request { completion: Some(Completion::default()), ..checks::asked(None) };
        for client in Protocol::CLIENTS.into_iter().chain([Protocol::OpenAiRealtime]) {
            checks::tells_losses(client, &chat, &response);
        }
        checks::tells_losses(Protocol::OpenAiChat, &text, &response);
    }

    #[test]
    fn a_reply_is_the_same_when_it_is_sent_back(response in arbitrary::response()) {
        for client in Protocol::CLIENTS {
            let body = checks::sent_back(client, &response).to_string();
            let request = checks::decoded_request(client, body.as_bytes()).unwrap();
            let answers = request.messages.into_iter().filter(|message| message.role == Role::Assistant);
            let parts: Vec<Part> = answers.flat_map(|message| message.parts).collect();
            let state = |parts: &[Part]| -> Vec<Opaque> {
                let opaque = parts.iter().filter_map(|part| match part {
                    Part::Reasoning { opaque, .. } => opaque.clone(),
                    _ => None,
                });
                opaque.filter(|opaque| opaque.owner == Protocol::Anthropic).collect()
            };
            let answer = &response.answers[0];
            if keeps_state(client) {
                prop_assert_eq!(state(&parts), state(&answer.parts), "{:?}", client);
            }
            let finish = answer.finish.clone();
            let notes = Notes::default();
            let mut back = ToldAnswer::by(client, &Answer { parts, notes, finish });
            let mut told = ToldAnswer::by(client, answer);
            for (_, _, arguments) in back.calls.iter_mut().chain(&mut told.calls) {
                // Clients lay out JSON anew.
                *arguments = serde_json::from_str::<Value>(arguments).unwrap().to_string();
            }
            let has_foreign_state = answer.parts.iter().any(|part| {
                matches!(part, Part::Reasoning { opaque: Some(opaque), .. } if opaque.owner != Protocol::OpenAiChat)
            });
            if has_foreign_state {
                // Reasoning without state is not kept beside reasoning with it; no provider mixes them.
                back.reasoning.clone_from(&told.reasoning);
            }
            prop_assert_eq!(back, told, "{:?}", client);
        }
    }

    #[test]
    fn complaint_04_every_fragment_goes_out_at_once((_, events) in arbitrary::orderly_events()) {
        for client in Protocol::CLIENTS {
            let mut sender = checks::Sender::new(client, &events);
            for (choice, event) in &events {
                let sent = sender.send(*choice, event);
                let is_fragment = match event {
                    Event::PartDelta { delta: Delta::Arguments(_), .. } => !has_whole_calls(client),
                    Event::PartDelta { delta: Delta::Text(_), .. } => true,
                    _ => false,
                };
                prop_assert!(!is_fragment || !sent.is_empty(), "{:?} held back {:?}", client, event);
            }
        }
    }
}

/// Whether a client's calls of tools have ids.
fn has_call_ids(client: Protocol) -> bool {
    match client {
        Protocol::AmazonQ
        | Protocol::Anthropic
        | Protocol::Gemini
        | Protocol::OpenAiChat
        | Protocol::OpenAiRealtime
        | Protocol::OpenAiResponses => true,
        Protocol::Ollama => false,
    }
}

/// Whether a client is told a call only when it is whole: then there are no fragments of its arguments.
fn has_whole_calls(client: Protocol) -> bool {
    match client {
        Protocol::AmazonQ
        | Protocol::Anthropic
        | Protocol::OpenAiChat
        | Protocol::OpenAiRealtime
        | Protocol::OpenAiResponses => false,
        Protocol::Gemini | Protocol::Ollama => true,
    }
}

/// Whether a client can be shown what a model drew.
fn has_images(client: Protocol) -> bool {
    match client {
        Protocol::AmazonQ | Protocol::Anthropic | Protocol::Ollama | Protocol::OpenAiRealtime => {
            false
        }
        Protocol::Gemini | Protocol::OpenAiChat | Protocol::OpenAiResponses => true,
    }
}

/// Whether a client can carry a provider's state from one request to the next.
fn keeps_state(client: Protocol) -> bool {
    match client {
        Protocol::AmazonQ
        | Protocol::Anthropic
        | Protocol::Gemini
        | Protocol::OpenAiChat
        | Protocol::OpenAiRealtime
        | Protocol::OpenAiResponses => true,
        Protocol::Ollama => false,
    }
}

/// What of a reply a protocol can tell, in one form.
#[derive(Debug, PartialEq)]
struct Told {
    answers: Vec<ToldAnswer>,
    input: Option<u64>,
    output: Option<u64>,
}

#[derive(Debug, Default, PartialEq)]
struct ToldAnswer {
    text: String,
    refusal: String,
    reasoning: String,
    /// The client's own provider's state, which must come through byte for byte.
    opaque: Vec<Opaque>,
    calls: Vec<(String, String, String)>,
    images: Vec<Media>,
    reason: Option<FinishReason>,
}

impl Told {
    fn by(client: Protocol, response: &Response) -> Self {
        let count = match client {
            Protocol::AmazonQ
            | Protocol::Anthropic
            | Protocol::Ollama
            | Protocol::OpenAiRealtime
            | Protocol::OpenAiResponses => 1,
            Protocol::Gemini | Protocol::OpenAiChat => response.answers.len(),
        };
        let answers = response.answers.iter().take(count);
        Self {
            answers: answers
                .map(|answer| ToldAnswer::by(client, answer))
                .collect(),
            input: response.usage.and_then(|usage| usage.input_total()),
            output: response.usage.and_then(|usage| usage.output),
        }
    }
}

impl ToldAnswer {
    fn by(client: Protocol, answer: &Answer) -> Self {
        // Some have no refusals, some wrap up whatever state they are given, one has no place for either.
        let (has_refusals, has_opaque) = match client {
            Protocol::AmazonQ | Protocol::Anthropic | Protocol::Gemini => (false, true),
            Protocol::Ollama | Protocol::OpenAiRealtime => (false, false),
            Protocol::OpenAiChat => (true, false),
            Protocol::OpenAiResponses => (true, true),
        };
        let mut told = Self::default();
        for part in &answer.parts {
            match part {
                Part::Refusal(text) if has_refusals => told.refusal.push_str(text),
                Part::Refusal(text) | Part::Text(text) => told.text.push_str(text),
                Part::Reasoning { text, opaque } => {
                    told.reasoning.push_str(text);
                    let own = opaque.iter().filter(|opaque| opaque.owner == client);
                    // By what name a client knows it is ours to say.
                    let unnamed = own.filter(|_| has_opaque).map(|opaque| Opaque {
                        id: None,
                        ..opaque.clone()
                    });
                    told.opaque.extend(unnamed);
                }
                Part::ToolCall {
                    id,
                    name,
                    arguments,
                } => {
                    let arguments = if arguments.is_empty() {
                        "{}"
                    } else {
                        arguments
                    };
                    let id = Some(id).filter(|_| has_call_ids(client));
                    told.calls.push((
                        id.cloned().unwrap_or_default(),
                        name.clone(),
                        arguments.to_owned(),
                    ));
                }
                Part::Image(image) if has_images(client) => told.images.push(image.clone()),
                Part::File(_) | Part::Image(_) | Part::ToolResult { .. } => {}
            }
        }
        told.reason = match answer.finish.reason {
            FinishReason::Stop | FinishReason::Length | FinishReason::ToolCalls => {
                Some(answer.finish.reason)
            }
            _ => None,
        };
        told
    }
}
