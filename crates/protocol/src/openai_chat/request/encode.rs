//! The canonical model to a request for a provider.

mod messages;
mod settings;
mod tools;

use std::collections::HashMap;

use crate::{
    Encoded,
    canonical::{
        ApiError, CacheMarks, Capabilities, Losses, Marking, Request, TargetModel, ToolKind,
        ToolNames, history, spelling,
    },
    openai_chat::{
        completions,
        wire::{ChatRequest, Part, Text},
    },
};

pub(in crate::openai_chat) fn encode(
    request: &Request,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    if let Some(completion) = &request.completion {
        return completions::encode(request, completion, target, losses);
    }
    let capabilities = &target.capabilities;
    let history = history::repaired(&request.messages, losses);
    let sent = if capabilities.cache_marks {
        CacheMarks::sent(request)
    } else {
        CacheMarks::default()
    };
    let marks = Marking::in_history(request, &history, &sent);
    let mut encoder = Encoder::new(request, capabilities, marks, losses);
    let mut wire = ChatRequest {
        model: Some(target.name.as_str().into()),
        ..ChatRequest::default()
    };
    encoder.tools(request, &mut wire);
    let json_words = encoder.output(request, &mut wire);
    let told = history::instruction_parts(&request.instructions, encoder.losses);
    let mut instructions: Vec<Part<'_>> = told
        .into_iter()
        .map(|(part, text)| encoder.text(part, text))
        .collect();
    instructions.extend(json_words.map(|words| Part::text(words.into())));
    wire.messages = Some(encoder.messages(instructions, &history)?);
    encoder.sampling(request, &mut wire);
    encoder.reasoning(request, &mut wire);
    encoder.rest(request, &mut wire);
    Encoded::json(&wire, encoder.names.undo(encoder.json_tool))
}

/// Sampling, limits and what only this protocol has, without a conversation.
pub(in crate::openai_chat) fn settings<'r>(
    request: &'r Request,
    capabilities: &'r Capabilities,
    losses: &mut Losses,
) -> ChatRequest<'r> {
    let sent = CacheMarks::default();
    let marks = Marking::new(request, &sent);
    let mut encoder = Encoder::new(request, capabilities, marks, losses);
    let mut wire = ChatRequest::default();
    encoder.sampling(request, &mut wire);
    encoder.rest(request, &mut wire);
    wire
}

struct Encoder<'r, 'l> {
    capabilities: &'r Capabilities,
    names: ToolNames,
    /// What may be cached; none where the target takes no marks.
    marks: Marking<'l>,
    /// The tool that stands for a JSON schema.
    json_tool: Option<String>,
    losses: &'l mut Losses,
    /// Call ids of the history and the names of their tools.
    called: HashMap<&'r str, &'r str>,
    /// Tools that are sent as such for free text.
    custom: Vec<&'r str>,
}

impl<'r, 'l> Encoder<'r, 'l> {
    fn new(
        request: &'r Request,
        capabilities: &'r Capabilities,
        marks: Marking<'l>,
        losses: &'l mut Losses,
    ) -> Self {
        Self {
            capabilities,
            marks,
            names: ToolNames::of(request, capabilities.tool_name_limit, losses),
            json_tool: None,
            losses,
            called: HashMap::new(),
            custom: request
                .tools
                .iter()
                .filter(|_| capabilities.free_text_tools)
                .filter(|tool| matches!(tool.kind, ToolKind::Custom { .. }))
                .map(|tool| tool.name.as_str())
                .collect(),
        }
    }

    fn id(&mut self, id: &'r str) -> Text<'r> {
        if let Some(length) = self.capabilities.call_id_length {
            return Text(spelling::short_call_id(id, length, self.losses));
        }
        Text(spelling::sent_call_id(id, self.losses))
    }

    fn name(&self, name: &'r str) -> Text<'r> {
        Text(self.names.spell(name))
    }
}
