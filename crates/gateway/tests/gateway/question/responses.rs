//! The question in the words of OpenAI Responses, which know no stop sequences.

use serde_json::{Value, json};

use super::{
    Calls, Question, Said, data_url, id_of, image, items, parsed, schema, text_of, texts, tool_of,
    words,
};

pub(crate) fn write(question: &Question) -> Option<Value> {
    if !question.stops.is_empty() {
        return None;
    }
    let mut input = Vec::new();
    for (is_models, turn) in question.turns() {
        let is_item = |said: &&Said| matches!(said, Said::Call { .. } | Said::Result { .. });
        input.extend(turn.iter().filter(is_item).map(item));
        let pieces: Vec<Value> = turn.iter().filter_map(piece).collect();
        let role = if is_models { "assistant" } else { "user" };
        if !pieces.is_empty() {
            let message = json!({"type": "message", "role": role, "content": pieces});
            // What the model said stands before what it called.
            let at = input.len()
                - if is_models {
                    turn.iter().filter(is_item).count()
                } else {
                    0
                };
            input.insert(at, message);
        }
    }
    let mut body = json!({ "input": input });
    if !question.system.is_empty() {
        body["instructions"] = json!(question.system);
    }
    let tool = |name: &String| json!({"type": "function", "name": name, "parameters": schema(), "strict": true});
    if !question.tools.is_empty() {
        body["tools"] = question.tools.iter().map(tool).collect();
    }
    if let Some(name) = &question.must_call {
        body["tool_choice"] = json!({"type": "function", "name": name});
    }
    if question.wants_place {
        body["text"] = json!({"format":
            {"type": "json_schema", "name": "place", "schema": schema(), "strict": true}});
    }
    if question.weighs {
        body["include"] = json!(["message.output_text.logprobs"]);
    }
    if question.thinks {
        body["reasoning"] = json!({"effort": "low", "summary": "auto"});
    }
    Some(body)
}

fn item(said: &Said) -> Value {
    match said {
        Said::Call { name, arguments } => json!({"type": "function_call", "call_id": id_of(name),
            "name": name, "arguments": arguments.to_string()}),
        Said::Result { name, text } => {
            json!({"type": "function_call_output", "call_id": id_of(name), "output": text})
        }
        _ => Value::Null,
    }
}

fn piece(said: &Said) -> Option<Value> {
    let image = |url: &str| json!({"type": "input_image", "image_url": url, "detail": "auto"});
    match said {
        Said::Image { media_type, data } => Some(image(&data_url(media_type, data))),
        Said::ImageAt(url) => Some(image(url)),
        Said::Model(text) => Some(json!({"type": "output_text", "text": text})),
        Said::User(text) => Some(json!({"type": "input_text", "text": text})),
        Said::Call { .. } | Said::Result { .. } => None,
    }
}

pub(crate) fn read(body: &Value) -> Question {
    let mut question = Question::default();
    question.hear_system(&words(&body["instructions"]));
    if let Some(text) = body["input"].as_str() {
        question.said.push(Said::User(text.to_owned()));
    }
    let mut calls = Calls::default();
    for item in items(&body["input"]) {
        let content = &item["content"];
        match (item["type"].as_str(), item["role"].as_str()) {
            (Some("function_call"), _) => {
                let arguments = parsed(&item["arguments"]);
                question
                    .said
                    .push(calls.call(&item["call_id"], &item["name"], arguments));
            }
            (Some("function_call_output"), _) => {
                let output = text_of(&item["output"]);
                question.said.push(calls.result(&item["call_id"], output));
            }
            (_, Some("assistant")) => question.said.push(Said::Model(text_of(content))),
            (_, Some("user")) if content.is_array() => {
                question
                    .said
                    .extend(items(content).map(|piece| match piece["type"].as_str() {
                        Some("input_image") => image(&piece["image_url"]),
                        _ => Said::User(words(&piece["text"])),
                    }));
            }
            (_, Some("user")) => question.said.push(Said::User(words(content))),
            _ => question.hear_system(&text_of(content)),
        }
    }
    for tool in items(&body["tools"]) {
        question
            .tools
            .push(tool_of(&tool["name"], &tool["parameters"]));
    }
    let forced = &body["tool_choice"]["name"];
    question.must_call = forced.as_str().map(str::to_owned);
    question.wants_place = super::is_place(&body["text"]["format"]["schema"]);
    question.weighs = texts(&body["include"]).contains(&"message.output_text.logprobs".to_owned());
    // They think, and show it only to who wants to see it.
    question.thinks = body["reasoning"]["summary"].is_string();
    question
}
