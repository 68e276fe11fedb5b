//! Comments around what an edit takes away: what belongs to it goes with it, what an empty line sets apart stays.

use toml_edit::{Decor, DocumentMut, Item, RawString, Table, TableLike};

/// Before every table of the file.
pub(super) const FRONT: isize = -1;

pub(super) fn text(written: Option<&RawString>) -> &str {
    written.and_then(RawString::as_str).unwrap_or_default()
}

/// The part of what stands above something that an empty line sets apart from it.
pub(super) fn apart(above: &str) -> &str {
    let (mut end, mut at) = (0, 0);
    for line in above.split_inclusive('\n') {
        if line.trim().is_empty() && line.ends_with('\n') {
            end = at;
        }
        at += line.len();
    }
    let apart = &above[..end];
    if apart.contains('#') { apart } else { "" }
}

/// Before a key goes: what stands apart above it stands above the next key then. Given back where there is none.
pub(super) fn leave(table: &mut dyn TableLike, key: &str) -> String {
    let above = table.key(key).map(|key| key.leaf_decor().prefix());
    let apart = apart(text(above.flatten())).to_owned();
    let next = next_key(table, key);
    match next.and_then(|next| table.key_mut(&next)) {
        Some(mut next) => {
            put_above(next.leaf_decor_mut(), &apart);
            String::new()
        }
        None => apart,
    }
}

/// Puts what stood apart from something at `position` above the table that comes next in the file.
pub(super) fn hand_on(document: &mut DocumentMut, position: isize, apart: &str) {
    if apart.is_empty() {
        return;
    }
    let mut positions = Vec::new();
    find_positions(document.as_table(), &mut positions);
    let next = positions.into_iter().filter(|next| *next > position).min();
    if let Some(next) = next.and_then(|next| table_at(document.as_table_mut(), next)) {
        put_above(next.decor_mut(), apart);
    } else {
        let trailing = document.trailing().as_str().unwrap_or_default();
        let trailing = format!("{apart}{trailing}");
        document.set_trailing(trailing);
    }
}

fn next_key(table: &dyn TableLike, key: &str) -> Option<String> {
    let mut after = table.iter().skip_while(|(other, _)| *other != key).skip(1);
    let next = after.find(|(_, item)| item.is_value());
    next.map(|(key, _)| key.to_owned())
}

pub(super) fn put_above(decor: &mut Decor, apart: &str) {
    if apart.is_empty() {
        return;
    }
    let above = text(decor.prefix());
    let gap = if above.starts_with('\n') { "" } else { "\n" };
    let above = format!("{apart}{gap}{above}");
    decor.set_prefix(above);
}

fn find_positions(table: &Table, positions: &mut Vec<isize>) {
    for (_, item) in table {
        if let Item::Table(table) = item {
            positions.extend(place(table));
            find_positions(table, positions);
        } else if let Item::ArrayOfTables(tables) = item {
            for table in tables {
                positions.extend(place(table));
                find_positions(table, positions);
            }
        }
    }
}

fn table_at(table: &mut Table, position: isize) -> Option<&mut Table> {
    for (_, item) in table.iter_mut() {
        if let Item::Table(table) = item {
            if place(table) == Some(position) {
                return Some(table);
            }
            if let Some(found) = table_at(table, position) {
                return Some(found);
            }
        } else if let Item::ArrayOfTables(tables) = item {
            for table in tables.iter_mut() {
                if place(table) == Some(position) {
                    return Some(table);
                }
                if let Some(found) = table_at(table, position) {
                    return Some(found);
                }
            }
        }
    }
    None
}

/// None of a table that has no header to stand above of.
fn place(table: &Table) -> Option<isize> {
    let has_header = !table.is_dotted() && !table.is_implicit();
    table.position().filter(|_| has_header)
}
