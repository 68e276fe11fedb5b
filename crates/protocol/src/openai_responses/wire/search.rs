//! What a search of the web was for, and what it found.

use serde::{Deserialize, Serialize};

use crate::canonical::{Page, Search};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(in crate::openai_responses) struct SearchAction {
    #[serde(rename = "type")]
    kind: String,
    /// Clients insist on it.
    query: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queries: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<Source>>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Source {
    #[serde(rename = "type")]
    kind: String,
    url: String,
}

impl SearchAction {
    pub(in crate::openai_responses) fn of(search: &Search) -> Self {
        let sources = search.pages.iter().map(|page| Source {
            kind: "url".to_owned(),
            url: page.url.clone(),
        });
        let sources: Vec<Source> = sources.collect();
        Self {
            kind: "search".to_owned(),
            query: Some(search.queries.first().cloned().unwrap_or_default()),
            queries: search.queries.clone(),
            sources: (!sources.is_empty()).then_some(sources),
        }
    }

    /// `None` where it is something else that is done with pages.
    pub(in crate::openai_responses) fn read(self) -> Option<Search> {
        if self.kind != "search" {
            return None;
        }
        let queries = if self.queries.is_empty() {
            self.query.into_iter().collect()
        } else {
            self.queries
        };
        let sources = self.sources.into_iter().flatten();
        let sources = sources.filter(|source| !source.url.is_empty());
        Some(Search {
            queries,
            pages: sources
                .map(|source| Page {
                    url: source.url,
                    title: None,
                })
                .collect(),
        })
    }
}
