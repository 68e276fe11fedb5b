//! What the references of a schema lead to, as far as that is a place in it.

use serde_json::Value;

use super::items;

pub(super) struct Places<'a> {
    schema: &'a Value,
    /// Whether a part has a name of its own, which the references in it begin at.
    has_others: bool,
}

impl<'a> Places<'a> {
    pub(super) fn of(schema: &'a Value) -> Self {
        let text = |word: &str| schema.get(word).and_then(Value::as_str);
        let is_old = text("$schema").is_some_and(|version| version.contains("draft-04"));
        let name = if is_old { "id" } else { "$id" };
        let mut ids = texts(schema).into_iter().filter(|(word, _)| *word == name);
        Self {
            schema,
            has_others: ids.any(|(_, id)| !id.starts_with('#') && Some(id) != text(name)),
        }
    }

    /// `None` where nobody knows.
    pub(super) fn target(&self, reference: &str) -> Option<&'a Value> {
        let place = reference.strip_prefix('#')?;
        if self.has_others || place.contains('%') {
            return None;
        }
        self.schema.pointer(place)
    }
}

/// All texts of a schema by their words, in no order.
pub(super) fn texts(schema: &Value) -> Vec<(&str, &str)> {
    let mut texts = Vec::new();
    let mut open = vec![schema];
    while let Some(part) = open.pop() {
        for (word, part) in part.as_object().into_iter().flatten() {
            match part {
                Value::String(text) => texts.push((word.as_str(), text.as_str())),
                _ => open.push(part),
            }
        }
        open.extend(items(part));
    }
    texts
}
