//! What a text leans on.

use serde::{Deserialize, Serialize};

use crate::{
    canonical::Citation,
    json::{Text, count},
};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(in crate::openai_responses) struct Annotation<'a> {
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    /// In characters of its text, from its beginning.
    #[serde(deserialize_with = "count")]
    pub start_index: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub end_index: Option<u64>,
    pub url: Text<'a>,
    pub title: Text<'a>,
}

impl Annotation<'static> {
    /// `before`: how many characters of the answer stand before its text.
    pub(in crate::openai_responses) fn of(citation: &Citation, before: u64) -> Self {
        // Clients insist on places.
        let start = citation.start.unwrap_or(0);
        let end = citation.end.unwrap_or(start);
        Self {
            kind: "url_citation".into(),
            start_index: Some(start.saturating_sub(before)),
            end_index: Some(end.saturating_sub(before)),
            url: citation.url.clone().into(),
            title: citation.title.clone().unwrap_or_default().into(),
        }
    }
}

impl Annotation<'_> {
    /// `None` of kinds that lead to no page.
    pub(in crate::openai_responses) fn read(self, before: u64) -> Option<Citation> {
        let is_page = &*self.kind == "url_citation" && !self.url.is_empty();
        is_page.then(|| Citation {
            url: self.url.into_owned(),
            title: Some(self.title.into_owned()).filter(|title| !title.is_empty()),
            start: self.start_index.map(|start| start.saturating_add(before)),
            end: self.end_index.map(|end| end.saturating_add(before)),
        })
    }
}
