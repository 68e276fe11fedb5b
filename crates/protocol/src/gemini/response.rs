//! Whole replies: a provider's, and ours to clients.

use bytes::Bytes;

use super::{
    drawn,
    events::{Decoder, finish_word, usage_out},
    signature,
    wire::{CallOut, CandidateOut, Grounding, LogprobsResult, PartOut, ReplyOut},
};
use crate::{
    EventDecoder, ExchangeId, ReplyContext,
    canonical::{Answer, Events, Losses, Notes, ONLY_ADDRESS, OpaqueKind, Part, Request, Response},
    json::{self, arguments_object},
};

pub(super) fn events(body: &[u8], exchange: &ExchangeId) -> Events {
    let mut events = Events::new();
    let mut decoder = Decoder::new(exchange);
    decoder.push(body, &mut events);
    decoder.finish(&mut events);
    events
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
    let candidates = (0..).zip(&response.answers).map(|(index, answer)| {
        let reason = finish_word(answer.finish.reason);
        let Notes {
            citations,
            searches,
            ..
        } = &answer.notes;
        let text = answer.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::File(_)
            | Part::Image(_)
            | Part::Reasoning { .. }
            | Part::Refusal(_)
            | Part::ToolCall { .. }
            | Part::ToolResult { .. } => None,
        });
        let is_noted = !citations.is_empty();
        let text: String = text.filter(|_| is_noted).collect();
        let asked = request.sampling.logprobs;
        CandidateOut {
            finish_reason: Some(reason),
            grounding_metadata: Grounding::of(&text, citations, searches),
            logprobs_result: asked.and_then(|_| LogprobsResult::of(&answer.notes.logprobs)),
            ..CandidateOut::new(index, parts(answer, losses))
        }
    });
    let candidates = candidates.collect();
    let written = response.answers.iter().map(written).sum();
    let usage = usage_out(
        response.usage,
        reply.estimated_input_tokens,
        written,
        losses,
    );
    json::write(&ReplyOut {
        candidates,
        usage_metadata: Some(usage),
        model_version: &reply.model,
        response_id: if response.id.is_empty() {
            &reply.exchange.0
        } else {
            &response.id
        },
    })
}

/// How many bytes the model wrote, to estimate tokens where the provider counts none.
fn written(answer: &Answer) -> usize {
    let parts = answer.parts.iter().map(|part| match part {
        Part::Reasoning { text, .. } | Part::Refusal(text) | Part::Text(text) => text.len(),
        Part::ToolCall { arguments, .. } => arguments.len(),
        Part::File(_) | Part::Image(_) | Part::ToolResult { .. } => 0,
    });
    parts.sum()
}

fn parts<'a>(answer: &'a Answer, losses: &mut Losses) -> Vec<PartOut<'a>> {
    let mut parts = Vec::new();
    // State that stands on the part behind it.
    let mut state = None;
    for part in &answer.parts {
        match part {
            Part::Text(text) | Part::Refusal(text) => {
                if !text.is_empty() {
                    parts.push(PartOut::text(text).signed(state.take()));
                }
            }
            Part::Reasoning { text, opaque } => {
                let written = opaque.as_ref().map(signature::write);
                let is_proof = opaque
                    .as_ref()
                    .is_some_and(|opaque| opaque.kind == OpaqueKind::Signature);
                let (on_it, behind) = if is_proof {
                    (written, None)
                } else {
                    (None, written)
                };
                if !text.is_empty() || on_it.is_some() {
                    parts.push(PartOut::thought(text).signed(on_it));
                }
                if let Some(behind) = behind
                    && let Some(alone) = state.replace(behind)
                {
                    parts.push(PartOut::text("").signed(Some(alone)));
                }
            }
            Part::ToolCall {
                id,
                name,
                arguments,
            } => parts.push(PartOut {
                function_call: Some(CallOut {
                    id: id.into(),
                    name: name.into(),
                    args: arguments_object(arguments),
                }),
                thought_signature: state.take(),
                ..PartOut::default()
            }),
            Part::Image(image) => match drawn::write(image) {
                Some(part) => parts.push(part.signed(state.take())),
                None => losses.dropped("content", ONLY_ADDRESS),
            },
            Part::File(_) | Part::ToolResult { .. } => {
                losses.dropped("content", "held something that is not text");
            }
        }
    }
    if let Some(alone) = state {
        parts.push(PartOut::text("").signed(Some(alone)));
    }
    parts
}
