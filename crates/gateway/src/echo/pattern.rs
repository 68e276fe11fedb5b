//! A text that fits a regular expression, for the expressions that schemas are made of: literals, classes,
//! groups, alternatives and counts. Of anything else nothing is promised.

use std::{iter::Peekable, str::Chars};

use super::instance::MAX_LENGTH;

/// Groups in groups end here.
const MAX_DEPTH: usize = 16;
/// Longer ones are not read: they are read once for each length that is tried.
const MAX_PATTERN: usize = 1024;
/// Characters that one reading may write, the alternatives included that are not chosen.
const MAX_WRITTEN: usize = 8 * MAX_LENGTH;
/// What no class excludes is among these.
const CANDIDATES: &str = "echoabdfgijklmnpqrstuvwxyz0123456789ECHO_- ";

/// A text of `least` to `most` characters that fits; `None` if the expression is more than is read here, or
/// the lengths cannot be kept. `variant` tells apart texts that must differ.
pub(super) fn text(pattern: &str, least: usize, most: usize, variant: usize) -> Option<String> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    let shortest = read(pattern, least, most, variant, 0)?;
    if shortest.chars().count() >= least {
        return Some(shortest);
    }
    // Open counts grow until the text is long enough; it never gets shorter on the way.
    let is_short = |more| {
        let text = read(pattern, least, most, variant, more);
        text.is_some_and(|text| text.chars().count() < least)
    };
    let (mut short, mut enough) = (0, least);
    while enough - short > 1 {
        let middle = short.midpoint(enough);
        if is_short(middle) {
            short = middle;
        } else {
            enough = middle;
        }
    }
    let text = read(pattern, least, most, variant, enough)?;
    (text.chars().count() >= least).then_some(text)
}

/// A text whose open counts give `more` than the least; `None` if it is longer than `most`.
fn read(pattern: &str, least: usize, most: usize, variant: usize, more: usize) -> Option<String> {
    let mut maker = Maker {
        rest: pattern.chars().peekable(),
        more,
        variant,
        left: MAX_WRITTEN,
        open: false,
    };
    let mut text = maker.alternatives(0)?;
    if maker.rest.next().is_some() {
        return None;
    }
    let mut length = text.chars().count();
    while maker.open && length < least {
        text.push('o');
        length += 1;
    }
    (length <= most).then_some(text)
}

struct Maker<'p> {
    rest: Peekable<Chars<'p>>,
    /// How much more than the least a count gives.
    more: usize,
    variant: usize,
    /// Of what may be written.
    left: usize,
    /// The chosen alternative says nothing of how the text ends.
    open: bool,
}

/// Ranges of characters, or all others.
struct Class {
    ranges: Vec<(char, char)>,
    negated: bool,
}

impl Maker<'_> {
    /// Up to the end, or to the parenthesis that closes a group.
    fn alternatives(&mut self, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut all = Vec::new();
        loop {
            let text = self.sequence(depth)?;
            all.push((text, self.open));
            if self.rest.next_if_eq(&'|').is_none() {
                break;
            }
        }
        let chosen = self.variant % all.len();
        let (text, open) = all.swap_remove(chosen);
        self.open = open;
        Some(text)
    }

    fn sequence(&mut self, depth: usize) -> Option<String> {
        let mut text = String::new();
        if depth == 0 {
            self.rest.next_if_eq(&'^');
        }
        self.open = true;
        while let Some(next) = self.rest.next_if(|next| !matches!(next, '|' | ')')) {
            let piece = match next {
                '$' if depth == 0 => {
                    self.open = false;
                    return matches!(self.rest.peek(), None | Some('|')).then_some(text);
                }
                '(' => self.group(depth)?,
                '[' => self.class()?.pick(self.variant)?.to_string(),
                '\\' => escaped(self.rest.next()?)?.pick(self.variant)?.to_string(),
                '.' => 'o'.to_string(),
                '^' | '$' | '*' | '+' | '?' | '{' | '}' => return None,
                literal => literal.to_string(),
            };
            let count = self.count()?;
            self.left = self.left.checked_sub(piece.len().saturating_mul(count))?;
            text.push_str(&piece.repeat(count));
        }
        Some(text)
    }

    /// Behind its opening parenthesis.
    fn group(&mut self, depth: usize) -> Option<String> {
        if self.rest.next_if_eq(&'?').is_some() {
            self.rest.next_if_eq(&':')?;
        }
        let text = self.alternatives(depth + 1)?;
        self.rest.next_if_eq(&')')?;
        Some(text)
    }

    /// How often the piece before is to come.
    fn count(&mut self) -> Option<usize> {
        let (least, most) = match self.rest.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => {
                self.rest.next();
                let least = self.number()?;
                let most = if self.rest.next_if_eq(&',').is_none() {
                    Some(least)
                } else if self.rest.peek() == Some(&'}') {
                    None
                } else {
                    Some(self.number()?)
                };
                (least, most)
            }
            _ => return Some(1),
        };
        // The sign itself, or the closing brace.
        if !matches!(self.rest.next()?, '?' | '*' | '+' | '}') {
            return None;
        }
        // A patient count counts the same; a second one is no count.
        self.rest.next_if_eq(&'?');
        if matches!(self.rest.peek(), Some('*' | '+' | '?' | '{')) {
            return None;
        }
        Some((least + self.more).min(most.unwrap_or(usize::MAX)))
    }

    fn number(&mut self) -> Option<usize> {
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits.parse().ok().filter(|number| *number <= MAX_LENGTH)
    }

    /// Behind its opening bracket.
    fn class(&mut self) -> Option<Class> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut ranges = Vec::new();
        loop {
            let first = match self.rest.next()? {
                ']' => return (!ranges.is_empty()).then_some(Class { ranges, negated }),
                '[' => return None,
                '\\' => {
                    let class = escaped(self.rest.next()?)?;
                    match class.ranges.as_slice() {
                        [(only, last)] if only == last && !class.negated => *only,
                        _ if class.negated => return None,
                        _ => {
                            ranges.extend(class.ranges);
                            continue;
                        }
                    }
                }
                literal => literal,
            };
            let mut ahead = self.rest.clone();
            let is_range =
                ahead.next() == Some('-') && ahead.next().is_some_and(|last| last != ']');
            let last = if is_range {
                self.rest.next();
                match self.rest.next()? {
                    '\\' => self.rest.next().filter(|last| !last.is_alphanumeric())?,
                    last => last,
                }
            } else {
                first
            };
            if last < first {
                return None;
            }
            ranges.push((first, last));
        }
    }
}

impl Class {
    fn holds(&self, char: char) -> bool {
        let among = |(first, last): &(char, char)| (*first..=*last).contains(&char);
        self.ranges.iter().any(among) != self.negated
    }

    fn pick(&self, variant: usize) -> Option<char> {
        let known: Vec<char> = if self.negated {
            CANDIDATES
                .chars()
                .filter(|char| self.holds(*char))
                .collect()
        } else {
            let range = |(first, last): &(char, char)| (*first..=*last).take(CANDIDATES.len());
            self.ranges.iter().flat_map(range).collect()
        };
        let at = variant.checked_rem(known.len())?;
        known.get(at).copied()
    }
}

/// What stands behind a backslash.
fn escaped(letter: char) -> Option<Class> {
    let class = |ranges: &[(char, char)], negated| {
        Some(Class {
            ranges: ranges.to_vec(),
            negated,
        })
    };
    const DIGIT: [(char, char); 1] = [('0', '9')];
    const SPACE: [(char, char); 2] = [(' ', ' '), ('\t', '\r')];
    const WORD: [(char, char); 4] = [('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
    match letter {
        'd' => class(&DIGIT, false),
        'D' => class(&DIGIT, true),
        's' => class(&SPACE, false),
        'S' => class(&SPACE, true),
        'w' => class(&WORD, false),
        'W' => class(&WORD, true),
        'n' => class(&[('\n', '\n')], false),
        'r' => class(&[('\r', '\r')], false),
        't' => class(&[('\t', '\t')], false),
        letter if letter.is_alphanumeric() => None,
        literal => class(&[(literal, literal)], false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_expressions_are_met() {
        for (pattern, variant, expected) in [
            ("^[A-Z]{3}-\\d{4}$", 0, "AAA-0000"),
            ("^[A-Z]{3}-\\d{4}$", 1, "BBB-1111"),
            ("^(red|green|blue)$", 2, "blue"),
            ("^#(?:[0-9a-f]{2}){3}$", 0, "#000000"),
            ("^https?://", 0, "http://"),
            ("^a+b*c?$", 0, "a"),
            ("^[^/]+\\.txt$", 0, "e.txt"),
            ("^[\\w.-]+@x$", 0, "a@x"),
            ("^[+-]?\\d+$", 0, "0"),
            ("^v\\d{1,3}?$", 0, "v0"),
            ("abc|d", 1, "d"),
            ("", 0, ""),
        ] {
            let found = text(pattern, 0, 99, variant);
            assert_eq!(found.as_deref(), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn lengths_are_kept_too() {
        assert_eq!(text("^[a-z]+$", 3, 9, 0).as_deref(), Some("aaa"));
        assert_eq!(text("^x", 3, 9, 0).as_deref(), Some("xoo"));
        assert_eq!(text("^[a-z]{2}$", 3, 9, 0), None);
        assert_eq!(text("^[a-z]{9}$", 0, 3, 0), None);
        assert_eq!(text("^(((a{4000}){4000}){4000}){4000}$", 0, 4096, 0), None);
        // Both counts grow alike.
        let long = |least, most| text("^[a-z]+@[a-z]{2,}$", least, most, 0).map(|text| text.len());
        assert_eq!(long(4095, 4096), Some(4096));
        assert_eq!(long(4095, 4095), None);
    }

    /// Counted, not timed: what a reading writes, and how often one expression is read.
    #[test]
    fn hostile_expressions_are_given_up() {
        for pattern in [
            "(a*|".repeat(200) + &")".repeat(200),
            "(a{4000}|)".repeat(100),
            "a*".repeat(500) + "b{4000}$",
        ] {
            assert_eq!(text(&pattern, 4096, 4096, 1), None, "{pattern}");
        }
        let reading = |more| read("^(a*|b*|c*)$", 0, 9_999_999, 0, more);
        assert!(reading(MAX_LENGTH).is_some());
        assert_eq!(reading(MAX_WRITTEN), None);
    }

    #[test]
    fn of_anything_else_nothing_is_promised() {
        for pattern in [
            "(?=a)b",
            "\\bx",
            "(a)\\1",
            "\\p{L}",
            "a**",
            "(",
            "[",
            "[z-a]",
            "a{",
            "a)",
            "a^b",
            "a$b",
            "[]",
            "*",
            "\\",
            "(?<name>a)",
            "a{2}{3}",
        ] {
            assert_eq!(text(pattern, 0, 99, 0), None, "{pattern}");
        }
        assert_eq!(text(&"(".repeat(9999), 0, 99, 0), None);
    }
}
