//! How a JSON reply is reached: by the provider's own switch, by a tool that must be called, or by words.

use serde_json::{Value, value::RawValue};

use super::{Losses, OutputFormat, Request, StructuredOutput, ToolChoice};

#[derive(Debug)]
pub(crate) enum Output<'a> {
    /// Words to add to the instructions.
    Instruction(String),
    Native(&'a RawValue),
    Text,
    Tool {
        name: String,
        description: Option<&'a str>,
        schema: &'a RawValue,
    },
}

pub(crate) fn plan<'a>(
    request: &'a Request,
    ability: StructuredOutput,
    losses: &mut Losses,
) -> Output<'a> {
    let (schema, description) = match &request.output {
        OutputFormat::Text => return Output::Text,
        OutputFormat::Json => {
            // A schema has to name its properties, so none fits any object.
            losses.emulated(
                "response_format",
                "became an instruction: there is no schema to keep to",
            );
            return Output::Instruction(
                "Answer with a single JSON object and nothing else: no other text and no code fence."
                    .to_owned(),
            );
        }
        OutputFormat::JsonSchema {
            schema,
            description,
            ..
        } => (&**schema, description.as_deref()),
    };
    match ability {
        StructuredOutput::Native => Output::Native(schema),
        StructuredOutput::ForcedTool if is_object(schema) => {
            if calls_anyway(request) {
                return Output::Text;
            }
            losses.emulated(
                "response_format",
                "became a tool that the model is made to call",
            );
            Output::Tool {
                name: free_name(request),
                description,
                schema,
            }
        }
        StructuredOutput::ForcedTool | StructuredOutput::Instruction => {
            losses.emulated(
                "response_format",
                "became an instruction: the model may stray from it",
            );
            Output::Instruction(format!(
                "Answer with a single JSON value that is valid against the following JSON schema, and with \
                 nothing else: no other text and no code fence.\n{schema}"
            ))
        }
    }
}

/// A call of one of the client's own tools is forced, so no other reply can come. What a provider runs itself is
/// followed by an answer.
pub(super) fn calls_anyway(request: &Request) -> bool {
    let mut own = request.tools.iter().filter(|tool| tool.is_clients());
    match &request.tool_choice {
        ToolChoice::Named(name) => own.any(|tool| tool.name == *name),
        ToolChoice::Required => own.next().is_some(),
        ToolChoice::Allowed { names, required } => {
            *required && own.any(|tool| names.contains(&tool.name))
        }
        ToolChoice::Auto | ToolChoice::None | ToolChoice::Unset => false,
    }
}

pub(super) fn is_object(schema: &RawValue) -> bool {
    serde_json::from_str::<Value>(schema.get()).is_ok_and(|schema| schema["type"] == "object")
}

fn free_name(request: &Request) -> String {
    let mut name = "json_output".to_owned();
    while request.tools.iter().any(|tool| tool.name == name) {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Protocol,
        canonical::{Tool, ToolKind},
    };

    #[test]
    fn only_a_tool_that_is_there_is_called_in_place_of_an_answer() {
        let tool = |name: &str, kind| Tool {
            name: name.to_owned(),
            description: None,
            kind,
            strict: None,
        };
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let weather = tool("weather", ToolKind::Function { schema: None });
        let elsewhere = ToolKind::Hosted {
            owner: Protocol::OpenAiResponses,
            kind: "file_search".to_owned(),
            definition: raw("{}"),
            search: None,
        };
        let allowed = |name: &str| ToolChoice::Allowed {
            names: vec![name.to_owned()],
            required: true,
        };
        let named = |name: &str| ToolChoice::Named(name.to_owned());
        for (tools, tool_choice, calls) in [
            (vec![weather.clone()], ToolChoice::Required, true),
            (vec![weather.clone()], named("weather"), true),
            (vec![weather.clone()], allowed("weather"), true),
            (vec![weather.clone()], ToolChoice::Auto, false),
            (vec![weather.clone()], named("news"), false),
            (vec![weather], allowed("news"), false),
            (vec![tool("files", elsewhere)], ToolChoice::Required, false),
            (vec![], ToolChoice::Required, false),
        ] {
            let request = Request {
                tools,
                tool_choice,
                output: OutputFormat::JsonSchema {
                    name: None,
                    description: None,
                    schema: raw("{\"type\":\"object\"}"),
                    strict: None,
                },
                ..Request::default()
            };
            let mut losses = Losses::default();
            let output = plan(&request, StructuredOutput::ForcedTool, &mut losses);
            let choice = &request.tool_choice;
            assert_eq!(matches!(output, Output::Text), calls, "{choice:?}");
            assert_eq!(losses.is_empty(), calls, "{choice:?}");
        }
    }
}
