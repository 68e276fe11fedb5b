//! How long trying the regular expressions of a schema may take: who writes the schema decides it, and others wait.

use std::{iter::Peekable, str::Chars};

use serde_json::Value;

/// As deep as the library reads groups in one another.
const MOST_DEEP: usize = 250;
const LONGEST_COUNT: usize = 24;
/// States of an automaton: of any character, which has up to four bytes, and of a class of Unicode.
const ANY: u64 = 10;
const UNICODE: u64 = 100;

/// Steps that one character of a text may take with all expressions of a schema. `None` where one of them may be
/// tried in more ways than there is time for.
pub fn weight(schema: &Value) -> Option<u64> {
    match schema {
        Value::Array(parts) => sum(parts.iter().map(weight)),
        Value::Object(parts) => sum(parts.iter().map(|(name, part)| match part {
            Value::String(expression) if name == "pattern" => of_expression(expression),
            Value::Object(expressions) if name == "patternProperties" => {
                let names = sum(expressions.keys().map(|name| of_expression(name)))?;
                Some(names.saturating_add(weight(part)?))
            }
            _ => weight(part),
        })),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => Some(0),
    }
}

fn sum(mut parts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    parts.try_fold(0_u64, |sum, part| Some(sum.saturating_add(part?)))
}

/// The same of one expression.
pub(super) fn of_expression(expression: &str) -> Option<u64> {
    let mut expression = Expression(expression.chars().peekable());
    let mut weight = 0_u64;
    let mut looks_ahead = false;
    // What looks ahead right at the beginning of the text does so once, and is done with.
    if expression.takes('^') {
        weight += 1;
        while let Some(inside) = expression.look_ahead() {
            weight = weight.saturating_add(inside?);
            looks_ahead = true;
        }
    }
    loop {
        let (rest, end) = expression.sequence(0)?;
        weight = weight.saturating_add(rest);
        match end {
            // An alternative is tried from each place of the text anew where the library has to look ahead.
            Some('|') if looks_ahead => return None,
            Some(_) => {}
            None => return Some(weight),
        }
    }
}

struct Expression<'a>(Peekable<Chars<'a>>);

impl Expression<'_> {
    fn takes(&mut self, sign: char) -> bool {
        self.0.next_if_eq(&sign).is_some()
    }

    fn look_ahead(&mut self) -> Option<Option<u64>> {
        let mut ahead = self.0.clone();
        let begins = ahead.next() == Some('(')
            && ahead.next() == Some('?')
            && matches!(ahead.next(), Some('=' | '!'));
        if !begins {
            return None;
        }
        self.0 = ahead;
        Some(self.alternatives(1).filter(|_| !self.is_repeated()))
    }

    fn is_repeated(&mut self) -> bool {
        matches!(self.0.peek(), Some('*' | '+' | '?' | '{'))
    }

    /// The inside of a group, its end included.
    fn alternatives(&mut self, depth: usize) -> Option<u64> {
        let mut weight = 0_u64;
        loop {
            let (alternative, end) = self.sequence(depth)?;
            weight = weight.saturating_add(alternative);
            match end {
                Some('|') => {}
                Some(_) => return Some(weight),
                // Nobody can read it.
                None => return None,
            }
        }
    }

    /// Up to the sign that ends it.
    fn sequence(&mut self, depth: usize) -> Option<(u64, Option<char>)> {
        if depth > MOST_DEEP {
            return None;
        }
        let (mut weight, mut last) = (0_u64, 0_u64);
        while let Some(sign) = self.0.next() {
            let repeats = match sign {
                '*' | '+' | '?' => 1,
                '{' => self.most()?,
                _ => 0,
            };
            if repeats > 0 {
                // One that gives nothing back (`a++`) is tried by hand.
                if self.takes('+') {
                    return None;
                }
                self.takes('?');
                weight = weight.saturating_add(last.saturating_mul(repeats - 1));
                last = last.saturating_mul(repeats);
                continue;
            }
            last = match sign {
                '|' | ')' => return Some((weight, Some(sign))),
                '(' => self.group(depth + 1)?,
                '[' => self.class()?,
                '\\' => self.escape()?,
                '.' => ANY,
                _ => 1,
            };
            weight = weight.saturating_add(last);
        }
        Some((weight, None))
    }

    /// Only those that say nothing of how they are tried.
    fn group(&mut self, depth: usize) -> Option<u64> {
        if self.takes('?') {
            match self.0.next()? {
                ':' => {}
                '<' if self.0.peek().is_some_and(|sign| sign.is_alphabetic()) => {
                    self.0.find(|sign| *sign == '>')?;
                }
                _ => return None,
            }
        } else if self.0.peek() == Some(&'*') {
            return None;
        }
        self.alternatives(depth)
    }

    fn class(&mut self) -> Option<u64> {
        let mut weight = if self.takes('^') { ANY } else { 0 };
        // `[]` and `[^]` are whole in some languages, and begin a class that holds a bracket in others.
        if self.takes(']') {
            return None;
        }
        loop {
            weight += match self.0.next()? {
                ']' => return Some(weight),
                '\\' => self.escape()?,
                _ => 1,
            };
        }
    }

    /// `None` of what refers to another place of the expression, or to where another match ended.
    fn escape(&mut self) -> Option<u64> {
        match self.0.next()? {
            '1'..='9' | 'G' | 'K' | 'g' | 'k' => None,
            'P' | 'p' => Some(UNICODE),
            'D' | 'S' | 'W' => Some(ANY),
            _ => Some(1),
        }
    }

    /// Of `{2}`, `{2,}` and `{2,9}` the greatest count; 0 where it is none, and `None` where nobody counts so far.
    fn most(&mut self) -> Option<u64> {
        let inside = self
            .0
            .clone()
            .take_while(|sign| *sign != '}')
            .take(LONGEST_COUNT);
        let inside: String = inside.collect();
        let is_count = |sign: char| sign.is_ascii_digit() || sign == ',' || sign == ' ';
        if inside.is_empty() || !inside.chars().all(is_count) {
            return Some(0);
        }
        if inside.len() == LONGEST_COUNT {
            return None;
        }
        let counts = inside.split(',').map(str::trim);
        let counts = counts.filter(|count| !count.is_empty()).map(str::parse);
        let counts: Vec<u64> = counts.collect::<Result<_, _>>().ok()?;
        self.0.find(|sign| *sign == '}')?;
        counts.into_iter().max().map(|most| most.max(1))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_tried_in_one_go_weighs_what_its_states_do() {
        for (expression, weight) in [
            ("", 0),
            ("^[a-c]{8}-x$", 1 + 24 + 3),
            (r"^\d{1,3}(\.\d{1,3}){3}$", 1 + 3 + 12 + 1),
            ("(?:a{100}){100}", 10_000),
            ("(?:a{100})*{100}", 10_000),
            (r"[()+*]+\++a+?", 4 + 1 + 1),
            (r"\p{Lu}.\S[^a]", 100 + 4 + 10 + 10 + 11),
            ("^(?!a)(?=.*b)c", 1 + 1 + 11 + 1),
            ("(?<year>a|b)", 2),
            ("{a}", 3),
        ] {
            let schema = json!({"items": [{"pattern": expression}]});
            assert_eq!(super::weight(&schema), Some(weight), "{expression}");
        }
        let schema = json!({"patternProperties": {"^ab": {"pattern": "c"}}, "description": "a++"});
        assert_eq!(weight(&schema), Some(4));
    }

    #[test]
    fn what_is_tried_step_by_step_has_no_weight() {
        let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
        for expression in [
            "(?=a)b",
            "^(?=a)*b",
            "^(?=(?=a)b)c",
            "^(?=a)b|.*c",
            "^a(?=b)c",
            "^(?:a(?=a)|aa)+$",
            r"(a)\1",
            r"(?<a>b)\k<a>",
            r"(?<a>b)\g<a>",
            "a++",
            "a{2}+",
            "(?>a)",
            "(?<=a)b",
            "(?x)a",
            "(*FAIL)",
            "[](?=a)]",
            "a{99999999999999999999999999}",
            "a{000000000000000000000000100}",
            "(a",
            deep.as_str(),
        ] {
            assert_eq!(
                weight(&json!({"pattern": expression})),
                None,
                "{expression:.30}"
            );
            let named = json!({"patternProperties": {expression: {}}});
            assert_eq!(weight(&named), None, "{expression:.30}");
        }
    }
}
