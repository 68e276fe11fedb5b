//! The canonical request to the provider's.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    cache::Marks,
    media,
    schema::restrict,
    thinking::{self, Obstacles},
    tools,
};
use crate::{
    Encoded, Protocol,
    anthropic::wire::{
        BlockOut, FormatOut, MarkedOut, MessageOut, MetadataOut, OutputConfigOut, RequestOut,
        SystemOut,
    },
    canonical::{
        ApiError, CACHE_KEY, CacheMarks, Capabilities, Losses, Message, NOT_OF_MODEL, OpaqueKind,
        Part, Request, StructuredOutput, TargetModel, ThinkingForm, ToolNames,
        output::{self, Output},
        turns::{self, Piece, Side, TakesBack, Turn},
    },
    json::arguments_object,
};

pub(in crate::anthropic) fn encode(
    request: &Request,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    written(request, target, Purpose::Reply, losses)
}

/// What only a reply needs is refused in it.
pub(in crate::anthropic) fn encode_count(
    request: &Request,
    target: &TargetModel,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    written(request, target, Purpose::Count, losses)
}

/// A turn of the model that ends in reasoning is refused: it was interrupted there.
fn end_in_words(turns: &mut Vec<Turn<'_>>, losses: &mut Losses) {
    for turn in turns.iter_mut().filter(|turn| turn.side == Side::Assistant) {
        while let Some(Piece::Plain(part)) = turn.pieces.last()
            && matches!(**part, Part::Reasoning { .. })
        {
            turn.pieces.pop();
            losses.dropped(
                "messages[].reasoning",
                "ends a turn of the model, where it is refused",
            );
        }
    }
    turns.retain(|turn| !turn.pieces.is_empty());
}

#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    Count,
    Reply,
}

fn written(
    request: &Request,
    target: &TargetModel,
    purpose: Purpose,
    losses: &mut Losses,
) -> Result<Encoded, ApiError> {
    request.one_answer()?;
    request.no_logprobs()?;
    request.drawing.left_out(losses);
    let capabilities = &target.capabilities;
    let (leading, mut turns) = turns::of(
        request,
        TakesBack::reasoning_of(Protocol::Anthropic),
        losses,
    )?;
    end_in_words(&mut turns, losses);

    let names = ToolNames::of(request, capabilities.tool_name_limit, losses);
    let output = output::plan(request, capabilities.structured_output, losses);
    let format = match output {
        Output::Native(schema) => {
            let schema = restrict(schema, "response_format", losses);
            schema.map(|schema| FormatOut {
                kind: "json_schema",
                schema,
            })
        }
        Output::Instruction(_) | Output::Text | Output::Tool { .. } => None,
    };
    let strict = capabilities.structured_output == StructuredOutput::Native;
    let sent = CacheMarks::sent(request);
    let marks = Marks::new(request, &sent);
    let knows = (strict, capabilities.hosted_tools);
    let toolbox = tools::toolbox(request, &turns, &names, &output, knows, &marks, losses);
    let plan = thinking::plan(
        request.reasoning,
        &request.sampling,
        capabilities,
        Obstacles {
            forced_tool: toolbox.is_forced(),
            unsigned_calls: capabilities.thinking == ThinkingForm::Budget
                && thinking::ends_in_unsigned_calls(&turns),
        },
        losses,
    );
    let may_prefill = capabilities.prefill && !plan.thinks() && format.is_none();
    turns::close(&mut turns, may_prefill, losses);

    let (instruction, json_tool) = match output {
        Output::Instruction(text) => (Some(text), None),
        Output::Native(_) | Output::Text => (None, None),
        Output::Tool { name, .. } => (None, Some(name)),
    };
    let sampling = sampling(request, capabilities, plan.thinks(), losses);
    let blocks = Blocks {
        names: &names,
        capabilities,
        marks: &marks,
    };
    let mut body = RequestOut {
        model: &target.name,
        max_tokens: Some(plan.max_tokens),
        system: system(request, leading, instruction, &marks, losses),
        messages: blocks.messages(&turns, losses)?,
        tools: toolbox.tools,
        tool_choice: toolbox.choice,
        thinking: plan.thinking,
        output_config: OutputConfigOut {
            effort: plan.effort,
            format,
        },
        temperature: sampling.temperature,
        top_p: sampling.top_p,
        top_k: sampling.top_k,
        stop_sequences: stop(&request.sampling.stop, losses),
        metadata: user(request, losses),
        stream: request.stream,
        rest: rest(request, &sent, losses),
    };
    if purpose == Purpose::Count {
        body = RequestOut {
            max_tokens: None,
            temperature: None,
            top_p: None,
            top_k: None,
            stop_sequences: Vec::new(),
            metadata: None,
            stream: false,
            rest: None,
            ..body
        };
    }
    marks.report(request, losses);
    Encoded::json(&body, names.undo(json_tool))
}

fn system<'a>(
    request: &'a Request,
    leading: &'a [Message],
    instruction: Option<String>,
    marks: &Marks<'a>,
    losses: &mut Losses,
) -> Option<SystemOut<'a>> {
    let text = |text: Cow<'a, str>| BlockOut::Text { text };
    let told = turns::instructions(request, leading, losses).into_iter();
    let mut blocks: Vec<MarkedOut<'a>> = told
        .map(|(part, words)| marks.block(Some(part), text(Cow::Borrowed(words))))
        .collect();
    blocks.extend(instruction.map(|words| marks.block(None, text(Cow::Owned(words)))));
    match blocks.pop()? {
        MarkedOut {
            block: BlockOut::Text { text },
            cache_control: None,
        } if blocks.is_empty() => Some(SystemOut::Text(text)),
        last => {
            blocks.push(last);
            Some(SystemOut::Blocks(blocks))
        }
    }
}

/// The fields of this protocol that nobody else knows. A key of what is cached is told by the marks that it led to.
fn rest<'r>(
    request: &'r Request,
    marks: &CacheMarks,
    losses: &mut Losses,
) -> Option<&'r Map<String, Value>> {
    let is_marked = request.cache.len() == 0 && marks.len() > 0;
    if is_marked {
        losses.emulated(
            CACHE_KEY,
            "has no equivalent: the tools, the instructions and the conversation were marked to be cached",
        );
    }
    let seen_to: &[&str] = if is_marked { &[CACHE_KEY] } else { &[] };
    request.rest_besides(seen_to, Protocol::Anthropic, losses)
}

/// Blank text is refused wherever it stands.
fn filled<'a>(text: &'a str, losses: &mut Losses) -> Option<Cow<'a, str>> {
    let is_blank = text.trim().is_empty();
    if is_blank {
        losses.repaired("messages", "held blank text, which is left out");
    }
    (!is_blank).then_some(Cow::Borrowed(text))
}

/// What the turns become needs to know of the rest of the request.
struct Blocks<'a, 'r> {
    names: &'a ToolNames,
    capabilities: &'a Capabilities,
    marks: &'a Marks<'r>,
}

impl<'r> Blocks<'_, 'r> {
    fn messages<'t>(
        &self,
        turns: &'t [Turn<'_>],
        losses: &mut Losses,
    ) -> Result<Vec<MessageOut<'t>>, ApiError>
    where
        'r: 't,
    {
        turns
            .iter()
            .map(|turn| {
                Ok(MessageOut {
                    role: match turn.side {
                        Side::Assistant => "assistant",
                        Side::User => "user",
                    },
                    content: turn
                        .pieces
                        .iter()
                        .filter_map(|piece| self.block(piece, losses).transpose())
                        .collect::<Result<_, _>>()?,
                })
            })
            .collect()
    }

    fn block<'t>(
        &self,
        piece: &'t Piece<'_>,
        losses: &mut Losses,
    ) -> Result<Option<MarkedOut<'t>>, ApiError>
    where
        'r: 't,
    {
        let (part, block) = match piece {
            Piece::Call {
                id,
                name,
                arguments,
            } => {
                let call = BlockOut::ToolUse {
                    id: id.clone(),
                    name: self.names.spell(name),
                    input: arguments_object(arguments),
                };
                (None, call)
            }
            Piece::Plain(part) => match self.plain(part, losses)? {
                Some(block) => (Some(&**part), block),
                None => return Ok(None),
            },
            Piece::Result {
                id,
                parts,
                is_error,
            } => {
                let mut content = Vec::with_capacity(parts.len());
                for part in parts.iter() {
                    content.extend(self.plain(part, losses)?);
                }
                if *is_error && content.is_empty() {
                    losses.repaired(
                        "messages[].result",
                        "says that the call failed and nothing else, which is put into words",
                    );
                    content.push(BlockOut::Text {
                        text: Cow::Borrowed("The call failed."),
                    });
                }
                let result = BlockOut::ToolResult {
                    tool_use_id: id.clone(),
                    content,
                    is_error: *is_error,
                };
                (parts.first(), result)
            }
        };
        Ok(Some(self.marks.block(part, block)))
    }

    fn plain<'t>(
        &self,
        part: &'t Part,
        losses: &mut Losses,
    ) -> Result<Option<BlockOut<'t>>, ApiError> {
        Ok(match part {
            Part::File(media) => Some(media::file(media, losses)?),
            Part::Image(media) => Some(media::image(media, self.capabilities, losses)?),
            Part::Reasoning { text, opaque } => opaque.as_ref().map(|opaque| match opaque.kind {
                OpaqueKind::Content => BlockOut::RedactedThinking {
                    data: &opaque.value,
                },
                OpaqueKind::Signature => BlockOut::Thinking {
                    thinking: text,
                    signature: &opaque.value,
                },
            }),
            Part::Refusal(text) | Part::Text(text) => {
                filled(text, losses).map(|text| BlockOut::Text { text })
            }
            Part::ToolCall { .. } | Part::ToolResult { .. } => {
                losses.dropped(
                    "messages",
                    "hold a tool call or result inside a tool result",
                );
                None
            }
        })
    }
}

#[derive(Default)]
struct SamplingOut {
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u64>,
}

fn sampling(
    request: &Request,
    capabilities: &Capabilities,
    thinks: bool,
    losses: &mut Losses,
) -> SamplingOut {
    let asked = &request.sampling;
    for (field, is_set) in [
        ("seed", asked.seed.is_some()),
        (
            "frequency_penalty",
            asked
                .penalties
                .frequency
                .is_some_and(|penalty| penalty != 0.0),
        ),
        (
            "presence_penalty",
            asked
                .penalties
                .presence
                .is_some_and(|penalty| penalty != 0.0),
        ),
    ] {
        if is_set {
            losses.dropped(field, "is not a parameter of this protocol");
        }
    }
    if !capabilities.sampling {
        for (field, is_set) in [
            ("temperature", asked.temperature.is_some()),
            ("top_p", asked.top_p.is_some()),
            ("top_k", asked.top_k.is_some()),
        ] {
            if is_set {
                losses.dropped(field, NOT_OF_MODEL);
            }
        }
        return SamplingOut::default();
    }

    let mut temperature = unit("temperature", asked.temperature, losses);
    let mut top_p = unit("top_p", asked.top_p, losses);
    let mut top_k = asked.top_k;
    if thinks {
        if temperature
            .take_if(|temperature| *temperature < 1.0)
            .is_some()
        {
            losses.dropped("temperature", "must be 1 while the model thinks");
        }
        if top_p.take_if(|top_p| *top_p < 0.95).is_some() {
            losses.dropped("top_p", "must be at least 0.95 while the model thinks");
        }
        if top_k.take().is_some() {
            losses.dropped("top_k", "is refused while the model thinks");
        }
    }
    if temperature.is_some() && top_p.take().is_some() {
        losses.dropped("top_p", "cannot be set beside temperature");
    }
    SamplingOut {
        temperature,
        top_p,
        top_k,
    }
}

/// Cut to the range from 0 to 1.
fn unit(field: &str, asked: Option<f64>, losses: &mut Losses) -> Option<f64> {
    let value = asked?;
    let cut = value.clamp(0.0, 1.0);
    if !(0.0..=1.0).contains(&value) {
        losses.clamped(
            field,
            format!("{value} was cut to {cut}, the end of its range here"),
        );
    }
    Some(cut)
}

fn stop<'a>(asked: &'a [String], losses: &mut Losses) -> Vec<&'a str> {
    let (kept, blank): (Vec<&str>, Vec<&str>) = asked
        .iter()
        .map(String::as_str)
        .partition(|text| !text.trim().is_empty());
    if !blank.is_empty() {
        losses.dropped(
            "stop",
            "holds a sequence of blank space only, which is refused here",
        );
    }
    kept
}

/// The end user's id, unless it gives the person away: such ids are refused.
fn user<'a>(request: &'a Request, losses: &mut Losses) -> Option<MetadataOut<'a>> {
    let user_id = request.user.as_deref()?.trim();
    if user_id.is_empty() {
        return None;
    }
    if is_mail(user_id) || is_phone(user_id) {
        losses.dropped(
            "user",
            "looks like an e-mail address or a phone number, which is refused here",
        );
        return None;
    }
    Some(MetadataOut { user_id })
}

fn is_mail(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
    })
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&digits)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-(). ".contains(&byte))
        && (text.starts_with(['+', '(']) || digits < text.len())
}
