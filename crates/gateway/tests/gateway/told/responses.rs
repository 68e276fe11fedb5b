//! What a client of OpenAI Responses understands: it takes items when they are done, and checks that the
//! fragments before and the reply behind them say the same.

use serde_json::Value;

use super::{Counts, Told, error_of, failed_openai, is_some, some, words};

pub(super) fn whole(body: &Value) -> Told {
    failed_openai(body).unwrap_or_else(|| response(body))
}

fn response(body: &Value) -> Told {
    assert_eq!(body["object"], "response");
    assert!(words(&body["id"]).starts_with("resp_"), "{body}");
    let mut told = Told {
        model: words(&body["model"]),
        counts: Counts {
            input: body["usage"]["input_tokens"].as_u64(),
            cached: some(&body["usage"]["input_tokens_details"]["cached_tokens"]),
            output: body["usage"]["output_tokens"].as_u64(),
            reasoning: some(&body["usage"]["output_tokens_details"]["reasoning_tokens"]),
        },
        ..Told::default()
    };
    assert!(
        body["usage"]["input_tokens_details"]["cached_tokens"].is_u64(),
        "{body}"
    );
    assert!(
        body["usage"]["output_tokens_details"]["reasoning_tokens"].is_u64(),
        "{body}"
    );
    for item in body["output"].as_array().unwrap() {
        match item["type"].as_str().unwrap() {
            "message" => {
                assert_eq!(item["role"], "assistant");
                for piece in item["content"].as_array().unwrap() {
                    assert!(piece["annotations"].is_array(), "{piece}");
                    told.text += piece["text"].as_str().unwrap();
                    told.is_weighed |= is_some(&piece["logprobs"]);
                }
            }
            "function_call" => {
                assert!(!words(&item["call_id"]).is_empty());
                assert_ne!(item["call_id"], item["id"]);
                let arguments = serde_json::from_str(&words(&item["arguments"])).unwrap();
                told.calls.push((words(&item["name"]), arguments));
            }
            "image_generation_call" => {
                assert_eq!(item["status"], "completed", "{item}");
                assert!(words(&item["id"]).starts_with("ig_"), "{item}");
                told.images.push(words(&item["result"]));
            }
            "reasoning" => {
                for piece in item["summary"].as_array().unwrap() {
                    assert_eq!(piece["type"], "summary_text", "{piece}");
                    told.reasoning += piece["text"].as_str().unwrap();
                }
            }
            other => panic!("an item of type {other}"),
        }
    }
    told.finish = Some(
        match (body["status"].as_str().unwrap(), told.calls.is_empty()) {
            ("completed", true) => "stop".to_owned(),
            ("completed", false) => "tool_calls".to_owned(),
            ("incomplete", _) => words(&body["incomplete_details"]["reason"]),
            other => panic!("{other:?}"),
        },
    );
    told
}

pub(super) fn stream(frames: &[(Option<&str>, &str)]) -> Told {
    let mut items: Vec<Value> = Vec::new();
    let mut open: Option<Value> = None;
    let mut fragments = String::new();
    let mut told: Option<Told> = None;
    let mut raised = false;
    for (number, (event, data)) in frames.iter().enumerate() {
        let value: Value = serde_json::from_str(data).unwrap();
        assert_eq!(value["type"].as_str(), *event, "{data}");
        assert!(told.is_none(), "something follows the end: {data}");
        let kind = event.unwrap();
        raised |= kind == "error";
        // What fails behind a reply that somebody else began does not know how far that was.
        let is_failure = raised || kind == "response.failed";
        assert!(is_failure || value["sequence_number"] == number, "{data}");
        match kind {
            "error" => assert!(error_of(&value).is_some(), "{data}"),
            "response.created" | "response.in_progress" => {
                assert_eq!(number, usize::from(kind != "response.created"), "{data}");
                assert_eq!(value["response"]["status"], "in_progress");
            }
            "response.output_item.added" => {
                assert!(open.is_none(), "items overlap: {data}");
                assert_eq!(value["output_index"], items.len(), "{data}");
                open = Some(value["item"].clone());
                fragments.clear();
            }
            "response.function_call_arguments.delta"
            | "response.output_text.delta"
            | "response.reasoning_summary_text.delta" => {
                let open = open.as_ref().unwrap();
                assert_eq!(value["item_id"], open["id"], "{data}");
                fragments += value["delta"].as_str().unwrap();
            }
            "response.image_generation_call.in_progress"
            | "response.image_generation_call.generating"
            | "response.image_generation_call.completed" => {
                assert_eq!(value["item_id"], open.as_ref().unwrap()["id"], "{data}");
            }
            "response.output_text.done" | "response.reasoning_summary_text.done" => {
                assert_eq!(value["text"], fragments, "{data}");
            }
            "response.function_call_arguments.done" => {
                assert_eq!(value["arguments"], fragments, "{data}");
            }
            "response.content_part.added"
            | "response.content_part.done"
            | "response.reasoning_summary_part.added"
            | "response.reasoning_summary_part.done"
            | "keepalive" => {}
            "response.output_item.done" => {
                let begun = open.take().unwrap();
                assert_eq!(value["item"]["id"], begun["id"], "{data}");
                items.push(value["item"].clone());
            }
            "response.completed" | "response.incomplete" => {
                assert!(open.is_none(), "an item is not over: {data}");
                assert_eq!(value["response"]["output"], Value::from(items.clone()));
                told = Some(response(&value["response"]));
            }
            "response.failed" => {
                let error = &value["response"]["error"];
                told = Some(Told {
                    error: Some((words(&error["code"]), words(&error["message"]))),
                    ..Told::default()
                });
            }
            other => panic!("an event {other}"),
        }
    }
    assert!(told.is_some() || frames.is_empty(), "the stream has no end");
    told.unwrap_or_default()
}
