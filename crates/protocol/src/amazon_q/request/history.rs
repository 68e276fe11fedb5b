//! The conversation as the service insists on it; anything else it refuses as "improperly formed":
//!
//! - the history alternates and begins with the user, the current message is the user's;
//! - each tool call is answered in the very next message, once, in order of the calls; no other result is there;
//! - no content is empty but beside tool results, and no tool result is empty;
//! - there are ten images at most.
//!
//! A pure function of the repaired turns.

use super::media::{self, Attached};
use crate::{
    amazon_q::{
        ORIGIN,
        wire::{
            AssistantMessage, ChatMessage, Context, ReasoningContent, ResultContent, ToolResult,
            ToolUse, UserMessage,
        },
    },
    canonical::{
        ApiError, Losses, OpaqueKind, Part, ToolNames,
        turns::{Piece, Side, Turn},
    },
    json::arguments_object,
};

/// Takes the instructions in.
const ACCEPTED: &str = "I will follow these instructions.";
const EMPTY_RESULT: &str = "(The tool gave no output.)";
const IMAGE_IN_RESULT: &str = "(Its image is attached to this message.)";
const ONLY_IMAGES: &str = "(See what is attached.)";

#[derive(Debug)]
pub(super) struct Conversation<'a> {
    pub history: Vec<ChatMessage<'a>>,
    pub current: UserMessage<'a>,
}

/// `turns` alternate, begin and end with the user, and have their calls and results paired.
pub(super) fn arrange<'a>(
    turns: &'a [Turn<'_>],
    instructions: &str,
    model: &'a str,
    names: &ToolNames,
    losses: &mut Losses,
) -> Result<Conversation<'a>, ApiError> {
    let mut arranging = Arranging {
        model,
        names,
        surplus: media::surplus(turns, losses)?,
        losses,
    };
    let mut history = Vec::with_capacity(turns.len() + 1);
    if !instructions.is_empty() {
        let told = UserMessage {
            content: instructions.to_owned(),
            ..arranging.blank()
        };
        let accepted = AssistantMessage {
            content: ACCEPTED.to_owned(),
            ..AssistantMessage::default()
        };
        history.push(ChatMessage::UserInputMessage(told));
        history.push(ChatMessage::AssistantResponseMessage(accepted));
    }
    let mut current = arranging.blank();
    for (at, turn) in turns.iter().enumerate() {
        match turn.side {
            Side::Assistant => history.push(ChatMessage::AssistantResponseMessage(
                arranging.assistant(turn),
            )),
            Side::User if at + 1 == turns.len() => current = arranging.user(turn)?,
            Side::User => history.push(ChatMessage::UserInputMessage(arranging.user(turn)?)),
        }
    }
    Ok(Conversation { history, current })
}

struct Arranging<'a, 'l> {
    model: &'a str,
    names: &'l ToolNames,
    /// How many images are still to be left out.
    surplus: usize,
    losses: &'l mut Losses,
}

impl<'a> Arranging<'a, '_> {
    fn blank(&self) -> UserMessage<'a> {
        UserMessage {
            origin: ORIGIN,
            model_id: self.model,
            ..UserMessage::default()
        }
    }

    fn user(&mut self, turn: &'a Turn<'_>) -> Result<UserMessage<'a>, ApiError> {
        let mut message = self.blank();
        let mut texts = Vec::new();
        let mut tool_results = Vec::new();
        for piece in &turn.pieces {
            match piece {
                Piece::Plain(part) => {
                    let attached = media::attach(part, &mut self.surplus, self.losses)?;
                    match attached {
                        Attached::Image(image) => message.images.push(image),
                        Attached::Text(text) => texts.push(text.into_owned()),
                        Attached::Nothing => {}
                    }
                }
                Piece::Result {
                    id,
                    parts,
                    is_error,
                } => {
                    let mut content = Vec::new();
                    for part in parts.iter() {
                        let text = match media::attach(part, &mut self.surplus, self.losses)? {
                            Attached::Image(image) => {
                                message.images.push(image);
                                IMAGE_IN_RESULT.to_owned()
                            }
                            Attached::Text(text) => text.into_owned(),
                            Attached::Nothing => continue,
                        };
                        content.push(ResultContent { text });
                    }
                    if content.is_empty() {
                        let text = EMPTY_RESULT.to_owned();
                        content.push(ResultContent { text });
                    }
                    tool_results.push(ToolResult {
                        tool_use_id: id.clone(),
                        content,
                        status: if *is_error { "error" } else { "success" },
                    });
                }
                // Only assistants call.
                Piece::Call { .. } => {}
            }
        }
        if texts.is_empty() && tool_results.is_empty() {
            texts.push(ONLY_IMAGES.to_owned());
        }
        message.content = texts.join("\n\n");
        message.user_input_message_context = Context {
            tool_results,
            tools: Vec::new(),
        };
        Ok(message)
    }

    fn assistant(&mut self, turn: &'a Turn<'_>) -> AssistantMessage<'a> {
        let mut message = AssistantMessage::default();
        let mut texts: Vec<&str> = Vec::new();
        for piece in &turn.pieces {
            match piece {
                Piece::Call {
                    id,
                    name,
                    arguments,
                } => message.tool_uses.push(ToolUse {
                    tool_use_id: id.clone(),
                    name: self.names.spell(name),
                    input: arguments_object(arguments),
                }),
                Piece::Plain(part) => match &**part {
                    Part::Text(text) | Part::Refusal(text) => texts.push(text),
                    Part::Reasoning { .. } if message.reasoning_content.is_some() => {
                        self.losses.dropped(
                            "messages[].reasoning",
                            "has room for one piece a message in this protocol",
                        );
                    }
                    Part::Reasoning { text, opaque } => {
                        message.reasoning_content = opaque.as_ref().map(|opaque| {
                            let value = &opaque.value;
                            match opaque.kind {
                                OpaqueKind::Content => ReasoningContent::RedactedContent(value),
                                OpaqueKind::Signature => ReasoningContent::ReasoningText {
                                    text,
                                    signature: value,
                                },
                            }
                        });
                    }
                    Part::File(_)
                    | Part::Image(_)
                    | Part::ToolCall { .. }
                    | Part::ToolResult { .. } => {}
                },
                // Only users answer.
                Piece::Result { .. } => {}
            }
        }
        message.content = if texts.is_empty() {
            " ".to_owned()
        } else {
            texts.join("\n\n")
        };
        message
    }
}
