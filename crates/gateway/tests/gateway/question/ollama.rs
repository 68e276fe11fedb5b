//! The question in the words of Ollama, which take pictures as bytes only and know no choice among tools.

use serde_json::{Value, json};

use super::{Question, Said, items, schema, texts, tool_of, words};

pub(crate) fn write(question: &Question) -> Option<Value> {
    let is_address = |said: &Said| matches!(said, Said::ImageAt(_));
    if question.must_call.is_some() || question.said.iter().any(is_address) {
        return None;
    }
    let mut messages = Vec::new();
    if !question.system.is_empty() {
        messages.push(json!({"role": "system", "content": question.system}));
    }
    for (is_models, turn) in question.turns() {
        let mut message =
            json!({"role": if is_models { "assistant" } else { "user" }, "content": ""});
        let (mut calls, mut images) = (Vec::new(), Vec::new());
        for said in turn {
            match said {
                Said::Call { name, arguments } => {
                    calls.push(json!({"function": {"name": name, "arguments": arguments}}));
                }
                Said::Image { data, .. } => images.push(data),
                Said::ImageAt(_) => {}
                Said::Model(text) | Said::User(text) => message["content"] = json!(text),
                Said::Result { name, text } => {
                    messages.push(json!({"role": "tool", "tool_name": name, "content": text}));
                }
            }
        }
        if !images.is_empty() {
            message["images"] = json!(images);
        }
        if !calls.is_empty() {
            message["tool_calls"] = json!(calls);
        }
        if is_models || message["content"] != "" {
            messages.push(message);
        }
    }
    let mut body = json!({ "messages": messages });
    let tool = |name: &String| json!({"type": "function", "function": {"name": name, "description": "", "parameters": schema()}});
    if !question.tools.is_empty() {
        body["tools"] = question.tools.iter().map(tool).collect();
    }
    if question.wants_place {
        body["format"] = schema();
    }
    if !question.stops.is_empty() {
        body["options"] = json!({"stop": question.stops});
    }
    if question.weighs {
        body["logprobs"] = json!(true);
    }
    if question.thinks {
        body["think"] = json!(true);
    }
    Some(body)
}

pub(crate) fn read(body: &Value) -> Question {
    let mut question = Question::default();
    for message in items(&body["messages"]) {
        let text = words(&message["content"]);
        match message["role"].as_str() {
            Some("assistant") => {
                if !text.is_empty() {
                    question.said.push(Said::Model(text));
                }
                question
                    .said
                    .extend(items(&message["tool_calls"]).map(|call| Said::Call {
                        name: words(&call["function"]["name"]),
                        arguments: call["function"]["arguments"].clone(),
                    }));
            }
            Some("tool") => question.said.push(Said::Result {
                name: words(&message["tool_name"]),
                text,
            }),
            Some("user") => {
                question.said.push(Said::User(text));
                question
                    .said
                    .extend(items(&message["images"]).map(|data| Said::Image {
                        // It looks for itself.
                        media_type: "image/png".to_owned(),
                        data: words(data),
                    }));
            }
            _ => question.hear_system(&text),
        }
    }
    for tool in items(&body["tools"]) {
        let tool = &tool["function"];
        question
            .tools
            .push(tool_of(&tool["name"], &tool["parameters"]));
    }
    question.wants_place = super::is_place(&body["format"]);
    question.stops = texts(&body["options"]["stop"]);
    question.weighs = body["logprobs"] == true;
    question.thinks = body["think"] == true || body["think"].is_string();
    question
}
