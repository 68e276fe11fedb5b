//! Fields of a request without which it means the same to its client, and failures that refuse one of them.

use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use serde_json::value::RawValue;

use super::{ApiError, ErrorKind};
use crate::json::{Splice, members};

/// A field that a provider may not know, and that a client gets what it must get without: how words are chosen,
/// how long is thought about them, who asks, what is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Spare {
    /// Where it stands, with points in between.
    pub path: &'static str,
    /// What encoders call it in losses.
    pub word: &'static str,
    /// Other words of failures that mean it, in small letters.
    pub said: &'static str,
    /// The only values that it may be left out with; none: any.
    pub only: &'static [&'static str],
}

impl Spare {
    pub(crate) const fn new(path: &'static str) -> Self {
        Self {
            path,
            word: path,
            said: "",
            only: &[],
        }
    }

    pub(crate) const fn word(self, word: &'static str) -> Self {
        Self { word, ..self }
    }

    pub(crate) const fn said(self, said: &'static str) -> Self {
        Self { said, ..self }
    }

    pub(crate) const fn only(self, values: &'static [&'static str]) -> Self {
        Self {
            only: values,
            ..self
        }
    }

    fn allows(&self, value: &str) -> bool {
        self.only.is_empty() || self.only.contains(&value)
    }

    /// What `body` says there, where it is a word.
    pub(super) fn word_in(&self, body: &Bytes) -> Option<String> {
        serde_json::from_str(value(body, self.path)?.get()).ok()
    }

    fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }
}

/// A field that a provider refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Omission {
    spare: Spare,
    /// Where only this value of it was refused.
    value: Option<String>,
}

/// A value that is longer is none of a list that a provider chooses from.
const LONGEST_VALUE: usize = 64;

impl Omission {
    /// The field of `body` that a failure refuses, if it is one of those that may be left out.
    pub fn of(failure: &ApiError, spares: &[Spare], body: &Bytes) -> Option<Self> {
        let (spare, value) = refused(failure, spares, body)?;
        let message = failure.message.to_lowercase();
        let of_value = refuses_value(failure, &message) && value.len() <= LONGEST_VALUE;
        Some(Self {
            spare,
            value: of_value.then(|| value.to_owned()),
        })
    }

    /// The same, of no other value than the one in `body`.
    pub fn of_value(failure: &ApiError, spares: &[Spare], body: &Bytes) -> Option<Self> {
        let (spare, value) = refused(failure, spares, body)?;
        (value.len() <= LONGEST_VALUE).then(|| Self {
            spare,
            value: Some(value.to_owned()),
        })
    }

    /// Of any value.
    pub fn altogether(&self) -> Self {
        Self {
            spare: self.spare,
            value: None,
        }
    }

    pub fn is_of_same_field(&self, other: &Self) -> bool {
        self.spare == other.spare
    }

    /// What encoders call it.
    pub fn field(&self) -> &'static str {
        self.spare.word
    }

    /// Whether a failure is about this very field though `body` has none: it is not what is at fault.
    pub fn is_disproved(&self, failure: &ApiError, body: &Bytes) -> bool {
        let message = failure.message.to_lowercase();
        refuses(failure)
            && named(failure, &message, &self.spare).is_some()
            && value(body, self.spare.path).is_none()
    }

    /// A body without what was refused, every other byte as it was, and what that is. It is read once, and once more
    /// for each that is in it.
    pub fn without<'o>(body: &Bytes, omissions: &'o [Self]) -> (Bytes, Vec<&'o Self>) {
        let (mut body, mut gone) = (body.clone(), Vec::new());
        while let Some((omission, left)) = first_left_out(&body, omissions) {
            gone.push(omission);
            body = left;
        }
        (body, gone)
    }

    /// Whether a body has something of what was refused.
    pub fn any_in(omissions: &[Self], body: &Bytes) -> bool {
        first_left_out(body, omissions).is_some()
    }

    fn is_of(&self, value: &str) -> bool {
        match &self.value {
            Some(refused) => refused == value,
            None => self.spare.allows(value),
        }
    }
}

fn first_left_out<'o>(body: &Bytes, omissions: &'o [Omission]) -> Option<(&'o Omission, Bytes)> {
    if omissions.is_empty() {
        return None;
    }
    let root: &RawValue = serde_json::from_slice(body).ok()?;
    let fields = members(root).ok()?;
    omissions.iter().find_map(|omission| {
        let (object, name, value) = find(root, &fields, omission.spare.path)?;
        if !omission.is_of(value.get()) {
            return None;
        }
        let mut splice = Splice::new(body);
        splice.remove(object, &[name]);
        Some((omission, splice.done()?))
    })
}

/// The field of a body that a failure is about, and its value.
fn refused<'b>(failure: &ApiError, spares: &[Spare], body: &'b Bytes) -> Option<(Spare, &'b str)> {
    if !refuses(failure) {
        return None;
    }
    let message = failure.message.to_lowercase();
    let named = spares.iter().filter_map(|spare| {
        let place = named(failure, &message, spare)?;
        Some((place, spare, value(body, spare.path)?))
    });
    let (_, spare, value) = named.min_by_key(|(place, ..)| *place)?;
    let value = value.get();
    spare.allows(value).then_some((*spare, value))
}

/// Whether a failure says of something that it is not known or cannot be, rather than what it must be.
pub(super) fn refuses(failure: &ApiError) -> bool {
    const CODES: [&str; 4] = [
        "extra_forbidden",
        "unknown_parameter",
        "unsupported_parameter",
        "unsupported_value",
    ];
    const WORDS: [&str; 14] = [
        "cannot find field",
        "does not support",
        "doesn't support",
        "extra fields",
        "extra inputs",
        "is deprecated",
        "must be verified",
        "not allowed",
        "not enabled",
        "not permitted",
        "not supported",
        "unknown",
        "unrecognized",
        "unsupported",
    ];
    let is_code = |code: &String| CODES.contains(&code.as_str());
    let message = failure.message.to_lowercase();
    failure.kind == ErrorKind::InvalidRequest
        && matches!(failure.status, Some(400 | 422))
        && (failure.code.as_ref().is_some_and(is_code)
            || WORDS.iter().any(|words| message.contains(words)))
}

fn refuses_value(failure: &ApiError, message: &str) -> bool {
    failure.code.as_deref() == Some("unsupported_value")
        || message.contains("unsupported value")
        || message.contains("supported values")
}

/// Where a failure names a field: the earliest of several is what it is about.
fn named(failure: &ApiError, message: &str, spare: &Spare) -> Option<usize> {
    let is_param = |param: &String| {
        let param = param.strip_prefix("body.").unwrap_or(param);
        same(param, spare.path) || same(param, spare.name())
    };
    if failure.param.as_ref().is_some_and(is_param) {
        return Some(0);
    }
    if !spare.said.is_empty()
        && let Some(place) = message.find(spare.said)
    {
        return Some(place);
    }
    let camel = spare.name().to_lowercase();
    let spellings = [camel, in_snake_case(spare.name())];
    spellings
        .iter()
        .filter_map(|name| mention(message, name))
        .min()
}

/// In whichever of the two cases a vendor's words are written.
fn same(param: &str, path: &str) -> bool {
    in_snake_case(param) == in_snake_case(path)
}

fn in_snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 2);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// A name in a sentence, where it stands for the field: names that are ordinary words only in quotes, at the
/// beginning, before a colon or behind one, and none inside another field's path.
fn mention(message: &str, name: &str) -> Option<usize> {
    let is_plain_word = name.bytes().all(|letter| letter.is_ascii_lowercase());
    let is_inside = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    message.match_indices(name).map(|(at, _)| at).find(|at| {
        let before = message.get(..*at).unwrap_or_default();
        let after = message.get(at + name.len()..).unwrap_or_default();
        let next = after.chars().next();
        let goes_on = after
            .strip_prefix(['.', '['])
            .is_some_and(|rest| rest.starts_with(is_inside));
        let is_apart = !before.ends_with(|letter| is_inside(letter) || letter == '.')
            && !next.is_some_and(is_inside)
            && !goes_on;
        let is_marked = before.ends_with(['"', '\'', '`'])
            || before.trim_end().is_empty()
            || before.trim_end().ends_with([':', '>'])
            || next == Some(':');
        is_apart && (is_marked || !is_plain_word)
    })
}

fn value<'b>(body: &'b Bytes, path: &str) -> Option<&'b RawValue> {
    let root: &RawValue = serde_json::from_slice(body).ok()?;
    let (.., value) = find(root, &members(root).ok()?, path)?;
    Some(value)
}

/// A field of an object with these members: the object that it stands in, its name there, and its value.
fn find<'b, 'p>(
    object: &'b RawValue,
    fields: &BTreeMap<Cow<'b, str>, &'b RawValue>,
    path: &'p str,
) -> Option<(&'b RawValue, &'p str, &'b RawValue)> {
    match path.split_once('.') {
        None => Some((object, path, fields.get(path).copied()?)),
        Some((parent, path)) => {
            let object = fields.get(parent).copied()?;
            find(object, &members(object).ok()?, path)
        }
    }
}

#[cfg(test)]
#[path = "spare_tests.rs"]
mod tests;
