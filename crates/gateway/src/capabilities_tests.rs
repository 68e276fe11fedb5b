//! What the table says of well-known models and hosts.

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
    for model in [
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "bedrock/eu.anthropic.claude-sonnet-4-5",
        "claude-sonnet-4-5@20250929",
    ] {
        assert_eq!(at("https://a.example", anthropic, model), old, "{model}");
    }
    let older = "anthropic.claude-3-5-sonnet-20240620-v1:0";
    let older = at("https://a.example", anthropic, older);
    assert_eq!(older.thinking, ThinkingForm::None);
    assert_eq!(name_of("x/Llama3.1:8b-metal.v2"), "llama3.1:8b-metal.v2");
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
    assert!(!reasoning.cache_marks);
    let claude = "anthropic/claude-sonnet-4.5:thinking";
    for relay in ["https://openrouter.ai/api/v1", "http://127.0.0.1:4000"] {
        assert!(at(relay, chat, claude).cache_marks, "{relay}");
    }
}

#[test]
fn images_are_drawn_where_they_are_known_to_be() {
    let at = |base_url, protocol| at(base_url, protocol, "gemini-2.5-flash-image").drawn_images;
    assert!(at("https://a.example", Protocol::Gemini));
    assert!(at("https://openrouter.ai/api/v1", Protocol::OpenAiChat));
    assert!(!at("https://a.example/v1", Protocol::OpenAiChat));
    assert!(!at("https://a.example/v1", Protocol::Anthropic));
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
fn complaint_10_openais_models_take_the_words_that_they_are_known_to() {
    use Effort::{High, Low, Medium, Minimal, Xhigh};
    let chat = |model| at("https://a.example", Protocol::OpenAiChat, model);
    for (model, efforts, always) in [
        ("o3-mini", vec![Low, Medium, High], true),
        ("gpt-5", vec![Minimal, Low, Medium, High], true),
        ("gpt-5-mini", vec![Minimal, Low, Medium, High], true),
        ("gpt-5-codex", vec![Low, Medium, High], true),
        ("gpt-5.1", vec![Low, Medium, High], false),
        ("gpt-5.1-codex-mini", vec![Low, Medium, High], true),
        ("gpt-5.1-codex-max", vec![Low, Medium, High, Xhigh], true),
        ("gpt-5.4", vec![Low, Medium, High, Xhigh], false),
        ("openai/gpt-5.4-pro", vec![Medium, High, Xhigh], true),
        ("gpt-6", vec![], false),
        ("qwen3-32b", vec![], false),
    ] {
        let known = chat(model);
        assert_eq!(
            (known.efforts, known.thinks_always),
            (efforts, always),
            "{model}"
        );
    }
}

#[test]
fn habits_of_chat_models_are_known_by_their_names() {
    let chat = |model| at("http://127.0.0.1:8080/v1", Protocol::OpenAiChat, model);
    let new = chat("gpt-5.2");
    assert!(new.free_text_tools && new.late_instructions);
    for model in [
        "qwen3.6-27b",
        "glm-5",
        "deepseek-v4-pro",
        "kimi-k2.6",
        "gpt-oss-120b",
        "m",
    ] {
        let known = chat(model);
        assert!(
            !known.free_text_tools && !known.late_instructions,
            "{model}"
        );
    }
    assert!(chat("anthropic/claude-opus-4.6").late_instructions);
    for model in [
        "kimi-k2.5",
        "moonshotai/kimi-k2.6",
        "kimi-k2-thinking",
        "glm-4.6",
        "MiniMax-M2",
        "qwen3.6-plus",
    ] {
        assert!(chat(model).reasoning_replay, "{model}");
    }
    assert!(!chat("kimi-k2-0905-preview").reasoning_replay);
    for model in ["glm-4.6", "zai/glm-5", "deepseek-v4-flash", "kimi-k2.6"] {
        assert!(chat(model).thinking_off.contains_key("thinking"), "{model}");
    }
    assert!(
        chat("qwen3.6-plus")
            .thinking_off
            .contains_key("enable_thinking")
    );
    let relayed = at(
        "https://openrouter.ai/api/v1",
        Protocol::OpenAiChat,
        "z-ai/glm-5",
    );
    assert_eq!(
        relayed.thinking_off.keys().collect::<Vec<_>>(),
        ["reasoning"]
    );
    let mistral = chat("devstral-medium");
    assert_eq!(
        (mistral.call_id_length, mistral.user_after_results),
        (Some(9), false)
    );
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
