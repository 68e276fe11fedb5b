//! What a question and its answer mean, and what of it was lost on the way: to the provider, to the client, or to
//! the log.

use store::exchanges::ExchangeRow;

use super::{
    echo,
    ends::{Client, Upstream},
    features::dot,
    pair::Answer,
};
use crate::{
    fake::says::{self, Says},
    question::{Question, Said},
    told::{Counts, Told},
};

/// What is different, and how.
pub(super) type Difference = (&'static str, String);

pub(super) struct Meaning<'a> {
    client: Client,
    upstream: Upstream,
    answer: &'a Answer,
    /// Nothing of the echo: it has no script.
    says: Option<Says>,
}

/// Compares these fields of two values; the words tell what happened to each.
macro_rules! compare {
    ($out:ident, $one:expr, $one_word:literal, $two:expr, $two_word:literal, $($field:ident),*) => {$(
        if $one.$field != $two.$field {
            let how = format!(
                concat!($one_word, " {:.300}, ", $two_word, " {:.300}"),
                format!("{:?}", $one.$field),
                format!("{:?}", $two.$field),
            );
            $out.push((stringify!($field), how));
        }
    )*};
}

impl<'a> Meaning<'a> {
    pub(super) fn of(client: Client, upstream: Upstream, script: &str, answer: &'a Answer) -> Self {
        let mut says = Says::of(script.trim_start_matches("bytes-"), &answer.asked);
        let heard = answer.heard.as_ref();
        // Who goes on with a text has no thoughts.
        if client == Client::Completions && heard.is_some_and(|heard| heard.system.is_empty()) {
            says.thought = "";
        }
        Self {
            client,
            upstream,
            answer,
            says: (upstream != Upstream::Echo).then_some(says),
        }
    }

    pub(super) fn lost(&self, told: &Told, row: &ExchangeRow) -> Vec<Difference> {
        let mut lost = Vec::new();
        if let Some(says) = &self.says {
            self.to_provider(&mut lost);
            self.to_log(&says.counts, row, &mut lost);
        }
        self.to_client(told, &mut lost);
        lost
    }

    fn to_provider(&self, lost: &mut Vec<Difference>) {
        let Some(heard) = &self.answer.heard else {
            lost.push(("heard", "nothing".to_owned()));
            return;
        };
        let asked = &self.answer.asked;
        let fetched = inlined(asked);
        if fetched.said == heard.said {
            if asked.said != heard.said {
                lost.push(("fetched", "the picture itself arrived".to_owned()));
            }
        } else {
            compare!(lost, asked, "asked", heard, "heard", said);
        }
        compare!(
            lost,
            asked,
            "asked",
            heard,
            "heard",
            system,
            tools,
            must_call,
            wants_place,
            stops,
            weighs
        );
        // Who is not asked may think.
        if asked.thinks && self.client.asks_for_reasoning() {
            compare!(lost, asked, "asked", heard, "heard", thinks);
        }
    }

    fn to_client(&self, told: &Told, lost: &mut Vec<Difference>) {
        let said = self.said();
        compare!(
            lost, said, "said", told, "told", reasoning, text, calls, finish, error, is_weighed
        );
        if self.says.is_some() {
            compare!(lost, said, "said", told, "told", counts);
        } else if told.counts.input.is_none() || told.counts.output.is_none() {
            lost.push(("counts", "unknown".to_owned()));
        }
    }

    /// As the client must understand it.
    fn said(&self) -> Told {
        let Some(says) = &self.says else {
            let mut asked = self.answer.asked.clone();
            asked.thinks &= self.client.asks_for_reasoning();
            return echo::expected(&asked, self.client.type_of_addresses());
        };
        let mut counts = self.counted(&says.counts);
        if !self.client.counts_details() {
            (counts.cached, counts.reasoning) = (None, None);
        }
        Told {
            reasoning: says.thought.to_owned(),
            text: says.text.clone(),
            calls: says.calls.clone(),
            finish: Some(
                if says.calls.is_empty() {
                    "stop"
                } else {
                    "tool_calls"
                }
                .to_owned(),
            ),
            is_weighed: says.is_weighed,
            counts,
            ..Told::default()
        }
    }

    /// As far as the provider's protocol tells it.
    fn counted(&self, counts: &says::Counts) -> Counts {
        let positive = |count: u64| (count > 0).then_some(count);
        Counts {
            input: Some(counts.input),
            cached: positive(counts.cached).filter(|_| self.upstream.counts_cached()),
            output: Some(counts.output),
            reasoning: positive(counts.reasoning).filter(|_| self.upstream.counts_reasoning()),
        }
    }

    fn to_log(&self, counts: &says::Counts, row: &ExchangeRow, lost: &mut Vec<Difference>) {
        struct Row {
            counts: Counts,
        }
        let positive = |count: Option<u64>| count.filter(|count| *count > 0);
        let cached = positive(row.cache_read_tokens);
        let logged = Row {
            counts: Counts {
                // The log tells apart what was fresh.
                input: row.input_tokens.map(|fresh| fresh + cached.unwrap_or(0)),
                cached,
                output: row.output_tokens,
                reasoning: positive(row.reasoning_tokens),
            },
        };
        let said = Row {
            counts: self.counted(counts),
        };
        compare!(lost, said, "said", logged, "logged", counts);
    }
}

/// The question with the picture in the place of its address.
fn inlined(asked: &Question) -> Question {
    let mut asked = asked.clone();
    for said in &mut asked.said {
        if matches!(said, Said::ImageAt(_)) {
            *said = dot();
        }
    }
    asked
}
