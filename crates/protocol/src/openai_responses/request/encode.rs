//! The canonical model to a request for a provider.

mod items;
mod settings;
mod tools;

pub(in crate::openai_responses) use items::reasoning_item;

use std::collections::HashSet;

use crate::{
    Encoded,
    canonical::{
        ApiError, Capabilities, Losses, Request, TargetModel, ToolNames, history, spelling,
    },
    openai_responses::wire::{ResponsesRequest, Text},
};

pub(in crate::openai_responses) fn encode(
    request: &Request,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    request.one_answer()?;
    let capabilities = &target.capabilities;
    let history = history::repaired(&request.messages, losses);
    let mut encoder = Encoder {
        capabilities,
        request,
        names: ToolNames::of(request, capabilities.tool_name_limit, losses),
        json_tool: None,
        losses,
        free: HashSet::new(),
    };
    let mut wire = ResponsesRequest {
        model: Some(target.name.as_str().into()),
        // Conversations are kept by us or by the client, and by nobody else unasked.
        store: Some(false),
        stream: request.stream.then_some(true),
        ..ResponsesRequest::default()
    };
    encoder.tools(&mut wire);
    let json_words = encoder.output(&mut wire);
    encoder.conversation(json_words, &history, &mut wire)?;
    encoder.sampling(&mut wire);
    encoder.reasoning(&mut wire);
    encoder.pages_found(&mut wire);
    encoder.rest(&mut wire);
    Encoded::json(&wire, encoder.names.undo(encoder.json_tool))
}

struct Encoder<'r, 'l> {
    capabilities: &'r Capabilities,
    request: &'r Request,
    names: ToolNames,
    /// The tool that stands for a JSON schema.
    json_tool: Option<String>,
    losses: &'l mut Losses,
    /// The ids of calls with free text: their results are of another kind.
    free: HashSet<&'r str>,
}

impl<'r> Encoder<'r, '_> {
    fn id(&mut self, id: &'r str) -> Text<'r> {
        Text(spelling::sent_call_id(id, self.losses))
    }

    fn name(&self, name: &'r str) -> Text<'r> {
        Text(self.names.spell(name))
    }
}
