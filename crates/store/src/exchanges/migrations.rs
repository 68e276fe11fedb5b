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
