//! Reasoning that a raw deployment leaves in the text: `<think>…</think>` and the like at the very beginning of a
//! reply.

/// What opens reasoning, and what closes it.
const TAGS: [(&str, &str); 3] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
];

/// A piece of what was text on the wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tagged<'t> {
    Reasoning(&'t str),
    Text(&'t str),
}

/// Splits text in any fragments; tags further on are text.
#[derive(Debug)]
pub(crate) enum ThinkTags {
    /// Nothing but a beginning of the tag has come.
    Undecided(String),
    /// Holds back what may be a beginning of the closing tag.
    Inside {
        held: String,
        close: &'static str,
        fresh: bool,
    },
    /// `fresh`: line breaks right after the tag are not text.
    Outside { fresh: bool },
}

impl Default for ThinkTags {
    fn default() -> Self {
        Self::Undecided(String::new())
    }
}

impl ThinkTags {
    /// The provider has a field of its own for reasoning, so tags are text.
    pub(crate) fn give_up(&mut self) {
        if matches!(self, Self::Undecided(held) if held.is_empty()) {
            *self = Self::Outside { fresh: false };
        }
    }

    pub(crate) fn push(&mut self, fragment: &str, mut each: impl FnMut(Tagged<'_>)) {
        match self {
            Self::Undecided(held) => {
                held.push_str(fragment);
                let begun = held.trim_start();
                let opened = TAGS
                    .iter()
                    .find_map(|(open, close)| Some((begun.strip_prefix(open)?, *close)));
                if let Some((inside, close)) = opened {
                    let inside = inside.to_owned();
                    *self = Self::Inside {
                        held: String::new(),
                        close,
                        fresh: true,
                    };
                    self.push(&inside, each);
                } else if !TAGS.iter().any(|(open, _)| open.starts_with(begun)) {
                    each(Tagged::Text(held));
                    *self = Self::Outside { fresh: false };
                }
            }
            Self::Inside { held, close, fresh } => {
                held.push_str(fragment);
                if *fresh {
                    let kept = held.trim_start_matches('\n').to_owned();
                    *fresh = kept.is_empty();
                    *held = kept;
                }
                if let Some((inside, after)) = held.split_once(*close) {
                    let after = after.to_owned();
                    each(Tagged::Reasoning(inside));
                    *self = Self::Outside { fresh: true };
                    self.push(&after, each);
                } else {
                    let sure = held.len() - begun_tag(held, close);
                    each(Tagged::Reasoning(&held[..sure]));
                    held.drain(..sure);
                }
            }
            Self::Outside { fresh } => {
                let text = if *fresh {
                    fragment.trim_start_matches('\n')
                } else {
                    fragment
                };
                *fresh = *fresh && text.is_empty();
                each(Tagged::Text(text));
            }
        }
    }

    /// The reply is over: what was held back is what it looked like.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(Tagged<'_>)) {
        match std::mem::replace(self, Self::Outside { fresh: false }) {
            Self::Undecided(held) => each(Tagged::Text(&held)),
            Self::Inside { held, .. } => each(Tagged::Reasoning(&held)),
            Self::Outside { .. } => {}
        }
    }
}

/// The length of the longest beginning of the tag `close` that `text` ends with.
fn begun_tag(text: &str, close: &str) -> usize {
    (1..close.len())
        .rev()
        .find(|length| text.ends_with(&close[..*length]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(fragments: &[&str]) -> (String, String) {
        let mut tags = ThinkTags::default();
        let (mut reasoning, mut text) = (String::new(), String::new());
        let mut sort = |piece: Tagged<'_>| match piece {
            Tagged::Reasoning(more) => reasoning.push_str(more),
            Tagged::Text(more) => text.push_str(more),
        };
        for fragment in fragments {
            tags.push(fragment, &mut sort);
        }
        tags.finish(sort);
        (reasoning, text)
    }

    #[test]
    fn edge_085_think_tags_in_any_fragments() {
        let whole = "\n<think>\nIs 1 < 2?\n</thin gs></think>\n\nYes: `<think>`.";
        let expected = (
            "Is 1 < 2?\n</thin gs>".to_owned(),
            "Yes: `<think>`.".to_owned(),
        );
        assert_eq!(split(&[whole]), expected);
        for at in 1..whole.len() {
            let (head, tail) = whole.split_at(at);
            assert_eq!(split(&[head, tail]), expected, "split at {at}");
        }
        let single: Vec<String> = whole.chars().map(String::from).collect();
        let single: Vec<&str> = single.iter().map(String::as_str).collect();
        assert_eq!(split(&single), expected);
    }

    #[test]
    fn edge_086_the_longer_tag_closes_by_itself_only() {
        let whole = "<thinking>a</think>b</thinking>\nc `</thinking>`";
        let expected = ("a</think>b".to_owned(), "c `</thinking>`".to_owned());
        for at in 0..whole.len() {
            let (head, tail) = whole.split_at(at);
            assert_eq!(split(&[head, tail]), expected, "split at {at}");
        }
    }

    #[test]
    fn edge_086_other_text_stays() {
        for text in ["", " ", "<thi", "<b>think</b>", "a <think>b</think>"] {
            assert_eq!(split(&[text]), (String::new(), text.to_owned()));
        }
        assert_eq!(
            split(&["<think>cut </th"]),
            ("cut </th".to_owned(), String::new())
        );
    }
}
