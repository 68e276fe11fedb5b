//! What is known of well-known models without asking anybody: `catalogue.toml`, dated and offline.

use std::sync::LazyLock;

use serde::Deserialize;
use store::config::pattern;

use crate::capabilities::name_of;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    toml::from_str(include_str!("catalogue.toml")).unwrap_or_else(|error| {
        tracing::error!(%error, "the catalogue of models is not readable");
        Catalogue::default()
    })
});

#[derive(Default, Deserialize)]
struct Catalogue {
    /// The day it was last gone through; for whoever reads the file.
    #[cfg(test)]
    written: String,
    models: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    names: Vec<String>,
    #[serde(flatten)]
    known: Known,
}

/// Limits and abilities; what is not said is unknown, or not there.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default)]
pub(crate) struct Known {
    /// Tokens of prompt and reply together.
    pub(crate) context_length: Option<u64>,
    pub(crate) max_output_tokens: Option<u64>,
    /// Sees images.
    pub(crate) vision: bool,
    pub(crate) tools: bool,
    /// Reasons before it answers.
    pub(crate) thinking: bool,
}

/// What is known of a model by its name, whoever serves it; `None` where nothing is.
pub(crate) fn of(model: &str) -> Option<&'static Known> {
    let name = name_of(model);
    let name = name.split(':').next().unwrap_or_default();
    let mut entries = CATALOGUE.models.iter();
    let entry = entries.find(|entry| {
        entry
            .names
            .iter()
            .any(|known| pattern::matches(known, name))
    });
    entry.map(|entry| &entry.known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_readable_and_dated() {
        let text = include_str!("catalogue.toml");
        let catalogue: Catalogue = toml::from_str(text).unwrap();
        assert!(catalogue.written.starts_with("20") && catalogue.written.len() == 10);
        assert!(text.contains("# Source: "));
        assert!(catalogue.models.len() > 20);
        for entry in &catalogue.models {
            assert!(!entry.names.is_empty());
            let (context, output) = (entry.known.context_length, entry.known.max_output_tokens);
            if let (Some(context), Some(output)) = (context, output) {
                assert!(output <= context, "{:?}", entry.names);
            }
        }
        // A misspelled key would be taken for one that is not there.
        let keys = [
            "names",
            "context_length",
            "max_output_tokens",
            "vision",
            "tools",
            "thinking",
        ];
        let raw: toml::Table = toml::from_str(text).unwrap();
        for entry in raw["models"].as_array().unwrap() {
            for key in entry.as_table().unwrap().keys() {
                assert!(keys.contains(&key.as_str()), "{key}");
            }
        }
    }

    /// The first that fits a name is taken.
    #[test]
    fn no_entry_is_hidden_by_one_before_it() {
        let mut before: Vec<&String> = Vec::new();
        for entry in &CATALOGUE.models {
            for name in &entry.names {
                let hides = before.iter().find(|known| pattern::matches(known, name));
                assert_eq!(hides, None, "{name}");
            }
            before.extend(&entry.names);
        }
    }

    #[test]
    fn complaint_20_names_are_known_whoever_serves_them() {
        for (name, context, output) in [
            ("gpt-4o-mini", 128_000, 16_384),
            ("openrouter/openai/gpt-4o-2024-08-06", 128_000, 16_384),
            ("claude-sonnet-4-5-20250929", 200_000, 64_000),
            ("claude-opus-4-20250514", 200_000, 32_000),
            ("claude-sonnet-4-20250514", 200_000, 64_000),
            ("q/claude-haiku-4.5", 200_000, 64_000),
            ("models/gemini-2.5-flash", 1_048_576, 65_536),
        ] {
            let known = of(name).unwrap_or_else(|| panic!("{name}"));
            let limits = (known.context_length, known.max_output_tokens);
            assert_eq!(limits, (Some(context), Some(output)), "{name}");
            assert!(known.vision && known.tools, "{name}");
        }
        assert_eq!(of("llama3.2:3b").unwrap().context_length, Some(131_072));
        assert!(!of("gpt-4o").unwrap().thinking && of("o3").unwrap().thinking);
        assert_eq!(of("my-own-model"), None);
        let vectors = of("text-embedding-3-small").unwrap();
        assert!(!vectors.tools && !vectors.vision);
        // Newer than the catalogue: able, and no smaller than those before it.
        let newer = of("claude-opus-9").unwrap();
        assert!(newer.tools && newer.max_output_tokens.is_none());
    }
}
