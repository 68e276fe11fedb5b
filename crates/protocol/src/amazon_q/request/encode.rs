//! Puts the request together.

use bytes::Bytes;

use super::{history, instructions, target, tools};
use crate::{
    Encoded, Protocol,
    amazon_q::wire::{ChatBody, ChatMessage, ConversationState},
    canonical::{
        ApiError, Losses, Message, NOT_OF_PROTOCOL, Request, Role, StructuredOutput, TargetModel,
        ToolNames,
        output::{self, Output},
        turns,
    },
};

pub(in crate::amazon_q) fn encode(
    request: &Request,
    target_model: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    refuse_meaning(request)?;
    let capabilities = &target_model.capabilities;
    let (leading, conversation) = split(&request.messages);
    let mut turns = turns::repair(conversation, Protocol::AmazonQ, losses);
    if turns.is_empty() {
        let what = if request.messages.is_empty() && request.instructions.is_empty() {
            "messages: at least one message is required."
        } else {
            "messages: at least one user message is required."
        };
        return Err(ApiError::invalid("messages", what));
    }
    turns::close(&mut turns, false, losses);

    let names = ToolNames::with(request, capabilities.tool_name_limit, tools::name, losses);
    let toolbox = tools::toolbox(request, &turns, &names, losses);
    let mut words = instructions::of(request, leading, losses);
    // There is no switch for it, whatever the model could do elsewhere.
    match output::plan(request, StructuredOutput::Instruction, losses) {
        Output::Instruction(instruction) => words.push(instruction),
        Output::Native(_) | Output::Text | Output::Tool { .. } => {}
    }
    words.extend(toolbox.words);
    words.extend(instructions::thinking(
        request.reasoning,
        capabilities.thinking,
        losses,
    ));
    report_settings(request, losses);

    let history::Conversation {
        history,
        mut current,
    } = history::arrange(
        &turns,
        &words.join("\n\n"),
        &target_model.name,
        &names,
        losses,
    )?;
    current.user_input_message_context.tools = toolbox.tools;
    let body = ChatBody {
        conversation_state: ConversationState {
            chat_trigger_type: "MANUAL",
            history,
            current_message: ChatMessage::UserInputMessage(current),
        },
    };
    let body = serde_json::to_vec(&body).map_err(|_| {
        ApiError::invalid_request("The request cannot be written in the provider's protocol.")
    })?;
    Ok(Encoded {
        body: Bytes::from(body),
        headers: vec![target(
            "AmazonCodeWhispererStreamingService.GenerateAssistantResponse",
        )],
        undo: names.undo(None),
    })
}

/// What would change the meaning of the request if it were left out.
fn refuse_meaning(request: &Request) -> Result<(), ApiError> {
    if request.choices.is_some_and(|choices| choices > 1) {
        return Err(ApiError::invalid(
            "n",
            "n > 1 is not supported by this model; send one request for each answer.",
        ));
    }
    if request.sampling.logprobs.is_some() {
        return Err(ApiError::invalid(
            "logprobs",
            "logprobs are not supported by this model.",
        ));
    }
    Ok(())
}

/// Instructions at the head of the messages, and the conversation after them.
fn split(messages: &[Message]) -> (&[Message], &[Message]) {
    let head = messages
        .iter()
        .take_while(|message| message.role == Role::System)
        .count();
    messages.split_at(head)
}

/// The protocol has no settings at all.
fn report_settings(request: &Request, losses: &mut Losses) {
    let sampling = &request.sampling;
    let is_penalty = |penalty: Option<f64>| penalty.is_some_and(|penalty| penalty != 0.0);
    for (field, is_set) in [
        ("max_tokens", sampling.max_output_tokens.is_some()),
        ("temperature", sampling.temperature.is_some()),
        ("top_p", sampling.top_p.is_some()),
        ("top_k", sampling.top_k.is_some()),
        ("stop", !sampling.stop.is_empty()),
        ("seed", sampling.seed.is_some()),
        (
            "frequency_penalty",
            is_penalty(sampling.penalties.frequency),
        ),
        ("presence_penalty", is_penalty(sampling.penalties.presence)),
        ("user", request.user.is_some()),
    ] {
        if is_set {
            losses.dropped(field, NOT_OF_PROTOCOL);
        }
    }
    request.rest_for(Protocol::AmazonQ, losses);
}
