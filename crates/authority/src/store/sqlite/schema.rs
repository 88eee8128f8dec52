//! Bringing the file's schema up to date.

use super::connection::{read, run};
use crate::store::migrations::{Migration, missing_after};
use crate::store::{StoreFault, append};
use counterfoil_core::id::EpochId;
use rusqlite::{Connection, TransactionBehavior};

/// Takes the steps that are missing, and begins an empty ledger if there is none. Two processes
/// that start at once do this one after the other.
pub(super) fn migrate(connection: &mut Connection, epoch: EpochId) -> Result<(), StoreFault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_versions (
             number INTEGER NOT NULL PRIMARY KEY,
             name TEXT NOT NULL,
             compatible_from INTEGER NOT NULL,
             applied_at INTEGER NOT NULL
         ) STRICT;",
    )?;
    for step in missing_after(&versions(&transaction)?)? {
        take(&transaction, step)?;
    }
    run(&transaction, &append::begin_epoch(epoch))?;
    append::read_head(read(&transaction, &append::head())?)?;
    transaction.commit()?;
    Ok(())
}

fn versions(connection: &Connection) -> Result<Vec<(i64, i64)>, StoreFault> {
    let mut statement = connection.prepare("SELECT number, compatible_from FROM schema_versions")?;
    let versions = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(versions.collect::<rusqlite::Result<_>>()?)
}

fn take(connection: &Connection, step: &Migration) -> Result<(), StoreFault> {
    connection.execute_batch(step.sqlite)?;
    connection.execute(
        "INSERT INTO schema_versions (number, name, compatible_from, applied_at)
         VALUES ($1, $2, $3, CAST(unixepoch('subsec') * 1000 AS INTEGER))",
        (step.number, step.name, step.compatible_from),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrations::MIGRATIONS;

    #[test]
    fn halves_that_wait_survive_the_step_that_lays_them_one_after_the_other() {
        let connection = Connection::open_in_memory().unwrap();
        for step in &MIGRATIONS[..5] {
            connection.execute_batch(step.sqlite).unwrap();
        }
        let kept = "INSERT INTO pending_halves VALUES ('2X9R4HXF34', 'a team', X'5EA1', 'a seal key', 7)";
        connection.execute(kept, []).unwrap();
        connection.execute_batch(MIGRATIONS[5].sqlite).unwrap();
        let half = connection.query_row("SELECT * FROM pending_halves", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        });
        let expected =
            ("2X9R4HXF34".to_owned(), "a team".to_owned(), vec![0x5e, 0xa1], "a seal key".to_owned(), 7);
        assert_eq!(half, Ok(expected));
        assert!(connection.execute(kept, []).is_err(), "a key has one half");
    }

    #[test]
    fn halves_that_wait_survive_the_step_that_lays_them_where_their_keys_are_claimed() {
        let connection = Connection::open_in_memory().unwrap();
        for step in &MIGRATIONS[..6] {
            connection.execute_batch(step.sqlite).unwrap();
        }
        connection
            .execute_batch(
                "INSERT INTO claims VALUES ('key:2X9R4HXF34', 'a team', 41), ('half:x', '2X9R4HXF34', 41),
                    ('key:D383SF739B', 'a team', 42);
                 INSERT INTO pending_halves VALUES ('2X9R4HXF34', 'a team', X'5EA1', 'a seal key', 7);",
            )
            .unwrap();
        connection.execute_batch(MIGRATIONS[6].sqlite).unwrap();
        let half = connection.query_row("SELECT * FROM pending_halves", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        });
        let (key, team, kek) = ("2X9R4HXF34".to_owned(), "a team".to_owned(), "a seal key".to_owned());
        assert_eq!(half, Ok((41, key, team, vec![0x5e, 0xa1], kek, 7)));
    }
}
