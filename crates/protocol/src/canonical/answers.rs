//! The answers of one reply, for protocols whose replies may hold several: what each has said, and how they end
//! together.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{ApiError, Choice, Events, Finish, FinishReason, Parts, Usage};
use crate::{ExchangeId, json::Text};

pub(crate) struct Answers<S> {
    exchange: ExchangeId,
    id: String,
    model: String,
    by_choice: BTreeMap<Choice, AnswerSoFar<S>>,
    usage: Option<Usage>,
    ended: bool,
}

/// One of them; `own` is what the protocol remembers of it beside its parts.
pub(crate) struct AnswerSoFar<S> {
    pub parts: Parts,
    /// How it ends, once the provider has said so; given out when all of them end.
    pub finish: Option<Finish>,
    pub own: S,
    reported: Vec<&'static str>,
}

impl<S: Default> Answers<S> {
    pub(crate) fn new(exchange: &ExchangeId) -> Self {
        Self {
            exchange: exchange.clone(),
            id: String::new(),
            model: String::new(),
            by_choice: BTreeMap::new(),
            usage: None,
            ended: false,
        }
    }

    /// Whose reply it is; of each name the first one counts.
    pub(crate) fn name(&mut self, id: Option<Text<'_>>, model: Option<Text<'_>>) {
        for (kept, said) in [(&mut self.id, id), (&mut self.model, model)] {
            if let Some(said) = said.filter(|_| kept.is_empty()) {
                *kept = said.into_owned();
            }
        }
    }

    /// Totals so far: the last ones count.
    pub(crate) fn count(&mut self, usage: Option<Usage>) {
        if let Some(usage) = usage {
            self.usage.get_or_insert_default().update(&usage);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_choice.is_empty()
    }

    pub(crate) fn is_one(&self) -> bool {
        self.by_choice.len() == 1
    }

    /// They do not end as was said: more of them comes. What they have cost so far.
    pub(crate) fn go_on(&mut self) -> Option<Usage> {
        for answer in self.by_choice.values_mut() {
            answer.finish = None;
        }
        self.usage
    }

    /// Whether each has said how it ends, and only the end mark is missing.
    pub(crate) fn have_finished(&self) -> bool {
        let mut answers = self.by_choice.values();
        !self.is_empty() && !self.ended && answers.all(|answer| answer.finish.is_some())
    }

    /// Whether they were ended, after which nothing counts.
    pub(crate) fn have_ended(&self) -> bool {
        self.ended
    }

    /// The answer of a choice, which begins with this unless it has begun.
    pub(crate) fn answer(&mut self, choice: Choice, out: &mut Events) -> &mut AnswerSoFar<S> {
        let exchange = &self.exchange;
        let answer = self.by_choice.entry(choice).or_insert_with(|| AnswerSoFar {
            parts: Parts::new(choice, exchange),
            finish: None,
            own: S::default(),
            reported: Vec::new(),
        });
        answer.parts.start(&self.id, &self.model, out);
        answer
    }

    /// Ends them in a failure, which the first one tells.
    pub(crate) fn fail(&mut self, error: ApiError, out: &mut Events) {
        if self.ended {
            return;
        }
        self.ended = true;
        self.tell_usage(out);
        let mut answers = self.by_choice.values_mut();
        let first = answers.next();
        for other in answers {
            other.parts.cut(out);
        }
        match first {
            Some(first) => first.parts.error(error, out),
            None => {
                let mut parts = Parts::new(0, &self.exchange);
                if let Some(usage) = self.usage.take() {
                    parts.start(&self.id, &self.model, out);
                    parts.usage(usage, out);
                }
                parts.error(error, out);
            }
        }
    }

    /// The end mark has come, or all that stands for it. `complete` gives out what an answer still holds back.
    pub(crate) fn end(
        &mut self,
        out: &mut Events,
        complete: impl Fn(&mut AnswerSoFar<S>, &mut Events),
    ) {
        // Clients that asked for one answer read the first.
        if !self.by_choice.contains_key(&0) {
            self.fail(ApiError::no_answer(), out);
        }
        if self.ended {
            return;
        }
        self.ended = true;
        for answer in self.by_choice.values_mut() {
            complete(answer, out);
        }
        self.tell_usage(out);
        for answer in self.by_choice.values_mut() {
            let finish = answer.finish.take();
            let finish = finish.unwrap_or_else(|| Finish::new(FinishReason::Stop, None));
            answer.parts.finish(finish, out);
        }
    }

    /// The connection is closed, which is an end mark where each answer has said how it ends.
    pub(crate) fn close(
        &mut self,
        out: &mut Events,
        complete: impl Fn(&mut AnswerSoFar<S>, &mut Events),
    ) {
        if self.have_finished() {
            self.end(out, complete);
        }
        self.fail(ApiError::cut_off(), out);
    }

    fn tell_usage(&mut self, out: &mut Events) {
        if let Some(first) = self.by_choice.values_mut().next()
            && let Some(usage) = self.usage.take()
        {
            first.parts.usage(usage, out);
        }
    }
}

impl<S> AnswerSoFar<S> {
    /// Says once that a field has no place in the canonical model.
    pub(crate) fn report(&mut self, field: &'static str, raw: Option<&RawValue>, out: &mut Events) {
        let says_something = raw.is_some_and(|raw| !matches!(raw.get(), "[]" | "{}"));
        if says_something && !self.reported.contains(&field) {
            self.reported.push(field);
            self.parts
                .loss(field, "of the reply could not be carried over", out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{Event, Fault, Grammar};

    #[test]
    fn what_a_reply_without_answers_cost_is_told() {
        let mut answers = Answers::<()>::new(&ExchangeId("x".to_owned()));
        let usage = Usage {
            input: Some(1_000),
            ..Usage::default()
        };
        answers.count(Some(usage));
        let mut out = Events::new();
        answers.end(&mut out, |_, _| {});
        Grammar::check(&out).unwrap();
        assert!(out.contains(&(0, Event::Usage(usage))));
        assert!(matches!(
            out.last(),
            Some((0, Event::Error(error))) if error.fault == Fault::Provider
        ));
    }
}
