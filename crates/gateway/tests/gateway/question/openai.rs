//! The question in the words of OpenAI chat.

use serde_json::{Value, json};

use super::{
    Calls, Question, Said, data_url, id_of, image, items, parsed, schema, text_of, texts, tool_of,
    words,
};

pub(crate) fn write(question: &Question) -> Value {
    let mut messages = Vec::new();
    if !question.system.is_empty() {
        messages.push(json!({"role": "system", "content": question.system}));
    }
    for (is_models, turn) in question.turns() {
        if is_models {
            messages.push(assistant(turn));
        } else {
            user(turn, &mut messages);
        }
    }
    let mut body = json!({ "messages": messages });
    let tool = |name: &String| json!({"type": "function", "function": {"name": name, "parameters": schema()}});
    if !question.tools.is_empty() {
        body["tools"] = question.tools.iter().map(tool).collect();
    }
    if let Some(name) = &question.must_call {
        body["tool_choice"] = json!({"type": "function", "function": {"name": name}});
    }
    if question.wants_place {
        body["response_format"] = json!({"type": "json_schema",
            "json_schema": {"name": "place", "schema": schema(), "strict": true}});
    }
    if !question.stops.is_empty() {
        body["stop"] = json!(question.stops);
    }
    if question.weighs {
        body["logprobs"] = json!(true);
    }
    if question.thinks {
        body["reasoning_effort"] = json!("low");
    }
    body
}

fn assistant(turn: &[Said]) -> Value {
    let mut message = json!({"role": "assistant", "content": null});
    let mut calls = Vec::new();
    for said in turn {
        match said {
            Said::Call { name, arguments } => calls
                .push(json!({"id": id_of(name), "type": "function",
                "function": {"name": name, "arguments": arguments.to_string()}})),
            Said::Model(text) => message["content"] = json!(text),
            _ => {}
        }
    }
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    message
}

fn user(turn: &[Said], messages: &mut Vec<Value>) {
    let mut parts = Vec::new();
    for said in turn {
        match said {
            Said::Image { media_type, data } => parts.push(json!({"type": "image_url",
                "image_url": {"url": data_url(media_type, data)}})),
            Said::ImageAt(url) => {
                parts.push(json!({"type": "image_url", "image_url": {"url": url}}))
            }
            Said::Result { name, text } => {
                messages
                    .push(json!({"role": "tool", "tool_call_id": id_of(name), "content": text}));
            }
            Said::User(text) => parts.push(json!({"type": "text", "text": text})),
            Said::Call { .. } | Said::Model(_) => {}
        }
    }
    match parts.as_slice() {
        [] => {}
        [only] if only["type"] == "text" => {
            messages.push(json!({"role": "user", "content": only["text"]}));
        }
        _ => messages.push(json!({"role": "user", "content": parts})),
    }
}

pub(crate) fn read(body: &Value) -> Question {
    let mut question = Question::default();
    let mut calls = Calls::default();
    for message in items(&body["messages"]) {
        let content = &message["content"];
        match message["role"].as_str() {
            Some("assistant") => {
                let text = text_of(content);
                if !text.is_empty() {
                    question.said.push(Said::Model(text));
                }
                for call in items(&message["tool_calls"]) {
                    let function = &call["function"];
                    let arguments = parsed(&function["arguments"]);
                    question
                        .said
                        .push(calls.call(&call["id"], &function["name"], arguments));
                }
            }
            Some("tool") => {
                let id = &message["tool_call_id"];
                question.said.push(calls.result(id, text_of(content)));
            }
            Some("user") if content.is_array() => {
                question
                    .said
                    .extend(items(content).map(|part| match part["type"].as_str() {
                        Some("image_url") => image(&part["image_url"]["url"]),
                        _ => Said::User(words(&part["text"])),
                    }));
            }
            Some("user") => question.said.push(Said::User(words(content))),
            _ => question.hear_system(&text_of(content)),
        }
    }
    for tool in items(&body["tools"]) {
        let tool = &tool["function"];
        question
            .tools
            .push(tool_of(&tool["name"], &tool["parameters"]));
    }
    let forced = &body["tool_choice"]["function"]["name"];
    question.must_call = forced.as_str().map(str::to_owned);
    question.wants_place = super::is_place(&body["response_format"]["json_schema"]["schema"]);
    question.stops = texts(&body["stop"]);
    // Models that can think do, unless they are told not to.
    question.weighs = body["logprobs"] == true;
    question.thinks = body["reasoning_effort"] != "none";
    question
}
