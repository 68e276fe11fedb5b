//! What models can do, as data: `capabilities.toml`. A codec asks, and never matches on names itself.

use std::sync::LazyLock;

use protocol::{
    Protocol,
    canonical::{
        Capabilities, CompletionForm, Effort, Infill, StructuredOutput, ThinkingForm,
        TokenLimitField,
    },
};
use serde::Deserialize;
use serde_json::{Map, Value};
use store::config::{Provider, pattern};

use crate::catalogue;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("capabilities.toml")).unwrap_or_else(|error| {
        tracing::error!(%error, "the table of capabilities is not readable");
        Table::default()
    })
});

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Makers that some clouds put before a model's name with a dot, behind a region or none.
    makers: Vec<String>,
    rules: Vec<Rule>,
}

/// What is known of some models; later rules refine earlier ones.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// `None`: whatever it is reached by.
    protocol: Option<String>,
    /// Names in small letters, with or without a maker before a slash; `*` stands for anything. Empty: all of them.
    #[serde(default)]
    models: Vec<String>,
    /// Only at this host.
    host: Option<String>,
    max_output_tokens: Option<u64>,
    token_limit_field: Option<Limit>,
    thinking: Option<Thinking>,
    several_choices: Option<bool>,
    sampling: Option<bool>,
    prefill: Option<bool>,
    image_url: Option<bool>,
    file_url: Option<bool>,
    drawn_images: Option<bool>,
    reasoning_replay: Option<bool>,
    stream_usage: Option<bool>,
    structured_output: Option<Structured>,
    json_mode: Option<bool>,
    stops: Option<usize>,
    blank_stops: Option<bool>,
    tool_name_limit: Option<usize>,
    flat_text: Option<bool>,
    developer_role: Option<bool>,
    late_instructions: Option<bool>,
    free_text_tools: Option<bool>,
    hosted_tools: Option<bool>,
    call_id_length: Option<usize>,
    user_after_results: Option<bool>,
    chats: Option<bool>,
    embeds: Option<bool>,
    completion: Option<Completion>,
    completion_path: Option<String>,
    infill: Option<Gap>,
    json_schema: Option<bool>,
    output_with_tools: Option<bool>,
    media_in_results: Option<bool>,
    signed_calls: Option<bool>,
    cache_key: Option<bool>,
    cache_marks: Option<bool>,
    phases: Option<bool>,
    realtime: Option<bool>,
    vendor_fields: Option<bool>,
    least_thinking: Option<u64>,
    most_thinking: Option<u64>,
    efforts: Option<Vec<Effort>>,
    thinks_always: Option<bool>,
    thinking_off: Option<Map<String, Value>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Completion {
    Chat,
    Native,
    Raw,
}

/// How a gap in a text is marked; an empty template takes back what an earlier rule said.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gap {
    template: String,
    #[serde(default)]
    stop: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Limit {
    MaxCompletionTokens,
    MaxTokens,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Thinking {
    Adaptive,
    Budget,
    Effort,
    None,
    Unsure,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Structured {
    ForcedTool,
    Instruction,
    Native,
}

/// What a provider's model can do, as far as we know.
pub(crate) fn of(protocol: Protocol, provider: &Provider, model: &str) -> Capabilities {
    let host = host(&provider.base_url);
    let name = name_of(model);
    let catalogued = catalogue::of(model);
    let mut known = Capabilities {
        context_length: catalogued.and_then(|known| known.context_length),
        max_output_tokens: catalogued.and_then(|known| known.max_output_tokens),
        ..Capabilities::default()
    };
    let rules = TABLE.rules.iter();
    for rule in rules.filter(|rule| rule.applies(protocol, host, &name)) {
        rule.refine(&mut known);
    }
    known
}

impl Rule {
    fn applies(&self, protocol: Protocol, host: &str, name: &str) -> bool {
        let protocols = self.protocol.as_deref();
        protocols.is_none_or(|wanted| wanted == protocol.word())
            && self
                .host
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(host))
            && (self.models.is_empty()
                || self
                    .models
                    .iter()
                    .any(|known| pattern::matches(known, name)))
    }

    fn refine(&self, known: &mut Capabilities) {
        known.max_output_tokens = self.max_output_tokens.or(known.max_output_tokens);
        if let Some(limit) = self.token_limit_field {
            known.token_limit_field = match limit {
                Limit::MaxCompletionTokens => TokenLimitField::MaxCompletionTokens,
                Limit::MaxTokens => TokenLimitField::MaxTokens,
            };
        }
        if let Some(thinking) = self.thinking {
            known.thinking = match thinking {
                Thinking::Adaptive => ThinkingForm::Adaptive,
                Thinking::Budget => ThinkingForm::Budget,
                Thinking::Effort => ThinkingForm::Effort,
                Thinking::None => ThinkingForm::None,
                Thinking::Unsure => ThinkingForm::Unsure,
            };
        }
        if let Some(structured) = self.structured_output {
            known.structured_output = match structured {
                Structured::ForcedTool => StructuredOutput::ForcedTool,
                Structured::Instruction => StructuredOutput::Instruction,
                Structured::Native => StructuredOutput::Native,
            };
        }
        known.several_choices = self.several_choices.unwrap_or(known.several_choices);
        known.chats = self.chats.unwrap_or(known.chats);
        known.embeds = self.embeds.unwrap_or(known.embeds);
        if let Some(completion) = self.completion {
            known.completion = match completion {
                Completion::Chat => CompletionForm::Chat,
                Completion::Native => CompletionForm::Native,
                Completion::Raw => CompletionForm::Raw,
            };
        }
        if let Some(path) = &self.completion_path {
            known.completion_path = Some(path.clone());
        }
        if let Some(Gap { template, stop }) = self.infill.clone() {
            known.infill = (!template.is_empty()).then_some(Infill { template, stop });
        }
        known.json_mode = self.json_mode.unwrap_or(known.json_mode);
        known.stops = self.stops.unwrap_or(known.stops);
        known.blank_stops = self.blank_stops.unwrap_or(known.blank_stops);
        known.sampling = self.sampling.unwrap_or(known.sampling);
        known.prefill = self.prefill.unwrap_or(known.prefill);
        known.image_url = self.image_url.unwrap_or(known.image_url);
        known.file_url = self.file_url.unwrap_or(known.file_url);
        known.drawn_images = self.drawn_images.unwrap_or(known.drawn_images);
        known.reasoning_replay = self.reasoning_replay.unwrap_or(known.reasoning_replay);
        known.stream_usage = self.stream_usage.unwrap_or(known.stream_usage);
        known.tool_name_limit = self.tool_name_limit.unwrap_or(known.tool_name_limit);
        known.flat_text = self.flat_text.unwrap_or(known.flat_text);
        known.developer_role = self.developer_role.unwrap_or(known.developer_role);
        known.late_instructions = self.late_instructions.unwrap_or(known.late_instructions);
        known.free_text_tools = self.free_text_tools.unwrap_or(known.free_text_tools);
        known.hosted_tools = self.hosted_tools.unwrap_or(known.hosted_tools);
        known.call_id_length = self.call_id_length.or(known.call_id_length);
        known.user_after_results = self.user_after_results.unwrap_or(known.user_after_results);
        known.json_schema = self.json_schema.unwrap_or(known.json_schema);
        known.output_with_tools = self.output_with_tools.unwrap_or(known.output_with_tools);
        known.media_in_results = self.media_in_results.unwrap_or(known.media_in_results);
        known.signed_calls = self.signed_calls.unwrap_or(known.signed_calls);
        known.cache_marks = self.cache_marks.unwrap_or(known.cache_marks);
        known.cache_key = self.cache_key.unwrap_or(known.cache_key);
        known.phases = self.phases.unwrap_or(known.phases);
        known.realtime = self.realtime.unwrap_or(known.realtime);
        known.vendor_fields = self.vendor_fields.unwrap_or(known.vendor_fields);
        known.least_thinking = self.least_thinking.unwrap_or(known.least_thinking);
        known.most_thinking = self.most_thinking.or(known.most_thinking);
        if let Some(efforts) = &self.efforts {
            known.efforts.clone_from(efforts);
        }
        known.thinks_always = self.thinks_always.unwrap_or(known.thinks_always);
        if let Some(fields) = &self.thinking_off {
            known.thinking_off.clone_from(fields);
        }
    }
}

/// A model's name in small letters, without its maker or provider before it.
pub(crate) fn name_of(model: &str) -> String {
    let name = model.rsplit('/').next().unwrap_or(model);
    let name = name.to_ascii_lowercase();
    let made = TABLE.makers.iter().find_map(|maker| {
        let (region, name) = name.split_once(maker)?;
        let name = name.strip_prefix('.')?;
        let is_region = region.is_empty() || region.ends_with('.');
        is_region.then(|| name.to_owned())
    });
    made.unwrap_or(name)
}

fn host(base_url: &str) -> &str {
    let rest = base_url
        .split_once("://")
        .map_or(base_url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default()
}

#[cfg(test)]
#[path = "capabilities_tests.rs"]
mod tests;
