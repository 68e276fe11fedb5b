//! The table of presets keeps its promises.

use std::collections::HashSet;

use super::*;

#[test]
fn the_table_is_readable_and_its_ids_are_fit_for_a_config() {
    let presets = read().unwrap();
    let ids: HashSet<&str> = presets
        .providers
        .iter()
        .map(|preset| preset.id.as_str())
        .collect();
    assert_eq!(
        ids.len(),
        presets.providers.len(),
        "two presets share an id"
    );
    for preset in &presets.providers {
        let fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        assert!(preset.id.bytes().all(fit), "{}", preset.id);
        preset
            .protocol
            .parse::<store::config::ProviderProtocol>()
            .unwrap();
        assert!(!preset.base_url.ends_with('/'), "{}", preset.id);
        assert_eq!(
            preset.base_url.is_empty(),
            preset.id == "custom",
            "{}",
            preset.id
        );
        assert_eq!(
            preset.base_url.starts_with("http://127.0.0.1:"),
            preset.local,
            "{}",
            preset.id
        );
    }
}

#[test]
fn aliases_name_models_alone_because_a_person_says_whose() {
    let aliases = aliases().iter().flat_map(|preset| &preset.aliases);
    let targets: Vec<&String> = aliases.flat_map(|alias| &alias.targets).collect();
    assert!(!targets.is_empty());
    assert!(
        targets.iter().all(|target| !target.contains('/')),
        "{targets:?}"
    );
}

#[test]
fn a_pasted_key_is_recognised_as_one_provider_only() {
    let prefixes: Vec<&str> = providers()
        .iter()
        .filter_map(|preset| preset.key_prefix.as_deref())
        .collect();
    for (index, prefix) in prefixes.iter().enumerate() {
        for other in &prefixes[index + 1..] {
            assert!(
                !prefix.starts_with(other) && !other.starts_with(prefix),
                "{prefix} {other}"
            );
        }
    }
}

#[test]
fn gpt_names_lead_to_the_agreed_claude_models() {
    let table: Vec<String> = aliases()[0]
        .aliases
        .iter()
        .map(|alias| format!("{} -> {}", alias.name, alias.targets.join(", ")))
        .collect();
    assert_eq!(
        table,
        [
            "gpt-4 -> claude-sonnet-4",
            "gpt-4o-mini -> claude-sonnet-4",
            "gpt-3.5-turbo -> claude-sonnet-4",
            "gpt-4-turbo -> claude-sonnet-4.5",
            "gpt-4o -> claude-sonnet-4.5",
        ]
    );
}
