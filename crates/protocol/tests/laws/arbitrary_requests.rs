//! Requests as badly put together as clients manage to.

use proptest::{collection::vec, option, prelude::*, sample::select};
use protocol::{
    Protocol,
    canonical::{
        Effort, Media, MediaSource, Message, Opaque, OpaqueKind, OutputFormat, Part, Penalties,
        Reasoning, Request, Role, Sampling, Tool, ToolChoice, ToolKind,
    },
};
use serde_json::value::RawValue;

use crate::arbitrary::text;

/// Few ids, so that calls and results meet, miss and meet twice.
fn id() -> impl Strategy<Value = String> {
    select(vec![
        "call_1",
        "call_2",
        "toolu_3",
        "functions.look:0",
        "call|4",
        "",
    ])
    .prop_map(str::to_owned)
}

fn tool_name() -> impl Strategy<Value = String> {
    let long = "mcp__server__".repeat(7);
    select(vec![
        "look".to_owned(),
        "get_time".to_owned(),
        "files.read".to_owned(),
        long,
    ])
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![4 => text(), 1 => Just(String::new()), 1 => Just(" \n".to_owned())]
}

fn media() -> impl Strategy<Value = Media> {
    let source = prop_oneof![
        Just(MediaSource::Base64("iVBORw0KGgo=".into())),
        Just(MediaSource::Url("https://example.com/a.png".to_owned())),
        Just(MediaSource::FileId("file-1".to_owned())),
        text().prop_map(MediaSource::Text),
    ];
    let media_type = select(vec!["image/png", "application/pdf", "text/plain"]);
    (source, option::of(media_type), option::of(words())).prop_map(|(source, media_type, name)| {
        Media {
            source,
            media_type: media_type.map(str::to_owned),
            name,
            detail: None,
        }
    })
}

fn opaque() -> impl Strategy<Value = Opaque> {
    let kinds = vec![OpaqueKind::Content, OpaqueKind::Signature];
    (select(Protocol::ALL.to_vec()), select(kinds)).prop_map(|(owner, kind)| Opaque {
        owner,
        kind,
        value: "c2lnbmVk".to_owned(),
        id: None,
    })
}

fn simple_part() -> impl Strategy<Value = Part> {
    prop_oneof![
        4 => words().prop_map(Part::Text),
        1 => words().prop_map(Part::Refusal),
        1 => media().prop_map(Part::Image),
        1 => media().prop_map(Part::File),
        1 => (words(), option::of(opaque()))
            .prop_map(|(text, opaque)| Part::Reasoning { text, opaque }),
    ]
}

fn call() -> impl Strategy<Value = Part> {
    let arguments = select(vec!["{}", "", r#"{"a": 1.0}"#, "{\"a\": \"b", "[]", "null"]);
    (id(), tool_name(), arguments).prop_map(|(id, name, arguments)| Part::ToolCall {
        id,
        name,
        arguments: arguments.to_owned(),
    })
}

fn result() -> impl Strategy<Value = Part> {
    (id(), vec(simple_part(), 0..3), any::<bool>()).prop_map(|(id, parts, is_error)| {
        Part::ToolResult {
            id,
            parts,
            is_error,
        }
    })
}

/// What a decoder may make: only assistants call, only tools answer.
fn message() -> impl Strategy<Value = Message> {
    let user = vec(simple_part(), 0..4).prop_map(|parts| Message::new(Role::User, parts));
    let system =
        vec(words().prop_map(Part::Text), 0..2).prop_map(|parts| Message::new(Role::System, parts));
    let assistant = vec(prop_oneof![simple_part(), call()], 0..4)
        .prop_map(|parts| Message::new(Role::Assistant, parts));
    let tool = vec(result(), 0..3).prop_map(|parts| Message::new(Role::Tool, parts));
    prop_oneof![3 => user, 1 => system, 3 => assistant, 3 => tool]
}

fn schema() -> impl Strategy<Value = Box<RawValue>> {
    let schemas = vec![
        r#"{"type":"object","properties":{}}"#,
        r#"{"type":"object","properties":{"a":{"type":"integer","maximum":1.50}},"required":["a"]}"#,
        "{}",
    ];
    select(schemas).prop_map(|json| RawValue::from_string(json.to_owned()).unwrap())
}

fn tool() -> impl Strategy<Value = Tool> {
    let kind = prop_oneof![
        4 => option::of(schema()).prop_map(|schema| ToolKind::Function { schema }),
        1 => Just(ToolKind::Custom { format: None }),
    ];
    (
        tool_name(),
        option::of(words()),
        kind,
        option::of(any::<bool>()),
    )
        .prop_map(|(name, description, kind, strict)| Tool {
            name,
            description,
            kind,
            strict,
        })
}

fn tool_choice() -> impl Strategy<Value = ToolChoice> {
    prop_oneof![
        Just(ToolChoice::Unset),
        Just(ToolChoice::Auto),
        Just(ToolChoice::None),
        Just(ToolChoice::Required),
        tool_name().prop_map(ToolChoice::Named),
        (vec(tool_name(), 0..2), any::<bool>())
            .prop_map(|(names, required)| ToolChoice::Allowed { names, required }),
    ]
}

fn reasoning() -> impl Strategy<Value = Reasoning> {
    prop_oneof![
        Just(Reasoning::Unset),
        Just(Reasoning::Off),
        Just(Reasoning::Adaptive),
        (0..40_000_u64).prop_map(Reasoning::Budget),
        select(vec![Effort::Minimal, Effort::Medium, Effort::Max]).prop_map(Reasoning::Effort),
    ]
}

fn output() -> impl Strategy<Value = OutputFormat> {
    prop_oneof![
        3 => Just(OutputFormat::Text),
        1 => Just(OutputFormat::Json),
        1 => (option::of(Just("person".to_owned())), schema(), option::of(any::<bool>()))
            .prop_map(|(name, schema, strict)| OutputFormat::JsonSchema {
                name,
                description: None,
                schema,
                strict,
            }),
    ]
}

fn sampling() -> impl Strategy<Value = Sampling> {
    (
        option::of(0..5000_u64),
        option::of(0.0..2.0),
        option::of(0..100_u64),
        vec(words(), 0..6),
        option::of(any::<i64>()),
        option::of(-2.0..2.0),
    )
        .prop_map(
            |(max_output_tokens, temperature, top_k, stop, seed, frequency)| Sampling {
                max_output_tokens,
                temperature,
                top_p: temperature,
                top_k,
                stop,
                seed,
                penalties: Penalties {
                    frequency,
                    presence: None,
                },
                logprobs: None,
            },
        )
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    let conversation = (
        vec(words().prop_map(Part::Text), 0..3),
        vec(message(), 1..8),
    );
    let tools = (vec(tool(), 0..3), tool_choice(), option::of(any::<bool>()));
    (
        conversation,
        tools,
        sampling(),
        reasoning(),
        output(),
        any::<bool>(),
    )
        .prop_map(
            |(
                (instructions, messages),
                (tools, tool_choice, parallel),
                sampling,
                reasoning,
                output,
                stream,
            )| {
                let mut messages = messages;
                if messages.iter().any(|message| message.role == Role::System) {
                    // System text at the head would be instructions.
                    let hello = vec![Part::Text("Hello.".to_owned())];
                    messages.insert(0, Message::new(Role::User, hello));
                }
                Request {
                    model: "client-model".to_owned(),
                    instructions,
                    messages,
                    tools,
                    tool_choice,
                    parallel_tool_calls: parallel,
                    sampling,
                    reasoning,
                    output,
                    stream,
                    stream_usage: stream,
                    ..Request::default()
                }
            },
        )
}
