//! The published schema, and what of ours is held against it.

use std::{collections::BTreeMap, fs};

use jsonschema::Validator;
use protocol::{
    Protocol,
    canonical::{Events, Losses, Request, Response, TargetModel},
    client_codec, upstream_codec,
};
use serde_json::{Value, json};

use super::{beside, checks};

pub(crate) const CHAT: &str = "CreateChatCompletionRequest";
pub(crate) const COMPLETION: &str = "CreateCompletionRequest";
const ITEM: &str = "Item";
const MESSAGE: &str = "ChatCompletionRequestAssistantMessage";
pub(crate) const RESPONSE: &str = "CreateResponse";
/// Made of what there is.
const PART: &str = "Part";
const REPLY: &str = "Reply";

/// What a reply and those who send it back are tried with.
pub(crate) const OF_A_REPLY: [&str; 6] = [MESSAGE, CHAT, RESPONSE, ITEM, PART, REPLY];

pub(crate) struct Schemas {
    types: Value,
    validators: BTreeMap<&'static str, Validator>,
    failures: Vec<String>,
}

impl Schemas {
    pub(crate) fn at_hand() -> Option<Self> {
        let folder = beside::folder("PATCHBAY_SCHEMAS", "schemas")?;
        let types = fs::read_to_string(folder.join("openai.json")).unwrap();
        // Of the items that one of is to fit, some are special cases of others.
        let types = types.replace("\"oneOf\"", "\"anyOf\"");
        let types: Value = serde_json::from_str(&types).unwrap();
        let mut types = types["$defs"].clone();
        let one = |name: &str| json!({ "$ref": format!("#/$defs/{name}") });
        types[PART] = json!({"anyOf": [
            one("OutputMessageContent"), one("ReasoningTextContent"), one("SummaryTextContent")]});
        types[REPLY] = json!({
            "allOf": [one("ModelResponseProperties"), one("ResponseProperties")],
            "properties": {"output": {"type": "array", "items": one(ITEM)}},
            "required": ["output"],
        });
        Some(Self {
            types,
            validators: BTreeMap::new(),
            failures: Vec::new(),
        })
    }

    /// What the two protocols' providers are sent for a request.
    pub(crate) fn sent(&mut self, name: &str, request: &Request) {
        for (protocol, schema) in [
            (Protocol::OpenAiChat, CHAT),
            (Protocol::OpenAiResponses, RESPONSE),
        ] {
            let schema = match (protocol, &request.completion) {
                (_, None) => schema,
                (Protocol::OpenAiChat, Some(_)) => COMPLETION,
                // It has no such operation.
                (_, Some(_)) => continue,
            };
            let mut losses = Losses::default();
            let sent = upstream_codec(protocol).encode_request(request, &vendor(), &mut losses);
            if let Ok(sent) = sent {
                self.check(name, schema, &serde_json::from_slice(&sent.body).unwrap());
            }
        }
    }

    /// What the two protocols' clients are told of a reply, and what providers are sent when any client sends it
    /// back to go on.
    pub(crate) fn told(&mut self, name: &str, response: &Response, events: &Events) {
        let chat = whole(Protocol::OpenAiChat, response);
        for choice in chat["choices"].as_array().unwrap() {
            self.check(name, MESSAGE, &choice["message"]);
        }
        self.check(name, REPLY, &whole(Protocol::OpenAiResponses, response));
        for event in frames(Protocol::OpenAiResponses, events) {
            for (field, schema) in [("item", ITEM), ("part", PART), ("response", REPLY)] {
                if let Some(told) = event.get(field) {
                    self.check(name, schema, told);
                }
            }
        }
        for client in Protocol::CLIENTS {
            let name = format!("{name} by {}", client.word());
            let back = checks::sent_back(client, response);
            match client {
                Protocol::OpenAiChat => self.check(&name, CHAT, &back),
                Protocol::OpenAiResponses => self.check(&name, RESPONSE, &back),
                _ => {}
            }
            let request = checks::decoded_request(client, back.to_string().as_bytes());
            self.sent(&name, &request.unwrap());
        }
    }

    fn check(&mut self, name: &str, schema: &'static str, body: &Value) {
        let types = &self.types;
        let validator = self
            .validators
            .entry(schema)
            .or_insert_with(|| validator(types, schema));
        for error in validator.iter_errors(body) {
            let at = error.instance_path();
            self.failures
                .push(format!("{name}: no {schema}: {error} at {at}"));
        }
    }

    /// # Panics
    /// When anything was not as published, or another schema was tried than these.
    pub(crate) fn done(self, tried: &[&str]) {
        assert!(
            self.validators.keys().eq(tried),
            "{:?}",
            self.validators.keys()
        );
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
    }

    /// # Panics
    /// When there is a schema that takes anything.
    pub(crate) fn refuse(mut self) {
        let wrong = json!({"model": 1, "messages": 3, "input": 3, "prompt": {}, "type": "message"});
        for schema in [CHAT, COMPLETION, ITEM, MESSAGE, PART, REPLY, RESPONSE] {
            self.failures.clear();
            self.check("wrong", schema, &wrong);
            assert!(!self.failures.is_empty(), "{schema} takes anything");
        }
    }
}

/// The vendor itself: drawings in chat are a custom of others.
fn vendor() -> TargetModel {
    let mut model = checks::target();
    model.capabilities.drawn_images = false;
    model
}

fn validator(types: &Value, name: &str) -> Validator {
    let mut types = types.clone();
    if name == RESPONSE {
        // What the vendor's own agent leaves out of what it sends back: an id that is made up would be looked for.
        for (item, fields) in [
            ("OutputMessage", ["id", "status"].as_slice()),
            ("OutputTextContent", &["logprobs"]),
            ("ReasoningItem", &["id"]),
        ] {
            let required = types[item]["required"].as_array_mut().unwrap();
            required.retain(|name| !fields.contains(&name.as_str().unwrap()));
        }
    }
    let schema = json!({ "$ref": format!("#/$defs/{name}"), "$defs": types });
    jsonschema::draft201909::new(&schema).unwrap()
}

fn whole(client: Protocol, response: &Response) -> Value {
    let asked = checks::asked(u32::try_from(response.answers.len()).ok());
    let mut losses = Losses::default();
    let codec = client_codec(client);
    let told = codec.encode_response(response, &asked, &checks::reply(), &mut losses);
    serde_json::from_slice(&told).unwrap()
}

fn frames(client: Protocol, events: &Events) -> Vec<Value> {
    let sent = checks::encoded(client, events);
    let lines = str::from_utf8(&sent).unwrap().lines();
    let frames = lines.filter_map(|line| line.strip_prefix("data: "));
    frames
        .filter(|frame| *frame != "[DONE]")
        .map(|frame| serde_json::from_str(frame).unwrap())
        .collect()
}
