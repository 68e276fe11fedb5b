//! What others wrote, fit to be shown.

/// More of a provider's words than this helps nobody.
const QUOTE_LIMIT: usize = 500;

/// What a failure's body says that is no JSON: a proxy's page, plain words, or nothing.
pub(crate) fn no_json(body: &str, status: u16) -> String {
    let body = body.trim();
    if body.is_empty() {
        return format!("The provider answered {status} without a reason.");
    }
    if !body.starts_with('<') {
        return format!("The provider answered {status}: \"{}\"", quoted(body));
    }
    let title = body
        .split_once("<title>")
        .and_then(|(_, after)| after.split_once("</title>"))
        .map(|(title, _)| format!(" (\"{}\")", quoted(title.trim())));
    let advice = match status {
        // Of the web server in front of it, whose limit is lower than the model's.
        413 => "The request is larger than its web server takes.",
        _ => "Check its address, or wait if it is down.",
    };
    format!(
        "The provider answered {status} with a web page{} instead of JSON. {advice}",
        title.unwrap_or_default()
    )
}

/// The provider's words without anything like a key, cut to a readable length.
pub(crate) fn quoted(text: &str) -> String {
    let text = text.trim();
    let mut clean = if is_key(text) {
        let words: Vec<&str> = text
            .split(' ')
            .map(|word| if is_key(word) { "[key]" } else { word })
            .collect();
        words.join(" ")
    } else {
        text.to_owned()
    };
    if let Some((end, _)) = clean.char_indices().nth(QUOTE_LIMIT - 1)
        && clean[end..].chars().nth(1).is_some()
    {
        clean.truncate(end);
        clean.push('…');
    }
    clean
}

/// Whether a text holds a key, or what is left of one that was masked. Words like `disk-cache` hold none.
fn is_key(text: &str) -> bool {
    let mut beginnings = text.match_indices("sk-").map(|(at, _)| &text[..at]);
    text.contains("***") || beginnings.any(|before| !before.ends_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_repeated() {
        assert_eq!(
            quoted(" Incorrect API key provided: sk-ant-1234. "),
            "Incorrect API key provided: [key]"
        );
    }

    #[test]
    fn words_that_only_end_like_a_key_begins_are_repeated() {
        let said = "The model task-router-7b is not found, see the disk-cache.";
        assert_eq!(quoted(said), said);
        for key in ["sk-1", "\"sk-1\"", "key=sk-1", "ab***yz"] {
            assert_eq!(quoted(&format!("No, {key} is it")), "No, [key] is it");
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let long = "é".repeat(QUOTE_LIMIT + 1);
        assert_eq!(quoted(&long).chars().count(), QUOTE_LIMIT);
        let fitting = "é".repeat(QUOTE_LIMIT);
        assert_eq!(quoted(&fitting), fitting);
    }
}
