//! A client's request to the canonical one.

use bytes::Bytes;
use serde_json::{Value, value::RawValue};

use super::{content::Reader, search, thinking::LEAST_BUDGET};
use crate::{
    Protocol,
    anthropic::wire::{
        FormatBody, OutputConfigBody, RequestBody, Text, ThinkingBody, ToolBody, ToolChoiceBody,
    },
    canonical::{
        ApiError, CachePlace, Drawing, Effort, Losses, Message, OutputFormat, OwnField, OwnFields,
        Reasoning, Request, Sampling, Shown, Tool, ToolChoice, ToolKind, may_be_strict, spelling,
    },
    json,
};

/// How clients say that thinking goes on unseen.
const OMITTED: &str = "omitted";

/// Encoders' words, as clients of this protocol say them.
const OWN_FIELDS: &[OwnField] = &[
    ("messages[].file", "messages[].content[].source"),
    ("messages[].file.name", "messages[].content[].title"),
    (
        "messages[].image.media_type",
        "messages[].content[].source.media_type",
    ),
    ("messages[].reasoning", "messages[].content[].thinking"),
    ("messages[].result", "messages[].content[].content"),
    (
        "messages[].result.is_error",
        "messages[].content[].is_error",
    ),
    (
        "messages[].tool_call_id",
        "messages[].content[].tool_use_id",
    ),
    (
        "parallel_tool_calls",
        "tool_choice.disable_parallel_tool_use",
    ),
    ("reasoning", "thinking"),
    ("response_format", "output_config.format"),
    ("stop", "stop_sequences"),
    ("tools[].parameters", "tools[].input_schema"),
    ("user", "metadata.user_id"),
];

pub(in crate::anthropic) fn decode(body: &Bytes, losses: &mut Losses) -> Result<Request, ApiError> {
    let request = decode_count(body, losses)?;
    match request.sampling.max_output_tokens {
        None => Err(ApiError::missing("max_tokens")),
        // Nothing is asked for but that the prompt be cached.
        Some(0) => Err(ApiError::invalid(
            "max_tokens",
            "`max_tokens` is 0, which only warms the prompt cache of a provider of this protocol. Elsewhere it must be at least 1.",
        )
        .with_code("unsupported_parameter")),
        Some(_) => Ok(request),
    }
}

/// A request to count tokens is an ordinary one that may lack its `max_tokens`.
pub(in crate::anthropic) fn decode_count(
    body: &Bytes,
    losses: &mut Losses,
) -> Result<Request, ApiError> {
    let mended = json::Mended::new();
    let wire: RequestBody<'_> = json::parse_request(body, &mended, losses)?;
    let mut reader = Reader::new(body, losses);
    let instructions = match wire.system {
        Some(system) => reader.instructions(system)?,
        None => Vec::new(),
    };
    let wire_messages = wire.messages.ok_or_else(|| ApiError::missing("messages"))?;
    if wire_messages.is_empty() {
        return Err(ApiError::invalid(
            "messages",
            "messages: at least one message is required.",
        ));
    }
    let mut messages = Vec::with_capacity(wire_messages.len());
    for (index, message) in wire_messages.into_iter().enumerate() {
        reader.message(index, message, &mut messages)?;
        Message::place(&mut messages, index);
    }

    let mut tools = Vec::new();
    for (index, raw) in wire.tools.unwrap_or_default().into_iter().enumerate() {
        let tool = tool(index, raw, &mut reader)?;
        reader.place_mark(Some(CachePlace::Tool(tool.name.clone())));
        tools.push(tool);
    }
    reader.sees(wire.cache_control);
    reader.place_mark(CachePlace::end(&instructions, &messages));
    let cache = reader.cache;

    let (tool_choice, parallel_tool_calls) = match wire.tool_choice {
        Some(choice) => choose(choice, losses)?,
        None => (ToolChoice::Unset, None),
    };
    let (effort, format) = output_config(wire.output_config, losses);
    let mut own_fields = OwnFields::new(OWN_FIELDS);
    if effort.is_some() {
        own_fields.uses("reasoning", "output_config.effort");
    }
    if format.is_none() && wire.output_format.is_some() {
        own_fields.uses("response_format", "output_format");
    }
    let shown = shown(wire.thinking.as_ref());
    let reasoning = reasoning(wire.thinking, effort, losses)?;
    let user = wire.metadata.and_then(|metadata| {
        for key in metadata.keys().filter(|key| *key != "user_id") {
            losses.dropped(format!("metadata.{key}"), "is not carried on");
        }
        let user = metadata.get("user_id").filter(|user| !user.is_null())?;
        if !user.is_string() {
            losses.dropped("metadata.user_id", "is no text");
        }
        user.as_str().map(str::to_owned)
    });
    Ok(Request {
        drawing: Drawing::Unasked,
        session: user.as_deref().and_then(session),
        completion: None,
        kept_here: &[],
        repeated: serde_json::Map::new(),
        groups: std::collections::BTreeMap::new(),
        model: wire.model.map(Text::into_owned).unwrap_or_default(),
        instructions,
        messages,
        tools,
        tool_choice,
        parallel_tool_calls,
        legacy_calls: false,
        sampling: Sampling {
            max_output_tokens: wire.max_tokens,
            temperature: wire.temperature,
            top_p: wire.top_p,
            top_k: wire.top_k,
            stop: wire.stop_sequences.unwrap_or_default(),
            ..Sampling::default()
        },
        reasoning,
        shown,
        output: output(format.or(wire.output_format), losses)?,
        choices: None,
        stream: wire.stream.unwrap_or(false),
        stream_usage: true,
        user,
        cache,
        own_fields,
        rest: (!wire.rest.is_empty()).then_some((Protocol::Anthropic, wire.rest)),
    })
}

fn tool(index: usize, raw: &RawValue, reader: &mut Reader<'_, '_>) -> Result<Tool, ApiError> {
    let path = format!("tools[{index}]");
    let body: ToolBody<'_> = serde_json::from_str(raw.get()).map_err(|_| {
        ApiError::invalid(path.as_str(), format!("`{path}` is not a tool definition."))
    })?;
    reader.sees(body.cache_control);
    let name = body.name.map(Text::into_owned);
    let description = body.description.map(Text::into_owned);
    match body.kind.as_deref() {
        None | Some("custom") => {
            for field in body.rest.keys() {
                reader.losses.dropped(
                    format!("tools[].{field}"),
                    "is known to this client's protocol only",
                );
            }
            let name = name.ok_or_else(|| ApiError::missing(format!("{path}.name")))?;
            Ok(Tool {
                name,
                description,
                kind: ToolKind::Function {
                    schema: body.input_schema.map(ToOwned::to_owned),
                },
                strict: body.strict,
            })
        }
        Some(kind) => Ok(typed_tool(kind, name, raw, reader.losses)),
    }
}

/// A tool whose schema the vendor's models know by heart. Those that the client runs itself become ordinary
/// functions; those that the provider runs stay its own.
fn typed_tool(kind: &str, name: Option<String>, raw: &RawValue, losses: &mut Losses) -> Tool {
    let known = match kind.rsplit_once('_').map_or(kind, |(family, _)| family) {
        "bash" => Some((
            "bash",
            "Runs a command in a persistent bash session, or restarts the session.",
            r#"{"type":"object","properties":{"command":{"type":"string","description":"The command to run."},"restart":{"type":"boolean","description":"Restarts the session instead."}}}"#,
        )),
        "text_editor" => Some((
            "str_replace_based_edit_tool",
            "Views, creates and edits text files.",
            r#"{"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert"]},"path":{"type":"string","description":"The file or folder."},"file_text":{"type":"string","description":"The content for create."},"old_str":{"type":"string","description":"The text that str_replace replaces; must occur once."},"new_str":{"type":"string","description":"What str_replace puts in its place."},"insert_line":{"type":"integer","description":"The line after which insert inserts."},"insert_text":{"type":"string","description":"What insert inserts."},"view_range":{"type":"array","items":{"type":"integer"},"description":"First and last line to view."}},"required":["command","path"]}"#,
        )),
        "memory" => Some((
            "memory",
            "Reads and changes files of memory that outlive the conversation.",
            r#"{"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert","delete","rename"]},"path":{"type":"string"},"view_range":{"type":"array","items":{"type":"integer"}},"file_text":{"type":"string"},"old_str":{"type":"string"},"new_str":{"type":"string"},"insert_line":{"type":"integer"},"insert_text":{"type":"string"},"old_path":{"type":"string"},"new_path":{"type":"string"}},"required":["command"]}"#,
        )),
        _ => None,
    };
    match known {
        Some((own_name, description, schema)) => {
            let name = name.unwrap_or_else(|| own_name.to_owned());
            losses.emulated(
                format!("tools.{kind}"),
                "became an ordinary function with the schema that it stands for",
            );
            Tool {
                name,
                description: Some(description.to_owned()),
                kind: ToolKind::Function {
                    schema: RawValue::from_string(schema.to_owned()).ok(),
                },
                strict: None,
            }
        }
        None => Tool {
            name: name.unwrap_or_else(|| kind.to_owned()),
            description: None,
            kind: ToolKind::Hosted {
                owner: Protocol::Anthropic,
                kind: kind.to_owned(),
                definition: raw.to_owned(),
                search: search::read(kind, raw).map(Box::new),
            },
            strict: None,
        },
    }
}

fn choose(
    choice: ToolChoiceBody<'_>,
    losses: &mut Losses,
) -> Result<(ToolChoice, Option<bool>), ApiError> {
    choice.unknown.report(&"tool_choice", losses);
    let parallel = choice.disable_parallel_tool_use.map(|disabled| !disabled);
    let choice = match &*choice.kind {
        "any" => ToolChoice::Required,
        "auto" => ToolChoice::Auto,
        "none" => ToolChoice::None,
        "tool" => {
            let name = choice
                .name
                .ok_or_else(|| ApiError::missing("tool_choice.name"))?;
            ToolChoice::Named(name.into_owned())
        }
        kind => {
            return Err(ApiError::invalid(
                "tool_choice.type",
                format!(
                    "`tool_choice.type` must be \"auto\", \"any\", \"tool\" or \"none\", not \"{kind}\"."
                ),
            ));
        }
    };
    Ok((choice, parallel))
}

fn output_config<'a>(
    config: Option<OutputConfigBody<'a>>,
    losses: &mut Losses,
) -> (Option<Effort>, Option<FormatBody<'a>>) {
    let Some(config) = config else {
        return (None, None);
    };
    for field in config.rest.keys() {
        losses.dropped(format!("output_config.{field}"), "is not known to Patchbay");
    }
    let effort = config.effort.and_then(|word| {
        let known = Effort::of(&word);
        if known.is_none() {
            losses.dropped(
                "output_config.effort",
                "has a value that Patchbay does not know",
            );
        }
        known
    });
    (effort, config.format)
}

/// The client's own agent names its session behind its user, in one of two forms.
fn session(user_id: &str) -> Option<String> {
    let fields: Option<serde_json::Map<String, Value>> = serde_json::from_str(user_id).ok();
    let session = match &fields {
        Some(fields) => fields.get("session_id")?.as_str()?,
        None => user_id.rsplit_once("_session_")?.1,
    };
    (!session.is_empty()).then(|| spelling::hash(session, 32))
}

/// Who does not ask for thinking gets none, though the model thinks.
fn shown(thinking: Option<&ThinkingBody<'_>>) -> Shown {
    match thinking {
        None => Shown::Nothing,
        Some(thinking) if &*thinking.kind == "disabled" => Shown::Nothing,
        Some(thinking) if thinking.display.as_deref() == Some(OMITTED) => Shown::State,
        Some(_) => Shown::All,
    }
}

fn reasoning(
    thinking: Option<ThinkingBody<'_>>,
    effort: Option<Effort>,
    losses: &mut Losses,
) -> Result<Reasoning, ApiError> {
    let Some(thinking) = thinking else {
        return Ok(effort.map_or(Reasoning::Unset, Reasoning::Effort));
    };
    thinking.unknown.report(&"thinking", losses);
    if thinking
        .display
        .as_deref()
        .is_some_and(|display| display != OMITTED)
    {
        losses.dropped(
            "thinking.display",
            "has no equivalent: the provider shows what it shows",
        );
    }
    let reasoning = match &*thinking.kind {
        "adaptive" => return Ok(effort.map_or(Reasoning::Adaptive, Reasoning::Effort)),
        "between_tools" => {
            losses.emulated(
                "thinking.type",
                "\"between_tools\" became ordinary thinking",
            );
            return Ok(effort.map_or(Reasoning::Adaptive, Reasoning::Effort));
        }
        "disabled" => Reasoning::Off,
        "enabled" => {
            let budget = thinking
                .budget_tokens
                .ok_or_else(|| ApiError::missing("thinking.budget_tokens"))?;
            if budget == 0 {
                return Err(ApiError::too_small("thinking.budget_tokens", LEAST_BUDGET));
            }
            Reasoning::Budget(budget)
        }
        kind => {
            return Err(ApiError::invalid(
                "thinking.type",
                format!(
                    "`thinking.type` must be \"enabled\", \"adaptive\", \"disabled\" or \"between_tools\", not \"{kind}\"."
                ),
            ));
        }
    };
    if effort.is_some() {
        losses.dropped(
            "output_config.effort",
            "is set beside `thinking`, which is kept",
        );
    }
    Ok(reasoning)
}

fn output(format: Option<FormatBody<'_>>, losses: &mut Losses) -> Result<OutputFormat, ApiError> {
    let Some(format) = format else {
        return Ok(OutputFormat::Text);
    };
    format.unknown.report(&"output_config.format", losses);
    match &*format.kind {
        "json_schema" => {
            let schema = format
                .schema
                .ok_or_else(|| ApiError::missing("output_config.format.schema"))?;
            Ok(OutputFormat::JsonSchema {
                name: None,
                description: None,
                strict: may_be_strict(schema).then_some(true),
                schema: schema.to_owned(),
            })
        }
        kind => Err(ApiError::invalid(
            "output_config.format.type",
            format!("`output_config.format.type` must be \"json_schema\", not \"{kind}\"."),
        )),
    }
}
