//! The side tables, one file a concern: functions that make statements, and types that read rows.
//!
//! Here stands whatever must be erasable or is not a fact about a team. Every text of SQL that is
//! not the ledger's own is in these files, and means the same on every engine.

pub mod answers;
pub mod attempts;
pub mod authenticators;
pub mod backup;
pub mod challenges;
pub mod halves;
pub mod identities;
pub mod installation;
pub mod links;
pub mod loans;
pub mod operators;
pub mod outbox;
pub mod passkeys;
pub mod passwords;
pub mod people;
pub mod recovery_codes;
pub mod refusals;
pub mod replicas;
pub mod servers;
pub mod sessions;
pub mod sign_in_events;
pub mod sign_ons;
pub mod usage;

/// Every SQL text there is, for the tests that show them to both engines.
#[must_use]
pub fn every_text() -> Vec<&'static str> {
    [
        super::append::STATEMENTS,
        answers::STATEMENTS,
        attempts::STATEMENTS,
        authenticators::STATEMENTS,
        backup::STATEMENTS,
        challenges::STATEMENTS,
        halves::STATEMENTS,
        identities::STATEMENTS,
        installation::STATEMENTS,
        links::STATEMENTS,
        loans::STATEMENTS,
        operators::STATEMENTS,
        outbox::STATEMENTS,
        passkeys::STATEMENTS,
        passwords::STATEMENTS,
        people::STATEMENTS,
        recovery_codes::STATEMENTS,
        refusals::STATEMENTS,
        replicas::STATEMENTS,
        servers::STATEMENTS,
        sessions::STATEMENTS,
        sign_in_events::STATEMENTS,
        sign_ons::STATEMENTS,
        usage::STATEMENTS,
    ]
    .concat()
}
