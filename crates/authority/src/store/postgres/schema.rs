//! Bringing the database's schema up to date.

use super::connection::{Connected, LONG_PATIENCE};
use crate::store::migrations::missing_after;
use crate::store::{Statement, StoreFault, append};
use counterfoil_core::id::EpochId;

const TAKE_LOCK: &str = "SELECT pg_advisory_xact_lock(4847070741)";
const HAS_VERSIONS: &str = "SELECT CAST(to_regclass('schema_versions') AS TEXT)";
const VERSIONS: &str = "SELECT number, compatible_from FROM schema_versions";
const TAKEN: &str = "INSERT INTO schema_versions (number, name, compatible_from, applied_at)
    VALUES ($1, $2, $3, CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT))";
const MAKE_VERSIONS: &str = "CREATE TABLE schema_versions (
    number BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    compatible_from BIGINT NOT NULL,
    applied_at BIGINT NOT NULL
)";

/// Takes the steps that are missing, and begins an empty ledger if there is none. Servers that
/// start at once do this one after the other. A database that is up to date is only read.
pub(super) async fn migrate(connection: &mut Connected, epoch: EpochId) -> Result<(), StoreFault> {
    connection.long_command("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '60s'").await?;
    let patience = std::time::Duration::from_secs(60);
    connection.one(&Statement::new(TAKE_LOCK, vec![]), patience).await?;
    let is_new = ask(connection, HAS_VERSIONS).await?.first().is_none_or(|row| row.text(0).is_err());
    if is_new {
        connection.long_command(MAKE_VERSIONS).await?;
    }
    let versions = ask(connection, VERSIONS).await?;
    let versions: Vec<_> = versions
        .iter()
        .map(|row| Ok((row.integer(0)?, row.integer(1)?)))
        .collect::<Result<_, StoreFault>>()?;
    for step in missing_after(&versions)? {
        connection.long_command(step.postgres).await?;
        let values = vec![step.number.into(), step.name.into(), step.compatible_from.into()];
        connection.one(&Statement::new(TAKEN, values), LONG_PATIENCE).await?;
    }
    begin(connection, epoch).await?;
    Ok(connection.long_command("COMMIT").await?)
}

async fn begin(connection: &mut Connected, epoch: EpochId) -> Result<(), StoreFault> {
    if connection.one(&append::head(), LONG_PATIENCE).await?.0.is_empty() {
        connection.one(&append::begin_epoch(epoch), LONG_PATIENCE).await?;
    }
    append::read_head(connection.one(&append::head(), LONG_PATIENCE).await?.0).map(drop)
}

async fn ask(connection: &mut Connected, sql: &'static str) -> Result<Vec<crate::store::Row>, StoreFault> {
    Ok(connection.one(&Statement::new(sql, vec![]), LONG_PATIENCE).await?.0)
}
