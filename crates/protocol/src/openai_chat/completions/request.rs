//! Requests to go on with a text: a client's, and to providers.

use crate::{
    Encoded, Protocol, RawRequest,
    canonical::{
        ApiError, Completion, Losses, Message, OutputFormat, OwnField, OwnFields, Part, Penalties,
        Reasoning, Request, Role, Sampling, TargetModel, Undo,
    },
    json::{self, Mended},
    openai_chat::{
        request::{settings, stops, usage_wanted},
        wire::{CompletionRequest, Input, Inputs, Text, TextOr},
    },
};

/// Encoders' words, as clients that want a text gone on with say them.
const OWN_FIELDS: &[OwnField] = &[("messages", "prompt")];

/// What the vendor writes at most where a client says nothing.
const USUAL_LIMIT: u64 = 16;

pub(in crate::openai_chat) fn decode(
    raw: RawRequest<'_>,
    losses: &mut Losses,
) -> Result<Request, ApiError> {
    let mended = Mended::new();
    let mut wire: CompletionRequest<'_> = json::parse_request(raw.body, &mended, losses)?;
    if wire.n == Some(0) {
        return Err(ApiError::too_small("n", 1));
    }
    let mut prompts = prompts(wire.prompt.take())?.into_iter();
    let prompt = prompts.next().unwrap_or_default();
    let suffix = wire.suffix.take().filter(|suffix| !suffix.is_empty());
    let stream_usage = usage_wanted(wire.stream_options.take(), &mut wire.rest);
    wire.rest.retain(|_, value| !value.is_null());
    Ok(Request {
        model: wire.model.take().map(Text::into_owned).unwrap_or_default(),
        messages: vec![Message::new(Role::User, vec![Part::Text(prompt)])],
        completion: Some(Completion {
            suffix: suffix.map(Text::into_owned),
            echo: wire.echo.unwrap_or(false),
            others: prompts.collect(),
        }),
        sampling: Sampling {
            max_output_tokens: Some(wire.max_tokens.unwrap_or(USUAL_LIMIT)),
            temperature: wire.temperature,
            top_p: wire.top_p,
            top_k: None,
            stop: stops(wire.stop.take()),
            seed: wire.seed,
            penalties: Penalties {
                frequency: wire.frequency_penalty,
                presence: wire.presence_penalty,
            },
            logprobs: wire.logprobs,
        },
        choices: wire.n,
        own_fields: OwnFields::new(OWN_FIELDS),
        stream: wire.stream.unwrap_or(false),
        stream_usage,
        user: wire.user.take().map(Text::into_owned),
        rest: (!wire.rest.is_empty()).then_some((Protocol::OpenAiChat, wire.rest)),
        ..Request::default()
    })
}

fn prompts(given: Option<Inputs<'_>>) -> Result<Vec<String>, ApiError> {
    let items = match given {
        None => return Err(ApiError::missing("prompt")),
        Some(TextOr::Text(text)) => return Ok(vec![text.into_owned()]),
        Some(TextOr::Other(items)) => items,
    };
    if items.is_empty() {
        return Err(ApiError::invalid(
            "prompt",
            "`prompt` must hold a text to go on with.",
        ));
    }
    let texts = items.into_iter().map(|item| match item {
        Input::Text(text) => Ok(text.into_owned()),
        Input::Token(_) | Input::Tokens(_) => Err(ApiError::invalid(
            "prompt",
            "`prompt` must be text for this model: ids of tokens mean nothing to another tokenizer.",
        )),
    });
    texts.collect()
}

pub(in crate::openai_chat) fn encode(
    request: &Request,
    completion: &Completion,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    for (field, given) in [
        ("system", !request.instructions.is_empty()),
        (
            "response_format",
            !matches!(request.output, OutputFormat::Text),
        ),
        (
            "reasoning",
            !matches!(request.reasoning, Reasoning::Off | Reasoning::Unset),
        ),
        ("tools", !request.tools.is_empty()),
    ] {
        if given {
            losses.dropped(field, "has no place beside a text that is gone on with");
        }
    }
    let mut parts = request.messages.iter().flat_map(|message| &message.parts);
    if parts.nth(1).is_some() {
        losses.dropped(
            "messages[].image",
            "have no place in a text that is gone on with",
        );
    }
    let shared = settings(request, &target.capabilities, losses);
    let prompt = if completion.others.is_empty() {
        TextOr::Text(request.prompt().into())
    } else {
        let prompts = request.prompts().map(|text| Input::Text(text.into()));
        TextOr::Other(prompts.collect())
    };
    let wire = CompletionRequest {
        model: Some(target.name.as_str().into()),
        prompt: Some(prompt),
        suffix: completion.suffix.as_deref().map(Text::from),
        // Whoever encodes the reply writes it.
        echo: None,
        max_tokens: shared.max_tokens.or(shared.max_completion_tokens),
        temperature: shared.temperature,
        top_p: shared.top_p,
        frequency_penalty: shared.frequency_penalty,
        presence_penalty: shared.presence_penalty,
        seed: shared.seed,
        stop: shared.stop,
        logprobs: request.sampling.logprobs,
        n: shared.n,
        user: shared.user,
        stream: shared.stream,
        stream_options: shared.stream_options,
        rest: shared.rest,
    };
    Encoded::json(&wire, Undo::default())
}
