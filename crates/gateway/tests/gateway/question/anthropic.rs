//! The question in the words of Anthropic's Messages.

use serde_json::{Value, json};

use super::{Calls, Question, Said, id_of, items, schema, text_of, texts, tool_of, words};

pub(crate) fn write(question: &Question) -> Value {
    let messages = question.turns().map(|(is_models, turn)| {
        let role = if is_models { "assistant" } else { "user" };
        json!({"role": role, "content": turn.iter().map(block).collect::<Vec<_>>()})
    });
    let mut body = json!({"max_tokens": 4096, "messages": messages.collect::<Vec<_>>()});
    if !question.system.is_empty() {
        body["system"] = json!(question.system);
    }
    let tool = |name: &String| json!({"name": name, "input_schema": schema()});
    if !question.tools.is_empty() {
        body["tools"] = question.tools.iter().map(tool).collect();
    }
    if let Some(name) = &question.must_call {
        body["tool_choice"] = json!({"type": "tool", "name": name});
    }
    if question.wants_place {
        body["output_config"] = json!({"format": {"type": "json_schema", "schema": schema()}});
    }
    if !question.stops.is_empty() {
        body["stop_sequences"] = json!(question.stops);
    }
    if question.thinks {
        body["thinking"] = json!({"type": "enabled", "budget_tokens": 2048});
    }
    body
}

fn block(said: &Said) -> Value {
    match said {
        Said::Call { name, arguments } => {
            json!({"type": "tool_use", "id": id_of(name), "name": name, "input": arguments})
        }
        Said::Image { media_type, data } => json!({"type": "image",
            "source": {"type": "base64", "media_type": media_type, "data": data}}),
        Said::ImageAt(url) => json!({"type": "image", "source": {"type": "url", "url": url}}),
        Said::Model(text) | Said::User(text) => json!({"type": "text", "text": text}),
        Said::Result { name, text } => {
            json!({"type": "tool_result", "tool_use_id": id_of(name), "content": text})
        }
    }
}

pub(crate) fn read(body: &Value) -> Question {
    let mut question = Question {
        system: text_of(&body["system"]),
        ..Question::default()
    };
    let mut calls = Calls::default();
    for message in items(&body["messages"]) {
        let spoken = |text: String| {
            if message["role"] == "user" {
                Said::User(text)
            } else {
                Said::Model(text)
            }
        };
        if let Some(text) = message["content"].as_str() {
            question.said.push(spoken(text.to_owned()));
        }
        for block in items(&message["content"]) {
            question.said.push(match block["type"].as_str() {
                Some("image") => image(&block["source"]),
                Some("tool_result") => {
                    calls.result(&block["tool_use_id"], text_of(&block["content"]))
                }
                Some("tool_use") => {
                    calls.call(&block["id"], &block["name"], block["input"].clone())
                }
                _ => spoken(words(&block["text"])),
            });
        }
    }
    for tool in items(&body["tools"]) {
        question
            .tools
            .push(tool_of(&tool["name"], &tool["input_schema"]));
    }
    let choice = &body["tool_choice"];
    let forced = choice["name"].as_str().filter(|_| choice["type"] == "tool");
    question.must_call = forced.map(str::to_owned);
    question.wants_place = super::is_place(&body["output_config"]["format"]["schema"]);
    question.stops = texts(&body["stop_sequences"]);
    question.thinks = ["adaptive", "enabled"]
        .iter()
        .any(|kind| body["thinking"]["type"] == *kind);
    question
}

fn image(source: &Value) -> Said {
    if source["type"] == "url" {
        return Said::ImageAt(words(&source["url"]));
    }
    Said::Image {
        media_type: words(&source["media_type"]),
        data: words(&source["data"]),
    }
}
