//! The log's pages and details, from rows in a real database.

use serde_json::json;
use store::exchanges::{
    Attempt, Bodies, Body, ErrorSource, ExchangeRow, ExchangeState, Id, LossRow, Timing,
};

use crate::admin::rig::{CONFIG, Rig};

const START: i64 = 1_800_000_000_000;

fn id(number: i64) -> Id {
    Id::at(START + number)
}

fn plain(number: i64) -> ExchangeRow {
    ExchangeRow {
        id: id(number),
        client: Some("curl".into()),
        client_protocol: Some("openai_chat".into()),
        method: "POST".into(),
        path: "/v1/chat/completions".into(),
        provider: Some(if number % 2 == 0 { "openai" } else { "lab" }.into()),
        requested_model: Some("fast".into()),
        status: Some(200),
        state: ExchangeState::Done,
        input_tokens: Some(10),
        first_token_ms: Some(u64::try_from(number).unwrap_or_default()),
        ..ExchangeRow::default()
    }
}

fn translated() -> (ExchangeRow, Bodies) {
    let row = ExchangeRow {
        client: Some("Claude Code".into()),
        client_protocol: Some("anthropic".into()),
        operation: Some("chat".into()),
        path: "/v1/messages".into(),
        upstream_protocol: Some("openai_chat".into()),
        account: Some("openai-main".into()),
        upstream_model: Some("gpt-4o-mini".into()),
        stream: true,
        status: Some(529),
        upstream_status: Some(429),
        state: ExchangeState::Failed,
        error_kind: Some("rate_limited".into()),
        error_source: Some(ErrorSource::Provider),
        error_message: Some("Slow down.".to_owned()),
        finish_reason: Some("error".into()),
        finish_raw: Some("oops".to_owned()),
        attempts: vec![Attempt {
            provider: "openai".into(),
            account: Some("openai-main".into()),
            model: "gpt-4o-mini".into(),
            status: Some(429),
            error: Some("Slow down.".to_owned()),
            duration_ms: 12,
        }],
        losses: vec![LossRow {
            field: "top_k".to_owned(),
            kind: "dropped".to_owned(),
            why: "is not a parameter of this model".to_owned(),
        }],
        duration_ms: Some(20),
        timing: Timing {
            accepted: Some(0.5),
            prepared: Some(1.0),
            end: Some(20.0),
            ..Timing::default()
        },
        request_bytes: 11,
        response_bytes: 22,
        event_count: 2,
        ..plain(4)
    };
    let events = r#"{"at":2.0,"event":"start","detail":"gpt-4o-mini"}
{"at":9.5,"event":"error","detail":"Slow down."}
{"at":9.6,"ev"#;
    let bodies = Bodies {
        client_request: Some(Body::whole(r#"{"model":"fast"}"#)),
        upstream_response: Some(Body {
            bytes: "caf\u{e9}".as_bytes()[..4].to_vec().into(),
            truncated: true,
        }),
        request_headers: Some(Body::whole(r#"[["x-api-key","…"]]"#)),
        events: Some(Body::whole(events)),
        ..Bodies::default()
    };
    (row, bodies)
}

/// Of a row on a page.
fn number(row: &serde_json::Value) -> i64 {
    row["started_at"].as_i64().unwrap() - START
}

async fn rig() -> Rig {
    let rig = Rig::new(CONFIG);
    for number in 0..4 {
        rig.app.log.record(plain(number), None);
    }
    let (row, bodies) = translated();
    rig.app.log.record(row, Some(bodies));
    rig.app.log.flush().await;
    rig
}

#[tokio::test]
async fn pages_follow_each_other_and_count() {
    let rig = rig().await;
    let mut path = "/admin/exchanges?limit=2&text=&status=".to_owned();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let page = rig.get(&path).await;
        let counts = if seen.is_empty() {
            json!(5)
        } else {
            json!(null)
        };
        assert_eq!((&page["matching"], &page["total"]), (&counts, &counts));
        for exchange in page["exchanges"].as_array().unwrap() {
            seen.push(number(exchange));
        }
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/admin/exchanges?limit=2&cursor={next}");
    }
    assert_eq!(seen, [4, 3, 2, 1, 0]);
}

#[tokio::test]
async fn a_page_further_down_is_asked_for_by_rows_to_skip() {
    let rig = rig().await;
    let first = rig.get("/admin/exchanges?limit=1").await;
    let next = first["next"].as_str().unwrap();
    for (skip, expected) in [(0, vec![3, 2]), (2, vec![1, 0]), (3, vec![0]), (9, vec![])] {
        let path = format!("/admin/exchanges?limit=2&cursor={next}&skip={skip}");
        let page = rig.get(&path).await;
        let rows = page["exchanges"].as_array().unwrap();
        assert_eq!(rows.iter().map(number).collect::<Vec<_>>(), expected);
    }
    let refused = rig.call("GET", "/admin/exchanges?skip=2", None).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["error"]["field"], json!("skip"));
}

#[tokio::test]
async fn filters_narrow_and_the_total_stays() {
    let rig = rig().await;
    for (query, ids) in [
        ("status=error", vec![4]),
        ("status=529", vec![4]),
        ("status=ok&provider=lab", vec![3, 1]),
        ("protocol=anthropic", vec![4]),
        ("client=Claude%20Code", vec![4]),
        ("model=gpt-4o-mini", vec![4]),
        ("losses=true", vec![4]),
        ("losses=false", vec![3, 2, 1, 0]),
        ("text=slow", vec![4]),
        ("since=1800000000001&until=1800000000003", vec![2, 1]),
        ("provider=nobody", vec![]),
    ] {
        let page = rig.get(&format!("/admin/exchanges?{query}")).await;
        let rows = page["exchanges"].as_array().unwrap();
        let found: Vec<i64> = rows.iter().map(number).collect();
        assert_eq!(found, ids, "{query}");
        assert_eq!(page["total"], json!(5), "{query}");
    }
}

#[tokio::test]
async fn a_detail_shows_all_that_was_kept() {
    let path = format!("/admin/exchanges/{}", id(4));
    insta::assert_json_snapshot!(rig().await.get(&path).await);
}

#[tokio::test]
async fn a_detail_without_bodies_has_what_the_row_knows() {
    let path = format!("/admin/exchanges/{}", id(1));
    insta::assert_json_snapshot!(rig().await.get(&path).await);
}

#[tokio::test]
async fn the_overview_sums_up() {
    let overview = rig().await.get("/admin/overview?since=1800000000002").await;
    let last: Vec<i64> = overview["last"]
        .as_array()
        .unwrap()
        .iter()
        .map(number)
        .collect();
    assert_eq!(last, [4, 3, 2, 1, 0]);
    let mut figures = overview.clone();
    figures.as_object_mut().unwrap().remove("last");
    insta::assert_json_snapshot!(figures);
}

#[tokio::test]
async fn all_can_be_deleted() {
    let rig = rig().await;
    let mut live = rig.app.live.subscribe();
    assert_eq!(
        rig.call("DELETE", "/admin/exchanges", None).await.json(),
        json!({"deleted": 5})
    );
    assert_eq!(rig.get("/admin/exchanges").await["total"], json!(0));
    let told = serde_json::to_value(live.try_recv().unwrap()).unwrap();
    assert_eq!(told, json!({"kind": "exchanges_deleted"}));
}
