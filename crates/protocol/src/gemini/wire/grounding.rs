//! Where an answer is from: the pages that a search found, and which of them which passage leans on.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::{
    canonical::{Citation, Page, Search, count_chars},
    json::Unknown,
};

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::gemini) struct Grounding {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    web_search_queries: Vec<String>,
    grounding_chunks: Vec<Chunk>,
    grounding_supports: Vec<Support>,
    #[serde(flatten, skip_serializing)]
    pub others: Unknown,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Chunk {
    web: Option<Web>,
}

#[skip_serializing_none]
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
struct Web {
    uri: String,
    title: Option<String>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
struct Support {
    segment: Segment,
    grounding_chunk_indices: Vec<usize>,
}

/// A passage, in bytes of the text.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
struct Segment {
    start_index: usize,
    end_index: usize,
    text: String,
}

impl Grounding {
    /// `None` where nothing was looked for. `text`: the answer's.
    pub(in crate::gemini) fn of(
        text: &str,
        citations: &[Citation],
        searches: &[(usize, Search)],
    ) -> Option<Self> {
        if citations.is_empty() && searches.is_empty() {
            return None;
        }
        let mut grounding = Self::default();
        for (_, search) in searches {
            let queries = search.queries.iter().cloned();
            grounding.web_search_queries.extend(queries);
            for page in &search.pages {
                grounding.chunk(&page.url, page.title.as_ref());
            }
        }
        for citation in citations {
            let chunk = grounding.chunk(&citation.url, citation.title.as_ref());
            let Some(start) = citation.start else {
                continue;
            };
            let start_index = byte_at(text, start);
            let end_index = byte_at(text, citation.end.unwrap_or(start)).max(start_index);
            grounding.grounding_supports.push(Support {
                segment: Segment {
                    start_index,
                    end_index,
                    text: text
                        .get(start_index..end_index)
                        .unwrap_or_default()
                        .to_owned(),
                },
                grounding_chunk_indices: vec![chunk],
            });
        }
        Some(grounding)
    }

    /// The place of a page, which is listed once.
    fn chunk(&mut self, uri: &str, title: Option<&String>) -> usize {
        let web = Web {
            uri: uri.to_owned(),
            title: title.cloned(),
        };
        let mut known = self.grounding_chunks.iter();
        let known = known.position(|chunk| chunk.web.as_ref() == Some(&web));
        known.unwrap_or_else(|| {
            self.grounding_chunks.push(Chunk { web: Some(web) });
            self.grounding_chunks.len() - 1
        })
    }

    /// Later chunks of a stream say the same again, or more.
    pub(in crate::gemini) fn update(&mut self, later: Self) {
        if !later.web_search_queries.is_empty() {
            self.web_search_queries = later.web_search_queries;
        }
        if !later.grounding_chunks.is_empty() {
            self.grounding_chunks = later.grounding_chunks;
            self.grounding_supports = later.grounding_supports;
        } else if !later.grounding_supports.is_empty() {
            self.grounding_supports = later.grounding_supports;
        }
    }

    /// Whether some of it was found elsewhere than in the web.
    pub(in crate::gemini) fn has_other_sources(&self) -> bool {
        self.grounding_chunks
            .iter()
            .any(|chunk| chunk.web.is_none())
    }

    /// What passages of `text` lean on.
    pub(in crate::gemini) fn citations(&self, text: &str) -> Vec<Citation> {
        let mut citations = Vec::new();
        for support in &self.grounding_supports {
            let (start, end) = support.segment.place(text);
            for at in &support.grounding_chunk_indices {
                let web = self
                    .grounding_chunks
                    .get(*at)
                    .and_then(|chunk| chunk.web.as_ref());
                citations.extend(web.map(|web| Citation {
                    url: web.uri.clone(),
                    title: web.title.clone(),
                    start: Some(start),
                    end: Some(end),
                }));
            }
        }
        citations
    }

    pub(in crate::gemini) fn search(self) -> Option<Search> {
        let pages = self.grounding_chunks.into_iter().filter_map(|chunk| {
            let web = chunk.web?;
            Some(Page {
                url: web.uri,
                title: web.title,
            })
        });
        let search = Search {
            queries: self.web_search_queries,
            pages: pages.collect(),
        };
        (search != Search::default()).then_some(search)
    }
}

impl Segment {
    /// In characters. Where the bytes are counted from the beginning of one part among several, the words tell.
    fn place(&self, text: &str) -> (u64, u64) {
        let stated = text.get(self.start_index..self.end_index);
        let start = match stated {
            Some(words) if words == self.text || self.text.is_empty() => Some(self.start_index),
            Some(_) | None => text.find(&self.text).filter(|_| !self.text.is_empty()),
        };
        let start = start.unwrap_or_else(|| text.floor_char_boundary(self.start_index));
        let length = match self.text.len() {
            0 => self.end_index.saturating_sub(self.start_index),
            length => length,
        };
        let end = text.floor_char_boundary(start.saturating_add(length));
        let chars = |end: usize| count_chars(text.get(..end).unwrap_or_default());
        (chars(start), chars(end))
    }
}

/// The byte that a character begins with, or the end of the text.
fn byte_at(text: &str, chars: u64) -> usize {
    let at = usize::try_from(chars).unwrap_or(usize::MAX);
    text.char_indices()
        .nth(at)
        .map_or(text.len(), |(byte, _)| byte)
}
