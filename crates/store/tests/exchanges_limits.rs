//! The request log under stress: too much, too old, damaged, stopped in the middle.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::PathBuf, sync::LazyLock};

use store::{
    ExchangeLog,
    config::{BodiesKept, Log},
    exchanges::{Bodies, Body, ErrorSource, ExchangeRow, ExchangeState, Filter, Id},
};
use tempfile::TempDir;

const DAY_MS: i64 = 24 * 3_600_000;
const MB: usize = 1_000_000;

struct Fixture {
    _folder: TempDir,
    file: PathBuf,
}

impl Fixture {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            file: folder.path().join("exchanges.sqlite"),
            _folder: folder,
        }
    }

    fn open(&self, settings: Log) -> ExchangeLog {
        ExchangeLog::open(&self.file, settings).unwrap()
    }
}

fn all() -> Log {
    Log {
        bodies: BodiesKept::All,
        ..Log::default()
    }
}

/// The time of this run.
static NOW: LazyLock<i64> = LazyLock::new(|| Id::next().started_at());

fn id(number: i64) -> Id {
    Id::at(*NOW + number)
}

fn row(number: i64) -> ExchangeRow {
    ExchangeRow {
        id: id(number),
        state: ExchangeState::Done,
        status: Some(200),
        ..ExchangeRow::default()
    }
}

fn body(size: usize) -> Option<Bodies> {
    Some(Bodies {
        client_request: Some(Body::whole(vec![b'x'; size])),
        ..Bodies::default()
    })
}

async fn total(log: &ExchangeLog) -> u64 {
    log.query(Filter::default(), None, 1)
        .await
        .unwrap()
        .total
        .unwrap()
}

async fn state(log: &ExchangeLog, number: i64) -> ExchangeState {
    log.get(id(number)).await.unwrap().unwrap().0.state
}

async fn kept(log: &ExchangeLog, number: i64) -> Option<Body> {
    let (_, bodies) = log.get(id(number)).await.unwrap().unwrap();
    bodies?.client_request
}

#[tokio::test]
async fn settings_say_which_bodies_are_kept_and_how_much_of_them() {
    let fixture = Fixture::new();
    let log = fixture.open(Log::default());
    let failed = |number| ExchangeRow {
        status: Some(429),
        ..row(number)
    };
    log.record(row(1), body(9));
    log.record(failed(2), body(9));
    assert_eq!(kept(&log, 1).await, None);
    assert!(kept(&log, 2).await.is_some());

    log.apply(Log {
        bodies: BodiesKept::Off,
        ..Log::default()
    });
    log.record(failed(3), body(9));
    assert_eq!(kept(&log, 3).await, None);

    log.apply(Log {
        max_body_bytes: 4,
        ..all()
    });
    log.record(row(4), body(4));
    log.record(row(5), body(9));
    assert_eq!(kept(&log, 4).await, Some(Body::whole("xxxx")));
    let cut = Body {
        truncated: true,
        ..Body::whole("xxxx")
    };
    assert_eq!(kept(&log, 5).await, Some(cut));
}

#[tokio::test]
async fn a_full_queue_drops_bodies_and_no_row() {
    let fixture = Fixture::new();
    let settings = Log {
        max_body_bytes: 100 * MB,
        ..all()
    };
    let log = fixture.open(settings);
    // Larger than the whole room for bodies that wait: dropped however fast the writer is.
    log.record(row(1), body(65 * 1024 * 1024));
    log.record(row(2), body(9));
    assert_eq!(kept(&log, 1).await, None);
    assert!(kept(&log, 2).await.is_some());
    assert_eq!(log.problem(), None);
}

#[tokio::test]
async fn what_is_too_old_goes() {
    let fixture = Fixture::new();
    let log = fixture.open(Log {
        keep_days: 7,
        ..all()
    });
    for (number, age_days) in [(1, 8), (2, 6), (3, 0)] {
        let id = id(number - age_days * DAY_MS);
        log.record(ExchangeRow { id, ..row(number) }, body(9));
    }
    assert_eq!(total(&log).await, 3);
    log.prune().await;
    assert_eq!(total(&log).await, 2);
    assert!(log.get(id(1 - 8 * DAY_MS)).await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_too_much_goes_oldest_bodies_first_and_the_file_shrinks() {
    let fixture = Fixture::new();
    let log = fixture.open(all());
    for number in 0..200 {
        log.record(row(number), body(MB / 20));
    }
    assert!(kept(&log, 0).await.is_some());
    log.apply(Log {
        max_megabytes: 5,
        ..all()
    });
    log.prune().await;
    assert_eq!(total(&log).await, 200);
    assert_eq!(kept(&log, 0).await, None);
    assert!(kept(&log, 199).await.is_some());

    log.delete_all().await.unwrap();
    assert_eq!(total(&log).await, 0);
    drop(log);
    assert!(fs::metadata(&fixture.file).unwrap().len() < MB as u64 / 5);
}

#[tokio::test]
async fn no_more_goes_than_needed_and_the_disk_has_the_room_again() {
    let fixture = Fixture::new();
    let log = fixture.open(all());
    for number in 0..120 {
        log.record(row(number), body(MB / 2));
        log.flush().await;
    }
    log.apply(Log {
        max_megabytes: 6,
        ..all()
    });
    log.prune().await;
    log.record(row(120), None);
    log.flush().await;
    let sizes = ["", "-wal"].map(|suffix| {
        let file = fixture
            .file
            .with_file_name(format!("exchanges.sqlite{suffix}"));
        fs::metadata(file).unwrap().len()
    });
    assert!(sizes[0] <= 6 * MB as u64, "{sizes:?}");
    assert!(sizes[1] <= 32 << 20, "{sizes:?}");
    let mut left = 0;
    for number in 0..120 {
        left += usize::from(kept(&log, number).await.is_some());
    }
    assert!((10..=11).contains(&left), "{left}");
}

#[tokio::test]
async fn headers_are_kept_whole_beside_a_body_that_is_cut() {
    let fixture = Fixture::new();
    let log = fixture.open(Log {
        max_body_bytes: 4,
        ..all()
    });
    let headers = Some(Body::whole(r#"[["content-type","application/json"]]"#));
    let bodies = Bodies {
        request_headers: headers.clone(),
        upstream_request_headers: headers.clone(),
        upstream_response_headers: headers.clone(),
        response_headers: headers,
        ..body(9).unwrap()
    };
    log.record(row(1), Some(bodies.clone()));
    let (_, found) = log.get(id(1)).await.unwrap().unwrap();
    let client_request = Some(Body {
        truncated: true,
        ..Body::whole("xxxx")
    });
    let expected = Bodies {
        client_request,
        ..bodies
    };
    assert_eq!(found, Some(expected));
}

#[tokio::test]
async fn a_second_program_leaves_the_first_ones_rows_alone() {
    let fixture = Fixture::new();
    let month = || Log {
        keep_days: 30,
        ..all()
    };
    let years = || Log {
        keep_days: 3_650,
        ..all()
    };
    let first = fixture.open(years());
    let old = id(-40 * DAY_MS);
    first.record(ExchangeRow { id: old, ..row(0) }, None);
    first.open_row(row(1).opening());
    first.prune().await;
    let second = fixture.open(month());
    second.prune().await;
    second.open_row(row(2).opening());
    second.flush().await;
    assert_eq!(total(&first).await, 3);
    assert_eq!(state(&first, 1).await, ExchangeState::Streaming);

    // The first one comes again while the second one is at work.
    drop(first);
    let first = fixture.open(years());
    assert_eq!(state(&first, 2).await, ExchangeState::Streaming);
    second.prune().await;
    assert_eq!(total(&first).await, 2);

    drop((first, second));
    let alone = fixture.open(years());
    assert_eq!(state(&alone, 1).await, ExchangeState::Failed);
    assert_eq!(state(&alone, 2).await, ExchangeState::Failed);
}

#[tokio::test]
async fn what_cannot_be_locked_stops_nothing() {
    let fixture = Fixture::new();
    for lock in ["open", "prune"] {
        let name = format!("exchanges.sqlite.{lock}.lock");
        fs::create_dir(fixture.file.with_file_name(name)).unwrap();
    }
    let log = fixture.open(all());
    log.record(
        ExchangeRow {
            id: id(-99 * DAY_MS),
            ..row(0)
        },
        None,
    );
    log.open_row(row(1).opening());
    log.prune().await;
    assert_eq!(total(&log).await, 1);
    drop(log);
    let log = fixture.open(all());
    assert_eq!(state(&log, 1).await, ExchangeState::Failed);
    assert_eq!(log.problem(), None);
}

#[tokio::test]
async fn who_deletes_in_vain_is_told() {
    let fixture = Fixture::new();
    let log = fixture.open(all());
    log.record(row(1), body(1));
    log.flush().await;
    let elsewhere = rusqlite::Connection::open(&fixture.file).unwrap();
    elsewhere.execute_batch("DROP TABLE bodies").unwrap();
    let error = log.delete_all().await.unwrap_err();
    assert!(matches!(error, store::exchanges::Error::NotDeleted));
    assert_eq!(total(&log).await, 1);
}

#[tokio::test]
async fn rows_go_too_when_they_alone_are_too_much() {
    let fixture = Fixture::new();
    let log = fixture.open(Log {
        max_megabytes: 1,
        ..all()
    });
    for number in 0..1_500 {
        let error_message = Some("x".repeat(1_000));
        log.record(
            ExchangeRow {
                error_message,
                ..row(number)
            },
            None,
        );
    }
    log.prune().await;
    let left = total(&log).await;
    assert!((300..1_000).contains(&left), "{left}");
    assert!(log.get(id(1_499)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_stop_in_the_middle_is_a_failure_at_the_next_start() {
    let fixture = Fixture::new();
    let open = ExchangeRow::from(row(1).opening());
    let log = fixture.open(all());
    log.open_row(open.opening());
    // The last one to go writes what is left.
    drop(log);
    let log = fixture.open(all());
    let (found, _) = log.get(open.id).await.unwrap().unwrap();
    let expected = ExchangeRow {
        state: ExchangeState::Failed,
        error_kind: Some("gateway_fault".into()),
        error_source: Some(ErrorSource::Patchbay),
        error_message: Some("Patchbay stopped before this ended.".to_owned()),
        ..open
    };
    assert_eq!(found, expected);
    let filter = Filter {
        status: Some(store::exchanges::StatusFilter::Error),
        ..Filter::default()
    };
    assert_eq!(log.query(filter, None, 1).await.unwrap().total, Some(1));
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_the_log_goes_on() {
    for damage in [
        b"this is no database, but it is long enough to be read as one".repeat(99),
        vec![0; 4096],
    ] {
        let fixture = Fixture::new();
        fs::write(&fixture.file, &damage).unwrap();
        let log = fixture.open(all());
        let problem = log.problem().unwrap();
        assert!(problem.contains(".corrupt-"), "{problem}");
        log.record(row(1), None);
        assert_eq!(total(&log).await, 1);
        let aside = fs::read_dir(fixture.file.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap())
            .find(|entry| entry.file_name().to_string_lossy().contains(".corrupt-"))
            .unwrap();
        assert_eq!(fs::read(aside.path()).unwrap(), damage);
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_used_gives_a_log_for_this_session() {
    let fixture = Fixture::new();
    // A folder stands where the file should.
    fs::create_dir(&fixture.file).unwrap();
    let log = fixture.open(all());
    assert!(log.problem().unwrap().contains("until Patchbay ends"));
    log.record(row(1), None);
    assert_eq!(total(&log).await, 1);
}

#[tokio::test]
async fn a_file_of_a_newer_patchbay_is_left_alone() {
    let fixture = Fixture::new();
    let newer = rusqlite::Connection::open(&fixture.file).unwrap();
    newer.pragma_update(None, "user_version", 999).unwrap();
    drop(newer);
    let before = fs::read(&fixture.file).unwrap();
    let log = fixture.open(all());
    assert!(log.problem().unwrap().contains("newer Patchbay"));
    log.record(row(1), None);
    assert_eq!(total(&log).await, 1);
    drop(log);
    let after = rusqlite::Connection::open(&fixture.file).unwrap();
    let version: i64 = after
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 999);
    drop(after);
    assert!(before.starts_with(b"SQLite"));
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let fixture = Fixture::new();
    let log = fixture.open(all());
    log.record(row(1), None);
    log.flush().await;
    for entry in fs::read_dir(fixture.file.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", entry.path().display());
    }
}
