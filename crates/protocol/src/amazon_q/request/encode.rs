//! Puts the request together.

use super::{history, instructions, target, tools};
use crate::{
    Encoded, Protocol,
    amazon_q::wire::{ChatBody, ChatMessage, ConversationState},
    canonical::{
        ApiError, Losses, NOT_OF_PROTOCOL, Request, StructuredOutput, TargetModel, ToolNames,
        output::{self, Output},
        turns::{self, TakesBack},
    },
};

pub(in crate::amazon_q) fn encode(
    request: &Request,
    target_model: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    request.one_answer()?;
    request.no_logprobs()?;
    let capabilities = &target_model.capabilities;
    let (leading, mut turns) =
        turns::of(request, TakesBack::reasoning_of(Protocol::AmazonQ), losses)?;
    turns::close(&mut turns, false, losses);

    let names = ToolNames::with(request, capabilities.tool_name_limit, tools::name, losses);
    let toolbox = tools::toolbox(request, &turns, &names, losses);
    let told = turns::instructions(request, leading, losses).into_iter();
    let mut words: Vec<String> = told.map(|(_, text)| text.to_owned()).collect();
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
    let operation = "AmazonCodeWhispererStreamingService.GenerateAssistantResponse";
    Ok(Encoded {
        headers: vec![target(operation)],
        ..Encoded::json(&body, names.undo(None))?
    })
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
    request.cache.left_out(losses);
    request.drawing.left_out(losses);
    request.rest_for(Protocol::AmazonQ, losses);
}
