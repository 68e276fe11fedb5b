//! Puts something into a text of JSON, and leaves every other byte of it as it is.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use bytes::Bytes;
use serde_json::value::RawValue;

/// The text, and what is put where. The values it is told about are borrowed from that very text.
pub(crate) struct Splice<'t> {
    text: &'t [u8],
    edits: Vec<(Range<usize>, String)>,
}

impl<'t> Splice<'t> {
    pub(crate) fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            edits: Vec::new(),
        }
    }

    /// Items of a list, before one of them.
    pub(crate) fn items(&mut self, before: &'t RawValue, items: &[String]) {
        let at = self.place(before).start;
        for item in items {
            self.edits.push((at..at, format!("{item},")));
        }
    }

    /// A member of an object, in the place of the one that has its name.
    pub(crate) fn member(&mut self, object: &'t RawValue, name: &str, value: &str) {
        let Ok(members) = members(object) else {
            return;
        };
        if let Some(before) = members.get(name) {
            let place = self.place(before);
            self.edits.push((place, value.to_owned()));
            return;
        }
        let comma = if members.is_empty() { "" } else { "," };
        let inside = self.place(object).start + 1;
        let member = format!("\"{name}\":{value}{comma}");
        self.edits.push((inside..inside, member));
    }

    /// Takes members out of an object, and a comma with each.
    pub(crate) fn remove(&mut self, object: &'t RawValue, names: &[&str]) {
        let Ok(members) = members(object) else {
            return;
        };
        let place = |name: &&str| {
            let value = self.place(members.get(*name)?);
            let before = self.text.get(..value.start)?.trim_ascii_end();
            let before = before.strip_suffix(b":")?.trim_ascii_end();
            let before = before.strip_suffix(format!("\"{name}\"").as_bytes())?;
            let after = self.text.get(value.end..)?;
            let comma = after.trim_ascii_start().starts_with(b",");
            let blank = after.len() - after.trim_ascii_start().len();
            let end = if comma {
                value.end + blank + 1
            } else {
                value.end
            };
            Some((before.len()..end, comma))
        };
        let mut places: Vec<_> = names.iter().filter_map(place).collect();
        places.sort_by_key(|(place, _)| place.start);
        let mut gone: Vec<(Range<usize>, bool)> = Vec::new();
        for (place, comma) in places {
            match gone.last_mut() {
                Some((last, has_comma)) if self.is_blank(last.end..place.start) => {
                    last.end = place.end;
                    *has_comma = comma;
                }
                _ => gone.push((place, comma)),
            }
        }
        for (mut place, comma) in gone {
            // Of the last member it is the comma before it that goes.
            let before = self.text.get(..place.start).unwrap_or_default();
            let before = before.trim_ascii_end().strip_suffix(b",");
            if let Some(before) = before.filter(|_| !comma) {
                place.start = before.len();
            }
            self.edits.push((place, String::new()));
        }
    }

    fn is_blank(&self, place: Range<usize>) -> bool {
        let text = self.text.get(place);
        text.is_some_and(|text| text.trim_ascii().is_empty())
    }

    /// Takes items out of a list, and a comma with each: those of which `gone` says so, which is as long as the list.
    pub(crate) fn without(&mut self, list: &[&'t RawValue], gone: &[bool]) {
        let places: Vec<Range<usize>> = list.iter().map(|item| self.place(item)).collect();
        let last_kept = gone.iter().rposition(|gone| !gone);
        for (at, place) in places.iter().enumerate() {
            if gone.get(at) != Some(&true) {
                continue;
            }
            // Behind the last one that stays it is the comma before it that goes.
            let place = match last_kept {
                Some(kept) if kept < at => {
                    places.get(at - 1).map_or(place.start, |before| before.end)..place.end
                }
                _ => place.start..places.get(at + 1).map_or(place.end, |next| next.start),
            };
            self.edits.push((place, String::new()));
        }
    }

    /// The text with all of it; `None` where nothing was put in.
    pub(crate) fn done(mut self) -> Option<Bytes> {
        // Stable: what has the same place stays in order.
        self.edits.sort_by_key(|(place, _)| place.start);
        let added = self.edits.iter().map(|(_, text)| text.len()).sum::<usize>();
        let mut out = Vec::with_capacity(self.text.len() + added);
        let mut done = 0;
        for (place, text) in &self.edits {
            out.extend_from_slice(self.text.get(done..place.start)?);
            out.extend_from_slice(text.as_bytes());
            done = place.end;
        }
        out.extend_from_slice(self.text.get(done..)?);
        (!self.edits.is_empty()).then(|| out.into())
    }

    fn place(&self, value: &RawValue) -> Range<usize> {
        let value = value.get();
        let start = value
            .as_ptr()
            .addr()
            .saturating_sub(self.text.as_ptr().addr());
        start..start + value.len()
    }
}

/// The members of an object; of a name that stands there twice the last one.
pub(crate) fn members(object: &RawValue) -> serde_json::Result<BTreeMap<Cow<'_, str>, &RawValue>> {
    serde_json::from_str(object.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_goes_with_one_comma() {
        let removed = |text: &str, names: &[&str]| {
            let object: &RawValue = serde_json::from_str(text).unwrap();
            let mut splice = Splice::new(text.as_bytes());
            splice.remove(object, names);
            splice
                .done()
                .map(|text| String::from_utf8(text.to_vec()).unwrap())
        };
        let text = r#"{"a": 1.50 , "b" :[2] ,"c":"a"}"#;
        assert_eq!(removed(text, &["a"]).unwrap(), r#"{ "b" :[2] ,"c":"a"}"#);
        assert_eq!(removed(text, &["b"]).unwrap(), r#"{"a": 1.50 , "c":"a"}"#);
        assert_eq!(removed(text, &["c"]).unwrap(), r#"{"a": 1.50 , "b" :[2] }"#);
        assert_eq!(removed(r#"{"a":{}}"#, &["a"]).unwrap(), "{}");
        assert_eq!(removed(text, &["d"]), None);
        assert_eq!(removed(text, &["b", "a"]).unwrap(), r#"{"c":"a"}"#);
        assert_eq!(removed(text, &["b", "c"]).unwrap(), r#"{"a": 1.50 }"#);
        assert_eq!(removed(text, &["c", "a"]).unwrap(), r#"{ "b" :[2] }"#);
        assert_eq!(removed(text, &["a", "b", "c"]).unwrap(), "{}");
    }

    #[test]
    fn items_go_with_their_commas() {
        let text = r#"[ 1 , 2,3 ,4 ]"#;
        let list: Vec<&RawValue> = serde_json::from_str(text).unwrap();
        for (gone, left) in [
            ("x...", "[ 2,3 ,4 ]"),
            (".xx.", "[ 1 , 4 ]"),
            ("..xx", "[ 1 , 2 ]"),
            ("x.x.", "[ 2,4 ]"),
            ("x..x", "[ 2,3 ]"),
            ("xxxx", "[  ]"),
        ] {
            let gone: Vec<bool> = gone.chars().map(|mark| mark == 'x').collect();
            let mut splice = Splice::new(text.as_bytes());
            splice.without(&list, &gone);
            assert_eq!(splice.done().unwrap(), left);
        }
        let mut splice = Splice::new(text.as_bytes());
        splice.without(&list, &[false; 4]);
        assert_eq!(splice.done(), None);
    }

    #[test]
    fn only_what_is_put_in_changes() {
        let text = r#"{ "list" : [ {"a": 1.50} , {} ,{"b":null, "c":"\u00e9"}] }"#;
        let body: BTreeMap<&str, Vec<&RawValue>> = serde_json::from_str(text).unwrap();
        let list = &body["list"];
        let mut splice = Splice::new(text.as_bytes());
        splice.member(list[2], "b", "true");
        splice.member(list[1], "x", "2");
        splice.member(list[0], "y", "[]");
        splice.items(list[1], &["7".to_owned(), "8".to_owned()]);
        let done = splice.done().unwrap();
        assert_eq!(
            String::from_utf8(done.to_vec()).unwrap(),
            r#"{ "list" : [ {"y":[],"a": 1.50} , 7,8,{"x":2} ,{"b":true, "c":"\u00e9"}] }"#
        );
        assert!(Splice::new(b"{}").done().is_none());
    }
}
