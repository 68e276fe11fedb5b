//! What must go when a provider goes: its accounts, and every name that would lead nowhere.

use store::config::{Config, Edit};

use crate::sentence::{Sentence, sentence};

/// The config without one provider.
pub(super) struct Removal {
    provider: String,
    accounts: Vec<String>,
    /// Names of aliases that lead to it, by themselves or through others.
    touched: Vec<String>,
    /// What stays of the touched ones; those without a target are gone.
    aliases: Vec<store::config::Alias>,
    /// It would lead nowhere.
    default_model: Option<String>,
}

impl Removal {
    pub(super) fn plan(config: &Config, provider: &str) -> Self {
        let mut without = config.clone();
        without.providers.retain(|other| other.id != provider);
        // An alias that loses its last target may have been the target of another.
        loop {
            let before = without.aliases.clone();
            let known = without.clone();
            for alias in &mut without.aliases {
                alias
                    .targets
                    .retain(|target| leads_somewhere(&known, target));
            }
            without.aliases.retain(|alias| !alias.targets.is_empty());
            if without.aliases == before {
                break;
            }
        }
        let touched = config
            .aliases
            .iter()
            .filter(|alias| !without.aliases.contains(alias));
        let touched: Vec<String> = touched.map(|alias| alias.name.clone()).collect();
        let default_model = config.default_model.clone();
        Self {
            provider: provider.to_owned(),
            accounts: config
                .accounts_of(provider)
                .map(|account| account.id.clone())
                .collect(),
            aliases: without
                .aliases
                .iter()
                .filter(|alias| touched.contains(&alias.name))
                .cloned()
                .collect(),
            default_model: default_model.filter(|model| !leads_somewhere(&without, model)),
            touched,
        }
    }

    /// A sentence, or nothing if nothing does.
    pub(super) fn what_leads_there(&self) -> Option<Sentence> {
        let aliases: Vec<String> = self
            .touched
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let (aliases, provider) = (aliases.join(", "), &self.provider);
        match (&self.default_model, self.touched.is_empty()) {
            (None, true) => None,
            (None, false) => Some(sentence!(
                "aliases_lead_there",
                "Aliases lead to `{provider}`: {aliases}. Change that first, or remove it too.",
                provider,
                aliases
            )),
            (Some(model), true) => Some(sentence!(
                "default_leads_there",
                "The default model `{model}` leads to `{provider}`. Change that first, or remove it too.",
                model,
                provider
            )),
            (Some(model), false) => Some(sentence!(
                "all_lead_there",
                "The default model `{model}` and aliases lead to `{provider}`: {aliases}. Change that first, or remove it too.",
                model,
                provider,
                aliases
            )),
        }
    }

    pub(super) fn carry_out(&self, edit: &mut Edit) {
        for account in &self.accounts {
            edit.remove_account(account);
        }
        for name in &self.touched {
            match self.aliases.iter().find(|alias| alias.name == *name) {
                Some(alias) => edit.put_alias(alias),
                None => _ = edit.remove_alias(name),
            }
        }
        if self.default_model.is_some() {
            edit.put_default_model(None);
        }
        edit.remove_provider(&self.provider);
    }
}

fn leads_somewhere(config: &Config, name: &str) -> bool {
    config.prefixed(name).is_some() || config.alias(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_along_what_would_lead_nowhere_and_nothing_else() {
        let config = Config::parse(
            r#"
            version = 1
            default_model = "fast"
            [[providers]]
            id = "a"
            protocol = "openai_chat"
            base_url = "http://127.0.0.1:1"
            [[accounts]]
            id = "a-main"
            provider = "a"
            key = { keychain = true }
            [[aliases]]
            name = "fast"
            targets = ["slow"]
            [[aliases]]
            name = "slow"
            targets = ["a/slow"]
            [[aliases]]
            name = "both"
            targets = ["a/x", "echo/echo"]
            [[aliases]]
            name = "offline"
            targets = ["echo/echo"]
            "#,
        )
        .unwrap();
        let removal = Removal::plan(&config, "a");
        assert_eq!(removal.accounts, ["a-main"]);
        assert_eq!(removal.touched, ["fast", "slow", "both"]);
        let kept: Vec<_> = removal
            .aliases
            .iter()
            .map(|alias| (&*alias.name, &alias.targets[..]))
            .collect();
        assert_eq!(kept, [("both", &["echo/echo".to_owned()][..])]);
        assert_eq!(removal.default_model.as_deref(), Some("fast"));
        assert_eq!(
            removal.what_leads_there().unwrap().text,
            "The default model `fast` and aliases lead to `a`: `fast`, `slow`, `both`. Change that first, or remove it too."
        );
    }

    #[test]
    fn nothing_leads_to_a_provider_without_aliases() {
        assert_eq!(
            Removal::plan(&Config::default(), "a").what_leads_there(),
            None
        );
    }
}
