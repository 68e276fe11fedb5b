//! OpenAI Responses as its real provider checks and answers it.

use http::HeaderMap;
use serde_json::{Value, json};

use super::{KEY, openai::is_image, says::Says};

const FIELDS: [&str; 18] = [
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "metadata",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "reasoning",
    "service_tier",
    "store",
    "stream",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
    "user",
];

pub(super) fn check(headers: &HeaderMap, body: &Value) -> Result<(), (u16, String)> {
    let bad = |message: String| Err((400, message));
    let key = headers
        .get("authorization")
        .and_then(|key| key.to_str().ok());
    if key != Some(&format!("Bearer {KEY}")) {
        return Err((401, format!("Incorrect API key provided: {key:?}")));
    }
    let Some(fields) = body.as_object() else {
        return bad("We could not parse the JSON body of your request.".to_owned());
    };
    if let Some(field) = fields
        .keys()
        .find(|field| !FIELDS.contains(&field.as_str()))
    {
        return bad(format!("Unknown parameter: '{field}'."));
    }
    if body.get("tool_choice").is_some() && body.get("tools").is_none() {
        return bad("Tool choice 'auto' must be specified with 'tools' parameter.".to_owned());
    }
    if body["max_output_tokens"]
        .as_u64()
        .is_some_and(|limit| limit < 16)
    {
        return bad("Invalid 'max_output_tokens': integer below minimum value.".to_owned());
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        if tool["name"].is_null() || tool.get("parameters").is_none() || tool["strict"].is_null() {
            return bad(format!("Missing required parameter in {tool}."));
        }
    }
    let format = &body["text"]["format"];
    if format["type"] == "json_schema" && format["schema"]["type"] != "object" {
        return bad("Invalid schema for response_format.".to_owned());
    }
    if body["input"].is_string() {
        return Ok(());
    }
    if !body["input"].is_array() {
        return bad(
            "Invalid type for 'input': expected one of an array of objects or string.".to_owned(),
        );
    }
    let mut open: Vec<&str> = Vec::new();
    for item in body["input"].as_array().into_iter().flatten() {
        let call = item["call_id"].as_str().unwrap_or_default();
        match item["type"].as_str() {
            None | Some("message") => message(item).map_err(|message| (400, message))?,
            Some("function_call") if item["arguments"].is_string() => open.push(call),
            Some("function_call_output") => {
                let Some(at) = open.iter().position(|known| *known == call) else {
                    return bad(format!(
                        "No tool call found for function call output with call_id {call}."
                    ));
                };
                open.swap_remove(at);
            }
            Some(_) => return bad(format!("Invalid value: {item}.")),
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        bad(format!("No tool output found for function call {open:?}."))
    }
}

fn message(item: &Value) -> Result<(), String> {
    let role = item["role"].as_str().unwrap_or_default();
    if !["assistant", "developer", "system", "user"].contains(&role) {
        return Err(format!("Invalid value: '{role}'."));
    }
    if item["content"].is_null() {
        return Err("Missing required parameter: 'input[0].content'.".to_owned());
    }
    for piece in item["content"].as_array().into_iter().flatten() {
        let image = piece["image_url"].as_str();
        let fits = match piece["type"].as_str() {
            Some("input_text") => role != "assistant" && piece["text"].is_string(),
            Some("output_text") => role == "assistant" && piece["text"].is_string(),
            Some("input_image") => image.is_some_and(is_image),
            _ => false,
        };
        if !fits {
            return Err(format!("Invalid value: {piece}."));
        }
    }
    Ok(())
}

fn likely(says: &Says, text: &str) -> Value {
    says.likely(text).unwrap_or_else(|| json!([]))
}

fn output(says: &Says) -> Vec<Value> {
    let mut output = Vec::new();
    if !says.thought.is_empty() {
        output.push(json!({"type": "reasoning", "summary": [{"type": "summary_text", "text": says.thought}]}));
    }
    if !says.text.is_empty() {
        output.push(json!({"type": "message", "status": "completed", "role": "assistant",
            "content": [{"type": "output_text", "text": says.text, "annotations": [], "logprobs": likely(says, &says.text)}]}));
    }
    for (name, arguments) in &says.calls {
        output.push(
            json!({"type": "function_call", "status": "completed", "name": name,
            "arguments": arguments.to_string()}),
        );
    }
    for (at, item) in output.iter_mut().enumerate() {
        item["id"] = json!(format!("item_{at}"));
        if item["type"] == "function_call" {
            item["call_id"] = json!(format!("call_{at}"));
        }
    }
    output
}

pub(super) fn whole(says: &Says, body: &Value) -> Value {
    let counts = &says.counts;
    json!({
        "id": "resp_1", "object": "response", "created_at": 1_763_700_000, "status": "completed",
        "error": null, "incomplete_details": null, "instructions": null, "model": body["model"],
        "output": output(says), "parallel_tool_calls": true, "tool_choice": "auto", "tools": [],
        "temperature": 1.0, "top_p": 1.0, "metadata": {},
        "usage": {
            "input_tokens": counts.input, "input_tokens_details": {"cached_tokens": counts.cached},
            "output_tokens": counts.output,
            "output_tokens_details": {"reasoning_tokens": counts.reasoning},
            "total_tokens": counts.input + counts.output
        }
    })
}

pub(super) fn stream(says: &Says, body: &Value) -> Vec<String> {
    let done = whole(says, body);
    let mut out: Vec<String> = Vec::new();
    let mut say = |kind: &str, fields: Value| {
        let mut event = json!({"type": kind, "sequence_number": out.len()});
        for (name, value) in fields.as_object().unwrap() {
            event[name] = value.clone();
        }
        out.push(format!("event: {kind}\ndata: {event}\n\n"));
    };
    let mut begun = done.clone();
    begun["status"] = json!("in_progress");
    begun["output"] = json!([]);
    begun["usage"] = Value::Null;
    say("response.created", json!({"response": begun}));
    for (at, item) in done["output"].as_array().unwrap().iter().enumerate() {
        let place = json!({"item_id": item["id"], "output_index": at});
        let with = |more: Value| {
            let mut fields = place.clone();
            for (name, value) in more.as_object().unwrap() {
                fields[name] = value.clone();
            }
            fields
        };
        let mut empty = item.clone();
        empty["status"] = json!("in_progress");
        if item["type"] == "reasoning" {
            empty["summary"] = json!([]);
            say(
                "response.output_item.added",
                json!({"output_index": at, "item": empty}),
            );
            let piece = &item["summary"][0];
            let nothing = json!({"type": "summary_text", "text": ""});
            say(
                "response.reasoning_summary_part.added",
                with(json!({"summary_index": 0, "part": nothing})),
            );
            for word in Says::pieces(says.thought) {
                say(
                    "response.reasoning_summary_text.delta",
                    with(json!({"summary_index": 0, "delta": word})),
                );
            }
            say(
                "response.reasoning_summary_text.done",
                with(json!({"summary_index": 0, "text": says.thought})),
            );
            say(
                "response.reasoning_summary_part.done",
                with(json!({"summary_index": 0, "part": piece})),
            );
        } else if item["type"] == "message" {
            empty["content"] = json!([]);
            say(
                "response.output_item.added",
                json!({"output_index": at, "item": empty}),
            );
            let piece = &item["content"][0];
            let text = piece["text"].as_str().unwrap();
            let nothing =
                json!({"type": "output_text", "text": "", "annotations": [], "logprobs": []});
            say(
                "response.content_part.added",
                with(json!({"content_index": 0, "part": nothing})),
            );
            for word in Says::pieces(text) {
                say(
                    "response.output_text.delta",
                    with(
                        json!({"content_index": 0, "delta": word, "logprobs": likely(says, word)}),
                    ),
                );
            }
            say(
                "response.output_text.done",
                with(json!({"content_index": 0, "text": text, "logprobs": likely(says, text)})),
            );
            say(
                "response.content_part.done",
                with(json!({"content_index": 0, "part": piece})),
            );
        } else {
            empty["arguments"] = json!("");
            say(
                "response.output_item.added",
                json!({"output_index": at, "item": empty}),
            );
            let arguments = item["arguments"].as_str().unwrap();
            let (one, two) = arguments.split_at(5);
            for piece in [one, two] {
                say(
                    "response.function_call_arguments.delta",
                    with(json!({"delta": piece})),
                );
            }
            say(
                "response.function_call_arguments.done",
                with(json!({"arguments": arguments})),
            );
        }
        say(
            "response.output_item.done",
            json!({"output_index": at, "item": item}),
        );
    }
    say("response.completed", json!({"response": done}));
    out
}
