//! The question in the words of Gemini.

use serde_json::{Value, json};

use super::{Question, Said, items, schema, texts, tool_of, words};

pub(crate) fn write(question: &Question) -> Value {
    let is_result = |said: &Said| matches!(said, Said::Result { .. });
    let contents = question.turns().flat_map(|(is_models, turn)| {
        let role = if is_models { "model" } else { "user" };
        // Results stand alone.
        let contents = turn.chunk_by(move |one, next| is_result(one) == is_result(next));
        contents.map(
            move |said| json!({"role": role, "parts": said.iter().map(part).collect::<Vec<_>>()}),
        )
    });
    let mut body = json!({"contents": contents.collect::<Vec<_>>()});
    if !question.system.is_empty() {
        body["systemInstruction"] = json!({"parts": [{"text": question.system}]});
    }
    let tool = |name: &String| json!({"name": name, "parametersJsonSchema": schema()});
    if !question.tools.is_empty() {
        let tools: Vec<Value> = question.tools.iter().map(tool).collect();
        body["tools"] = json!([{"functionDeclarations": tools}]);
    }
    if let Some(name) = &question.must_call {
        body["toolConfig"] = json!({"functionCallingConfig":
            {"mode": "ANY", "allowedFunctionNames": [name]}});
    }
    if question.wants_place {
        body["generationConfig"] =
            json!({"responseMimeType": "application/json", "responseJsonSchema": schema()});
    }
    if !question.stops.is_empty() {
        body["generationConfig"] = json!({"stopSequences": question.stops});
    }
    if question.weighs {
        body["generationConfig"] = json!({"responseLogprobs": true});
    }
    if question.thinks {
        body["generationConfig"] =
            json!({"thinkingConfig": {"includeThoughts": true, "thinkingBudget": 1024}});
    }
    body
}

fn part(said: &Said) -> Value {
    match said {
        Said::Call { name, arguments } => {
            json!({"functionCall": {"name": name, "args": arguments}})
        }
        Said::Image { media_type, data } => {
            json!({"inlineData": {"mimeType": media_type, "data": data}})
        }
        Said::ImageAt(url) => json!({"fileData": {"mimeType": "image/png", "fileUri": url}}),
        Said::Model(text) | Said::User(text) => json!({ "text": text }),
        Said::Result { name, text } => {
            json!({"functionResponse": {"name": name, "response": {"output": text}}})
        }
    }
}

pub(crate) fn read(body: &Value) -> Question {
    let mut question = Question::default();
    for part in items(&body["systemInstruction"]["parts"]) {
        question.hear_system(&words(&part["text"]));
    }
    for content in items(&body["contents"]) {
        let is_models = content["role"] == "model";
        let parts = items(&content["parts"]).map(|part| heard(part, is_models));
        question.said.extend(parts);
    }
    let tools = items(&body["tools"]).flat_map(|tool| items(&tool["functionDeclarations"]));
    for tool in tools {
        let json = &tool["parametersJsonSchema"];
        let schema = if json.is_null() {
            &tool["parameters"]
        } else {
            json
        };
        question.tools.push(tool_of(&tool["name"], schema));
    }
    let calling = &body["toolConfig"]["functionCallingConfig"];
    if calling["mode"] == "ANY" {
        question.must_call = texts(&calling["allowedFunctionNames"]).pop();
    }
    let config = &body["generationConfig"];
    question.wants_place = ["responseJsonSchema", "responseSchema"]
        .iter()
        .any(|field| super::is_place(&config[field]));
    question.stops = texts(&config["stopSequences"]);
    question.weighs = config["responseLogprobs"] == true;
    question.thinks = config["thinkingConfig"]["includeThoughts"] == true;
    question
}

fn heard(part: &Value, is_models: bool) -> Said {
    let call = &part["functionCall"];
    let result = &part["functionResponse"];
    let blob = &part["inlineData"];
    if call.is_object() {
        Said::Call {
            name: words(&call["name"]),
            arguments: call["args"].clone(),
        }
    } else if result.is_object() {
        Said::Result {
            name: words(&result["name"]),
            text: words(&result["response"]["output"]),
        }
    } else if blob.is_object() {
        Said::Image {
            media_type: words(&blob["mimeType"]),
            data: words(&blob["data"]),
        }
    } else if part["fileData"].is_object() {
        Said::ImageAt(words(&part["fileData"]["fileUri"]))
    } else if is_models {
        Said::Model(words(&part["text"]))
    } else {
        Said::User(words(&part["text"]))
    }
}
