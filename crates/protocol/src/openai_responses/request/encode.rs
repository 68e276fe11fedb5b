//! The canonical model to a request for a provider.

mod items;
mod settings;
mod tools;

use std::collections::HashSet;

use bytes::Bytes;

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
    if request.choices.is_some_and(|choices| choices > 1) {
        return Err(ApiError::invalid(
            "n",
            "`n`: this model gives one answer a request. Leave `n` out, or ask several times.",
        ));
    }
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
    encoder.rest(&mut wire);
    let body = serde_json::to_vec(&wire).map_err(|error| {
        ApiError::invalid_request(format!("The request cannot be written as JSON: {error}."))
    })?;
    Ok(Encoded {
        body: Bytes::from(body),
        headers: Vec::new(),
        undo: encoder.names.undo(encoder.json_tool),
    })
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
        let spelled = spelling::call_id(id);
        if spelled != id {
            self.losses.renamed(
                "tool_call.id",
                "has a form that not every provider accepts; call and result got another",
            );
        }
        Text(spelled)
    }

    fn name(&self, name: &'r str) -> Text<'r> {
        Text(self.names.spell(name))
    }
}
