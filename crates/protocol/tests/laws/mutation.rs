//! Sound bytes made unsound: in their letters, in their frames, in their JSON.

use serde_json::{Value, json};

use crate::event_stream::{put_together, taken_apart};

/// Picks by given bytes, so that what broke once breaks again.
pub(crate) struct Dice<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Dice<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// A number below `sides`; 0 once the bytes are used up.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        let byte = |at| usize::from(self.bytes.get(at).copied().unwrap_or(0));
        let number = byte(self.at) << 8 | byte(self.at + 1);
        self.at += 2;
        number % sides.max(1)
    }
}

/// A stream of events with one to three things wrong.
pub(crate) fn stream(bytes: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
    // The lengths that binary frames begin with are small.
    if bytes.first() == Some(&0) {
        return binary(bytes, dice);
    }
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.roll(3) {
        let mut frames = frames(&bytes);
        let count = frames.len();
        let at = dice.roll(count);
        match dice.roll(8) {
            0 => {
                letters(&mut bytes, dice);
                continue;
            }
            _ if count == 0 => continue,
            1 => {
                frames.remove(at);
            }
            2 => frames.insert(dice.roll(count), frames[at].clone()),
            3 => frames.swap(at, dice.roll(count)),
            4 => frames.truncate(at),
            _ => frames[at] = data_mutated(&frames[at], dice),
        }
        bytes = frames.concat();
    }
    bytes
}

/// The same for binary frames; what is wrong in a frame is so with a right checksum.
fn binary(bytes: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
    let mut frames = taken_apart(bytes);
    for _ in 0..=dice.roll(3) {
        let count = frames.len();
        let at = dice.roll(count);
        match dice.roll(8) {
            0 => {
                let mut bytes = put_together(&frames);
                letters(&mut bytes, dice);
                return bytes;
            }
            _ if count == 0 => {}
            1 => {
                frames.remove(at);
            }
            2 => frames.insert(dice.roll(count), frames[at].clone()),
            3 => frames.swap(at, dice.roll(count)),
            4 => frames.truncate(at),
            _ => frames[at].1 = document(&frames[at].1, dice),
        }
    }
    put_together(&frames)
}

/// A JSON document with one to three things wrong.
pub(crate) fn document(bytes: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.roll(3) {
        match (dice.roll(8), serde_json::from_slice(&bytes)) {
            (1.., Ok(mut value)) => {
                value_mutated(&mut value, dice);
                bytes = value.to_string().into_bytes();
            }
            _ => letters(&mut bytes, dice),
        }
    }
    bytes
}

fn frames(bytes: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(bytes);
    // Scripts of connections say who speaks.
    let is_lines = text.starts_with(['{', '#', 'C']);
    let end = if is_lines { "\n" } else { "\n\n" };
    text.split_inclusive(end)
        .map(|frame| frame.as_bytes().to_vec())
        .collect()
}

fn letters(bytes: &mut Vec<u8>, dice: &mut Dice<'_>) {
    let at = dice.roll(bytes.len());
    let end = (at + dice.roll(12)).min(bytes.len());
    match dice.roll(4) {
        0 => bytes.truncate(at),
        1 => {
            bytes.drain(at..end);
        }
        2 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = b"\"{}[]:,\\\r\n\0\xff \xed0d"[dice.roll(16)];
            }
        }
    }
}

fn data_mutated(frame: &[u8], dice: &mut Dice<'_>) -> Vec<u8> {
    let text = String::from_utf8_lossy(frame);
    let lines = text.split_inclusive('\n').map(|line| {
        let named = ["data: ", "C "]
            .into_iter()
            .find_map(|name| Some((name, line.strip_prefix(name)?)));
        let (name, data) = named.unwrap_or(("", line));
        match serde_json::from_str(data) {
            Ok(mut value) => {
                value_mutated(&mut value, dice);
                format!("{name}{value}\n")
            }
            Err(_) => line.to_owned(),
        }
    });
    lines.collect::<String>().into_bytes()
}

/// Replaces, removes or renames one value somewhere inside.
fn value_mutated(value: &mut Value, dice: &mut Dice<'_>) {
    let mut left = dice.roll(nodes(value));
    visit(value, &mut left, dice);
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Object(members) => members.values().map(nodes).sum(),
        _ => 0,
    }
}

fn visit(value: &mut Value, left: &mut usize, dice: &mut Dice<'_>) -> bool {
    if *left == 0 {
        strange(value, dice);
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| visit(item, left, dice)),
        Value::Object(members) => members.values_mut().any(|member| visit(member, left, dice)),
        _ => false,
    }
}

fn strange(value: &mut Value, dice: &mut Dice<'_>) {
    let kind = dice.roll(16);
    match (kind, &mut *value) {
        (0..=3, Value::Object(members)) => {
            let key = members.keys().nth(dice.roll(members.len())).cloned();
            if let Some(key) = key {
                let member = members.shift_remove(&key);
                if kind > 1 {
                    members.insert(format!("{key}_"), member.unwrap_or_default());
                }
            }
            return;
        }
        (0..=1, Value::Array(items)) => {
            items.pop();
            return;
        }
        (2..=3, Value::Array(items)) => {
            let again = items.first().cloned().unwrap_or_default();
            items.push(again);
            return;
        }
        (0..=1, Value::Number(number)) => {
            *value = json!(number.as_u64().unwrap_or(0).saturating_add(1));
            return;
        }
        _ => {}
    }
    *value = match kind {
        4 => json!(true),
        5 => json!(0),
        6 => json!(-1),
        7 => json!(1.5e300),
        8 => json!(u64::MAX),
        9 => json!(""),
        10 => json!("x"),
        11 => json!([]),
        12 => json!({}),
        13 => json!([null]),
        14 => json!([{"type": "x"}]),
        _ => Value::Null,
    };
}
