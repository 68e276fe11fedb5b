//! What a provider's model answers, in nobody's words. The end of the model's name says which answer it is.

use serde_json::{Value, json};

use crate::question::{Question, Said};

pub(crate) const HELLO: &str = "Hello from far away";
pub(crate) const THOUGHT: &str = "Far away, then.";
/// Characters of two, three and four bytes, and one that is several of them.
pub(crate) const UNICODE: &str = "Zoë sagt 你好 zu 👩‍👩‍👧 und 🌍.";

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Says {
    pub(crate) thought: &'static str,
    pub(crate) text: String,
    pub(crate) calls: Vec<(String, Value)>,
    /// The sequence that the text was cut at.
    pub(crate) stop: Option<String>,
    /// It tells how likely its words were.
    pub(crate) is_weighed: bool,
    pub(crate) counts: Counts,
}

/// The input with what of it was cached, the output with what of it was thought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Counts {
    pub(crate) input: u64,
    pub(crate) cached: u64,
    pub(crate) output: u64,
    pub(crate) reasoning: u64,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            input: 11,
            cached: 0,
            output: 7,
            reasoning: 0,
        }
    }
}

impl Says {
    pub(crate) fn of(model: &str, asked: &Question) -> Self {
        let place = || json!({"city": "Rome"});
        let weather = || ("weather".to_owned(), place());
        let text = |text: &str| Self {
            text: text.to_owned(),
            ..Self::default()
        };
        let calls = |calls: Vec<(String, Value)>| Self {
            calls,
            ..Self::default()
        };
        match Self::script(model) {
            // Whether it is asked to or not, as servers do that know no switch.
            "broods" => thinks(),
            "counted" => Self {
                counts: Counts {
                    cached: 4,
                    reasoning: 3,
                    ..Counts::default()
                },
                ..text(HELLO)
            },
            "fenced" => text("```python\nreturn x\n```"),
            "forced" => calls(vec![weather()]),
            "image" => text(&format!(
                "{} picture",
                asked.said.iter().filter(is_image).count()
            )),
            "parallel" => calls(vec![
                weather(),
                ("time".to_owned(), json!({"city": "Oslo"})),
            ]),
            "schema" => match &asked.must_call {
                // Without a form of its own for it: through the tool that must be called.
                Some(tool) => calls(vec![(tool.clone(), place())]),
                None if asked.wants_place => text(&place().to_string()),
                None => text(HELLO),
            },
            "stops" => until_stop("one two STOP three", &asked.stops),
            "thinks" if asked.thinks => thinks(),
            "tools" => Self {
                calls: vec![weather()],
                ..text("Looking.")
            },
            "unicode" => text(UNICODE),
            "weighs" => Self {
                is_weighed: asked.weighs,
                ..text(HELLO)
            },
            _ => text(HELLO),
        }
    }

    /// The last word of a model's name, behind the family that it is of.
    pub(super) fn script(model: &str) -> &str {
        model.rsplit('-').next().unwrap_or(model)
    }

    /// How likely a text was, in the words of most providers; `None` where nobody is told.
    pub(super) fn likely(&self, text: &str) -> Option<Value> {
        let token =
            |token| json!({"token": token, "logprob": -0.5, "bytes": null, "top_logprobs": []});
        let is_told = self.is_weighed && !text.is_empty();
        is_told.then(|| Self::pieces(text).map(token).collect())
    }

    /// In pieces as models give them.
    pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
        text.split_inclusive(' ')
    }
}

fn thinks() -> Says {
    Says {
        thought: THOUGHT,
        text: HELLO.to_owned(),
        ..Says::default()
    }
}

fn is_image(said: &&Said) -> bool {
    matches!(said, Said::Image { .. } | Said::ImageAt(_))
}

fn until_stop(text: &str, stops: &[String]) -> Says {
    let found = stops.iter().find_map(|stop| Some((text.find(stop)?, stop)));
    let (text, stop) = match found {
        Some((at, stop)) => (&text[..at], Some(stop.clone())),
        None => (text, None),
    };
    Says {
        text: text.to_owned(),
        stop,
        ..Says::default()
    }
}
