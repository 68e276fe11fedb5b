//! The tray's words: the same files that the page reads.

use std::collections::HashMap;

/// The words of one language.
pub(crate) struct Strings(HashMap<String, String>);

impl Strings {
    /// In the language of the person's session.
    pub(crate) fn of_session() -> Self {
        Self::of(sys_locale::get_locale().as_deref().unwrap_or("en"))
    }

    fn of(locale: &str) -> Self {
        let text = if locale.starts_with("zh") {
            include_str!("../../ui/src/locales/zh-CN/tray.json")
        } else {
            include_str!("../../ui/src/locales/en/tray.json")
        };
        // Both files are read by a test below; a key that is missing shows as itself.
        Self(serde_json::from_str(text).unwrap_or_default())
    }

    pub(crate) fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.get(key).map_or(key, String::as_str)
    }

    /// With `{{name}}` filled in.
    pub(crate) fn with(&self, key: &str, name: &str, value: &str) -> String {
        self.get(key).replace(&format!("{{{{{name}}}}}"), value)
    }
}

#[cfg(test)]
mod tests {
    use super::Strings;

    #[test]
    fn both_languages_have_every_word_of_the_tray() {
        for locale in ["en-GB", "zh-CN"] {
            let strings = Strings::of(locale);
            for key in crate::tray::WORDS {
                assert_ne!(strings.get(key), *key, "{locale}");
            }
        }
    }

    #[test]
    fn a_value_is_filled_in() {
        let text = Strings::of("en").with("running", "address", "127.0.0.1:7229");
        assert!(text.contains("127.0.0.1:7229"), "{text}");
    }
}
