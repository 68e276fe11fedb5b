//! The request log from outside: what is recorded reads back, in order, page by page.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use store::{
    ExchangeLog,
    config::{BodiesKept, Log},
    exchanges::{
        Attempt, Bodies, Body, ErrorSource, ExchangeRow, ExchangeState, Filter, Id, LossRow,
        StatusFilter, Timing,
    },
};
use tempfile::TempDir;

fn settings() -> Log {
    Log {
        bodies: BodiesKept::All,
        ..Log::default()
    }
}

fn open(folder: &TempDir) -> ExchangeLog {
    ExchangeLog::open(&folder.path().join("exchanges.sqlite"), settings()).unwrap()
}

fn id(number: i64) -> Id {
    Id::at(1_800_000_000_000 + number)
}

fn row(number: i64) -> ExchangeRow {
    ExchangeRow {
        id: id(number),
        client: Some(if number % 2 == 0 { "zed" } else { "curl" }.into()),
        provider: Some(format!("provider-{}", number % 3).into()),
        method: "POST".into(),
        path: "/v1/messages".into(),
        requested_model: Some("gpt-4o".into()),
        status: Some(if number % 5 == 0 { 429 } else { 200 }),
        state: if number % 5 == 0 {
            ExchangeState::Failed
        } else {
            ExchangeState::Done
        },
        first_token_ms: Some(u64::try_from(number).unwrap_or_default()),
        input_tokens: Some(10),
        ..ExchangeRow::default()
    }
}

fn full_row() -> ExchangeRow {
    ExchangeRow {
        client_protocol: Some("anthropic".into()),
        operation: Some("chat".into()),
        upstream_protocol: Some("openai_chat".into()),
        account: Some("main".into()),
        upstream_model: Some("gpt-4o-mini".into()),
        stream: true,
        upstream_status: Some(200),
        error_kind: Some("overloaded".into()),
        error_source: Some(ErrorSource::Provider),
        error_message: Some("Too much.".to_owned()),
        finish_reason: Some("stop".into()),
        finish_raw: Some("end_turn".to_owned()),
        attempts: vec![Attempt {
            provider: "openai".into(),
            account: None,
            model: "gpt-4o-mini".into(),
            status: Some(503),
            error: Some("Overloaded.".to_owned()),
            duration_ms: 12,
        }],
        losses: vec![LossRow {
            field: "seed".to_owned(),
            kind: "dropped".to_owned(),
            why: "Not known there.".to_owned(),
        }],
        duration_ms: Some(99),
        timing: Timing {
            accepted: Some(0.25),
            end: Some(99.5),
            ..Timing::default()
        },
        output_tokens: Some(5),
        cache_read_tokens: Some(4),
        cache_write_tokens: Some(3),
        reasoning_tokens: Some(2),
        usage_estimated: true,
        request_bytes: 1,
        response_bytes: 2,
        event_count: 3,
        ..row(1)
    }
}

#[tokio::test]
async fn a_row_and_its_bodies_read_back_whole() {
    let folder = TempDir::new().unwrap();
    let log = open(&folder);
    let bodies = Bodies {
        client_request: Some(Body::whole("{}")),
        events: Some(Body::whole("")),
        ..Bodies::default()
    };
    log.record(full_row(), Some(bodies.clone()));
    assert_eq!(
        log.get(id(1)).await.unwrap(),
        Some((full_row(), Some(bodies)))
    );
    assert_eq!(log.get(id(2)).await.unwrap(), None);
    assert_eq!(log.problem(), None);
}

#[tokio::test]
async fn the_end_of_an_exchange_replaces_its_beginning() {
    let folder = TempDir::new().unwrap();
    let log = open(&folder);
    log.open_row(row(1).opening());
    log.record(row(1), None);
    let page = log.query(Filter::default(), None, 10).await.unwrap();
    assert_eq!(
        (page.rows, page.next, page.total),
        (vec![row(1)], None, Some(1))
    );
}

#[tokio::test]
async fn a_row_written_again_leaves_no_older_bodies() {
    let folder = TempDir::new().unwrap();
    let log = open(&folder);
    let bodies = Bodies {
        events: Some(Body::whole("x")),
        ..Bodies::default()
    };
    log.record(row(1), Some(bodies));
    log.record(row(1), None);
    assert_eq!(log.get(id(1)).await.unwrap(), Some((row(1), None)));
}

#[tokio::test]
async fn pages_come_newest_first_and_miss_nothing() {
    let folder = TempDir::new().unwrap();
    let log = open(&folder);
    for number in 0..25 {
        log.record(row(number), None);
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = log.query(Filter::default(), cursor, 10).await.unwrap();
        // A row that arrives meanwhile does not shift the next page.
        log.record(row(100), None);
        seen.extend(page.rows.into_iter().map(|row| row.id.started_at()));
        // As it travels in an address.
        let Some(next) = page.next else { break };
        cursor = Some(next.to_string().parse().unwrap());
    }
    let expected: Vec<i64> = (0..25)
        .rev()
        .map(|number| 1_800_000_000_000 + number)
        .collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn filters_combine() {
    let folder = TempDir::new().unwrap();
    let log = open(&folder);
    for number in 0..30 {
        log.record(row(number), None);
    }
    log.record(
        ExchangeRow {
            id: id(100),
            account: Some("odd_100%".into()),
            ..full_row()
        },
        None,
    );
    let count = async |filter: Filter| log.query(filter, None, 1).await.unwrap().total.unwrap();
    let text = |text: &str| Some(text.to_owned());
    let any = Filter::default;
    assert_eq!(
        count(Filter {
            client: text("zed"),
            ..any()
        })
        .await,
        15
    );
    assert_eq!(
        count(Filter {
            client: text("zed"),
            status: Some(StatusFilter::Error),
            ..any()
        })
        .await,
        3
    );
    assert_eq!(
        count(Filter {
            status: Some(StatusFilter::Code(429)),
            ..any()
        })
        .await,
        6
    );
    assert_eq!(
        count(Filter {
            status: Some(StatusFilter::Ok),
            ..any()
        })
        .await,
        25
    );
    assert_eq!(
        count(Filter {
            provider: text("provider-2"),
            ..any()
        })
        .await,
        10
    );
    assert_eq!(
        count(Filter {
            model: text("gpt-4o-mini"),
            ..any()
        })
        .await,
        1
    );
    assert_eq!(
        count(Filter {
            protocol: text("anthropic"),
            ..any()
        })
        .await,
        1
    );
    assert_eq!(
        count(Filter {
            has_losses: Some(true),
            ..any()
        })
        .await,
        1
    );
    assert_eq!(
        count(Filter {
            has_losses: Some(false),
            ..any()
        })
        .await,
        30
    );
    assert_eq!(
        count(Filter {
            text: text("TOO MUCH"),
            ..any()
        })
        .await,
        1
    );
    assert_eq!(
        count(Filter {
            text: text("0%"),
            ..any()
        })
        .await,
        1
    );
    assert_eq!(
        count(Filter {
            text: text("d_1"),
            ..any()
        })
        .await,
        1
    );
    assert_eq!(
        count(Filter {
            text: text("' OR 1=1 --"),
            ..any()
        })
        .await,
        0
    );
    let (since, until) = (Some(1_800_000_000_010), Some(1_800_000_000_020));
    assert_eq!(
        count(Filter {
            since,
            until,
            ..any()
        })
        .await,
        10
    );
}

#[tokio::test]
async fn stats_sum_up_what_is_known() {
    let folder = TempDir::new().unwrap();
    let log = open(&folder);
    for number in 0..10 {
        log.record(row(number), None);
    }
    let stats = log.stats_since(1_800_000_000_001).await.unwrap();
    assert_eq!((stats.count, stats.failed), (9, 1));
    assert_eq!((stats.input_tokens, stats.output_tokens), (Some(90), None));
    assert_eq!(stats.median_first_token_ms, Some(5));
    assert_eq!(stats.routes.iter().map(|route| route.count).sum::<u64>(), 9);
    let none = log.stats_since(i64::MAX).await.unwrap();
    assert_eq!((none.count, none.median_first_token_ms), (0, None));
}
