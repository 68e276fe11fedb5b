//! Opens and closes parts for protocols whose streams are flat, so that none of them keeps the books itself.

use super::{Choice, Delta, Event, Events, PartKind};

/// The open parts of one choice. Text, reasoning and refusal follow one another: a change of kind closes
/// the one and opens the other. Tool calls may stay open beside them, because some providers interleave.
#[derive(Debug, Default)]
pub struct Parts {
    choice: Choice,
    next: usize,
    open: Option<(usize, PartKind)>,
}

impl Parts {
    pub fn new(choice: Choice) -> Self {
        Self {
            choice,
            ..Self::default()
        }
    }

    /// Adds a fragment of text; an empty one opens nothing.
    pub fn text(&mut self, fragment: &str, out: &mut Events) {
        self.flat(PartKind::Text, fragment, out);
    }

    fn flat(&mut self, kind: PartKind, fragment: &str, out: &mut Events) {
        if fragment.is_empty() {
            return;
        }
        let index = match &self.open {
            Some((index, open)) if *open == kind => *index,
            Some(_) | None => {
                self.close(out);
                let index = self.next;
                self.next += 1;
                self.open = Some((index, kind.clone()));
                out.push((self.choice, Event::PartStart { index, part: kind }));
                index
            }
        };
        out.push((
            self.choice,
            Event::PartDelta {
                index,
                delta: Delta::Text(fragment.to_owned()),
            },
        ));
    }

    /// Closes whatever is open.
    pub fn close(&mut self, out: &mut Events) {
        if let Some((index, _)) = self.open.take() {
            out.push((self.choice, Event::PartEnd { index }));
        }
    }
}
