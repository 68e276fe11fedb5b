//! Who is left alone, for how long, and who tries first.

use super::*;

const KEY: Key<'static> = Key {
    provider: "a",
    account: Some("a-main"),
    model: "m",
};

fn rate_limited(retry_after: Option<u64>) -> ApiError {
    let mut error = ApiError::new(ErrorKind::RateLimited, Fault::Provider, "slow down");
    error.retry_after = retry_after.map(Duration::from_secs);
    error
}

#[test]
fn complaint_29_only_the_failed_model_of_the_failed_account_cools() {
    let cooldowns = Cooldowns::default();
    let now = Instant::now();
    cooldowns.failed(KEY, &rate_limited(Some(7)), now);
    assert_eq!(cooldowns.remaining(KEY, now), Some(Duration::from_secs(7)));
    assert!(!cooldowns.admit(KEY, now));
    assert!(cooldowns.admit(Key { model: "n", ..KEY }, now));
    assert!(cooldowns.admit(
        Key {
            account: None,
            ..KEY
        },
        now
    ));
}

#[test]
fn complaint_29_what_a_provider_asks_for_is_capped() {
    let cooldowns = Cooldowns::default();
    let now = Instant::now();
    cooldowns.failed(KEY, &rate_limited(Some(18 * 86_400)), now);
    assert_eq!(cooldowns.remaining(KEY, now), Some(LONGEST));
}

#[test]
fn complaint_29_one_request_tries_first_and_its_success_ends_it() {
    let cooldowns = Cooldowns::default();
    let now = Instant::now();
    cooldowns.failed(KEY, &rate_limited(Some(7)), now);
    let later = now + Duration::from_secs(8);
    assert!(cooldowns.admit(KEY, later));
    assert!(!cooldowns.admit(KEY, later));
    cooldowns.succeeded(KEY);
    assert!(cooldowns.admit(KEY, later));
}

#[test]
fn waits_double_and_a_refused_request_cools_nobody() {
    let cooldowns = Cooldowns::default();
    let now = Instant::now();
    cooldowns.failed(KEY, &rate_limited(None), now);
    cooldowns.failed(KEY, &rate_limited(None), now);
    assert_eq!(cooldowns.remaining(KEY, now), Some(Duration::from_secs(40)));
    let mut refused = ApiError::new(ErrorKind::InvalidRequest, Fault::Provider, "no");
    refused.status = Some(400);
    cooldowns.failed(KEY, &refused, now);
    assert_eq!(cooldowns.remaining(KEY, now), None);
}

#[test]
fn names_that_clients_make_up_take_no_room_for_ever() {
    let cooldowns = Cooldowns::default();
    let now = Instant::now();
    cooldowns.failed(KEY, &rate_limited(Some(7)), now);
    let later = now + Duration::from_secs(8);
    for number in 0..2 * MOST {
        let model = &format!("made-up-{number}");
        cooldowns.failed(Key { model, ..KEY }, &rate_limited(None), later);
    }
    assert!(cooldowns.lock().len() <= MOST);
}

#[test]
fn only_the_provider_itself_ends_a_wait() {
    let cooldowns = Cooldowns::default();
    let now = Instant::now();
    cooldowns.failed(KEY, &rate_limited(Some(7)), now);
    cooldowns.failed(KEY, &ApiError::invalid_request("no"), now);
    cooldowns.not_asked(KEY, now);
    assert_eq!(cooldowns.remaining(KEY, now), Some(Duration::from_secs(7)));
    // Who was to try it and did not leaves that to the next.
    let later = now + Duration::from_secs(8);
    assert!(cooldowns.admit(KEY, later) && !cooldowns.admit(KEY, later));
    cooldowns.not_asked(KEY, later);
    assert!(cooldowns.admit(KEY, later));
}
