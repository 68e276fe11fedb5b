//! What a client asks of a model, in nobody's words. Each file below writes it as a client of one protocol and
//! reads it as a provider of it, so that what was asked and what arrived can be compared whole.

pub(crate) mod amazon_q;
pub(crate) mod anthropic;
pub(crate) mod completions;
pub(crate) mod gemini;
pub(crate) mod ollama;
pub(crate) mod openai;
pub(crate) mod responses;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::ask::Dialect;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Question {
    pub(crate) system: String,
    pub(crate) said: Vec<Said>,
    /// Their names; what they take is a place.
    pub(crate) tools: Vec<String>,
    pub(crate) must_call: Option<String>,
    /// The answer is to be a place in JSON.
    pub(crate) wants_place: bool,
    pub(crate) stops: Vec<String>,
    pub(crate) thinks: bool,
    /// How likely its words were is to be told.
    pub(crate) weighs: bool,
}

/// What somebody said, in order; results name their call by its tool, of which each is called once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    Call { name: String, arguments: Value },
    Image { media_type: String, data: String },
    ImageAt(String),
    Model(String),
    Result { name: String, text: String },
    User(String),
}

impl Said {
    fn is_models(&self) -> bool {
        matches!(self, Self::Call { .. } | Self::Model(_))
    }
}

impl Question {
    pub(crate) fn of_user(text: &str) -> Self {
        Self {
            said: vec![Said::User(text.to_owned())],
            ..Self::default()
        }
    }

    /// What was said as one text, for who knows no turns.
    pub(crate) fn as_one_text(&self) -> Self {
        let texts = self.said.iter().filter_map(|said| match said {
            Said::Model(text) | Said::User(text) => Some(text.as_str()),
            _ => None,
        });
        Self::of_user(&texts.collect::<Vec<_>>().join("\n"))
    }

    /// What was said without a change of the speaker.
    fn turns(&self) -> impl Iterator<Item = (bool, &[Said])> {
        let turns = self
            .said
            .chunk_by(|one, next| one.is_models() == next.is_models());
        turns.map(|turn| (turn[0].is_models(), turn))
    }

    fn hear_system(&mut self, text: &str) {
        let gap = if self.system.is_empty() { "" } else { "\n\n" };
        self.system += gap;
        self.system += text;
    }
}

/// The body of a client; its model and whether it streams are left to the caller.
pub(crate) fn write(dialect: Dialect, question: &Question) -> Option<Value> {
    match dialect {
        Dialect::AmazonQ => unreachable!("no client speaks it"),
        Dialect::Anthropic => (!question.weighs).then(|| anthropic::write(question)),
        Dialect::Gemini => Some(gemini::write(question)),
        Dialect::Ollama => ollama::write(question),
        Dialect::OpenAi => Some(openai::write(question)),
        Dialect::Responses => responses::write(question),
    }
}

/// What a provider understands of a body.
pub(crate) fn read(dialect: Dialect, body: &Value) -> Question {
    match dialect {
        Dialect::AmazonQ => amazon_q::read(body),
        Dialect::Anthropic => anthropic::read(body),
        Dialect::Gemini => gemini::read(body),
        Dialect::Ollama => ollama::read(body),
        Dialect::OpenAi => openai::read(body),
        Dialect::Responses => responses::read(body),
    }
}

/// A place.
pub(crate) fn schema() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
        "additionalProperties": false})
}

fn is_place(schema: &Value) -> bool {
    let city = schema["properties"]["city"]["type"].as_str();
    city.is_some_and(|kind| kind.eq_ignore_ascii_case("string"))
        && schema["required"] == json!(["city"])
}

/// A tool as it is named here; one with another schema has another name.
fn tool_of(name: &Value, schema: &Value) -> String {
    let name = words(name);
    if is_place(schema) {
        name
    } else {
        format!("{name} of {schema}")
    }
}

fn id_of(name: &str) -> String {
    format!("call_{name}")
}

/// Which calls the results belong to.
#[derive(Default)]
struct Calls(HashMap<String, String>);

impl Calls {
    fn call(&mut self, id: &Value, name: &Value, arguments: Value) -> Said {
        self.0.insert(words(id), words(name));
        Said::Call {
            name: words(name),
            arguments,
        }
    }

    fn result(&self, id: &Value, text: String) -> Said {
        let unknown = || format!("no call {id}");
        let name = self.0.get(&words(id)).cloned().unwrap_or_else(unknown);
        Said::Result { name, text }
    }
}

/// A picture at an address, or in one.
fn image(url: &Value) -> Said {
    let url = words(url);
    let inline = url.strip_prefix("data:");
    match inline.and_then(|inline| inline.split_once(";base64,")) {
        Some((media_type, data)) => Said::Image {
            media_type: media_type.to_owned(),
            data: data.to_owned(),
        },
        None => Said::ImageAt(url),
    }
}

fn data_url(media_type: &str, data: &str) -> String {
    format!("data:{media_type};base64,{data}")
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Arguments that are text.
fn parsed(arguments: &Value) -> Value {
    serde_json::from_str(&words(arguments)).unwrap_or(Value::Null)
}

fn texts(list: &Value) -> Vec<String> {
    items(list).map(words).collect()
}

/// Text, or blocks of it.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        blocks => items(blocks).map(|block| words(&block["text"])).collect(),
    }
}
