//! The database's shape, version by version. Forward only: a file is never taken back.

use rusqlite::Connection;

use super::Error;

/// Number n, counted from 1, takes a file from version n-1 to n. Never change one that was released.
pub(super) const ALL: [&str; 1] = [include_str!("../../migrations/0001_exchanges.sql")];

pub(super) fn run(database: &mut Connection) -> Result<(), Error> {
    migrate(database, &ALL)
}

fn migrate(database: &mut Connection, all: &[&str]) -> Result<(), Error> {
    let found: u32 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found as usize > all.len() {
        let known = all.len();
        return Err(Error::TooNew { found, known });
    }
    for (version, sql) in (1_u32..).zip(all).skip(found as usize) {
        let step = database.transaction()?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", version)?;
        step.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every object of the database, in words.
    fn shape(database: &Connection) -> Vec<String> {
        let mut statement = database
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
            .unwrap();
        let shape = statement.query_map([], |row| row.get(0)).unwrap();
        shape.collect::<Result<_, _>>().unwrap()
    }

    fn version(database: &Connection) -> usize {
        let version: u32 = database
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        version as usize
    }

    #[test]
    fn a_file_of_every_older_version_becomes_the_newest() {
        let mut newest = Connection::open_in_memory().unwrap();
        run(&mut newest).unwrap();
        for older in 0..=ALL.len() {
            let mut database = Connection::open_in_memory().unwrap();
            migrate(&mut database, &ALL[..older]).unwrap();
            assert_eq!(version(&database), older);
            if older > 0 {
                database
                    .execute_batch(include_str!("../../fixtures/exchanges/row.sql"))
                    .unwrap();
            }
            run(&mut database).unwrap();
            assert_eq!(
                (version(&database), shape(&database)),
                (ALL.len(), shape(&newest))
            );
            let rows: usize = if older > 0 { 1 } else { 0 };
            let page = super::super::page::query(&database, &Default::default(), None, 9).unwrap();
            assert_eq!(page.rows.len(), rows);
        }
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let mut database = Connection::open_in_memory().unwrap();
        let steps = [
            "CREATE TABLE a (x)",
            "CREATE TABLE b (x); CREATE TABLE b (x)",
        ];
        migrate(&mut database, &steps).unwrap_err();
        assert_eq!((version(&database), shape(&database).len()), (1, 1));
    }

    #[test]
    fn a_newer_file_is_refused() {
        let mut database = Connection::open_in_memory().unwrap();
        database.pragma_update(None, "user_version", 999).unwrap();
        assert!(matches!(
            run(&mut database),
            Err(Error::TooNew { found: 999, .. })
        ));
    }
}
