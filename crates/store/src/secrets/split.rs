//! Long values in entries of limited size: Windows holds 1,280 UTF-16 units in each.
//! Pure: what to write under which name, and back.

use sha2::{Digest as _, Sha256};

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
    (format!("{MARK}{}:{}", parts.len(), check(value)), parts)
}

/// How many parts a head calls for; none when it is the value itself.
pub(super) fn parts_of(head: &str) -> usize {
    head_fields(head).map_or(0, |(count, _)| count)
}

/// None when the parts are not those that the head was written for: an old and a new value mixed
/// by a crash between two writes.
pub(super) fn join(head: &str, parts: &[String]) -> Option<String> {
    match head_fields(head) {
        None => Some(head.to_owned()),
        Some((count, written)) => {
            let value = parts.concat();
            (parts.len() == count && check(&value) == written).then_some(value)
        }
    }
}

fn head_fields(head: &str) -> Option<(usize, &str)> {
    let (count, check) = head.strip_prefix(MARK)?.split_once(':')?;
    Some((count.parse().ok()?, check))
}

/// Short, so that a head always fits; long enough to tell two values apart.
fn check(value: &str) -> String {
    let digest = Sha256::digest(value.as_bytes());
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
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
            value in "(\\PC|😀|\u{1}parts:2:00){0,60}", limit in 30_usize..60
        ) {
            let (head, parts) = split(&value, limit);
            prop_assert!(units(&head) <= limit);
            prop_assert_eq!(parts_of(&head), parts.len());
            prop_assert!(parts.iter().all(|part| units(part) <= limit));
            prop_assert_eq!(join(&head, &parts), Some(value));
        }
    }

    #[test]
    fn a_value_that_looks_like_a_head_is_split_all_the_same() {
        let value = "\u{1}parts:7:00";
        let (head, parts) = split(value, 1280);
        assert_eq!(
            (parts_of(&head), join(&head, &parts)),
            (1, Some(value.to_owned()))
        );
    }

    #[test]
    fn parts_of_two_values_do_not_join() {
        let (head, mut parts) = split(&"a".repeat(100), 40);
        parts[1] = "b".repeat(40);
        assert_eq!(join(&head, &parts), None);
        assert_eq!(join(&head, &parts[..1]), None);
    }
}
