//! Sentences for people that a page can say in its own language.

use std::collections::BTreeMap;

/// Which sentence it is and what stands in it; the pages have its words in `sentences.json` of each
/// language.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Wording {
    pub code: String,
    pub values: BTreeMap<String, String>,
}

/// A sentence in English, and its wording where a page may know it in other languages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sentence {
    pub text: String,
    pub wording: Option<Wording>,
}

impl Sentence {
    /// By [`sentence!`](crate::sentence) only, which keeps code and text together.
    pub fn worded<const N: usize>(code: &str, text: String, values: [(&str, String); N]) -> Self {
        let values = values.map(|(name, value)| (name.to_owned(), value));
        Self {
            text,
            wording: Some(Wording {
                code: code.to_owned(),
                values: values.into(),
            }),
        }
    }
}

/// `sentence!("no_account", "There is no account `{id}`.", id)`: every name in the text is listed behind it.
#[macro_export]
macro_rules! sentence {
    ($code:literal, $text:literal $(, $name:ident)* $(,)?) => {
        $crate::wording::Sentence::worded(
            $code,
            format_args!($text).to_string(),
            [$((stringify!($name), $name.to_string())),*],
        )
    };
}

impl From<&str> for Sentence {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self {
            text,
            wording: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_carries_its_words_and_its_values() {
        let (name, status) = ("Moonshot", 401);
        let sentence = sentence!("refused", "{name} said {status}.", name, status);
        assert_eq!(sentence.text, "Moonshot said 401.");
        let expected = BTreeMap::from([
            ("name".to_owned(), "Moonshot".to_owned()),
            ("status".to_owned(), "401".to_owned()),
        ]);
        assert_eq!(sentence.wording.unwrap().values, expected);
    }
}
