//! The side tables, one file a concern: functions that make statements, and types that read rows.
//!
//! Here stands whatever must be erasable or is not a fact about a team. Every text of SQL that is
//! not the ledger's own is in these files, and means the same on every engine.

pub mod answers;
pub mod backup;
pub mod halves;
pub mod installation;
pub mod links;
pub mod loans;
pub mod outbox;
pub mod people;
pub mod refusals;
pub mod replicas;
pub mod servers;
pub mod sessions;
pub mod sign_ons;
pub mod usage;

/// Every SQL text there is, for the tests that show them to both engines.
#[must_use]
pub fn every_text() -> Vec<&'static str> {
    [
        super::append::STATEMENTS,
        answers::STATEMENTS,
        backup::STATEMENTS,
        halves::STATEMENTS,
        installation::STATEMENTS,
        links::STATEMENTS,
        loans::STATEMENTS,
        outbox::STATEMENTS,
        people::STATEMENTS,
        refusals::STATEMENTS,
        replicas::STATEMENTS,
        servers::STATEMENTS,
        sessions::STATEMENTS,
        sign_ons::STATEMENTS,
        usage::STATEMENTS,
    ]
    .concat()
}
