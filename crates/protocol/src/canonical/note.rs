//! What stands beside the words of an answer: how likely they were, and where they are from.

use super::{Event, Part};

/// One thing that a provider says of an answer, beside its parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    Citation(Citation),
    /// The next tokens, told before the text that they make up.
    Logprobs(Logprobs),
    Search(Search),
}

/// A page that an answer leans on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Citation {
    pub url: String,
    pub title: Option<String>,
    /// Where the passage begins that leans on it: in characters of the answer's whole text, refusals not counted.
    pub start: Option<u64>,
    /// Behind its last character.
    pub end: Option<u64>,
}

/// One search of the web that a provider made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    pub queries: Vec<String>,
    /// What it found, where the provider tells.
    pub pages: Vec<Page>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    pub url: String,
    pub title: Option<String>,
}

/// How likely the tokens were, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Logprobs {
    pub refusal: Vec<Logprob>,
    pub text: Vec<Logprob>,
}

impl Logprobs {
    pub fn is_empty(&self) -> bool {
        self.refusal.is_empty() && self.text.is_empty()
    }

    /// Adds tokens behind these.
    pub fn extend(&mut self, more: Self) {
        self.refusal.extend(more.refusal);
        self.text.extend(more.text);
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Logprob {
    pub token: String,
    /// What it stands for, where the provider tells: a token may be a piece of a character.
    pub bytes: Option<Vec<u8>>,
    pub logprob: f64,
    /// The likeliest tokens at its place, which have none of their own.
    pub top: Vec<Self>,
}

impl Logprob {
    fn len(&self) -> usize {
        self.bytes.as_ref().map_or(self.token.len(), Vec::len)
    }
}

/// All notes of one answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    pub citations: Vec<Citation>,
    pub logprobs: Logprobs,
    /// In their order, each behind so many of the answer's parts.
    pub searches: Vec<(usize, Search)>,
}

impl Notes {
    /// Behind so many `parts`.
    pub fn add(&mut self, note: Note, parts: usize) {
        match note {
            Note::Citation(citation) => self.citations.push(citation),
            Note::Logprobs(more) => self.logprobs.extend(more),
            Note::Search(search) => self.searches.push((parts, search)),
        }
    }

    /// All has come of an answer of so many `parts`: who tells of no search before the end made them all before.
    pub(super) fn settle(&mut self, parts: usize) {
        if self.searches.iter().all(|(before, _)| *before == parts) {
            for (before, _) in &mut self.searches {
                *before = 0;
            }
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = Note> {
        let likely = (!self.logprobs.is_empty()).then(|| Note::Logprobs(self.logprobs.clone()));
        let cited = self.citations.iter().cloned().map(Note::Citation);
        let searches = self.searches.iter();
        let searches = searches.map(|(_, search)| Note::Search(search.clone()));
        searches.chain(likely).chain(cited)
    }

    /// The citations of each part.
    pub(crate) fn cited_by(&self, parts: &[Part]) -> Vec<Vec<Citation>> {
        let shares = self.clone().share_out(parts).of_parts.into_iter();
        shares.map(|share| share.cited).collect()
    }

    /// Gives each text and each refusal, in order, what belongs to it: logprobs stand before its words, citations
    /// behind them; and each part the searches before it. What is left over goes to the last ones, or to the answer as a whole.
    pub(super) fn share_out(self, parts: &[Part]) -> Shares {
        let last = |wanted: fn(&Part) -> bool| parts.iter().rposition(wanted);
        let last_text = last(|part| matches!(part, Part::Text(_)));
        let last_refusal = last(|part| matches!(part, Part::Refusal(_)));
        let mut citations = self.citations.into_iter().peekable();
        let mut text = self.logprobs.text.into_iter();
        let mut refusal = self.logprobs.refusal.into_iter();
        let mut chars = 0;
        let mut searches = self.searches.into_iter().peekable();
        let mut shares = Shares::default();
        for (at, part) in parts.iter().enumerate() {
            let mut share = Share::default();
            while let Some((_, search)) = searches.next_if(|(before, _)| *before <= at) {
                share.searches.push(search);
            }
            match part {
                Part::Text(words) => {
                    let is_last = last_text == Some(at);
                    share.likely.text = covering(&mut text, words, is_last);
                    if citations.peek().is_some() {
                        chars += count_chars(words);
                    }
                    while let Some(citation) =
                        citations.next_if(|next| is_last || next.start.unwrap_or(0) < chars)
                    {
                        share.cited.push(citation);
                    }
                }
                Part::Refusal(words) => {
                    let is_last = last_refusal == Some(at);
                    share.likely.refusal = covering(&mut refusal, words, is_last);
                }
                Part::File(_)
                | Part::Image(_)
                | Part::Reasoning { .. }
                | Part::ToolCall { .. }
                | Part::ToolResult { .. } => {}
            }
            shares.of_parts.push(share);
        }
        shares
            .rest
            .searches
            .extend(searches.map(|(_, search)| search));
        shares.rest.likely.text.extend(text);
        shares.rest.likely.refusal.extend(refusal);
        shares.rest.cited.extend(citations);
        shares
    }
}

/// What belongs to each part.
#[derive(Default)]
pub(super) struct Shares {
    pub of_parts: Vec<Share>,
    /// Belongs to no part.
    pub rest: Share,
}

#[derive(Default)]
pub(super) struct Share {
    searches: Vec<Search>,
    likely: Logprobs,
    cited: Vec<Citation>,
}

impl Share {
    /// What stands before the words.
    pub(super) fn before(&mut self) -> impl Iterator<Item = Event> {
        let searches = std::mem::take(&mut self.searches).into_iter();
        let likely = std::mem::take(&mut self.likely);
        let likely = (!likely.is_empty()).then_some(Note::Logprobs(likely));
        let notes = searches.map(Note::Search).chain(likely);
        notes.map(|note| Event::Note(Box::new(note)))
    }

    /// What stands behind them.
    pub(super) fn behind(self) -> impl Iterator<Item = Event> {
        let cited = self.cited.into_iter();
        cited.map(|citation| Event::Note(Box::new(Note::Citation(citation))))
    }
}

/// Takes as many tokens as these words are long.
fn covering(
    tokens: &mut impl Iterator<Item = Logprob>,
    words: &str,
    is_last: bool,
) -> Vec<Logprob> {
    let mut taken = Vec::new();
    let mut length = 0;
    while is_last || length < words.len() {
        let Some(token) = tokens.next() else { break };
        length += token.len();
        taken.push(token);
    }
    taken
}

/// The length of a text as citations count it.
pub(crate) fn count_chars(text: &str) -> u64 {
    text.chars().count() as u64
}
