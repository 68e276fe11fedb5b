//! Names with `*`, which stands for any text, also none.

/// Whether `text` fits `pattern`. Linear but for backtracking to the last `*`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        let Some(found) = rest.find(piece) else {
            return false;
        };
        rest = &rest[found + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names_and_stars() {
        for (pattern, text) in [
            ("gpt-4o", "gpt-4o"),
            ("gpt-*", "gpt-4o"),
            ("*", ""),
            ("*", "anything/at all"),
            ("*-mini", "gpt-4o-mini"),
            ("claude-*-4*", "claude-sonnet-4-5"),
            ("a**b", "ab"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("gpt-4o", "gpt-4o-mini"),
            ("gpt-*", "GPT-4o"),
            ("*-mini", "gpt-4o-mini-2"),
            ("ab*ba", "aba"),
            ("a*b*c", "a-c-b"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
