//! What Amazon Q understands. It has no place for instructions and choices: they are words in a first pair of
//! turns.

use serde_json::Value;

use super::{Calls, Question, Said, items, text_of, tool_of, words};

pub(crate) fn read(body: &Value) -> Question {
    let state = &body["conversationState"];
    let mut question = Question::default();
    let mut calls = Calls::default();
    let mut history: Vec<&Value> = items(&state["history"]).collect();
    if let [told, accepted, ..] = history.as_slice()
        && accepted["assistantResponseMessage"]["content"] == "I will follow these instructions."
    {
        question.hear_system(&words(&told["userInputMessage"]["content"]));
        history.drain(..2);
    }
    // In words as well: with the schema.
    question.wants_place = question.system.contains(r#""city""#);
    history.push(&state["currentMessage"]);
    for message in history {
        let (user, model) = (
            &message["userInputMessage"],
            &message["assistantResponseMessage"],
        );
        let context = &user["userInputMessageContext"];
        for result in items(&context["toolResults"]) {
            let text = text_of(&result["content"]);
            question.said.push(calls.result(&result["toolUseId"], text));
        }
        for (content, said) in [
            (&user["content"], Said::User as fn(String) -> Said),
            (&model["content"], Said::Model),
        ] {
            let text = words(content);
            let is_ours = text.starts_with('(') && text.ends_with(')');
            if !is_ours && !text.trim().is_empty() {
                question.said.push(said(text));
            }
        }
        question
            .said
            .extend(items(&user["images"]).map(|image| Said::Image {
                media_type: format!("image/{}", words(&image["format"])),
                data: words(&image["source"]["bytes"]),
            }));
        for call in items(&model["toolUses"]) {
            let call = calls.call(&call["toolUseId"], &call["name"], call["input"].clone());
            question.said.push(call);
        }
        for tool in items(&context["tools"]) {
            let tool = &tool["toolSpecification"];
            question
                .tools
                .push(tool_of(&tool["name"], &tool["inputSchema"]["json"]));
        }
    }
    question
}
