//! Whole replies to clients that want a text gone on with.

use bytes::Bytes;

use super::{finish_word, shown_id};
use crate::{
    ReplyContext,
    canonical::{Choice, Logprob, Losses, NOT_OF_PROTOCOL, Part, Request, Response, WEB_SEARCH},
    json,
    openai_chat::{
        events::usage_of,
        wire::{TextChoice, TextCompletion, TextLikely},
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
    let mut written = 0;
    let mut texts = Vec::with_capacity(response.answers.len());
    let echoes = Echoes::of(request);
    for (choice, answer) in (0..).zip(&response.answers) {
        let mut text = echoes.at(choice).to_owned();
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
        if !answer.notes.citations.is_empty() {
            no_place_for_citations(losses);
        }
        if !answer.notes.searches.is_empty() {
            losses.dropped(WEB_SEARCH, NOT_OF_PROTOCOL);
        }
        let logprobs = &answer.notes.logprobs;
        let asked = request.sampling.logprobs.map(|_| logprobs);
        let likely = asked.map(|likely| likely.text.iter().chain(&likely.refusal).cloned());
        let likely: Vec<Logprob> = likely.into_iter().flatten().collect();
        texts.push((text, likely, finish_word(answer.finish.reason)));
    }
    let choices: Vec<TextChoice<'_>> = (0..)
        .zip(&texts)
        .map(|(index, (text, likely, reason))| TextChoice {
            text,
            index,
            logprobs: TextLikely::of(likely, &mut 0),
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

/// What stands at the head of the answers.
pub(super) struct Echoes {
    texts: Vec<String>,
    /// So many answers begin with the same.
    each: u32,
}

impl Echoes {
    pub(super) fn of(request: &Request) -> Self {
        let echo = request
            .completion
            .as_ref()
            .is_some_and(|completion| completion.echo);
        let texts = request.prompts().filter(|_| echo).map(str::to_owned);
        Self {
            texts: texts.collect(),
            each: request.choices.unwrap_or(1).max(1),
        }
    }

    pub(super) fn at(&self, choice: Choice) -> &str {
        let text = usize::try_from(choice / self.each).ok();
        let text = text.and_then(|at| self.texts.get(at));
        text.map_or("", String::as_str)
    }
}

pub(super) fn no_place_for_citations(losses: &mut Losses) {
    losses.dropped(
        "annotations",
        "have no place in a text that is gone on with",
    );
}

pub(super) fn no_place_for_reasoning(losses: &mut Losses) {
    losses.dropped("reasoning", "has no place in a text that is gone on with");
}
