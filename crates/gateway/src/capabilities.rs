//! What models can do, as data: `capabilities.toml`. A codec asks, and never matches on names itself.

use std::sync::LazyLock;

use protocol::{
    Protocol,
    canonical::{
        Capabilities, CompletionForm, Infill, StructuredOutput, ThinkingForm, TokenLimitField,
    },
};
use serde::Deserialize;
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
    reasoning_replay: Option<bool>,
    stream_usage: Option<bool>,
    structured_output: Option<Structured>,
    json_mode: Option<bool>,
    stops: Option<usize>,
    blank_stops: Option<bool>,
    tool_name_limit: Option<usize>,
    flat_text: Option<bool>,
    developer_role: Option<bool>,
    chats: Option<bool>,
    embeds: Option<bool>,
    completion: Option<Completion>,
    completion_path: Option<String>,
    infill: Option<Gap>,
    json_schema: Option<bool>,
    output_with_tools: Option<bool>,
    media_in_results: Option<bool>,
    signed_calls: Option<bool>,
    realtime: Option<bool>,
    vendor_fields: Option<bool>,
    least_thinking: Option<u64>,
    most_thinking: Option<u64>,
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
    let mut known = Capabilities {
        context_length: catalogue::of(model).and_then(|known| known.context_length),
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
        known.reasoning_replay = self.reasoning_replay.unwrap_or(known.reasoning_replay);
        known.stream_usage = self.stream_usage.unwrap_or(known.stream_usage);
        known.tool_name_limit = self.tool_name_limit.unwrap_or(known.tool_name_limit);
        known.flat_text = self.flat_text.unwrap_or(known.flat_text);
        known.developer_role = self.developer_role.unwrap_or(known.developer_role);
        known.json_schema = self.json_schema.unwrap_or(known.json_schema);
        known.output_with_tools = self.output_with_tools.unwrap_or(known.output_with_tools);
        known.media_in_results = self.media_in_results.unwrap_or(known.media_in_results);
        known.signed_calls = self.signed_calls.unwrap_or(known.signed_calls);
        known.realtime = self.realtime.unwrap_or(known.realtime);
        known.vendor_fields = self.vendor_fields.unwrap_or(known.vendor_fields);
        known.least_thinking = self.least_thinking.unwrap_or(known.least_thinking);
        known.most_thinking = self.most_thinking.or(known.most_thinking);
    }
}

/// A model's name in small letters, without its maker or provider before a slash.
pub(crate) fn name_of(model: &str) -> String {
    let name = model.rsplit('/').next().unwrap_or(model);
    name.to_ascii_lowercase()
}

fn host(base_url: &str) -> &str {
    let rest = base_url
        .split_once("://")
        .map_or(base_url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base_url: &str, protocol: Protocol, model: &str) -> Capabilities {
        let provider = Provider {
            base_url: base_url.to_owned(),
            ..Provider::echo()
        };
        of(protocol, &provider, model)
    }

    #[test]
    fn the_table_is_readable() {
        let table: Table = toml::from_str(include_str!("capabilities.toml")).unwrap();
        assert!(table.rules.len() > 5);
    }

    #[test]
    fn names_decide_whoever_serves_them() {
        let anthropic = Protocol::Anthropic;
        let old = at("https://api.anthropic.com", anthropic, "claude-sonnet-4-5");
        assert_eq!(old.thinking, ThinkingForm::Budget);
        let new = at("https://a.example", anthropic, "anthropic/claude-opus-4-7");
        assert_eq!(
            (new.thinking, new.sampling, new.prefill),
            (ThinkingForm::Adaptive, false, false)
        );
        let gemini = |model| at("https://a.example", Protocol::Gemini, model);
        let pro = gemini("gemini-2.5-pro");
        assert_eq!(
            (pro.thinking, pro.least_thinking, pro.signed_calls),
            (ThinkingForm::Budget, 128, false)
        );
        let third = gemini("models/gemini-3.1-pro-preview");
        assert_eq!(
            (third.thinking, third.signed_calls, third.json_schema),
            (ThinkingForm::Effort, true, true)
        );
        assert!(!gemini("gemini-2.0-flash").json_schema);
        let chat = Protocol::OpenAiChat;
        let reasoning = at("https://openrouter.ai/api/v1", chat, "openai/gpt-5-mini");
        assert_eq!(reasoning.thinking, ThinkingForm::Effort);
    }

    #[test]
    fn models_that_nobody_knows_may_reason_and_those_that_do_not_are_known() {
        let local = "http://127.0.0.1:8080/v1";
        for protocol in [Protocol::OpenAiChat, Protocol::OpenAiResponses] {
            for model in [
                "x-ai/grok-4",
                "qwen3-32b",
                "glm-4.6",
                "claude-sonnet-4-5",
                "m",
            ] {
                let known = at(local, protocol, model);
                assert_eq!(known.thinking, ThinkingForm::Unsure, "{model}");
                assert!(known.sampling);
            }
            for model in [
                "gpt-4o-mini",
                "openai/gpt-4.1",
                "gpt-4",
                "gpt-3.5-turbo",
                "gpt-5-chat-latest",
                "claude-3-5-sonnet-20241022",
                "anthropic/claude-3.5-haiku",
                "gemini-2.0-flash",
                "llama-3.3-70b-versatile",
                "gemma-3-27b-it",
                "mistral-large-latest",
                "deepseek-chat",
                "qwen2.5-coder:7b",
            ] {
                let known = at(local, protocol, model);
                assert_eq!(known.thinking, ThinkingForm::None, "{model}");
            }
            assert_eq!(
                at(local, protocol, "gpt-5.2").thinking,
                ThinkingForm::Effort
            );
        }
        // This one refuses the word where its own vendor serves it.
        let own = at("https://api.x.ai/v1", Protocol::OpenAiChat, "grok-4-0709");
        assert_eq!(own.thinking, ThinkingForm::None);
    }

    #[test]
    fn newer_models_of_a_known_family_think_by_a_budget() {
        let claude = |model| at("https://api.anthropic.com", Protocol::Anthropic, model).thinking;
        assert_eq!(claude("claude-newest-1"), ThinkingForm::Budget);
        for model in [
            "claude-2.1",
            "claude-3-opus-20240229",
            "claude-3-5-haiku-latest",
        ] {
            assert_eq!(claude(model), ThinkingForm::None, "{model}");
        }
    }

    #[test]
    fn complaint_43_gaps_are_marked_as_the_model_was_taught() {
        let local = "http://127.0.0.1:8080/v1";
        for (model, template) in [
            (
                "qwen2.5-coder:7b",
                "<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
            ),
            (
                "Qwen/Qwen2.5-Coder-32B",
                "<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
            ),
            (
                "starcoder2:3b",
                "<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>",
            ),
            ("codellama:7b-code", "<PRE> {prefix} <SUF>{suffix} <MID>"),
            (
                "deepseek-coder-v2:16b",
                "<｜fim▁begin｜>{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>",
            ),
            ("codestral:22b", "[SUFFIX]{suffix}[PREFIX]{prefix}"),
        ] {
            let known = at(local, Protocol::OpenAiChat, model);
            assert_eq!(known.completion, CompletionForm::Raw, "{model}");
            assert_eq!(known.infill.unwrap().template, template, "{model}");
        }
        let unknown = at(local, Protocol::OpenAiChat, "gemma");
        assert_eq!(unknown.completion, CompletionForm::Native);
    }

    #[test]
    fn complaint_43_hosts_decide_how_a_text_is_gone_on_with() {
        let chat = Protocol::OpenAiChat;
        for (base_url, model, form, path) in [
            (
                "https://API.OpenAI.com/v1",
                "gpt-5",
                CompletionForm::Chat,
                None,
            ),
            (
                "https://api.openai.com/v1",
                "gpt-3.5-turbo-instruct",
                CompletionForm::Native,
                None,
            ),
            (
                "https://api.mistral.ai/v1",
                "codestral-latest",
                CompletionForm::Native,
                Some("/fim/completions"),
            ),
            (
                "https://api.mistral.ai/v1",
                "mistral-small",
                CompletionForm::Chat,
                None,
            ),
        ] {
            let known = at(base_url, chat, model);
            let path = path.map(str::to_owned);
            assert_eq!(
                (known.completion, known.completion_path),
                (form, path),
                "{model}"
            );
        }
    }
}
