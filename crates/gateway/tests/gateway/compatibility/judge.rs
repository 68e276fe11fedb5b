//! What a trial showed. Anything that is not as it should be must be told by a reported loss, or it is a failure.

use store::exchanges::{ExchangeRow, ExchangeState};

use super::{
    echo,
    ends::{Client, Upstream, are_equal},
    features::{Feature, Trial, Way, dot},
    pair::Answer,
};
use crate::{
    fake::says::Says,
    question::{Question, Said},
    told::{Counts, Told},
};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// The client has no words for it, or the provider no such failure.
    NotApplicable,
    Pass,
    /// It works; these were reported.
    Loss(Vec<String>),
    /// The status and the sentence.
    Refused(u16, String),
    Failed(String),
}

/// What may be missing where a field is reported: its loss explains these differences.
const EXPLAINED: [(&str, &[&str]); 7] = [
    ("image", &["said"]),
    ("prompt", &["system", "said"]),
    ("reasoning", &["system", "thinks", "reasoning"]),
    (
        "response_format",
        &["system", "tools", "must_call", "wants_place"],
    ),
    // Who is cut off does not tell its counts.
    ("stop", &["stops", "counts"]),
    ("tool_choice", &["system", "tools", "must_call"]),
    ("usage", &["counts"]),
];

struct Judge<'a> {
    client: Client,
    upstream: Upstream,
    rows: &'a [ExchangeRow],
}

pub(super) fn verdicts(
    client: Client,
    upstream: Upstream,
    features: &[Feature],
    asked: Vec<Vec<Answer>>,
    rows: Vec<ExchangeRow>,
) -> Vec<Verdict> {
    let sent: usize = asked.iter().map(Vec::len).sum();
    assert_eq!(
        rows.len(),
        sent,
        "{client:?} at {upstream:?}: each request leaves one row"
    );
    let judge = Judge {
        client,
        upstream,
        rows: &rows,
    };
    let mut verdicts: Vec<Verdict> = features
        .iter()
        .zip(&asked)
        .map(|(feature, answers)| judge.feature(feature, answers))
        .collect();
    // What every request loses is told once, where there is nothing else.
    let Verdict::Loss(always) = verdicts[0].clone() else {
        return verdicts;
    };
    for verdict in &mut verdicts[1..] {
        if let Verdict::Loss(losses) = verdict {
            losses.retain(|loss| !always.contains(loss));
            if losses.is_empty() {
                *verdict = Verdict::Pass;
            }
        }
    }
    verdicts
}

impl Judge<'_> {
    fn feature(&self, feature: &Feature, answers: &[Answer]) -> Verdict {
        let mut verdict = Verdict::NotApplicable;
        for answer in answers {
            let next = self.answer(&feature.trial, answer);
            verdict = match (verdict, next) {
                (Verdict::Failed(one), Verdict::Failed(two)) => {
                    Verdict::Failed(format!("{one}; {two}"))
                }
                (failed @ Verdict::Failed(_), _) | (_, failed @ Verdict::Failed(_)) => failed,
                (refused @ Verdict::Refused(..), _) | (_, refused @ Verdict::Refused(..)) => {
                    refused
                }
                (Verdict::Loss(mut all), Verdict::Loss(more)) => {
                    all.extend(
                        more.into_iter()
                            .filter(|loss| !all.contains(loss))
                            .collect::<Vec<_>>(),
                    );
                    Verdict::Loss(all)
                }
                (lost @ Verdict::Loss(_), _) | (_, lost @ Verdict::Loss(_)) => lost,
                _ => Verdict::Pass,
            };
        }
        verdict
    }

    fn answer(&self, trial: &Trial, answer: &Answer) -> Verdict {
        let way = answer.way;
        let fail = |why: &str| Verdict::Failed(format!("{way:?}: {why}"));
        let Some(row) = self
            .rows
            .iter()
            .find(|row| row.id.to_string() == answer.exchange)
        else {
            return fail("the exchange is not in the log");
        };
        let told = match &answer.told {
            Ok(told) => told,
            Err(bytes) => return fail(&format!("the client cannot read {bytes}")),
        };
        let wrong = match trial {
            Trial::Answered { script, .. } => {
                if answer.status >= 400 {
                    return self.refusal(answer, told, row);
                }
                return self.answered(script, answer, told, row);
            }
            Trial::Cut => cut(answer, told, row),
            Trial::Fails(status) => self.failed(*status, answer, told, row),
            Trial::Malformed => malformed(answer, told, row),
        };
        match wrong {
            Some(why) => fail(&format!("{why}: status {}, {told:?}", answer.status)),
            None => Verdict::Pass,
        }
    }

    fn refusal(&self, answer: &Answer, told: &Told, row: &ExchangeRow) -> Verdict {
        match &told.error {
            Some((_, message)) if row.status == Some(answer.status) => {
                Verdict::Refused(answer.status, message.clone())
            }
            _ => Verdict::Failed(format!("refused with {}, {told:?}", answer.status)),
        }
    }

    fn answered(&self, script: &str, answer: &Answer, told: &Told, row: &ExchangeRow) -> Verdict {
        let fail = |why: String| Verdict::Failed(format!("{:?}: {why}", answer.way));
        if row.state != ExchangeState::Done || row.status != Some(200) {
            return fail(format!(
                "the row says {:?} {:?}",
                row.state, row.error_message
            ));
        }
        if answer.way == Way::Whole {
            let unsaid = row
                .losses
                .iter()
                .find(|loss| !answer.losses.contains(&loss.field));
            if let Some(loss) = unsaid.filter(|_| !answer.losses.ends_with("more")) {
                return fail(format!("the loss of {} is not in the headers", loss.field));
            }
        }
        let mut differences = self.arrived(answer);
        differences.extend(self.came_back(self.client.script(script), answer, told));
        let losses = &row.losses;
        let unexplained: Vec<String> = differences
            .into_iter()
            .filter(|(what, _)| {
                !losses.iter().any(|loss| {
                    let mut known = EXPLAINED.iter();
                    known.any(|(field, these)| loss.field.contains(field) && these.contains(what))
                })
            })
            .map(|(what, how)| format!("{what}: {how}"))
            .collect();
        if !unexplained.is_empty() {
            let losses: Vec<&str> = losses.iter().map(|loss| loss.field.as_str()).collect();
            return fail(format!("{} (losses: {losses:?})", unexplained.join(", ")));
        }
        if losses.is_empty() {
            return Verdict::Pass;
        }
        let sentence = |kind: &str, field: &str, why: &str| format!("{kind}: `{field}` {why}");
        Verdict::Loss(
            losses
                .iter()
                .map(|loss| sentence(&loss.kind, &loss.field, &loss.why))
                .collect(),
        )
    }

    /// How what the provider heard differs from what was asked.
    fn arrived(&self, answer: &Answer) -> Vec<(&'static str, String)> {
        let Some(heard) = &answer.heard else {
            let is_echo = self.upstream == Upstream::Echo;
            return (!is_echo)
                .then(|| ("heard", "nothing".to_owned()))
                .into_iter()
                .collect();
        };
        let mut asked = answer.asked.clone();
        if !self.client.asks_for_reasoning() {
            asked.thinks = heard.thinks;
        }
        let fetched = inlined(&asked);
        let mut differences = Vec::new();
        let mut compare = |what, same: bool, asked: String, heard: String| {
            if !same {
                differences.push((what, format!("asked {asked:.300}, heard {heard:.300}")));
            }
        };
        macro_rules! compare {
            ($($field:ident),*) => {$(
                let same = asked.$field == heard.$field;
                compare(stringify!($field), same, format!("{:?}", asked.$field), format!("{:?}", heard.$field));
            )*};
        }
        if fetched.said != heard.said {
            compare!(said);
        }
        compare!(system, tools, must_call, wants_place, stops);
        // Who is not asked may think.
        if asked.thinks {
            compare!(thinks);
        }
        differences
    }

    /// How what the client was told differs from what the model said.
    fn came_back(&self, script: &str, answer: &Answer, told: &Told) -> Vec<(&'static str, String)> {
        let expected = self.expected(script, answer);
        let mut differences = Vec::new();
        let mut compare = |what, same: bool, how: String| {
            if !same {
                differences.push((what, how));
            }
        };
        macro_rules! compare {
            ($($field:ident),*) => {$(
                let same = expected.$field == told.$field;
                compare(stringify!($field), same, format!("said {:?}, told {:?}", expected.$field, told.$field));
            )*};
        }
        compare!(reasoning, text, calls, finish, error);
        if self.upstream == Upstream::Echo {
            let known = told.counts.input.is_some() && told.counts.output.is_some();
            compare("counts", known, "unknown".to_owned());
        } else {
            compare!(counts);
        }
        differences
    }

    fn expected(&self, script: &str, answer: &Answer) -> Told {
        if self.upstream == Upstream::Echo {
            let mut asked = answer.asked.clone();
            asked.thinks &= self.client.asks_for_reasoning();
            return echo::expected(&asked, self.client.type_of_addresses());
        }
        let script = script.trim_start_matches("bytes-");
        let mut says = Says::of(script, &answer.asked);
        if self.went_on(answer) {
            says.thought = "";
        }
        let finish = if says.calls.is_empty() {
            "stop"
        } else {
            "tool_calls"
        };
        let counts = says.counts;
        let positive = |count: u64| (count > 0).then_some(count);
        Told {
            reasoning: says.thought.to_owned(),
            text: says.text,
            calls: says.calls,
            finish: Some(finish.to_owned()),
            error: None,
            model: String::new(),
            counts: Counts {
                input: Some(counts.input),
                cached: positive(counts.cached)
                    .filter(|_| self.client.counts_details() && self.upstream.counts_cached()),
                output: Some(counts.output),
                reasoning: positive(counts.reasoning)
                    .filter(|_| self.client.counts_details() && self.upstream.counts_reasoning()),
            },
        }
    }

    /// Whether the model went on with a text: no chat, and nothing is thought.
    fn went_on(&self, answer: &Answer) -> bool {
        let heard = answer.heard.as_ref();
        self.client == Client::Completions && heard.is_some_and(|heard| heard.system.is_empty())
    }

    fn failed(
        &self,
        status: u16,
        answer: &Answer,
        told: &Told,
        row: &ExchangeRow,
    ) -> Option<String> {
        let is_translated =
            !are_equal(self.client, self.upstream) && self.upstream != Upstream::Echo;
        let (shown, word) = if is_translated {
            self.client.failure(status)
        } else {
            (status, "")
        };
        let Some((kind, message)) = &told.error else {
            return Some("no error".to_owned());
        };
        let said = self.upstream == Upstream::Echo || message.contains("The provider says no.");
        let checks = [
            (answer.status == shown, "another status"),
            (kind == word || !is_translated, "another kind"),
            (said && !message.is_empty(), "another message"),
            (
                answer.retry_after.as_deref() == (status == 429).then_some("7"),
                "another Retry-After",
            ),
            (
                row.state == ExchangeState::Failed && row.status == Some(shown),
                "another row",
            ),
        ];
        first_wrong(&checks)
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

fn cut(answer: &Answer, told: &Told, row: &ExchangeRow) -> Option<String> {
    first_wrong(&[
        (answer.status == 200, "another status"),
        (told.error.is_some(), "no error"),
        (told.finish.is_none(), "a clean stop"),
        (
            row.state == ExchangeState::Failed,
            "a row without a failure",
        ),
        (row.error_message.is_some(), "a row without a reason"),
    ])
}

fn malformed(answer: &Answer, told: &Told, row: &ExchangeRow) -> Option<String> {
    let message = told.error.as_ref().map(|(_, message)| message.as_str());
    first_wrong(&[
        (answer.status == 400, "another status"),
        (
            message.is_some_and(|message| !message.is_empty()),
            "no sentence",
        ),
        (
            row.state == ExchangeState::Failed && row.status == Some(400),
            "another row",
        ),
    ])
}

fn first_wrong(checks: &[(bool, &str)]) -> Option<String> {
    let wrong = checks.iter().find(|(holds, _)| !holds);
    wrong.map(|(_, what)| (*what).to_owned())
}
