//! Whole replies.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    error, events,
    search::{self, CitationOut, ResultOut},
    wire::{Block, EndBody, OutputDetails, ReplyBody, StartBody},
};
use crate::{
    ExchangeId, Protocol, ReplyContext,
    canonical::{
        ApiError, Citation, Events, Finish, FinishReason, Losses, NO_DRAWING, NOT_OF_PROTOCOL,
        Opaque, OpaqueKind, Part, Response, Search, Usage, spelling,
    },
    json, tokens,
};

/// A reply with every key that is there, null where there is nothing to say.
#[derive(Serialize)]
pub(super) struct MessageOut<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    role: &'static str,
    model: &'a str,
    content: Vec<BlockOut<'a>>,
    container: Option<()>,
    diagnostics: Option<()>,
    stop_details: Option<RefusedOut>,
    stop_reason: Option<&'static str>,
    stop_sequence: Option<&'a str>,
    usage: UsageOut,
}

impl<'a> MessageOut<'a> {
    /// The message as a stream begins it.
    pub(super) fn empty(id: &'a str, model: &'a str, usage: UsageOut) -> Self {
        Self {
            id,
            kind: "message",
            role: "assistant",
            model,
            content: Vec::new(),
            container: None,
            diagnostics: None,
            stop_details: None,
            stop_reason: None,
            stop_sequence: None,
            usage,
        }
    }
}

/// What clients read beside a refusal. What the model said of it is the content's text, and is not repeated.
#[derive(Serialize)]
pub(super) struct RefusedOut {
    #[serde(rename = "type")]
    kind: &'static str,
    category: Option<()>,
    explanation: Option<()>,
}

impl RefusedOut {
    /// `None` for every other reason.
    pub(super) fn of(finish: &Finish) -> Option<Self> {
        (finish.reason == FinishReason::ContentFilter).then_some(Self {
            kind: "refusal",
            category: None,
            explanation: None,
        })
    }
}

/// A content block of a reply. A stream starts it with empty strings and fills it by deltas.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub(super) enum BlockOut<'a> {
    RedactedThinking {
        data: &'a str,
    },
    ServerToolUse {
        id: String,
        name: &'static str,
        input: Cow<'a, RawValue>,
        caller: CallerOut,
    },
    Text {
        text: &'a str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        citations: Vec<CitationOut<'a>>,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: &'a str,
        input: Cow<'a, RawValue>,
        caller: CallerOut,
    },
    WebSearchToolResult {
        tool_use_id: String,
        content: Vec<ResultOut<'a>>,
        caller: CallerOut,
    },
}

impl<'a> BlockOut<'a> {
    pub(super) fn text(text: &'a str, cited: Vec<CitationOut<'a>>) -> Self {
        let citations = cited;
        Self::Text { text, citations }
    }
}

#[derive(Serialize)]
pub(super) struct CallerOut {
    #[serde(rename = "type")]
    kind: &'static str,
}

impl CallerOut {
    pub(super) const DIRECT: Self = Self { kind: "direct" };
}

/// Token counts as they go out: `input_tokens` and `output_tokens` must be numbers, the rest may be null.
#[derive(Clone, Copy, Serialize)]
pub(super) struct UsageOut {
    input_tokens: u64,
    cache_creation: Option<()>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    inference_geo: Option<()>,
    output_tokens: u64,
    output_tokens_details: Option<OutputDetails>,
    server_tool_use: Option<()>,
    service_tier: Option<()>,
    speed: Option<()>,
}

/// The same at the end of a stream, where the vendor says less.
#[derive(Serialize)]
pub(super) struct DeltaUsageOut {
    input_tokens: u64,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: u64,
    output_tokens_details: Option<OutputDetails>,
    server_tool_use: Option<()>,
}

impl From<UsageOut> for DeltaUsageOut {
    fn from(usage: UsageOut) -> Self {
        Self {
            input_tokens: usage.input_tokens,
            cache_creation_input_tokens: usage.cache_creation_input_tokens,
            cache_read_input_tokens: usage.cache_read_input_tokens,
            output_tokens: usage.output_tokens,
            output_tokens_details: usage.output_tokens_details,
            server_tool_use: usage.server_tool_use,
        }
    }
}

impl UsageOut {
    /// `input` and `output` stand in for counts that the provider did not give.
    pub(super) fn new(usage: &Usage, input: u64, output: u64) -> Self {
        Self {
            input_tokens: usage.input.unwrap_or(input),
            cache_creation: None,
            cache_creation_input_tokens: usage.cache_write,
            cache_read_input_tokens: usage.cache_read,
            inference_geo: None,
            output_tokens: usage.output.unwrap_or(output),
            output_tokens_details: usage.reasoning.map(|tokens| OutputDetails {
                thinking_tokens: Some(tokens),
            }),
            server_tool_use: None,
            service_tier: None,
            speed: None,
        }
    }

    /// The final counts; what is estimated is reported.
    pub(super) fn total(
        usage: &Usage,
        reply: &ReplyContext,
        written: usize,
        losses: &mut Losses,
    ) -> Self {
        let why = "is Patchbay's estimate: the provider did not say";
        if usage.input.is_none() {
            losses.estimated("usage.input_tokens", why);
        }
        if usage.output.is_none() {
            losses.estimated("usage.output_tokens", why);
        }
        Self::new(
            usage,
            reply.estimated_input_tokens.unwrap_or(0),
            tokens::of_bytes(written),
        )
    }
}

/// The reply's id: the provider's own, where it has the vendor's form.
pub(super) fn message_id<'a>(id: &'a str, reply: &ReplyContext) -> Cow<'a, str> {
    if id.starts_with("msg_") {
        Cow::Borrowed(id)
    } else {
        Cow::Owned(format!("msg_{}", reply.exchange.0))
    }
}

pub(super) fn encode(response: &Response, reply: &ReplyContext, losses: &mut Losses) -> Bytes {
    for loss in &response.losses {
        losses.add(loss);
    }
    if response.answers.len() > 1 {
        losses.dropped(
            "n",
            "several answers do not fit in this protocol: the first is kept",
        );
    }
    let id = &*message_id(&response.id, reply);
    let usage = response.usage.unwrap_or_default();
    let Some(answer) = response.answers.first() else {
        let usage = UsageOut::total(&usage, reply, 0, losses);
        return json::write(&MessageOut {
            stop_reason: Some("end_turn"),
            ..MessageOut::empty(id, &reply.model, usage)
        });
    };
    let mut written = 0;
    let cited = answer.notes.cited_by(&answer.parts);
    let mut content = Vec::new();
    let mut searches = answer.notes.searches.iter().enumerate().peekable();
    for (at, (part, cited)) in answer.parts.iter().zip(&cited).enumerate() {
        while let Some(search) = searches.next_if(|(_, (before, _))| *before <= at) {
            content.extend(searched(search, reply));
        }
        content.extend(block(part, cited, &mut written, losses));
    }
    content.extend(searches.flat_map(|search| searched(search, reply)));
    let calls = content
        .iter()
        .any(|block| matches!(block, BlockOut::ToolUse { .. }));
    let usage = UsageOut::total(&usage, reply, written, losses);
    if !answer.notes.citations.is_empty() && cited.iter().all(Vec::is_empty) {
        losses.dropped("annotations", NOT_OF_PROTOCOL);
    }
    let (stop_reason, stop_sequence) = events::stop(&answer.finish, calls);
    json::write(&MessageOut {
        content,
        stop_details: RefusedOut::of(&answer.finish),
        stop_reason: Some(stop_reason),
        stop_sequence,
        ..MessageOut::empty(id, &reply.model, usage)
    })
}

fn searched<'a>(
    (at, (_, search)): (usize, &'a (usize, Search)),
    reply: &ReplyContext,
) -> [BlockOut<'a>; 2] {
    let id = format!("srvtoolu_{}_{at}", reply.exchange.0);
    let call = BlockOut::ServerToolUse {
        id: id.clone(),
        name: search::NAME,
        input: search::input(search),
        caller: CallerOut::DIRECT,
    };
    let result = BlockOut::WebSearchToolResult {
        tool_use_id: id,
        content: ResultOut::all(search),
        caller: CallerOut::DIRECT,
    };
    [call, result]
}

fn block<'a>(
    part: &'a Part,
    cited: &'a [Citation],
    written: &mut usize,
    losses: &mut Losses,
) -> Option<BlockOut<'a>> {
    match part {
        Part::Text(text) | Part::Refusal(text) => {
            *written += text.len();
            let citations = || cited.iter().map(CitationOut::of).collect();
            (!text.is_empty()).then(|| BlockOut::text(text, citations()))
        }
        Part::Reasoning { text, opaque } => {
            *written += text.len();
            let own = opaque.as_ref().filter(|o| owned(o, losses));
            match own {
                Some(opaque) if opaque.kind == OpaqueKind::Content => {
                    Some(BlockOut::RedactedThinking {
                        data: &opaque.value,
                    })
                }
                own => (!text.is_empty() || own.is_some()).then(|| BlockOut::Thinking {
                    thinking: text,
                    signature: own.map_or("", |opaque| &opaque.value),
                }),
            }
        }
        Part::ToolCall {
            id,
            name,
            arguments,
        } => {
            *written += name.len() + arguments.len();
            Some(BlockOut::ToolUse {
                id: spelling::call_id(id),
                name,
                input: json::arguments_object(arguments),
                caller: CallerOut::DIRECT,
            })
        }
        Part::Image(_) => {
            losses.dropped("content", NO_DRAWING);
            None
        }
        Part::File(_) => {
            losses.dropped("content", "a file in a reply has no place in this protocol");
            None
        }
        Part::ToolResult { .. } => {
            losses.dropped(
                "content",
                "a tool result in a reply has no place in this protocol",
            );
            None
        }
    }
}

/// Whether this protocol issued it; a stranger's is reported.
pub(super) fn owned(opaque: &Opaque, losses: &mut Losses) -> bool {
    let own = opaque.owner == Protocol::Anthropic && !opaque.value.is_empty();
    if !own {
        losses.dropped(
            "reasoning",
            "carries a proof of another protocol, which only its owner can read",
        );
    }
    own
}

pub(super) fn events(body: &[u8], exchange: &ExchangeId) -> Result<Events, ApiError> {
    read(body, |start, content, end| {
        events::of_whole(start, content, end, exchange)
    })
}

/// What a whole reply says.
pub(super) fn read<T>(
    body: &[u8],
    heard: impl FnOnce(StartBody<'_>, Vec<Block<'_>>, EndBody<'_>) -> T,
) -> Result<T, ApiError> {
    let mended = json::Mended::new();
    let reply: ReplyBody<'_> = json::parse_reply(body, &mended)?;
    if reply.kind.as_deref() == Some("error") {
        let body = serde_json::from_slice(body).unwrap_or_default();
        return Err(error::from_body(&body, None));
    }
    let Some(content) = reply.content else {
        return Err(ApiError::provider_fault(
            "The provider's answer is no message: it has no content.",
        ));
    };
    let start = StartBody {
        id: reply.id,
        model: reply.model,
        usage: reply.usage,
    };
    let end = EndBody {
        stop_reason: reply.stop_reason,
        stop_sequence: reply.stop_sequence,
        stop_details: reply.stop_details,
    };
    Ok(heard(start, content, end))
}
