//! Whole replies: a provider's, and ours to clients.

use bytes::Bytes;
use memchr::memchr;
use serde::de::IgnoredAny;

use super::{
    events::{LineDecoder, Reader, Said, Writer, called},
    wire::Line,
};
use crate::{
    EventDecoder, ExchangeId, ReplyContext,
    canonical::{
        Answer, Events, Finish, FinishReason, Losses, NO_DRAWING, NOT_OF_PROTOCOL, Notes, Part,
        Request, Response,
    },
    json,
};

pub(super) fn events(body: &[u8], exchange: &ExchangeId) -> Events {
    let mut events = Events::new();
    if is_stream(body) {
        let mut decoder = LineDecoder::new(exchange);
        decoder.push(body, &mut events);
        decoder.finish(&mut events);
    } else {
        Reader::new(exchange).whole(body, &mut events);
    }
    events
}

/// Some stream whatever was asked for: then the first line is a text of its own, and not the last.
fn is_stream(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    memchr(b'\n', body)
        .is_some_and(|end| serde_json::from_slice::<IgnoredAny>(&body[..end]).is_ok())
}

/// The answer to a request that holds no message: it only asks for the model to be loaded, or to be let go.
pub(super) fn of_loading(request: &Request) -> Option<Response> {
    if !request.messages.is_empty() {
        return None;
    }
    let rest = request.rest.as_ref().map(|(_, rest)| rest);
    let keep_alive = rest.and_then(|rest| rest.get("keep_alive"));
    let let_go = keep_alive.is_some_and(|time| {
        time.as_f64() == Some(0.0)
            || time
                .as_str()
                .is_some_and(|time| time.trim_end_matches(['s', 'm', 'h']) == "0")
    });
    let word = if let_go { "unload" } else { "load" };
    Some(Response {
        id: String::new(),
        model: request.model.clone(),
        answers: vec![Answer {
            parts: Vec::new(),
            notes: Notes::default(),
            finish: Finish::new(FinishReason::Stop, Some(word)),
        }],
        usage: None,
        losses: Vec::new(),
    })
}

pub(super) fn encode(
    response: &Response,
    request: &Request,
    reply: &ReplyContext,
    losses: &mut Losses,
) -> Bytes {
    for loss in &response.losses {
        losses.add(loss);
    }
    let mut answers = response.answers.iter();
    let Some(answer) = answers.next() else {
        return Bytes::new();
    };
    if answers.next().is_some() {
        losses.dropped(
            "n",
            "several answers do not fit in this protocol: the first is kept",
        );
    }
    let mut writer = Writer::new(request, reply);
    if let Some(usage) = &response.usage {
        writer.counts(usage);
    }
    for note in answer.notes.all() {
        writer.notes(&note, losses);
    }
    let (mut content, mut thinking, mut calls) = (String::new(), String::new(), Vec::new());
    for part in &answer.parts {
        match part {
            Part::Refusal(text) | Part::Text(text) => {
                writer.writes(text);
                content.push_str(text);
            }
            Part::Reasoning { text, opaque } => {
                writer.writes(text);
                thinking.push_str(text);
                if opaque.is_some() {
                    losses.dropped("reasoning.state", NOT_OF_PROTOCOL);
                }
            }
            Part::ToolCall {
                name, arguments, ..
            } => {
                writer.writes(arguments);
                calls.push(called(name, arguments));
            }
            Part::Image(_) => losses.dropped("content", NO_DRAWING),
            Part::File(_) | Part::ToolResult { .. } => {
                losses.dropped("content", "held something that is not text");
            }
        }
    }
    let said = Said {
        content: &content,
        thinking: &thinking,
        calls: &calls,
    };
    let logprobs = writer.take_likely();
    json::write(&Line {
        logprobs,
        ..writer.last(said, &answer.finish, losses)
    })
}
