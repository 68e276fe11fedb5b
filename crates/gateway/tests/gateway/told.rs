//! What a client understands of an answer. As strict as the official clients: what they would choke on
//! fails the test.

pub(crate) mod completions;
mod gemini;
mod responses;

use serde_json::Value;

pub(crate) use self::gemini::array;
use crate::ask::Dialect;

/// The same in whatever protocol it was told.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) reasoning: String,
    pub(crate) text: String,
    /// What the model drew, in base64.
    pub(crate) images: Vec<String>,
    /// Names and arguments.
    pub(crate) calls: Vec<(String, Value)>,
    /// `stop`, `tool_calls`, in OpenAI's words.
    pub(crate) finish: Option<String>,
    /// Its type and message.
    pub(crate) error: Option<(String, String)>,
    pub(crate) model: String,
    /// How likely the words were.
    pub(crate) is_weighed: bool,
    pub(crate) counts: Counts,
}

/// Of tokens, as far as the protocol has them: the whole input with what of it was cached, the whole output
/// with what of it was thought. Nothing is told of what there was none of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) input: Option<u64>,
    pub(crate) cached: Option<u64>,
    pub(crate) output: Option<u64>,
    pub(crate) reasoning: Option<u64>,
}

impl Counts {
    /// In the words of OpenAI's older protocols.
    fn of_openai(usage: &Value) -> Self {
        Self {
            input: usage["prompt_tokens"].as_u64(),
            cached: some(&usage["prompt_tokens_details"]["cached_tokens"]),
            output: usage["completion_tokens"].as_u64(),
            reasoning: some(&usage["completion_tokens_details"]["reasoning_tokens"]),
        }
    }

    /// What came from the cache, or went there, is not among the input.
    fn of_anthropic(usage: &Value) -> Self {
        let cached = some(&usage["cache_read_input_tokens"]);
        let written = some(&usage["cache_creation_input_tokens"]);
        let fresh = usage["input_tokens"].as_u64();
        Self {
            input: fresh.map(|fresh| fresh + cached.unwrap_or(0) + written.unwrap_or(0)),
            cached,
            output: usage["output_tokens"].as_u64(),
            reasoning: some(&usage["output_tokens_details"]["thinking_tokens"]),
        }
    }

    /// What was thought is not among the output.
    fn of_gemini(usage: &Value) -> Self {
        let count = |name: &str| usage[name].as_u64();
        let reasoning = some(&usage["thoughtsTokenCount"]);
        let output = count("candidatesTokenCount").map(|said| said + reasoning.unwrap_or(0));
        let input = count("promptTokenCount");
        let total = input.zip(output).map(|(input, output)| input + output);
        assert_eq!(count("totalTokenCount"), total, "{usage}");
        Self {
            input,
            cached: some(&usage["cachedContentTokenCount"]),
            output,
            reasoning,
        }
    }

    fn of_ollama(line: &Value) -> Self {
        Self {
            input: line["prompt_eval_count"].as_u64(),
            output: line["eval_count"].as_u64(),
            ..Self::default()
        }
    }
}

fn is_some(list: &Value) -> bool {
    list.as_array().is_some_and(|list| !list.is_empty())
}

fn some(count: &Value) -> Option<u64> {
    count.as_u64().filter(|count| *count > 0)
}

/// A whole answer.
pub(crate) fn whole(dialect: Dialect, body: &[u8]) -> Told {
    let body: Value = serde_json::from_slice(body).unwrap();
    match dialect {
        Dialect::AmazonQ => unreachable!("no client speaks it"),
        Dialect::Anthropic => whole_anthropic(&body),
        Dialect::Gemini => gemini::whole(&body),
        Dialect::Ollama => whole_ollama(&body),
        Dialect::OpenAi => whole_openai(&body),
        Dialect::Responses => responses::whole(&body),
    }
}

/// A streamed answer.
pub(crate) fn stream(dialect: Dialect, body: &[u8]) -> Told {
    let text = std::str::from_utf8(body).unwrap();
    match dialect {
        Dialect::Gemini => return gemini::stream(text),
        Dialect::Ollama => return stream_ollama(text),
        Dialect::AmazonQ | Dialect::Anthropic | Dialect::OpenAi | Dialect::Responses => {}
    }
    assert!(
        text.is_empty() || text.ends_with("\n\n"),
        "the last frame is not ended: {text:?}"
    );
    let frames: Vec<(Option<&str>, &str)> = text
        .split("\n\n")
        .filter_map(|frame| {
            let event = frame.lines().find_map(|line| line.strip_prefix("event: "));
            let data = frame.lines().find_map(|line| line.strip_prefix("data: "))?;
            Some((event, data))
        })
        .collect();
    match dialect {
        Dialect::AmazonQ | Dialect::Gemini | Dialect::Ollama => unreachable!("no such frames"),
        Dialect::Anthropic => stream_anthropic(&frames),
        Dialect::OpenAi => stream_openai(&frames),
        Dialect::Responses => responses::stream(&frames),
    }
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn error_of(body: &Value) -> Option<(String, String)> {
    let error = body.get("error").filter(|error| !error.is_null())?;
    Some((words(&error["type"]), words(&error["message"])))
}

/// A failure in the shape of that vendor, whichever of its protocols was asked.
fn failed_openai(body: &Value) -> Option<Told> {
    let error = error_of(body)?;
    for key in ["message", "type", "param", "code"] {
        assert!(
            body["error"].get(key).is_some(),
            "`{key}` is missing: {body}"
        );
    }
    Some(Told {
        error: Some(error),
        ..Told::default()
    })
}

fn whole_openai(body: &Value) -> Told {
    if let Some(failed) = failed_openai(body) {
        return failed;
    }
    assert_eq!(body["object"], "chat.completion");
    let choice = &body["choices"][0];
    let calls = choice["message"]["tool_calls"].as_array();
    let call = |call: &Value| {
        assert!(!words(&call["id"]).is_empty());
        let arguments = words(&call["function"]["arguments"]);
        let arguments = serde_json::from_str(&arguments).unwrap();
        (words(&call["function"]["name"]), arguments)
    };
    Told {
        reasoning: words(&choice["message"]["reasoning_content"]),
        text: words(&choice["message"]["content"]),
        images: images_openai(&choice["message"]).collect(),
        calls: calls.into_iter().flatten().map(call).collect(),
        finish: choice["finish_reason"].as_str().map(str::to_owned),
        error: None,
        model: words(&body["model"]),
        is_weighed: is_some(&choice["logprobs"]["content"]),
        counts: Counts::of_openai(&body["usage"]),
    }
}

/// Relays add them to this protocol, beside the content.
fn images_openai(message: &Value) -> impl Iterator<Item = String> {
    let images = message["images"].as_array();
    images.into_iter().flatten().map(|image| {
        assert_eq!(image["type"], "image_url", "{image}");
        let url = image["image_url"]["url"].as_str().unwrap();
        let data = url.strip_prefix("data:image/png;base64,");
        data.unwrap_or_else(|| panic!("not the image: {image}"))
            .to_owned()
    })
}

fn finish_of(anthropic: &Value) -> Option<String> {
    anthropic.as_str().map(|reason| {
        match reason {
            "end_turn" | "stop_sequence" => "stop",
            "max_tokens" => "length",
            "tool_use" => "tool_calls",
            other => other,
        }
        .to_owned()
    })
}

fn whole_anthropic(body: &Value) -> Told {
    if let Some(error) = error_of(body) {
        assert_eq!(body["type"], "error");
        assert!(body.get("request_id").is_some(), "{body}");
        return Told {
            error: Some(error),
            ..Told::default()
        };
    }
    assert_eq!(body["type"], "message");
    let mut told = Told {
        finish: finish_of(&body["stop_reason"]),
        model: words(&body["model"]),
        counts: Counts::of_anthropic(&body["usage"]),
        ..Told::default()
    };
    for block in body["content"].as_array().unwrap() {
        match block["type"].as_str().unwrap() {
            "text" => told.text += block["text"].as_str().unwrap(),
            "thinking" => {
                assert!(block["signature"].is_string(), "{block}");
                told.reasoning += block["thinking"].as_str().unwrap();
            }
            "tool_use" => told
                .calls
                .push((words(&block["name"]), block["input"].clone())),
            other => panic!("a block of type {other}"),
        }
    }
    told
}

/// As the typed clients of it read: content and date are always there, a call has one key.
fn heard(told: &mut Told, line: &Value) {
    assert!(line["created_at"].is_string(), "{line}");
    told.model = words(&line["model"]);
    let message = &line["message"];
    assert_eq!(message["role"], "assistant", "{line}");
    told.reasoning += message["thinking"].as_str().unwrap_or_default();
    told.text += message["content"].as_str().unwrap();
    told.is_weighed |= is_some(&line["logprobs"]);
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        assert_eq!(call.as_object().unwrap().len(), 1, "{call}");
        let function = &call["function"];
        assert!(function["arguments"].is_object(), "{call}");
        told.calls
            .push((words(&function["name"]), function["arguments"].clone()));
    }
    if line["done"].as_bool().unwrap() {
        told.counts = Counts::of_ollama(line);
        let called = !told.calls.is_empty() && line["done_reason"] == "stop";
        told.finish = Some(if called {
            "tool_calls".to_owned()
        } else {
            words(&line["done_reason"])
        });
    }
}

/// It has no types: a failure is its message.
fn failed(body: &Value) -> Option<(String, String)> {
    let message = body.get("error")?.as_str().unwrap();
    Some((String::new(), message.to_owned()))
}

fn whole_ollama(body: &Value) -> Told {
    let mut told = Told {
        error: failed(body),
        ..Told::default()
    };
    if told.error.is_none() {
        heard(&mut told, body);
        assert!(told.finish.is_some(), "{body}");
    }
    told
}

/// Each line is parsed, an empty one as well; a keep-alive names no model.
fn stream_ollama(text: &str) -> Told {
    let mut told = Told::default();
    for line in text.lines() {
        assert_eq!((&told.finish, &told.error), (&None, &None), "{line}");
        let line: Value = serde_json::from_str(line).unwrap();
        told.error = failed(&line);
        if told.error.is_none() && (line["model"] != "" || line["done"] == true) {
            heard(&mut told, &line);
        }
    }
    let ended = told.finish.is_some() || told.error.is_some();
    assert!(ended || text.is_empty(), "the stream has no end: {text}");
    told
}

fn stream_openai(frames: &[(Option<&str>, &str)]) -> Told {
    let mut told = Told::default();
    let mut arguments: Vec<String> = Vec::new();
    let mut done = false;
    for (_, data) in frames {
        assert!(!done, "something follows [DONE]: {data}");
        if *data == "[DONE]" {
            done = true;
            continue;
        }
        let chunk: Value = serde_json::from_str(data).unwrap();
        if let Some(error) = error_of(&chunk) {
            told.error = Some(error);
            break;
        }
        assert_eq!(chunk["object"], "chat.completion.chunk");
        told.model = words(&chunk["model"]);
        if chunk["usage"].is_object() {
            told.counts = Counts::of_openai(&chunk["usage"]);
        }
        let Some(choice) = chunk["choices"].get(0) else {
            continue;
        };
        assert_eq!(told.finish, None, "a choice goes on after its end: {data}");
        told.reasoning += choice["delta"]["reasoning_content"]
            .as_str()
            .unwrap_or_default();
        told.text += choice["delta"]["content"].as_str().unwrap_or_default();
        told.images.extend(images_openai(&choice["delta"]));
        told.is_weighed |= is_some(&choice["logprobs"]["content"]);
        for call in choice["delta"]["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
            if index == told.calls.len() {
                told.calls
                    .push((words(&call["function"]["name"]), Value::Null));
                arguments.push(String::new());
            }
            arguments[index] += call["function"]["arguments"].as_str().unwrap_or_default();
        }
        told.finish = choice["finish_reason"].as_str().map(str::to_owned);
    }
    assert!(
        done || told.error.is_some() || frames.is_empty(),
        "the stream has no end: {frames:?}"
    );
    for (call, arguments) in told.calls.iter_mut().zip(arguments) {
        if told.error.is_none() {
            call.1 = serde_json::from_str(&arguments).unwrap();
        }
    }
    told
}

fn stream_anthropic(frames: &[(Option<&str>, &str)]) -> Told {
    let mut told = Told::default();
    let mut open: Option<u64> = None;
    let mut blocks = 0;
    let mut arguments = String::new();
    let mut usage = Value::Null;
    let mut stopped = false;
    for (number, (event, data)) in frames.iter().enumerate() {
        let value: Value = serde_json::from_str(data).unwrap();
        assert_eq!(value["type"].as_str(), *event, "{data}");
        assert!(!stopped, "something follows the end: {data}");
        match event.unwrap() {
            "ping" => {}
            "error" => {
                told.error = error_of(&value);
                stopped = true;
            }
            "message_start" => {
                let pings = frames[..number]
                    .iter()
                    .all(|(event, _)| *event == Some("ping"));
                assert!(pings, "a late or second start");
                told.model = words(&value["message"]["model"]);
                usage = value["message"]["usage"].clone();
            }
            "content_block_start" => {
                assert_eq!((open, value["index"].as_u64()), (None, Some(blocks)));
                open = Some(blocks);
                blocks += 1;
                let block = &value["content_block"];
                if block["type"] == "tool_use" {
                    told.calls.push((words(&block["name"]), Value::Null));
                }
                arguments.clear();
            }
            "content_block_delta" => {
                assert_eq!(value["index"].as_u64(), open);
                let delta = &value["delta"];
                told.reasoning += delta["thinking"].as_str().unwrap_or_default();
                told.text += delta["text"].as_str().unwrap_or_default();
                arguments += delta["partial_json"].as_str().unwrap_or_default();
            }
            "content_block_stop" => {
                assert_eq!(value["index"].as_u64(), open.take());
                if let (Some(call), false) = (told.calls.last_mut(), arguments.is_empty()) {
                    call.1 = serde_json::from_str(&arguments).unwrap_or(Value::Null);
                }
            }
            "message_delta" => {
                told.finish = finish_of(&value["delta"]["stop_reason"]);
                // The counts so far: what is not told again has not changed.
                for (name, count) in value["usage"].as_object().unwrap() {
                    usage[name] = count.clone();
                }
                told.counts = Counts::of_anthropic(&usage);
            }
            "message_stop" => stopped = true,
            other => panic!("an event {other}"),
        }
    }
    assert!(stopped || frames.is_empty(), "the stream has no end");
    told
}
