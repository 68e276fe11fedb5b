//! The tray's words: the same files that the page reads.

use std::collections::HashMap;

use crate::language::Language;

/// The words of one language.
pub(crate) struct Strings(HashMap<String, String>);

impl Strings {
    pub(crate) fn of(language: Language) -> Self {
        let chinese = match language {
            Language::Chinese => true,
            Language::English => false,
            Language::System => is_chinese(sys_locale::get_locale().as_deref()),
        };
        let text = if chinese {
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

/// The rule of `ui/src/appearance.ts`.
fn is_chinese(locale: Option<&str>) -> bool {
    locale.is_some_and(|locale| locale.to_ascii_lowercase().starts_with("zh"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_every_word_of_the_tray() {
        for language in [Language::English, Language::Chinese] {
            let strings = Strings::of(language);
            for key in crate::tray::WORDS {
                assert_ne!(strings.get(key), *key, "{language:?}");
            }
        }
    }

    #[test]
    fn a_value_is_filled_in() {
        let text = Strings::of(Language::English).with("running", "address", "127.0.0.1:7229");
        assert!(text.contains("127.0.0.1:7229"), "{text}");
    }

    #[test]
    fn the_session_is_chinese_or_else_english() {
        let read = ["zh_CN", "ZH-Hant-TW", "zh", "en-GB", "C"].map(|name| is_chinese(Some(name)));
        assert_eq!(read, [true, true, true, false, false]);
        assert!(!is_chinese(None));
    }
}
