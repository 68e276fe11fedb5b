//! Names with `*`, which stands for any text, also none.

/// Whether `text` fits `pattern`. Linear but for backtracking to the last `*`.
pub fn matches(pattern: &str, text: &str) -> bool {
    // Each request is held against hundreds of patterns, of which hardly one begins like it.
    let first = pattern.as_bytes().first();
    if first.is_some_and(|first| *first != b'*' && text.as_bytes().first() != Some(first)) {
        return false;
    }
    let Some((first, others)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut pieces = others.split('*');
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
