//! Whole numbers in the sentences of failures, and which of them are the most that something may be.

/// What leads to a number that is the most.
const MOST: [&str; 32] = [
    "<",
    ">",
    "above",
    "allow",
    "at most",
    "below",
    "between",
    "cap ",
    "capped",
    "exceed",
    "greater than",
    "higher than",
    "larger than",
    "less than",
    "limit",
    "lower than",
    "max ",
    "maximum",
    "more than",
    "must be",
    "range",
    "should be",
    "smaller than",
    "supports",
    "up to",
    "within",
    "≤",
    "上限",
    "不能",
    "最大",
    "范围",
    "超过",
];
/// What stands behind one.
const IS_MOST: [&str; 6] = [
    "is the largest",
    "is the limit",
    "is the max",
    "maximum",
    "max)",
    "which is the max",
];
/// What leads to one that is the least.
const LEAST: [&str; 7] = [
    ">=",
    "at least",
    "greater than or equal",
    "minimum",
    "no less than",
    "not be less than",
    "≥",
];
/// What leads to the first that is too many.
const TOO_MANY: [&str; 7] = [
    "<",
    "below",
    "fewer than",
    "less than",
    "lower than",
    "smaller than",
    "under",
];
/// Words before a number that is a name.
const NAMES: [&str; 8] = [
    "code", "column", "error", "http", "id", "line", "request", "status",
];

/// The most that something may be, for each number of which a text, in small letters, says so.
pub(super) fn limits(told: &str) -> impl Iterator<Item = u64> {
    let (mut most, mut too_many) = (Vec::new(), Vec::new());
    // What leads to a number, and whether that is half of a range.
    let (mut lead, mut opens) = ("", false);
    let mut end = 0;
    for number in numbers(told) {
        let between = told.get(end..number.start).unwrap_or_default();
        let behind = told.get(number.end..).unwrap_or_default();
        end = number.end;
        let closes = opens && is_range(between);
        if !closes {
            lead = sentence(between);
        }
        opens = is_most(lead, behind);
        if !opens {
            continue;
        }
        if closes {
            most.pop();
        }
        most.push(number.value);
        let excludes = behind.trim_start().starts_with("(exclusive)")
            || closes && lead.ends_with('[') && behind.starts_with(')')
            || !closes && ends_with_any(lead, &TOO_MANY);
        if excludes {
            too_many.push(number.value);
        }
    }
    // A limit may be told twice, and exactly once.
    most.into_iter()
        .map(move |value| value - u64::from(value > 0 && too_many.contains(&value)))
}

fn is_most(lead: &str, behind: &str) -> bool {
    let behind = behind.trim_start_matches(|letter: char| !letter.is_alphabetic());
    let behind = behind.strip_prefix("tokens ").unwrap_or(behind);
    let last = lead.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    let last = last.rsplit(|letter: char| !letter.is_alphanumeric()).next();
    let is_name = NAMES.contains(&last.unwrap_or_default());
    let is_least = LEAST.iter().any(|words| lead.contains(words));
    let is_led = MOST.iter().any(|words| lead.contains(words));
    !is_name && !is_least && (is_led || IS_MOST.iter().any(|words| behind.starts_with(words)))
}

/// Whether two numbers with this between them are the ends of a range.
fn is_range(between: &str) -> bool {
    const JOINTS: [&str; 10] = [
        ",", "-", "–", "..", "...", "~", "and", "through", "to", "到",
    ];
    let between = between
        .replace("(inclusive)", "")
        .replace("(exclusive)", "");
    let joint =
        between.trim_matches(|letter: char| letter.is_whitespace() || "`'\"".contains(letter));
    JOINTS.contains(&joint)
}

/// What belongs to the sentence that the text ends in.
fn sentence(text: &str) -> &str {
    let ends = text.match_indices(['.', ';', '!', '?', '\n', '。', '；']);
    let mut ends = ends.filter_map(|(at, mark)| {
        let rest = text.get(at + mark.len()..)?;
        let is_end = !mark.is_ascii() || mark == "\n" || rest.starts_with(char::is_whitespace);
        is_end.then_some(rest)
    });
    ends.next_back().unwrap_or(text)
}

fn ends_with_any(lead: &str, words: &[&str]) -> bool {
    let lead =
        lead.trim_end_matches(|letter: char| letter.is_whitespace() || "`'\"".contains(letter));
    words.iter().any(|words| lead.ends_with(words))
}

/// A whole number in a sentence.
pub(super) struct Number {
    pub(super) value: u64,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Those that stand for themselves: none within a name, none behind a point.
pub(super) fn numbers(told: &str) -> Vec<Number> {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let mut numbers: Vec<Number> = Vec::new();
    let mut at = 0;
    while let Some(start) = told.get(at..).and_then(|rest| rest.find(is_digit)) {
        let start = at + start;
        let rest = told.get(start..).unwrap_or_default();
        let mut end = start + rest.find(|letter| !is_digit(letter)).unwrap_or(rest.len());
        let is_grouped = end - start <= 3;
        // "16,384" is one number, "[1, 8192]" and "[1,8192]" are two.
        while let Some(group) = told.get(end..).and_then(|rest| rest.strip_prefix(','))
            && is_grouped
            && group.len() - group.trim_start_matches(is_digit).len() == 3
        {
            end += 4;
        }
        let before = told.get(..start).unwrap_or_default();
        let is_inside = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        let behind = told.get(end..).and_then(|rest| rest.chars().next());
        let is_apart = !before.ends_with(is_inside)
            && !behind.is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '_');
        let digits = told.get(start..end).unwrap_or_default().replace(',', "");
        if is_apart && let Ok(value) = digits.parse() {
            numbers.push(Number { value, start, end });
        }
        at = end;
    }
    numbers
}
