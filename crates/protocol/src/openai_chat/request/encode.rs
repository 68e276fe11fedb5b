//! The canonical model to a request for a provider.

mod messages;
mod settings;
mod tools;

use std::collections::HashMap;

use bytes::Bytes;

use super::{
    super::wire::{ChatRequest, Text},
    history,
};
use crate::{
    Encoded,
    canonical::{
        ApiError, Capabilities, LossKind, Losses, Request, TargetModel, ToolKind, Undo, spelling,
    },
};

const NOT_OF_PROTOCOL: &str = "has no equivalent in the target protocol";
const TEXT_ONLY: &str = "may hold text only in the target protocol";

pub(in super::super) fn encode(
    request: &Request,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    let capabilities = &target.capabilities;
    let history = history::repaired(&request.messages, losses);
    let mut encoder = Encoder {
        capabilities,
        undo: Undo::default(),
        losses,
        names: HashMap::new(),
        custom: request
            .tools
            .iter()
            .filter(|tool| matches!(tool.kind, ToolKind::Custom { .. }))
            .map(|tool| tool.name.as_str())
            .collect(),
    };
    let mut wire = ChatRequest {
        model: Some(target.name.as_str().into()),
        ..ChatRequest::default()
    };
    encoder.tools(request, &mut wire);
    let json_words = encoder.output(request, &mut wire);
    let instructions: Vec<&str> = encoder
        .instructions(request)
        .into_iter()
        .chain(json_words.as_deref())
        .collect();
    wire.messages = Some(encoder.messages(&instructions, &history)?);
    encoder.sampling(request, &mut wire);
    encoder.reasoning(request, &mut wire);
    encoder.rest(request, &mut wire);
    let body = serde_json::to_vec(&wire).map_err(|error| {
        ApiError::invalid_request(format!("The request cannot be written as JSON: {error}."))
    })?;
    Ok(Encoded {
        body: Bytes::from(body),
        headers: Vec::new(),
        undo: encoder.undo,
    })
}

struct Encoder<'r, 'l> {
    capabilities: &'r Capabilities,
    undo: Undo,
    losses: &'l mut Losses,
    /// Call ids of the history and the names of their tools.
    names: HashMap<&'r str, &'r str>,
    /// Tools that take free text.
    custom: Vec<&'r str>,
}

impl<'r> Encoder<'r, '_> {
    fn id(&mut self, id: &'r str) -> Text<'r> {
        let spelled = spelling::call_id(id);
        if spelled != id {
            self.losses.push(
                "tool_call.id",
                LossKind::Renamed,
                "has a form that not every provider accepts; call and result got another",
            );
        }
        Text(spelled)
    }

    fn name(&mut self, name: &'r str) -> Text<'r> {
        let spelled = spelling::tool_name(name, self.capabilities.tool_name_limit);
        if spelled != name && !self.undo.tool_names.contains_key(&*spelled) {
            self.undo
                .tool_names
                .insert(spelled.clone().into_owned(), name.to_owned());
            self.losses.push(
                format!("tools.{name}"),
                LossKind::Renamed,
                format!("was sent as \"{spelled}\"; the reply names it as before"),
            );
        }
        Text(spelled)
    }
}
