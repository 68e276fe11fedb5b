//! The words for the depth of reasoning that a provider says it takes, where it refuses another.

use bytes::Bytes;

use super::{ApiError, Effort, ErrorKind, Spare};

/// What a refusal tells of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Efforts {
    /// At least one.
    pub taken: Vec<Effort>,
    /// No reasoning at all is what was refused.
    pub thinks_always: bool,
}

const NONE: &str = "none";

/// What a list of values is begun with, in small letters.
const LEADS: [&str; 8] = [
    "expected one of",
    "input should be",
    "must be one of",
    "supported levels",
    "supported types",
    "supported values",
    "valid levels",
    "valid values",
];

impl Efforts {
    /// Those that a failure lists in the place of the one in `sent`.
    pub fn of(failure: &ApiError, spares: &[Spare], sent: &Bytes) -> Option<Self> {
        if failure.kind != ErrorKind::InvalidRequest || !matches!(failure.status, Some(400 | 422)) {
            return None;
        }
        let mut fields = spares.iter().filter(|spare| spare.path.ends_with("effort"));
        let refused = fields.find_map(|spare| spare.word_in(sent))?;
        let message = failure.message.to_lowercase();
        if !is_of_effort(failure, &message, &refused) {
            return None;
        }
        let begins = LEADS.iter().filter_map(|lead| {
            let (_, list) = message.rsplit_once(lead)?;
            Some(listed(list))
        });
        let words = begins.into_iter().find(|words| !words.is_empty())?;
        let taken: Vec<Effort> = words.iter().filter_map(|word| Effort::of(word)).collect();
        let is_list = !taken.is_empty() && !words.contains(&refused.as_str());
        is_list.then(|| Self {
            taken,
            thinks_always: refused == NONE,
        })
    }
}

/// Whether a failure is about the effort, and not another field with words of that kind.
fn is_of_effort(failure: &ApiError, message: &str, refused: &str) -> bool {
    let param = failure.param.as_deref().unwrap_or_default();
    if param.contains("effort") || message.contains("effort") {
        return true;
    }
    let quoted = ['"', '\'', '`'].map(|mark| format!("{mark}{refused}{mark}"));
    let is_other = ["verbosity", "detail", "size", "tier"];
    param.is_empty()
        && quoted.iter().any(|word| message.contains(word))
        && !is_other.iter().any(|word| message.contains(word))
}

/// The words at the head of a text that are in a list of efforts.
fn listed(text: &str) -> Vec<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words = words.filter(|word| !matches!(*word, "" | "and" | "are" | "default" | "or"));
    words
        .take_while(|word| *word == NONE || Effort::of(word).is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::Fault;

    const SPARES: [Spare; 2] = [Spare::new("temperature"), Spare::new("reasoning.effort")];

    fn told(message: &str, param: Option<&str>, sent: &str) -> Option<Efforts> {
        let mut failure = ApiError::new(ErrorKind::InvalidRequest, Fault::Provider, message);
        failure.status = Some(400);
        failure.param = param.map(str::to_owned);
        let body = Bytes::from(format!(r#"{{"reasoning":{{"effort":"{sent}"}}}}"#));
        Efforts::of(&failure, &SPARES, &body)
    }

    #[test]
    fn efforts_are_read_from_refusals() {
        use Effort::{High, Low, Max, Medium, Xhigh};
        for (message, param, sent, taken) in [
            (
                "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', and 'high'.",
                None,
                "minimal",
                vec![Low, Medium, High],
            ),
            (
                "Unsupported value: 'minimal' is not supported with the 'm' model. Supported values are: 'none', 'low', 'medium', 'high', and 'xhigh'.",
                None,
                "minimal",
                vec![Low, Medium, High, Xhigh],
            ),
            (
                "Unsupported value: 'none' is not supported. Supported values are: 'medium'.",
                Some("***.effort"),
                "none",
                vec![Medium],
            ),
            (
                "{'loc': ('body', 'reasoning_effort'), 'msg': \"Input should be 'low', 'medium' or 'high'\", 'input': 'xhigh'}",
                None,
                "xhigh",
                vec![Low, Medium, High],
            ),
            (
                "Unexpected reasoning effort high. Supported types are xhigh (default), medium, and low.",
                None,
                "high",
                vec![Xhigh, Medium, Low],
            ),
            (
                "reasoning_effort must be one of `low`, `high`, or `max`",
                None,
                "medium",
                vec![Low, High, Max],
            ),
        ] {
            let found = told(message, param, sent);
            let expected = Efforts {
                taken,
                thinks_always: sent == NONE,
            };
            assert_eq!(found, Some(expected), "{message}");
        }
    }

    #[test]
    fn other_refusals_list_no_efforts() {
        for message in [
            "Unsupported value: 'text.verbosity' does not support 'high'. Supported values are: 'medium'.",
            "Unsupported value: 'size' does not support 'high'. Supported values are: 'low'.",
            "reasoning_effort is not supported with this model.",
            "reasoning_effort: supported values are: 'low' and 'high'",
            "reasoning effort: supported values are 1 to 5",
            "",
        ] {
            assert_eq!(told(message, None, "high"), None, "{message}");
        }
    }
}
