//! Lists over a hundred thousand rows: SQLite must walk them, or an index, in their order, and never sort them.

use rusqlite::params;

use super::*;
use crate::exchanges::{StatusFilter, migrations};

const ROWS: i64 = 100_000;

fn database() -> Connection {
    let mut database = Connection::open_in_memory().unwrap();
    migrations::run(&mut database).unwrap();
    let transaction = database.transaction().unwrap();
    {
        let mut insert = transaction
            .prepare(
                "INSERT INTO exchanges (id, client, provider, method, path, stream,
                     status, state, attempts, losses, loss_count, failed, timing, usage_estimated,
                     request_bytes, response_bytes, event_count)
                 VALUES (?1, ?2, ?3, 'POST', '/v1/messages', 1, ?4, 'done', '[]', '[]', 0, ?5,
                     '{}', 0, 0, 0, 0)",
            )
            .unwrap();
        for number in 0..ROWS {
            let failed = number % 100 == 0;
            let status = if failed { 500 } else { 200 };
            let client = format!("client-{}", number % 7);
            let provider = format!("provider-{}", number % 11);
            let id = Id::at(number);
            insert
                .execute(params![id, client, provider, status, failed])
                .unwrap();
        }
    }
    transaction.commit().unwrap();
    database
}

fn plan(database: &Connection, filter: &Filter, cursor: Option<&Cursor>) -> String {
    let mut wanted = Conditions::of(filter);
    if let Some(cursor) = cursor {
        wanted.after(cursor.after);
    }
    let sql = format!("EXPLAIN QUERY PLAN {}", newest_first(&wanted, 50));
    wanted.values.push(60_000.into());
    let mut statement = database.prepare(&sql).unwrap();
    let steps = statement
        .query_map(params_from_iter(&wanted.values), |row| {
            row.get::<_, String>("detail")
        })
        .unwrap();
    steps.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
}

#[test]
fn every_list_walks_in_order() {
    let database = database();
    let cursor = Cursor::after(Id::at(ROWS / 2));
    let text = |text: &str| Some(text.to_owned());
    let any = Filter::default;
    let filters = [
        (any(), "exchanges"),
        (
            Filter {
                client: text("client-3"),
                ..any()
            },
            "exchanges",
        ),
        (
            Filter {
                provider: text("provider-3"),
                ..any()
            },
            "exchanges",
        ),
        (
            Filter {
                status: Some(StatusFilter::Error),
                ..any()
            },
            "exchanges_failed",
        ),
        (
            Filter {
                since: Some(10),
                until: Some(20),
                ..any()
            },
            "PRIMARY KEY",
        ),
        (
            Filter {
                text: text("message"),
                ..any()
            },
            "exchanges",
        ),
        (
            Filter {
                model: text("gpt-4o"),
                ..any()
            },
            "exchanges",
        ),
    ];
    for (filter, index) in filters {
        for cursor in [None, Some(&cursor)] {
            let plan = plan(&database, &filter, cursor);
            assert!(plan.contains(index), "{filter:?}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
        }
    }
}

#[test]
fn a_hundred_thousand_rows_are_all_reached() {
    let database = database();
    let filter = Filter {
        client: Some("client-3".to_owned()),
        ..Filter::default()
    };
    let mut cursor = None;
    let mut seen = 0;
    let mut last = Id::at(i64::MAX);
    loop {
        let page = query(&database, &filter, cursor.as_ref(), 1_000).unwrap();
        assert_eq!(page.total, cursor.is_none().then_some(14_286));
        for row in &page.rows {
            assert!(row.id < last);
            last = row.id;
        }
        seen += page.rows.len();
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, 14_286);
}

#[test]
fn a_page_far_down_is_reached_at_once() {
    let database = database();
    let client = Filter {
        client: Some("client-3".to_owned()),
        ..Filter::default()
    };
    let numbers =
        |page: &Page| -> Vec<i64> { page.rows.iter().map(|row| row.id.started_at()).collect() };
    let first = query(&database, &Filter::default(), None, 2).unwrap();
    assert_eq!(numbers(&first), [ROWS - 1, ROWS - 2]);
    let next = first.next.unwrap();
    for (skipped, expected) in [
        (0, vec![ROWS - 3, ROWS - 4]),
        (60_000, vec![39_997, 39_996]),
        (99_997, vec![0]),
        (99_998, vec![]),
        (u32::MAX, vec![]),
    ] {
        let page = query(&database, &Filter::default(), Some(&next.skip(skipped)), 2).unwrap();
        assert_eq!(numbers(&page), expected, "{skipped}");
        assert_eq!(page.next.is_some(), expected.len() == 2, "{skipped}");
    }
    let page = query(&database, &client, Some(&next.skip(14_283)), 2).unwrap();
    assert_eq!(numbers(&page), [10, 3]);
}

#[test]
fn other_text_is_no_cursor() {
    for text in ["", "1", "x.y", "1e3.x"] {
        assert!(text.parse::<Cursor>().is_err(), "{text}");
    }
    let cursor = Cursor::after(Id::at(12));
    assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
}
