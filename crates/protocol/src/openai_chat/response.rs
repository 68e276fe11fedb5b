//! Whole replies: a provider's, and ours to clients.

use bytes::Bytes;

use super::{
    events::{ChatDecoder, Reader, details_of, finish_word, likely_of, shown_id, usage_of},
    reasoning,
    wire::{
        Annotation, Completion, CompletionChoice, CompletionMessage, DrawnImage, Function, ToolCall,
    },
};
use crate::{
    EventDecoder, ExchangeId, ReplyContext,
    canonical::{
        Answer, Events, Losses, NO_DRAWING, NOT_OF_PROTOCOL, Part, Request, Response, ToolKind,
        WEB_SEARCH, free_text,
    },
    json::{self, parseable},
};

pub(super) fn events(body: &[u8], exchange: &ExchangeId) -> Events {
    let mut events = Events::new();
    if is_stream(body) {
        let mut decoder = ChatDecoder::new(exchange);
        decoder.push(body, &mut events);
        decoder.finish(&mut events);
    } else {
        Reader::new(exchange).whole(body, &mut events);
    }
    events
}

/// Some stream whatever was asked for.
fn is_stream(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    [&b"data:"[..], b"event:", b":"]
        .iter()
        .any(|start| body.starts_with(start))
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
    let mut written = 0;
    let mut choices = Vec::with_capacity(response.answers.len());
    for (index, answer) in response.answers.iter().enumerate() {
        choices.push(CompletionChoice {
            index,
            message: message(answer, request, &mut written, losses),
            logprobs: request
                .sampling
                .logprobs
                .and_then(|_| likely_of(&answer.notes.logprobs)),
            finish_reason: finish_word(answer.finish.reason, request.legacy_calls),
        });
    }
    let usage = usage_of(
        response.usage,
        reply.estimated_input_tokens,
        written,
        losses,
    );
    let completion = Completion {
        id: &shown_id(&response.id),
        object: "chat.completion",
        created: reply.created,
        model: &reply.model,
        choices,
        usage,
    };
    json::write(&completion)
}

fn message<'a>(
    answer: &'a Answer,
    request: &Request,
    written: &mut usize,
    losses: &mut Losses,
) -> CompletionMessage<'a> {
    if !answer.notes.searches.is_empty() {
        losses.dropped(WEB_SEARCH, NOT_OF_PROTOCOL);
    }
    let mut message = CompletionMessage {
        role: "assistant",
        content: None,
        refusal: None,
        annotations: answer.notes.citations.iter().map(Annotation::of).collect(),
        images: Vec::new(),
        reasoning_content: None,
        reasoning_details: Vec::new(),
        tool_calls: Vec::new(),
        function_call: None,
        extra_content: None,
    };
    let mut details = 0;
    // For the call that comes next, or the message itself.
    let mut extra = None;
    let mut add = |field: &mut Option<String>, text: &str| {
        *written += text.len();
        if !text.is_empty() {
            field.get_or_insert_default().push_str(text);
        }
    };
    for part in &answer.parts {
        match part {
            Part::Text(text) => add(&mut message.content, text),
            Part::Refusal(text) => add(&mut message.refusal, text),
            Part::Reasoning { text, opaque } => {
                add(&mut message.reasoning_content, text);
                let Some(opaque) = opaque else { continue };
                if let Some(of_call) = reasoning::extra_of(opaque) {
                    extra = Some(of_call);
                } else {
                    let behind_text = message.content.is_some();
                    let items = details_of(opaque, text, behind_text, &mut details);
                    message.reasoning_details.extend(items);
                }
            }
            Part::ToolCall { .. } if request.legacy_calls && message.function_call.is_some() => {
                losses.dropped(
                    "tool_calls",
                    "may be one a reply in the older form of calls",
                );
            }
            Part::ToolCall {
                id,
                name,
                arguments,
            } => {
                add(&mut None, arguments);
                let is_custom = request
                    .tools
                    .iter()
                    .any(|tool| tool.name == *name && matches!(tool.kind, ToolKind::Custom { .. }));
                let (id, name) = (id.as_str().into(), name.as_str().into());
                if request.legacy_calls {
                    let call = Function::called(Some(name), parseable(arguments));
                    message.function_call = Some(call);
                } else if is_custom {
                    let input = free_text::unwrap(arguments).into();
                    let call = ToolCall {
                        extra_content: extra.take(),
                        ..ToolCall::of_free_text(id, name, input)
                    };
                    message.tool_calls.push(call);
                } else {
                    let call = ToolCall {
                        extra_content: extra.take(),
                        ..ToolCall::of_function(id, name, parseable(arguments))
                    };
                    message.tool_calls.push(call);
                }
            }
            Part::Image(image) => match DrawnImage::of(image, None) {
                Some(image) => message.images.push(image),
                None => losses.dropped("content", NO_DRAWING),
            },
            Part::File(_) | Part::ToolResult { .. } => {
                losses.dropped("content", "held something that is not text");
            }
        }
    }
    message.extra_content = extra;
    let said_otherwise = message.refusal.is_some()
        || message.function_call.is_some()
        || !message.tool_calls.is_empty();
    if !said_otherwise {
        message.content.get_or_insert_default();
    }
    message
}
