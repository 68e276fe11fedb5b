//! Long values in entries of limited size: Windows holds 1,280 UTF-16 units in each.
//! Pure: what to write under which name, and back.

/// The head's name is the account's; the parts are `<account>#1`, `<account>#2`, …
pub(super) fn part_name(account: &str, number: usize) -> String {
    format!("{account}#{number}")
}

/// Begins a head that only says how many parts there are. No JSON and no vendor's key begins so.
const MARK: &str = "\u{1}parts:";

/// What goes into the head and, in order, into the parts. No part for a value that fits.
pub(super) fn split(value: &str, limit: usize) -> (String, Vec<String>) {
    if units(value) <= limit && !value.starts_with(MARK) {
        return (value.to_owned(), Vec::new());
    }
    let mut parts = vec![String::new()];
    let mut filled = 0;
    for letter in value.chars() {
        if filled + letter.len_utf16() > limit {
            parts.push(String::new());
            filled = 0;
        }
        filled += letter.len_utf16();
        if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    (format!("{MARK}{}", parts.len()), parts)
}

/// How many parts a head calls for; none when it is the value itself.
pub(super) fn parts_of(head: &str) -> usize {
    head.strip_prefix(MARK)
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}

fn units(value: &str) -> usize {
    value.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_join_to_the_value_and_none_is_too_long(
            value in "(\\PC|😀|\u{1}parts:2){0,60}", limit in 12_usize..40
        ) {
            let (head, parts) = split(&value, limit);
            prop_assert!(units(&head) <= limit);
            prop_assert_eq!(parts_of(&head), parts.len());
            if parts.is_empty() {
                prop_assert_eq!(head, value);
            } else {
                prop_assert!(parts.iter().all(|part| units(part) <= limit));
                prop_assert_eq!(parts.concat(), value);
            }
        }
    }

    #[test]
    fn a_value_that_looks_like_a_head_is_split_all_the_same() {
        let (head, parts) = split("\u{1}parts:7", 1280);
        assert_eq!(
            (parts_of(&head), parts.concat().as_str()),
            (1, "\u{1}parts:7")
        );
    }
}
