//! What a trial showed. Anything that is not as it should be must be told by a reported loss, or it is a failure.

use store::exchanges::{ExchangeRow, ExchangeState};

use super::{
    ends::{Client, Upstream, are_equal},
    features::{Feature, Trial, Way},
    meaning::Meaning,
    pair::Answer,
};
use crate::told::Told;

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

const OUTPUT: &[&str] = &["system", "tools", "must_call", "wants_place"];
const REASONING: &[&str] = &["system", "thinks", "reasoning"];

/// What may be missing where a field is reported, by a word in its path: its loss explains these differences.
const EXPLAINED: [(&str, &[&str]); 12] = [
    ("image", &["fetched"]),
    ("prompt", &["system", "said"]),
    ("reasoning", REASONING),
    ("effort", REASONING),
    ("think", REASONING),
    ("format", OUTPUT),
    ("generationConfig.response", OUTPUT),
    ("ogprobs", &["weighs", "is_weighed"]),
    // Who is cut off does not tell its counts.
    ("stop", &["stops", "counts"]),
    ("tool_choice", &["system", "tools", "must_call"]),
    ("toolConfig", &["system", "tools", "must_call"]),
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
        let script = self.client.script(script);
        let differences = Meaning::of(self.client, self.upstream, script, answer).lost(told, row);
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
