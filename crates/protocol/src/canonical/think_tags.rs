//! Reasoning that a raw deployment leaves in the text: `<think>…</think>` and the like at the very beginning of a
//! reply, or of a line where the model was asked for blocks between its words.

/// What opens reasoning, and what closes it.
const TAGS: [(&str, &str); 3] = [
    THINKING,
    ("<think>", "</think>"),
    ("<thought>", "</thought>"),
];

const THINKING: (&str, &str) = ("<thinking>", "</thinking>");

/// A piece of what was text on the wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tagged<'t> {
    Reasoning(&'t str),
    Text(&'t str),
}

/// Splits text in any fragments; quoted tags are text. Holds back only what may be a tag, and a tag that may be quoted
/// until the character behind it has come.
#[derive(Debug, Default)]
pub(crate) struct ThinkTags {
    place: Place,
    /// Blocks of [`THINKING`] may come further on.
    later: bool,
    held: String,
    /// A tag has just come: line breaks right behind it are nobody's.
    fresh: bool,
    quotes: Quotes,
}

#[derive(Debug, Default)]
enum Place {
    /// Nothing but a beginning of the tag has come.
    #[default]
    Head,
    /// What came behind the first tag that was taken for a quoted one is kept: it is the answer if no other comes.
    Inside {
        close: &'static str,
        behind: Option<String>,
    },
    Outside,
}

impl ThinkTags {
    /// For a model that was asked to think between its words too.
    pub(crate) fn interleaved() -> Self {
        Self {
            later: true,
            ..Self::default()
        }
    }

    /// The provider has a field of its own for reasoning, so tags are text.
    pub(crate) fn give_up(&mut self) {
        if self.held.is_empty() && !matches!(self.place, Place::Inside { .. }) {
            self.place = Place::Outside;
            self.later = false;
        }
    }

    pub(crate) fn push(&mut self, fragment: &str, mut each: impl FnMut(Tagged<'_>)) {
        self.read(fragment, false, &mut each);
    }

    /// The reply is over, or calls a tool: what was held back is what it looked like. A thought without any closing
    /// tag may go on behind a call.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(Tagged<'_>)) {
        self.read("", true, &mut each);
        if let Place::Inside { behind, .. } = &mut self.place
            && let Some(answer) = behind.take()
        {
            each(Tagged::Text(&answer));
            self.place = Place::Outside;
        }
        self.fresh = false;
        self.quotes = Quotes::default();
    }

    fn read(&mut self, fragment: &str, over: bool, each: &mut impl FnMut(Tagged<'_>)) {
        let mut held = std::mem::take(&mut self.held);
        held.push_str(fragment);
        let kept = self.sort(&held, over, each).len();
        held.drain(..held.len() - kept);
        self.held = held;
    }

    /// Gives out what is sure; answers what is not.
    fn sort<'r>(
        &mut self,
        mut rest: &'r str,
        over: bool,
        each: &mut impl FnMut(Tagged<'_>),
    ) -> &'r str {
        loop {
            if self.fresh {
                rest = rest.trim_start_matches('\n');
                self.fresh = rest.is_empty();
            }
            let tag = match self.place {
                Place::Head => {
                    let begun = rest.trim_start();
                    let opened = TAGS
                        .iter()
                        .find_map(|(open, close)| Some((begun.strip_prefix(open)?, *close)));
                    if let Some((inside, close)) = opened {
                        self.enter(close);
                        rest = inside;
                    } else if rest.is_empty()
                        || !over && TAGS.iter().any(|(open, _)| open.starts_with(begun))
                    {
                        return rest;
                    } else {
                        self.place = Place::Outside;
                    }
                    continue;
                }
                Place::Inside { close, .. } => close,
                Place::Outside if self.later => THINKING.0,
                Place::Outside => {
                    self.give(rest, each);
                    return "";
                }
            };
            let sure = rest
                .find(tag)
                .unwrap_or_else(|| rest.len() - begun_tag(rest, tag));
            let (before, from) = rest.split_at(sure);
            self.give(before, each);
            rest = from;
            let Some(behind) = rest.strip_prefix(tag) else {
                let is_outside = matches!(self.place, Place::Outside);
                if over || is_outside && self.counts(None) == Some(false) {
                    self.give(rest, each);
                    return "";
                }
                return rest;
            };
            match self.counts(behind.chars().next()) {
                None if !over => return rest,
                None | Some(true) if matches!(self.place, Place::Outside) => {
                    self.enter(THINKING.1);
                }
                None | Some(true) => self.leave(),
                Some(false) => {
                    self.give(tag, each);
                    if let Place::Inside { behind, .. } = &mut self.place {
                        behind.get_or_insert_default();
                    }
                }
            }
            rest = behind;
        }
    }

    /// Whether a tag here would be one, if that can be said: `next` is the character behind it.
    fn counts(&self, next: Option<char>) -> Option<bool> {
        match self.place {
            Place::Outside => Some(self.quotes.last == '\n' && self.quotes.fence == 0),
            Place::Head | Place::Inside { .. } => self.quotes.hold(next).map(|quoted| !quoted),
        }
    }

    fn enter(&mut self, close: &'static str) {
        self.place = Place::Inside {
            close,
            behind: None,
        };
        self.begin();
    }

    fn leave(&mut self) {
        self.place = Place::Outside;
        self.begin();
    }

    fn begin(&mut self) {
        self.fresh = true;
        self.quotes = Quotes::default();
    }

    fn give(&mut self, text: &str, each: &mut impl FnMut(Tagged<'_>)) {
        if text.is_empty() {
            return;
        }
        match &mut self.place {
            Place::Inside { behind, .. } => {
                self.quotes.read(text);
                if let Some(behind) = behind {
                    behind.push_str(text);
                }
                each(Tagged::Reasoning(text));
            }
            Place::Head | Place::Outside => {
                if self.later {
                    self.quotes.read(text);
                }
                each(Tagged::Text(text));
            }
        }
    }
}

/// What is open where the text has come to.
#[derive(Clone, Copy, Debug)]
struct Quotes {
    last: char,
    /// The line holds nothing but spaces and the current backticks.
    bare: bool,
    /// Backticks in a row.
    ticks: usize,
    /// How many backticks opened the span; 0 where none is open.
    span: usize,
    /// The span is a fence unless its line has another backtick.
    may_fence: bool,
    /// How many backticks opened the fence; 0 where none is open.
    fence: usize,
}

impl Default for Quotes {
    fn default() -> Self {
        Self {
            last: '\n',
            bare: true,
            ticks: 0,
            span: 0,
            may_fence: false,
            fence: 0,
        }
    }
}

impl Quotes {
    fn read(&mut self, text: &str) {
        for letter in text.chars() {
            if letter == '`' {
                self.ticks += 1;
            } else {
                self.end_ticks();
                self.bare &= matches!(letter, ' ' | '\t');
            }
            if letter == '\n' {
                if self.may_fence {
                    self.fence = self.span;
                }
                (self.bare, self.may_fence, self.span) = (true, false, 0);
            }
            self.last = letter;
        }
    }

    /// Only as many backticks as opened a span close it, and no fewer a fence.
    fn end_ticks(&mut self) {
        let ticks = std::mem::take(&mut self.ticks);
        if ticks == 0 {
            return;
        }
        let bare = std::mem::take(&mut self.bare);
        if self.fence > 0 {
            if bare && ticks >= self.fence {
                self.fence = 0;
            }
        } else if self.span == 0 {
            self.span = ticks;
            self.may_fence = bare && ticks >= 3;
        } else {
            self.may_fence = false;
            if self.span == ticks {
                self.span = 0;
            }
        }
    }

    /// Whether they hold what stands before `next`, if that can be said without it.
    fn hold(mut self, next: Option<char>) -> Option<bool> {
        self.end_ticks();
        let end = match self.last {
            quote @ ('"' | '\'') => Some(quote),
            '“' => Some('”'),
            _ => None,
        };
        if self.fence > 0 {
            Some(true)
        } else if self.span > 0 {
            // A span that its line does not close is none.
            next.map(|next| !matches!(next, '\n' | '\r'))
        } else if end.is_some() {
            next.map(|next| Some(next) == end)
        } else {
            Some(false)
        }
    }
}

/// The length of the longest beginning of the tag `tag` that `text` ends with.
fn begun_tag(text: &str, tag: &str) -> usize {
    (1..tag.len())
        .rev()
        .find(|length| text.ends_with(&tag[..*length]))
        .unwrap_or(0)
}

#[cfg(test)]
#[path = "think_tags_tests.rs"]
mod tests;
