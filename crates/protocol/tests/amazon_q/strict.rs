//! Checks a request as Amazon Q does, which says no more than "Improperly formed request" where we say why.

use std::collections::BTreeSet;

use serde_json::Value;

/// # Errors
/// What is wrong with the body.
pub(crate) fn check(body: &Value) -> Result<(), String> {
    keys(body, &["conversationState", "profileArn"])?;
    let state = &body["conversationState"];
    keys(
        state,
        &[
            "chatTriggerType",
            "conversationId",
            "currentMessage",
            "history",
        ],
    )?;
    want(state["chatTriggerType"] == "MANUAL", "chatTriggerType")?;
    let current = &state["currentMessage"];
    let none = Vec::new();
    let history = state["history"].as_array().unwrap_or(&none);
    want(
        history.len().is_multiple_of(2),
        "the current message follows a user",
    )?;

    let mut ids = BTreeSet::new();
    let mut called = BTreeSet::new();
    let mut owed: Vec<&str> = Vec::new();
    let mut images = 0;
    for (at, message) in history.iter().chain([current]).enumerate() {
        let is_user = at.is_multiple_of(2);
        let kind = if is_user {
            "userInputMessage"
        } else {
            "assistantResponseMessage"
        };
        keys(message, &[kind])?;
        let message = &message[kind];
        let content = text(&message["content"], "content")?;
        if is_user {
            let results = user(message, content, at == history.len())?;
            want(
                results == owed,
                &format!("results {results:?} for calls {owed:?}"),
            )?;
            images += message["images"].as_array().map_or(0, Vec::len);
            owed.clear();
            continue;
        }
        want(!content.is_empty(), "an assistant without content")?;
        keys(
            message,
            &["content", "messageId", "reasoningContent", "toolUses"],
        )?;
        for call in message["toolUses"].as_array().into_iter().flatten() {
            keys(call, &["input", "name", "toolUseId"])?;
            let id = text(&call["toolUseId"], "toolUseId")?;
            want(ids.insert(id), &format!("the id {id} twice"))?;
            want(call["input"].is_object(), "input is no object")?;
            called.insert(name(&call["name"])?);
            owed.push(id);
        }
    }
    want(images <= 10, "more than ten images")?;
    let known = tools(current)?;
    want(
        called.is_subset(&known),
        &format!("calls of {called:?}, and tools {known:?}"),
    )
}

fn user<'v>(message: &'v Value, content: &str, is_current: bool) -> Result<Vec<&'v str>, String> {
    keys(
        message,
        &[
            "content",
            "images",
            "modelId",
            "origin",
            "userInputMessageContext",
        ],
    )?;
    want(message["origin"] == "CLI", "origin")?;
    want(!text(&message["modelId"], "modelId")?.is_empty(), "modelId")?;
    for image in message["images"].as_array().into_iter().flatten() {
        keys(image, &["format", "source"])?;
        let format = text(&image["format"], "format")?;
        want(
            ["gif", "jpeg", "png", "webp"].contains(&format),
            &format!("an image as {format}"),
        )?;
        let bytes = text(&image["source"]["bytes"], "bytes")?;
        want(!bytes.is_empty() && !bytes.contains(':'), "no base64")?;
    }
    let context = &message["userInputMessageContext"];
    if context.is_null() {
        want(!content.trim().is_empty(), "a user without content")?;
        return Ok(Vec::new());
    }
    keys(context, &["envState", "toolResults", "tools"])?;
    want(
        is_current || context["tools"].is_null(),
        "tools in the history",
    )?;
    let mut answered = Vec::new();
    for result in context["toolResults"].as_array().into_iter().flatten() {
        keys(result, &["content", "status", "toolUseId"])?;
        let status = text(&result["status"], "status")?;
        want(["error", "success"].contains(&status), status)?;
        let parts = result["content"].as_array();
        let parts = parts.ok_or("a result without content")?;
        want(!parts.is_empty(), "an empty result")?;
        for part in parts {
            want(!text(&part["text"], "text")?.is_empty(), "an empty text")?;
        }
        answered.push(text(&result["toolUseId"], "toolUseId")?);
    }
    want(
        !answered.is_empty() || !content.trim().is_empty(),
        "a user without content",
    )?;
    Ok(answered)
}

fn tools(current: &Value) -> Result<BTreeSet<&str>, String> {
    let tools = &current["userInputMessage"]["userInputMessageContext"]["tools"];
    let mut known = BTreeSet::new();
    for tool in tools.as_array().into_iter().flatten() {
        keys(tool, &["toolSpecification"])?;
        let tool = &tool["toolSpecification"];
        keys(tool, &["description", "inputSchema", "name"])?;
        let name = name(&tool["name"])?;
        want(known.insert(name), &format!("the tool {name} twice"))?;
        let description = text(&tool["description"], "description")?;
        want(
            (1..=10_240).contains(&description.len()),
            "a description of such a length",
        )?;
        let schema = &tool["inputSchema"]["json"];
        want(schema["type"] == "object", "a schema of no object")?;
        for (member, fits) in [
            ("properties", schema["properties"].is_object()),
            ("required", schema["required"].is_array()),
            (
                "additionalProperties",
                schema["additionalProperties"].is_boolean()
                    || schema["additionalProperties"].is_object(),
            ),
        ] {
            want(fits || schema.get(member).is_none(), member)?;
        }
    }
    Ok(known)
}

fn name(value: &Value) -> Result<&str, String> {
    let name = text(value, "name")?;
    let is_legal = name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    want(is_legal, &format!("the name {name:?}"))?;
    Ok(name)
}

fn text<'v>(value: &'v Value, what: &str) -> Result<&'v str, String> {
    value.as_str().ok_or_else(|| format!("{what} is no text"))
}

fn keys(value: &Value, known: &[&str]) -> Result<(), String> {
    let members = value
        .as_object()
        .ok_or_else(|| format!("{value} is no object"))?;
    match members.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("an unknown field {key}")),
        None => Ok(()),
    }
}

fn want(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}
