//! Whole replies to clients that want a text gone on with.

use bytes::Bytes;

use super::{finish_word, shown_id};
use crate::{
    ReplyContext,
    canonical::{Losses, Part, Request, Response},
    json,
    openai_chat::{
        events::usage_of,
        wire::{TextChoice, TextCompletion},
    },
};

pub(in crate::openai_chat) fn encode(
    response: &Response,
    request: &Request,
    reply: &ReplyContext,
    losses: &mut Losses,
) -> Bytes {
    for loss in &response.losses {
        losses.add(loss);
    }
    let echoed = echoed(request);
    let mut written = 0;
    let mut texts = Vec::with_capacity(response.answers.len());
    for answer in &response.answers {
        let mut text = echoed.to_owned();
        for part in &answer.parts {
            match part {
                Part::Refusal(said) | Part::Text(said) => {
                    written += said.len();
                    text.push_str(said);
                }
                Part::Reasoning { .. } => no_place_for_reasoning(losses),
                Part::File(_)
                | Part::Image(_)
                | Part::ToolCall { .. }
                | Part::ToolResult { .. } => {
                    losses.dropped("text", "may hold nothing but text");
                }
            }
        }
        texts.push((text, finish_word(answer.finish.reason)));
    }
    let choices: Vec<TextChoice<'_>> = (0..)
        .zip(&texts)
        .map(|(index, (text, reason))| TextChoice {
            text,
            index,
            logprobs: (),
            finish_reason: Some(reason),
        })
        .collect();
    let usage = usage_of(
        response.usage,
        reply.estimated_input_tokens,
        written,
        losses,
    );
    json::write(&TextCompletion {
        id: &shown_id(&response.id),
        object: "text_completion",
        created: reply.created,
        model: &reply.model,
        choices: &choices,
        usage: Some(Some(usage)),
    })
}

/// What stands at the head of each answer.
pub(super) fn echoed(request: &Request) -> &str {
    match &request.completion {
        Some(completion) if completion.echo => request.prompt(),
        Some(_) | None => "",
    }
}

pub(super) fn no_place_for_reasoning(losses: &mut Losses) {
    losses.dropped("reasoning", "has no place in a text that is gone on with");
}
