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
            if calls_anyway(&request.tool_choice) {
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

/// A call of one of the client's own tools is forced, so no other reply can come.
pub(super) fn calls_anyway(choice: &ToolChoice) -> bool {
    match choice {
        ToolChoice::Named(_) | ToolChoice::Required => true,
        ToolChoice::Allowed { required, .. } => *required,
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
