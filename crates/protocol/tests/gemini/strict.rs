//! Checks a request as Gemini does, in its words.

mod schema;

use base64::{Engine as _, engine::general_purpose};
use serde_json::Value;

pub(crate) type Checked = Result<(), String>;

/// What a generation takes.
struct Rules {
    /// JSON schemas beside the vendor's own.
    json_schema: bool,
    schema_with_tools: bool,
    budget: bool,
    level: bool,
    signed_calls: bool,
    files_in_results: bool,
}

impl Rules {
    fn of(generation: &str) -> Self {
        let is = |number: &str| generation.starts_with(number) || generation.is_empty();
        Self {
            json_schema: !generation.starts_with("gemini-2.0"),
            schema_with_tools: is("gemini-3"),
            budget: is("gemini-2.5"),
            level: is("gemini-3"),
            signed_calls: generation.starts_with("gemini-3"),
            files_in_results: is("gemini-3"),
        }
    }
}

/// `generation`: the beginning of the model's name, or nothing for a model that takes everything.
///
/// # Errors
/// What is wrong with the body.
pub(crate) fn check(body: &Value, generation: &str) -> Checked {
    request(body, &Rules::of(generation))
}

fn request(body: &Value, rules: &Rules) -> Checked {
    keys(
        body,
        "",
        &[
            "cachedContent",
            "contents",
            "generationConfig",
            "safetySettings",
            "serviceTier",
            "store",
            "systemInstruction",
            "toolConfig",
            "tools",
        ],
    )?;
    contents(&body["contents"], rules)?;
    let system = &body["systemInstruction"];
    if !system.is_null() {
        keys(system, "system_instruction", &["parts", "role"])?;
        let parts = filled(&system["parts"], "system_instruction.parts")?;
        for each in parts {
            keys(each, "system_instruction.parts", &["text"])?;
            want(!blank(&each["text"]), || {
                "an instruction without text".to_owned()
            })?;
        }
    }
    let mut declared = Vec::new();
    for tool in body["tools"].as_array().into_iter().flatten() {
        keys(
            tool,
            "tools[0]",
            &[
                "codeExecution",
                "functionDeclarations",
                "googleSearch",
                "googleSearchRetrieval",
                "urlContext",
            ],
        )?;
        for function in tool["functionDeclarations"]
            .as_array()
            .into_iter()
            .flatten()
        {
            declared.push(declaration(function, rules)?);
        }
    }
    let mut names = declared.clone();
    names.sort_unstable();
    names.dedup();
    want(names.len() == declared.len(), || {
        format!("Duplicate function declaration found: {declared:?}")
    })?;
    choice(&body["toolConfig"], &declared)?;
    config(&body["generationConfig"], &declared, rules)
}

fn contents(all: &Value, rules: &Rules) -> Checked {
    let all = filled(all, "* GenerateContentRequest.contents")?;
    let said = |content: &Value| {
        let parts = content["parts"].as_array();
        let mut parts = parts.into_iter().flatten();
        content["role"] != "model" && parts.any(|part| part.get("text").is_some())
    };
    // What came before the user spoke last is no longer looked into.
    let turn = all.iter().rposition(said).unwrap_or(0);
    let mut owed: Vec<&Value> = Vec::new();
    let mut before = "model";
    for (at, content) in all.iter().enumerate() {
        let place = format!("contents[{at}]");
        keys(content, &place, &["parts", "role"])?;
        let role = content["role"].as_str().unwrap_or("user");
        want(["model", "user"].contains(&role), || {
            "Please use a valid role: user, model.".to_owned()
        })?;
        want(at > 0 || role == "user", || {
            "Please ensure that multiturn requests begin with a user turn.".to_owned()
        })?;
        let parts = filled(&content["parts"], &format!("{place}.parts"))?;
        for each in parts {
            part(each, &place, rules)?;
        }
        let of = |field: &str| -> Vec<&Value> {
            parts.iter().filter_map(|part| part.get(field)).collect()
        };
        let (calls, results) = (of("functionCall"), of("functionResponse"));
        want(
            results.is_empty() || results.len() == parts.len() && role == "user",
            || format!("{place}: function responses stand alone in a user turn"),
        )?;
        want(results.len() == owed.len(), || {
            "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.".to_owned()
        })?;
        for (result, call) in results.iter().zip(&owed) {
            let same_id =
                result["id"] == call["id"] || result["id"].is_null() || call["id"].is_null();
            want(result["name"] == call["name"] && same_id, || {
                format!("{place}: {result} does not answer {call}")
            })?;
        }
        want(
            calls.is_empty() || role == "model" && before == "user",
            || {
                "Please ensure that function call turn comes immediately after a user turn or after a function response turn.".to_owned()
            },
        )?;
        let first = parts.iter().find(|part| part.get("functionCall").is_some());
        let is_signed = first.is_none_or(|part| part["thoughtSignature"].is_string());
        want(is_signed || !rules.signed_calls || at < turn, || {
            "Function call is missing a thought_signature in functionCall parts.".to_owned()
        })?;
        owed = calls;
        before = role;
    }
    want(owed.is_empty(), || {
        "A function call has no response.".to_owned()
    })
}

fn part(part: &Value, place: &str, rules: &Rules) -> Checked {
    const DATA: [&str; 5] = [
        "fileData",
        "functionCall",
        "functionResponse",
        "inlineData",
        "text",
    ];

    let known = [DATA.as_slice(), &["thought", "thoughtSignature"]].concat();
    keys(part, &format!("{place}.parts"), &known)?;
    let given = DATA.iter().filter(|field| part.get(**field).is_some());
    want(given.count() == 1, || {
        format!("{place}.parts: required oneof field 'data' must have one initialized field")
    })?;
    let signature = &part["thoughtSignature"];
    want(signature.is_null() || is_base64(signature), || {
        format!("Invalid value at '{place}.parts' (thought_signature), Base64 decoding failed")
    })?;
    let is_text = part.get("text").is_some();
    want(
        !is_text || !blank(&part["text"]) || !signature.is_null(),
        || format!("{place}.parts: must not be empty"),
    )?;
    if let Some(call) = part.get("functionCall") {
        keys(call, place, &["args", "id", "name"])?;
        want(call["args"].is_object() && is_name(&call["name"]), || {
            format!("Invalid function call: {call}")
        })?;
    }
    if let Some(result) = part.get("functionResponse") {
        keys(result, place, &["id", "name", "parts", "response"])?;
        want(
            result["response"].is_object() && is_name(&result["name"]),
            || format!("{place}.parts.function_response.name: Name cannot be empty: {result}"),
        )?;
        want(
            rules.files_in_results || result.get("parts").is_none(),
            || "Multimodal function response is not supported for this model.".to_owned(),
        )?;
        for file in result["parts"].as_array().into_iter().flatten() {
            keys(file, place, &["inlineData"])?;
            blob(&file["inlineData"], place)?;
        }
    }
    if let Some(given) = part.get("inlineData") {
        blob(given, place)?;
    }
    if let Some(file) = part.get("fileData") {
        keys(file, place, &["fileUri", "mimeType"])?;
        let address = file["fileUri"].as_str().unwrap_or_default();
        want(
            address.contains("/files/") || address.starts_with("gs://"),
            || format!("Cannot fetch content from the provided URL: {address}"),
        )?;
    }
    Ok(())
}

fn blob(blob: &Value, place: &str) -> Checked {
    keys(blob, place, &["data", "mimeType"])?;
    let kind = blob["mimeType"].as_str().unwrap_or_default();
    want(
        kind.contains('/') && kind != "application/octet-stream",
        || format!("Unsupported MIME type: {kind}"),
    )?;
    want(is_base64(&blob["data"]), || {
        format!(
            "Invalid value at '{place}.parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding failed"
        )
    })
}

fn declaration<'v>(function: &'v Value, rules: &Rules) -> Result<&'v str, String> {
    let place = "tools[0].function_declarations[0]";
    keys(
        function,
        place,
        &["description", "name", "parameters", "parametersJsonSchema"],
    )?;
    want(is_name(&function["name"]), || {
        format!(
            "GenerateContentRequest.{place}.name: [Invalid function name: {}]",
            function["name"]
        )
    })?;
    let json = function.get("parametersJsonSchema");
    want(
        json.is_none() || function.get("parameters").is_none(),
        || "parameters and parameters_json_schema are mutually exclusive".to_owned(),
    )?;
    if let Some(json) = json {
        want(rules.json_schema, || {
            format!(
                "Invalid JSON payload received. Unknown name \"parametersJsonSchema\" at '{place}': Cannot find field."
            )
        })?;
        want(
            json["type"] == "object" && json.get("$schema").is_none(),
            || format!("{place}.parameters_json_schema: not a schema of an object: {json}"),
        )?;
    }
    if let Some(parameters) = function.get("parameters") {
        schema::check(parameters, place)?;
    }
    Ok(function["name"].as_str().unwrap_or_default())
}

fn choice(config: &Value, declared: &[&str]) -> Checked {
    if config.is_null() {
        return Ok(());
    }
    keys(config, "tool_config", &["functionCallingConfig"])?;
    let calling = &config["functionCallingConfig"];
    keys(calling, "tool_config", &["allowedFunctionNames", "mode"])?;
    want(!declared.is_empty(), || {
        "Function calling config is set without function_declarations.".to_owned()
    })?;
    let mode = calling["mode"].as_str().unwrap_or_default();
    want(["ANY", "AUTO", "NONE", "VALIDATED"].contains(&mode), || {
        format!("Invalid value at 'tool_config.function_calling_config.mode': \"{mode}\"")
    })?;
    let names = calling["allowedFunctionNames"].as_array();
    want(names.is_none() || mode == "ANY", || {
        "allowed_function_names is only supported with mode ANY.".to_owned()
    })?;
    for name in names.into_iter().flatten() {
        want(
            declared.contains(&name.as_str().unwrap_or_default()),
            || format!("allowed_function_names holds {name}, which is not declared."),
        )?;
    }
    Ok(())
}

fn config(config: &Value, declared: &[&str], rules: &Rules) -> Checked {
    if config.is_null() {
        return Ok(());
    }
    keys(
        config,
        "generation_config",
        &[
            "candidateCount",
            "frequencyPenalty",
            "logprobs",
            "maxOutputTokens",
            "presencePenalty",
            "responseJsonSchema",
            "responseLogprobs",
            "responseMimeType",
            "responseModalities",
            "responseSchema",
            "seed",
            "stopSequences",
            "temperature",
            "thinkingConfig",
            "topK",
            "topP",
        ],
    )?;
    let bad = |field: &str| Err(format!("Invalid value at 'generation_config.{field}'"));
    let whole =
        |field: &str| config[field].is_null() || config[field].as_i64().is_some_and(|n| n > 0);
    for field in ["candidateCount", "maxOutputTokens", "topK"] {
        if !whole(field) {
            return bad(field);
        }
    }
    let heat = config["temperature"].as_f64().unwrap_or(1.0);
    if !(0.0..=2.0).contains(&heat) {
        return bad("temperature");
    }
    if !(0.0..=1.0).contains(&config["topP"].as_f64().unwrap_or(1.0)) {
        return bad("top_p");
    }
    if config["seed"]
        .as_i64()
        .is_some_and(|seed| i32::try_from(seed).is_err())
    {
        return bad("seed");
    }
    if config["stopSequences"]
        .as_array()
        .is_some_and(|stops| stops.len() > 5)
    {
        return bad("stop_sequences");
    }
    if config.get("logprobs").is_some() && config["responseLogprobs"] != true {
        return bad("logprobs");
    }
    let schemas = ["responseJsonSchema", "responseSchema"].map(|field| config.get(field));
    let is_json = config["responseMimeType"] == "application/json";
    want(
        schemas.iter().flatten().count() <= usize::from(is_json),
        || "Only one schema, and only with the response mime type application/json.".to_owned(),
    )?;
    want(
        !is_json || declared.is_empty() || rules.schema_with_tools,
        || {
            "Function calling with a response mime type: 'application/json' is unsupported"
                .to_owned()
        },
    )?;
    want(schemas[0].is_none() || rules.json_schema, || {
        "Invalid JSON payload received. Unknown name \"responseJsonSchema\" at 'generation_config': Cannot find field.".to_owned()
    })?;
    if let Some(vendors) = schemas[1] {
        schema::check(vendors, "generation_config.response_schema")?;
    }
    let thinking = &config["thinkingConfig"];
    if !thinking.is_null() {
        keys(
            thinking,
            "generation_config.thinking_config",
            &["includeThoughts", "thinkingBudget", "thinkingLevel"],
        )?;
        want(rules.budget || rules.level, || {
            "Thinking is not supported for this model.".to_owned()
        })?;
        let (budget, level) = (
            thinking.get("thinkingBudget"),
            thinking.get("thinkingLevel"),
        );
        want(budget.is_none() || level.is_none(), || {
            "You can only set only one of thinking budget and thinking level.".to_owned()
        })?;
        want(rules.level || level.is_none(), || {
            "Thinking level is not supported for this model.".to_owned()
        })?;
        want(rules.budget || budget.is_none(), || {
            "Thinking budget is not supported for this model.".to_owned()
        })?;
    }
    Ok(())
}

fn is_name(name: &Value) -> bool {
    let name = name.as_str().unwrap_or_default();
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
    begins && name.len() <= 64 && name.bytes().all(legal)
}

/// Protobuf's JSON takes both alphabets, filled up or not.
fn is_base64(text: &Value) -> bool {
    let text = text.as_str().unwrap_or_default().trim_end_matches('=');
    let text = text.replace('-', "+").replace('_', "/");
    !text.is_empty() && general_purpose::STANDARD_NO_PAD.decode(text).is_ok()
}

fn blank(text: &Value) -> bool {
    text.as_str().is_none_or(|text| text.trim().is_empty())
}

fn filled<'v>(list: &'v Value, place: &str) -> Result<&'v [Value], String> {
    let list = list.as_array().filter(|list| !list.is_empty());
    list.map(Vec::as_slice)
        .ok_or_else(|| format!("{place}: must not be empty"))
}

pub(crate) fn keys(value: &Value, place: &str, known: &[&str]) -> Checked {
    let Some(fields) = value.as_object() else {
        return Err(format!("Invalid value at '{place}': {value}"));
    };
    match fields.keys().find(|field| !known.contains(&field.as_str())) {
        None => Ok(()),
        Some(field) => Err(format!(
            "Invalid JSON payload received. Unknown name \"{field}\" at '{place}': Cannot find field."
        )),
    }
}

pub(crate) fn want(holds: bool, why: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(why()) }
}
