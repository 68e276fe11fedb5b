//! Well-known providers and ready tables of aliases: data, from `providers.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::{
    admin::{aliases::AliasPreset, providers::Preset},
    auth,
};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Presets {
    providers: Vec<Preset>,
    alias_presets: Vec<AliasPreset>,
}

/// In the order in which they are offered.
pub(crate) fn providers() -> &'static [Preset] {
    &presets().providers
}

pub(crate) fn provider(id: &str) -> Option<&'static Preset> {
    providers().iter().find(|preset| preset.id == id)
}

pub(crate) fn aliases() -> &'static [AliasPreset] {
    &presets().alias_presets
}

fn presets() -> &'static Presets {
    static PRESETS: OnceLock<Presets> = OnceLock::new();
    // The file is part of the program, and a test reads it: it cannot fail here.
    PRESETS.get_or_init(|| read().unwrap_or_default())
}

fn read() -> Result<Presets, toml::de::Error> {
    let mut presets: Presets = toml::from_str(include_str!("providers.toml"))?;
    for preset in &mut presets.providers {
        preset.signs_in = preset.protocol.parse().is_ok_and(auth::has_logins);
    }
    Ok(presets)
}

#[cfg(test)]
#[path = "presets_tests.rs"]
mod tests;
