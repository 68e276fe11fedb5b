//! Counts of tokens: what a client is told is what the provider counted, in whatever words.

use proptest::prelude::*;
use protocol::{
    Protocol,
    canonical::{Answer, Event, Finish, FinishReason, Notes, Part, Response, Usage},
};

use crate::{cases, checks};

fn count() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![
        Just(None),
        (0..2_000_u64).prop_map(Some),
        Just(Some(u64::MAX))
    ]
}

/// Anything that a provider may say of itself, nonsense included.
fn any_usage() -> impl Strategy<Value = Usage> {
    (count(), count(), count(), count(), count(), any::<bool>()).prop_map(
        |(input, cache_read, cache_write, output, reasoning, estimated)| Usage {
            input,
            cache_read,
            cache_write,
            output,
            reasoning,
            estimated,
        },
    )
}

/// What a provider measures: reasoning is a part of the output.
fn measured() -> impl Strategy<Value = Usage> {
    let counts = (1..900_u64, 0..900_u64, 0..900_u64, 0..900_u64, 0..900_u64);
    counts.prop_map(|(input, read, write, answer, reasoning)| Usage {
        input: Some(input),
        cache_read: Some(read),
        cache_write: Some(write),
        output: Some(answer + reasoning),
        reasoning: Some(reasoning),
        estimated: false,
    })
}

fn reply(usage: Option<Usage>) -> Response {
    Response {
        id: "r".to_owned(),
        model: "m".to_owned(),
        answers: vec![Answer {
            parts: vec![Part::Text("Hello.".to_owned())],
            notes: Notes::default(),
            finish: Finish::new(FinishReason::Stop, None),
        }],
        usage,
        losses: Vec::new(),
    }
}

/// The same number or none, never another one.
fn same_or_unknown(seen: Option<u64>, said: Option<u64>) -> bool {
    seen.is_none_or(|seen| Some(seen) == said || seen == 0 && said.is_none())
}

fn check(client: Protocol, seen: Response, said: &Usage) -> Result<(), TestCaseError> {
    let seen = seen.usage.unwrap();
    // The classic mistake: caches counted twice, or not at all.
    prop_assert_eq!(seen.input_total(), said.input_total(), "{:?}", client);
    prop_assert_eq!(seen.output, said.output, "{:?}", client);
    prop_assert!(same_or_unknown(seen.cache_read, said.cache_read));
    prop_assert!(same_or_unknown(seen.cache_write, said.cache_write));
    prop_assert!(same_or_unknown(seen.reasoning, said.reasoning));
    prop_assert!(seen.reasoning <= seen.output);
    Ok(())
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn complaint_33_what_was_counted_reaches_every_client(said in measured()) {
        for client in Protocol::CLIENTS {
            if !Protocol::UPSTREAMS.contains(&client) {
                continue;
            }
            let whole = checks::seen_whole(client, &reply(Some(said)));
            check(client, whole.unwrap(), &said)?;
            let streamed = checks::seen(client, &reply(Some(said)).into_events());
            check(client, streamed.unwrap(), &said)?;
        }
    }

    #[test]
    fn edge_095_nonsense_is_survived(said in any_usage()) {
        for client in Protocol::CLIENTS {
            let whole = checks::seen_whole(client, &reply(Some(said)));
            prop_assert!(whole.is_ok());
            checks::reaches(client, &reply(Some(said)).into_events());
        }
    }

    #[test]
    fn a_later_count_replaces_what_it_knows_and_forgets_nothing(
        first in any_usage(), later in any_usage(),
    ) {
        let mut usage = first;
        usage.update(&later);
        let pairs = |usage: &Usage| [
            usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning,
        ];
        for ((first, later), now) in pairs(&first).into_iter().zip(pairs(&later)).zip(pairs(&usage)) {
            prop_assert_eq!(now, later.or(first));
        }
        prop_assert_eq!(usage.estimated, later.estimated);
        let once = usage;
        usage.update(&later);
        prop_assert_eq!(usage, once);
    }

    #[test]
    fn two_replies_cost_what_each_of_them_costs(one in measured(), other in measured()) {
        let sum = one.plus(&other);
        prop_assert_eq!(sum, other.plus(&one));
        prop_assert_eq!(sum.input_total(), one.input_total().zip(other.input_total()).map(|(a, b)| a + b));
        prop_assert_eq!(sum.output, one.output.zip(other.output).map(|(a, b)| a + b));
        prop_assert!(sum.reasoning <= sum.output && !sum.estimated);
    }

    #[test]
    fn complaint_32_half_known_sums_are_estimates_and_none_overflows(
        one in any_usage(), other in any_usage(),
    ) {
        let sum = one.plus(&other);
        prop_assert_eq!(sum, other.plus(&one));
        let half = one.output.is_some() != other.output.is_some()
            || one.input.is_some() != other.input.is_some();
        prop_assert_eq!(sum.estimated, one.estimated || other.estimated || half);
        prop_assert!(sum.output >= one.output.max(other.output));
    }

    #[test]
    fn complaint_33_the_cached_share_is_taken_from_the_whole_prompt_once(
        total in 0..3_000_u64, read in 0..3_000_u64, write in 0..3_000_u64,
    ) {
        let input = Usage::fresh_input(Some(total), Some(read), Some(write));
        let usage = Usage { input, cache_read: Some(read), cache_write: Some(write), ..Usage::default() };
        // A share that is larger than the whole is the provider's mistake; nothing wraps around.
        prop_assert_eq!(usage.input_total(), Some(total.max(read + write)));
        prop_assert_eq!(Usage::fresh_input(None, Some(read), Some(write)), None);
    }
}

#[test]
fn what_nobody_counted_is_not_said_to_be_measured() {
    for client in Protocol::CLIENTS {
        let events = reply(None).into_events();
        assert!(
            !events
                .iter()
                .any(|(_, event)| matches!(event, Event::Usage(_)))
        );
        // Clients that want numbers get ours, and are none the worse for it.
        checks::reaches(client, &events);
    }
}
