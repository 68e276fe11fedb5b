//! One list of the file, such as `[[providers]]`: find, add, remove, order its entries.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table};

use super::{
    comments::{self, apart, text},
    list::List,
};

pub(super) struct Entries<'a> {
    document: &'a mut DocumentMut,
    list: &'a str,
}

impl<'a> Entries<'a> {
    pub(super) fn new(document: &'a mut DocumentMut, list: &'a str) -> Self {
        let mut entries = Self { document, list };
        // `providers = [{ ... }]` is the same list in other clothes; the tables are easier to edit.
        if entries.inline().is_some_and(|array| !array.is_empty()) {
            let above = entries.unfold();
            if let Some(first) = entries.tables().and_then(|tables| tables.get_mut(0)) {
                let above = format!("{above}{}", prefix(first));
                first.decor_mut().set_prefix(above);
            }
        }
        entries
    }

    /// None only if something else than a list of tables stands there, which no good file has.
    pub(super) fn find_or_add(mut self, key: &str, name: &str) -> Option<&'a mut Table> {
        let above = match self.inline() {
            Some(_) => self.unfold(),
            None => String::new(),
        };
        let tables = self
            .document
            .entry(self.list)
            .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()))
            .as_array_of_tables_mut()?;
        let index = match find(tables, key, name) {
            Some(index) => index,
            None => {
                let mut table = Table::new();
                table.decor_mut().set_prefix(format!("{above}\n"));
                table.insert(key, toml_edit::value(name));
                tables.push(table);
                tables.len() - 1
            }
        };
        tables.get_mut(index)
    }

    /// The comment right above an entry goes with it; what stands apart by an empty line stays.
    pub(super) fn remove(mut self, key: &str, name: &str) -> bool {
        let Some(tables) = self.tables() else {
            return false;
        };
        let Some(index) = find(tables, key, name) else {
            return false;
        };
        let gone = tables.remove(index);
        let left = apart(prefix(&gone));
        match (gone.position(), tables.get_mut(index)) {
            // Its list stood in brackets until now.
            (None, Some(next)) => comments::put_above(next.decor_mut(), left),
            (position, _) => {
                comments::hand_on(self.document, position.unwrap_or(isize::MAX), left);
            }
        }
        true
    }

    pub(super) fn order(mut self, key: &str, names: &[String]) {
        let Some(tables) = self.tables() else {
            return;
        };
        let place = |table: &Table| {
            let name = table.get(key).and_then(Item::as_str);
            names
                .iter()
                .position(|wanted| Some(wanted.as_str()) == name)
                .unwrap_or(names.len())
        };
        // Where the entries stand in the file stays, and so does what stands apart above; which one stands where changes.
        let places: Vec<_> = tables
            .iter()
            .map(|table| (table.position(), apart(prefix(table)).to_owned()))
            .collect();
        let mut sorted: Vec<Table> = tables.iter().cloned().collect();
        for (table, (_, apart)) in sorted.iter_mut().zip(&places) {
            let own = prefix(table)[apart.len()..].to_owned();
            table.decor_mut().set_prefix(own);
        }
        sorted.sort_by_key(place);
        for (table, (position, apart)) in sorted.iter_mut().zip(places) {
            table.set_position(position);
            let above = format!("{apart}{}", prefix(table));
            table.decor_mut().set_prefix(above);
        }
        tables.clear();
        for table in sorted {
            tables.push(table);
        }
    }

    fn tables(&mut self) -> Option<&mut ArrayOfTables> {
        self.document.get_mut(self.list)?.as_array_of_tables_mut()
    }

    /// The list, if it is written in brackets.
    fn inline(&self) -> Option<&Array> {
        let array = self.document.get(self.list)?.as_array()?;
        array
            .iter()
            .all(|value| value.is_inline_table())
            .then_some(array)
    }

    /// Makes tables of a list in brackets. Returns the comments that belong to no entry, set apart from what follows.
    fn unfold(&mut self) -> String {
        let Some(array) = self.inline() else {
            return String::new();
        };
        let end = text(array.decor().suffix()).to_owned();
        let list = List::of(array);
        let mut tables = ArrayOfTables::new();
        for entry in list.entries {
            let toml_edit::Value::InlineTable(table) = entry.value else {
                continue;
            };
            let mut table = table.into_table();
            let above = format!("\n{}", lines(&[&entry.above]));
            *table.decor_mut() = toml_edit::Decor::new(above, behind(&entry.behind));
            tables.push(table);
        }
        let root = self.document.as_table_mut();
        let above = root.key(self.list).map(|key| key.leaf_decor().prefix());
        let above = text(above.flatten()).to_owned();
        let kept = comments::leave(root, self.list);
        if let Some(mut key) = root.key_mut(self.list) {
            key.leaf_decor_mut().clear();
        }
        root[self.list] = Item::ArrayOfTables(tables);
        let own = &above[apart(&above).len()..];
        let comments = lines(&[&kept, own, &list.head, &list.rest, &end]);
        if comments.is_empty() {
            comments
        } else {
            format!("\n{comments}")
        }
    }
}

/// The comments of these texts, each on a line of its own.
fn lines(texts: &[&str]) -> String {
    let lines = texts.iter().flat_map(|text| text.lines());
    let comments = lines.map(str::trim).filter(|line| !line.is_empty());
    comments.map(|line| format!("{line}\n")).collect()
}

/// A comment behind an entry, behind the header that it has now.
fn behind(comment: &str) -> String {
    match comment.trim() {
        "" => String::new(),
        comment => format!(" {comment}"),
    }
}

fn find(tables: &ArrayOfTables, key: &str, name: &str) -> Option<usize> {
    tables
        .iter()
        .position(|table| table.get(key).and_then(Item::as_str) == Some(name))
}

fn prefix(table: &Table) -> &str {
    text(table.decor().prefix())
}
