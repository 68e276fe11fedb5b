//! A list in brackets: each value with the comments that belong to it, above it and behind its comma.

use toml_edit::{Array, Value};

use super::comments::text;

pub(super) struct List {
    /// Behind the opening bracket.
    pub(super) head: String,
    pub(super) entries: Vec<Entry>,
    /// Before the closing bracket.
    pub(super) rest: String,
}

pub(super) struct Entry {
    pub(super) above: String,
    pub(super) value: Value,
    /// To the end of the line; the list has it before the next value, or before the bracket.
    pub(super) behind: String,
}

impl List {
    pub(super) fn of(array: &Array) -> Self {
        let mut list = Self {
            head: String::new(),
            entries: Vec::new(),
            rest: String::new(),
        };
        for value in array {
            let mut value = value.clone();
            let above = list.end_line(text(value.decor().prefix()));
            value.decor_mut().set_prefix("");
            list.entries.push(Entry {
                above,
                value,
                behind: String::new(),
            });
        }
        let mut rest = array.trailing().as_str().unwrap_or_default().to_owned();
        if let Some(last) = list.entries.last_mut()
            && !array.trailing_comma()
        {
            rest = format!("{}{rest}", text(last.value.decor().suffix()));
            last.value.decor_mut().set_suffix("");
        }
        list.rest = list.end_line(&rest);
        list
    }

    /// Puts these texts in the place of the values; those that stay keep their comments.
    pub(super) fn put(&mut self, texts: &[String]) {
        let indent = self.indent();
        let mut before = std::mem::take(&mut self.entries);
        for text in texts {
            let known = before
                .iter()
                .position(|entry| entry.value.as_str() == Some(text));
            self.entries.push(match known {
                Some(known) => before.remove(known),
                None => Entry {
                    above: indent.clone(),
                    value: Value::from(text).decorated("", ""),
                    behind: String::new(),
                },
            });
        }
    }

    pub(super) fn write(self, array: &mut Array) {
        array.clear();
        let indent = self.indent();
        let mut line = self.head;
        for mut entry in self.entries {
            let gap = if array.is_empty() { "" } else { " " };
            let above = match below(&line, &entry.above, &indent) {
                above if above.is_empty() => gap.to_owned(),
                above => above,
            };
            entry.value.decor_mut().set_prefix(above);
            array.push_formatted(entry.value);
            line = entry.behind;
        }
        array.set_trailing(below(&line, &self.rest, "\n"));
    }

    /// As far in as the others.
    fn indent(&self) -> String {
        let mut lines = self
            .entries
            .iter()
            .map(|entry| entry.above.rsplit_once('\n'));
        let indent = lines.find_map(|line| Some(line?.1));
        format!("\n{}", indent.unwrap_or("    "))
    }

    /// Gives the first line of what follows a comma to the value before it, and returns what is below.
    fn end_line(&mut self, following: &str) -> String {
        let Some(end) = following.find('\n') else {
            return following.to_owned();
        };
        let (line, below) = following.split_at(end);
        match self.entries.last_mut() {
            Some(last) => last.behind.push_str(line),
            None => self.head.push_str(line),
        }
        below.to_owned()
    }
}

/// A comment ends with its line.
fn below(line: &str, below: &str, line_end: &str) -> String {
    if line.contains('#') && !below.starts_with('\n') {
        format!("{line}{line_end}")
    } else {
        format!("{line}{below}")
    }
}
