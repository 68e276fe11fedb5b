//! What the provider's search of the web leaves in a reply: its blocks, and where a text is from.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

use crate::{
    canonical::{Citation, Page, Search, WEB_SEARCH},
    json::{Text, raw},
};

/// Stands where the provider's state would. Whoever gets it back knows that the provider never saw it.
const NO_STATE: &str = "patchbay:none";

/// Whether a history repeats what another protocol's provider found.
pub(super) fn is_made_up(body: &[u8]) -> bool {
    memchr::memmem::find(body, b"\"patchbay:none\"").is_some()
}

/// One of the pages that were found, or one that a text leans on.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct PageBody<'a> {
    #[serde(rename = "type")]
    kind: Text<'a>,
    url: Text<'a>,
    title: Option<Text<'a>>,
}

impl PageBody<'_> {
    fn read(self, kind: &str) -> Option<Page> {
        let is_page = &*self.kind == kind && !self.url.is_empty();
        is_page.then(|| Page {
            url: self.url.into_owned(),
            title: self
                .title
                .map(Text::into_owned)
                .filter(|title| !title.is_empty()),
        })
    }
}

/// What was looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Input {
    query: Option<String>,
}

pub(super) fn query(input: &str) -> Option<String> {
    let input: Input = serde_json::from_str(input).ok()?;
    input.query.filter(|query| !query.is_empty())
}

/// What was found; `None` where the search failed.
pub(super) fn pages(content: &RawValue) -> Option<Vec<Page>> {
    let found: Vec<PageBody<'_>> = serde_json::from_str(content.get()).ok()?;
    let pages = found.into_iter();
    let pages = pages.filter_map(|page| page.read("web_search_result"));
    Some(pages.collect())
}

/// `None` of kinds that lead to no page of the web.
pub(super) fn citation(raw: &RawValue) -> Option<Page> {
    let cited: PageBody<'_> = serde_json::from_str(raw.get()).ok()?;
    cited.read("web_search_result_location")
}

/// What a text leans on, as clients read it.
#[derive(Debug, Serialize)]
pub(super) struct CitationOut<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    cited_text: &'static str,
    url: &'a str,
    title: Option<&'a str>,
    encrypted_index: &'static str,
}

impl<'a> CitationOut<'a> {
    pub(super) fn of(citation: &'a Citation) -> Self {
        Self {
            kind: "web_search_result_location",
            cited_text: "",
            url: &citation.url,
            title: citation.title.as_deref(),
            encrypted_index: NO_STATE,
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ResultOut<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
    title: &'a str,
    encrypted_content: &'static str,
    page_age: Option<()>,
}

impl<'a> ResultOut<'a> {
    pub(super) fn all(search: &'a Search) -> Vec<Self> {
        let pages = search.pages.iter().map(|page| Self {
            kind: "web_search_result",
            url: &page.url,
            title: page.title.as_deref().unwrap_or(&page.url),
            encrypted_content: NO_STATE,
            page_age: None,
        });
        pages.collect()
    }
}

pub(super) fn input(search: &Search) -> Cow<'static, RawValue> {
    Cow::Owned(raw(&json!({"query": search.queries.join("; ")})))
}

pub(super) const NAME: &str = WEB_SEARCH;
