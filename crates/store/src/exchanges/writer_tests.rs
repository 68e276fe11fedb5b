//! When the writer prunes, and what it does while another program holds the file.

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::exchanges::{Bodies, Body, ExchangeState, Filter, Id, Opening, page};

struct Fixture {
    folder: TempDir,
    queue: Arc<Queue>,
    problem: Arc<Mutex<Option<String>>>,
}

impl Fixture {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            queue: Arc::new(Queue::new(settings())),
            problem: Arc::default(),
        }
    }

    fn writer(&self) -> Writer {
        let path = self.folder.path().join("exchanges.sqlite");
        let (place, problem) = Place::open(&path).unwrap();
        assert_eq!(problem, None);
        place.database.busy_timeout(Duration::ZERO).unwrap();
        Writer {
            place,
            settings: settings(),
            reader: Arc::new(Reader::new(path)),
            problem: Arc::clone(&self.problem),
            rows_since_prune: 0,
            prune_from: Instant::now() + SECOND_THOUGHTS,
            failing: false,
        }
    }

    fn database(&self) -> Connection {
        Connection::open(self.folder.path().join("exchanges.sqlite")).unwrap()
    }

    fn problem(&self) -> Option<String> {
        self.problem.lock().unwrap().clone()
    }

    /// One round of the writer's.
    fn step(&self, writer: &mut Writer) -> Written {
        let Taken::Some(batch) = self.queue.take() else {
            panic!("nothing to write");
        };
        let written = writer.write(&batch);
        writer.settle(&self.queue, batch, written);
        written
    }
}

fn settings() -> Log {
    Log {
        bodies: crate::config::BodiesKept::All,
        ..Log::default()
    }
}

fn row(id: Id) -> Box<ExchangeRow> {
    Box::new(ExchangeRow {
        id,
        state: ExchangeState::Done,
        ..ExchangeRow::default()
    })
}

fn opening(id: Id) -> Opening {
    row(id).opening()
}

fn states(database: &Connection) -> Vec<(Id, ExchangeState)> {
    let page = page::query(database, &Filter::default(), None, 9).unwrap();
    let rows = page.rows.into_iter();
    rows.map(|row| (row.id, row.state)).collect()
}

#[test]
fn settings_can_be_taken_back_for_a_minute_before_anything_is_pruned() {
    let fixture = Fixture::new();
    let mut writer = fixture.writer();
    let old = row(Id::at(1));
    let insert = |writer: &Writer| {
        let mut rows = write::Rows::of(&writer.place.database).unwrap();
        rows.put(&old).unwrap();
    };
    insert(&writer);
    let now = Instant::now();
    writer.prune_when_due(now);
    assert_eq!(states(&writer.place.database).len(), 1);
    writer.prune_when_due(now + SECOND_THOUGHTS);
    assert_eq!(states(&writer.place.database).len(), 0);

    insert(&writer);
    writer.prune_from = now;
    writer.obey(Command::Apply(settings()), true);
    writer.prune_when_due(Instant::now());
    assert_eq!(states(&writer.place.database).len(), 1);
    assert!(writer.rows_since_prune >= PRUNE_ROWS, "soon it must");
}

#[test]
fn rows_wait_for_a_program_that_holds_the_file() {
    let fixture = Fixture::new();
    let mut writer = fixture.writer();
    let other = fixture.database();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (first, second, third) = (Id::at(1), Id::at(2), Id::at(3));
    let body = Body::whole("x");
    let bodies = Bodies {
        client_request: Some(body),
        ..Bodies::default()
    };
    fixture.queue.push_row(row(first), Some(bodies.clone()));
    fixture.queue.push_opening(opening(second));
    fixture.queue.push_opening(opening(third));
    let (done, mut answered) = tokio::sync::oneshot::channel();
    fixture.queue.push(Command::Flush(done));
    let Taken::Some(batch) = fixture.queue.take() else {
        panic!("nothing to write");
    };
    let written = writer.write(&batch);
    assert!(written == Written::NotYet);
    // It ends before its opening is back in the queue.
    fixture.queue.push_row(row(second), None);
    writer.settle(&fixture.queue, batch, written);
    assert_eq!(answered.try_recv(), Ok(()), "nobody is kept waiting");
    assert_eq!(fixture.problem().as_deref(), Some(WAITING));
    assert!(fixture.step(&mut writer) == Written::NotYet);

    other.execute_batch("COMMIT").unwrap();
    assert!(fixture.step(&mut writer) == Written::Yes);
    assert_eq!(fixture.problem(), None);
    let expected = [
        (third, ExchangeState::Streaming),
        (second, ExchangeState::Done),
        (first, ExchangeState::Done),
    ];
    assert_eq!(states(&other), expected);
    let (_, kept) = crate::exchanges::read::get(&other, first).unwrap().unwrap();
    assert_eq!(kept, Some(bodies));
}

#[test]
fn who_deletes_while_the_file_is_held_is_told_and_nothing_is_lost() {
    let fixture = Fixture::new();
    let mut writer = fixture.writer();
    let other = fixture.database();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    fixture.queue.push_row(row(Id::at(1)), None);
    let (done, mut answered) = tokio::sync::oneshot::channel();
    fixture.queue.push(Command::DeleteAll(done));
    assert!(fixture.step(&mut writer) == Written::NotYet);
    answered.try_recv().unwrap_err();
    other.execute_batch("COMMIT").unwrap();
    assert!(fixture.step(&mut writer) == Written::Yes);
    assert_eq!(states(&other).len(), 1);
}

#[test]
fn a_program_that_ends_tries_once_more_and_then_ends() {
    let fixture = Fixture::new();
    let mut writer = fixture.writer();
    let other = fixture.database();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    fixture.queue.push_row(row(Id::at(1)), None);
    assert!(fixture.step(&mut writer) == Written::NotYet);
    fixture.queue.stop();
    assert!(fixture.step(&mut writer) == Written::No);
    assert!(matches!(fixture.queue.take(), Taken::Stopped));
    let expected = "Requests are not being recorded: database is locked.";
    assert_eq!(fixture.problem().as_deref(), Some(expected));
}
