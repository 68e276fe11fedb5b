//! One key of one table: set it without disturbing what stands around it.

use toml_edit::{Array, InlineTable, Item, TableLike, Value};

use super::{comments, list::List};

pub(super) struct Slot<'a> {
    table: &'a mut dyn TableLike,
    key: &'a str,
}

impl<'a> Slot<'a> {
    pub(super) fn new(table: &'a mut dyn TableLike, key: &'a str) -> Self {
        Self { table, key }
    }

    /// Keeps the comment behind the old value; touches nothing if the value is the same.
    pub(super) fn put(self, value: impl Into<Value>) {
        let value = value.into();
        match self.table.get_mut(self.key).and_then(Item::as_value_mut) {
            Some(old) if is_same(old, &value) => {}
            Some(old) => {
                let decor = old.decor().clone();
                *old = value;
                *old.decor_mut() = decor;
            }
            None => {
                self.table.insert(self.key, Item::Value(value));
            }
        }
    }

    /// A default is written only where something stands already.
    pub(super) fn put_unless(self, is_default: bool, value: impl Into<Value>) {
        if !is_default || self.table.contains_key(self.key) {
            self.put(value);
        }
    }

    /// Returns the comment that a key which goes leaves to what comes next in the file.
    pub(super) fn put_option(self, value: Option<&str>) -> String {
        if let Some(value) = value {
            self.put(value);
            return String::new();
        }
        let left = comments::leave(self.table, self.key);
        self.table.remove(self.key);
        left
    }

    /// A list; entries that stay keep their own comments.
    pub(super) fn put_texts(self, texts: &[String], is_default: bool) {
        let Some(old) = self.table.get_mut(self.key).and_then(Item::as_array_mut) else {
            let array: Array = texts.iter().map(String::as_str).collect();
            return self.put_unless(is_default, array);
        };
        if old
            .iter()
            .map(Value::as_str)
            .eq(texts.iter().map(|text| Some(text.as_str())))
        {
            return;
        }
        if !old.to_string().contains('\n') {
            old.clear();
            old.extend(texts.iter().map(String::as_str));
            return;
        }
        let mut list = List::of(old);
        list.put(texts);
        list.write(old);
    }

    /// The table under this key, made if it is missing; None if it is missing and not needed.
    pub(super) fn table_unless(self, is_default: bool) -> Option<&'a mut dyn TableLike> {
        if !self.table.contains_key(self.key) {
            if is_default {
                return None;
            }
            self.table
                .insert(self.key, toml_edit::value(InlineTable::new()));
        }
        self.table.get_mut(self.key)?.as_table_like_mut()
    }
}

pub(super) fn keys(table: &dyn TableLike) -> Vec<String> {
    table.iter().map(|(key, _)| key.to_owned()).collect()
}

fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Boolean(a), Value::Boolean(b)) => a.value() == b.value(),
        (Value::Integer(a), Value::Integer(b)) => a.value() == b.value(),
        (Value::String(a), Value::String(b)) => a.value() == b.value(),
        _ => false,
    }
}
