//! The code fence that chat models put around code, against all asking, where a text is gone on with.

const MARK: &str = "```";
const CLOSE: &str = "\n```";
/// The name of a language is no longer.
const LONGEST_HEAD: usize = 40;

/// Takes one fence off a text that comes in any fragments. Fences further on are text.
#[derive(Debug)]
pub(crate) enum Fence {
    /// Nothing has come that could not be the line of an opening fence.
    Undecided(String),
    /// Holds back what may be the closing fence, which needs no line break before it where nothing is told yet.
    Inside {
        held: String,
        is_begun: bool,
    },
    Outside,
}

impl Default for Fence {
    fn default() -> Self {
        Self::Undecided(String::new())
    }
}

impl Fence {
    /// A text as a whole.
    pub(crate) fn taken_off(text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut fence = Self::default();
        fence.push(text, &mut out);
        fence.finish(&mut out);
        out
    }

    pub(crate) fn push(&mut self, fragment: &str, out: &mut String) {
        match self {
            Self::Outside => out.push_str(fragment),
            Self::Undecided(held) => {
                held.push_str(fragment);
                let begun = held.trim_start();
                match begun.strip_prefix(MARK) {
                    Some(head) => match head.split_once('\n') {
                        Some((language, inside)) if is_language(language) => {
                            let inside = inside.to_owned();
                            *self = Self::Inside {
                                held: String::new(),
                                is_begun: false,
                            };
                            self.push(&inside, out);
                        }
                        None if is_language(head) => {}
                        Some(_) | None => self.give_up(out),
                    },
                    None if MARK.starts_with(begun) => {}
                    None => self.give_up(out),
                }
            }
            Self::Inside { held, is_begun } => {
                held.push_str(fragment);
                let sure = held.len() - closing(held, *is_begun);
                out.push_str(&held[..sure]);
                held.drain(..sure);
                *is_begun |= sure > 0;
            }
        }
    }

    pub(crate) fn finish(&mut self, out: &mut String) {
        match self {
            Self::Undecided(_) => self.give_up(out),
            Self::Inside { held, is_begun } => {
                let marked = held.trim_end();
                let is_close = marked.strip_prefix('\r').unwrap_or(marked) == CLOSE;
                if !is_close && (*is_begun || marked != MARK) {
                    out.push_str(held);
                }
                held.clear();
            }
            Self::Outside => {}
        }
    }

    fn give_up(&mut self, out: &mut String) {
        if let Self::Undecided(held) = self {
            out.push_str(held);
        }
        *self = Self::Outside;
    }
}

fn is_language(head: &str) -> bool {
    head.len() <= LONGEST_HEAD && !head.contains('`')
}

/// How many bytes at the end may be, or become, a closing fence.
fn closing(text: &str, is_begun: bool) -> usize {
    let marked = text.trim_end();
    if !is_begun && MARK.starts_with(marked) {
        return text.len();
    }
    let beginnings = (1..CLOSE.len()).rev();
    let mut beginnings = beginnings.filter_map(|length| CLOSE.get(..length));
    let before = marked.strip_suffix(CLOSE);
    let before = before.or_else(|| beginnings.find_map(|begun| text.strip_suffix(begun)));
    let before = before.unwrap_or(text);
    text.len() - before.strip_suffix('\r').unwrap_or(before).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_pieces(text: &str, size: usize) -> String {
        let letters: Vec<char> = text.chars().collect();
        let (mut fence, mut out) = (Fence::default(), String::new());
        for piece in letters.chunks(size) {
            fence.push(&piece.iter().collect::<String>(), &mut out);
        }
        fence.finish(&mut out);
        out
    }

    #[test]
    fn a_fence_around_the_whole_is_taken_off_in_any_fragments() {
        for (text, bare) in [
            ("```python\nreturn x\n```", "return x"),
            ("```\n  a\n\n  b\n```\n", "  a\n\n  b"),
            ("\n```js\na`b`c\n\n```  \n\n", "a`b`c\n"),
            ("```c++\nopen, never closed\n", "open, never closed\n"),
            ("return x\n", "return x\n"),
            ("\n    return x", "\n    return x"),
            ("``x``", "``x``"),
            ("```", "```"),
            ("```a`b\nc", "```a`b\nc"),
            ("```\na\n```\nand then", "a\n```\nand then"),
            ("```py\n```", ""),
            ("```py\n\n``` \n", ""),
            ("```py\n``` and\n```", "``` and"),
            ("```py\n  \n", "  \n"),
            ("```py\r\na\r\n\r\nb\r\n```\r\n", "a\r\n\r\nb"),
            ("```py\r\n```", ""),
            ("```py\r\na\r", "a\r"),
            ("", ""),
            ("  ", "  "),
            ("text\n```\ncode\n```\n", "text\n```\ncode\n```\n"),
        ] {
            assert_eq!(Fence::taken_off(text), bare, "{text:?}");
            for size in 1..=5 {
                assert_eq!(in_pieces(text, size), bare, "{text:?} by {size}");
            }
        }
    }
}
