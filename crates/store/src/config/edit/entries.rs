//! One list of the file, such as `[[providers]]`: find, add, remove, order its entries.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike};

pub(super) struct Entries<'a> {
    document: &'a mut DocumentMut,
    list: &'a str,
}

impl<'a> Entries<'a> {
    pub(super) fn new(document: &'a mut DocumentMut, list: &'a str) -> Self {
        // `providers = [{ ... }]` is the same list in other clothes; the tables are easier to edit.
        if let Some(item) = document.get_mut(list)
            && item.is_array()
        {
            let inline = std::mem::take(item);
            *item = match inline.into_array_of_tables() {
                Ok(tables) => Item::ArrayOfTables(tables),
                Err(other) => other,
            };
        }
        Self { document, list }
    }

    /// None only if something else than a list stands there, which the check then reports.
    pub(super) fn find_or_add(self, key: &str, name: &str) -> Option<&'a mut dyn TableLike> {
        let tables = self
            .document
            .entry(self.list)
            .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()))
            .as_array_of_tables_mut()?;
        let index = match find(tables, key, name) {
            Some(index) => index,
            None => {
                let mut table = Table::new();
                table.decor_mut().set_prefix("\n");
                table.insert(key, toml_edit::value(name));
                tables.push(table);
                tables.len() - 1
            }
        };
        let table = tables.get_mut(index)?;
        Some(table)
    }

    /// The comment right above an entry goes with it; what stands apart by an empty line stays.
    pub(super) fn remove(mut self, key: &str, name: &str) -> bool {
        let Some(tables) = self.tables() else {
            return false;
        };
        let Some(index) = find(tables, key, name) else {
            return false;
        };
        let kept = tables.get(index).map(comment_apart).unwrap_or_default();
        tables.remove(index);
        let next = tables.get_mut(index);
        if kept.is_empty() {
            return true;
        }
        match next {
            Some(next) => {
                let prefix = format!("{kept}{}", prefix(next));
                next.decor_mut().set_prefix(prefix);
            }
            None => {
                let trailing = self.document.trailing().as_str().unwrap_or_default();
                let trailing = format!("{kept}{trailing}");
                self.document.set_trailing(trailing);
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
        // Where the entries stand in the file stays; which one stands where changes.
        let positions: Vec<_> = tables.iter().map(Table::position).collect();
        let mut sorted: Vec<Table> = tables.iter().cloned().collect();
        sorted.sort_by_key(place);
        for (table, position) in sorted.iter_mut().zip(positions) {
            table.set_position(position);
        }
        tables.clear();
        for table in sorted {
            tables.push(table);
        }
    }

    fn tables(&mut self) -> Option<&mut ArrayOfTables> {
        self.document.get_mut(self.list)?.as_array_of_tables_mut()
    }
}

fn find(tables: &ArrayOfTables, key: &str, name: &str) -> Option<usize> {
    tables
        .iter()
        .position(|table| table.get(key).and_then(Item::as_str) == Some(name))
}

fn prefix(table: &Table) -> &str {
    table
        .decor()
        .prefix()
        .and_then(|prefix| prefix.as_str())
        .unwrap_or_default()
}

/// The part of what stands above a table that an empty line sets apart from it.
fn comment_apart(table: &Table) -> String {
    let above = prefix(table);
    match above.rfind("\n\n") {
        Some(end) if above[..end].contains('#') => above[..=end].to_owned(),
        _ => String::new(),
    }
}
