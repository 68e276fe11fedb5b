//! The canonical model to a request for a provider.

mod messages;
mod settings;
mod tools;

use std::collections::HashMap;

use crate::{
    Encoded,
    canonical::{
        ApiError, Capabilities, Losses, Request, TargetModel, ToolNames, history, spelling,
    },
    ollama::wire::{Ask, Text},
};

pub(in crate::ollama) fn encode(
    request: &Request,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    request.one_answer()?;
    let capabilities = &target.capabilities;
    let history = history::repaired(&request.messages, losses);
    let mut encoder = Encoder {
        capabilities,
        names: ToolNames::of(request, capabilities.tool_name_limit, losses),
        losses,
        called: HashMap::new(),
    };
    let mut wire = Ask {
        model: Some(target.name.as_str().into()),
        // Left out it would mean yes.
        stream: Some(request.stream),
        ..Ask::default()
    };
    let words = [
        encoder.tools(request, &mut wire),
        encoder.output(request, &mut wire),
    ];
    let mut instructions = history::instructions(&request.instructions, encoder.losses);
    instructions.extend(words.iter().flatten().map(String::as_str));
    match &request.completion {
        Some(completion) => encoder.text(completion, &instructions, &history, &mut wire)?,
        None => wire.messages = Some(encoder.messages(&instructions, &history)?),
    }
    encoder.sampling(&request.sampling, &mut wire);
    wire.think = encoder.think(request.reasoning);
    encoder.rest(request, &mut wire);
    Encoded::json(&wire, encoder.names.undo(None))
}

struct Encoder<'r, 'l> {
    capabilities: &'r Capabilities,
    names: ToolNames,
    losses: &'l mut Losses,
    /// Call ids of the history and the names of their tools.
    called: HashMap<&'r str, &'r str>,
}

impl<'r> Encoder<'r, '_> {
    fn id(&mut self, id: &'r str) -> Text<'r> {
        Text(spelling::sent_call_id(id, self.losses))
    }

    fn name(&self, name: &'r str) -> Text<'r> {
        Text(self.names.spell(name))
    }
}
