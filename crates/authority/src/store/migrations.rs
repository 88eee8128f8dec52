//! The schema's history: numbered steps forward, the same on both engines.

use super::StoreFault;

/// One step of the schema.
pub(crate) struct Migration {
    /// Counted from 1, without a gap.
    pub(crate) number: i64,
    /// What it brings.
    pub(crate) name: &'static str,
    /// The oldest release, by the newest number it knows, that can run on this schema. A step
    /// that only adds says the number before it; a step that takes away says its own.
    pub(crate) compatible_from: i64,
    /// Its text for SQLite.
    pub(crate) sqlite: &'static str,
    /// Its text for PostgreSQL.
    pub(crate) postgres: &'static str,
}

/// All steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "ledger",
        compatible_from: 1,
        sqlite: include_str!("migrations/sqlite/0001_ledger.sql"),
        postgres: include_str!("migrations/postgres/0001_ledger.sql"),
    },
    Migration {
        number: 2,
        name: "lending",
        compatible_from: 1,
        sqlite: include_str!("migrations/sqlite/0002_lending.sql"),
        postgres: include_str!("migrations/postgres/0002_lending.sql"),
    },
    Migration {
        number: 3,
        name: "credentials",
        compatible_from: 1,
        sqlite: include_str!("migrations/sqlite/0003_credentials.sql"),
        postgres: include_str!("migrations/postgres/0003_credentials.sql"),
    },
    Migration {
        number: 4,
        name: "mail",
        compatible_from: 1,
        sqlite: include_str!("migrations/sqlite/0004_mail.sql"),
        postgres: include_str!("migrations/postgres/0004_mail.sql"),
    },
    Migration {
        number: 5,
        name: "console",
        compatible_from: 1,
        sqlite: include_str!("migrations/sqlite/0005_console.sql"),
        postgres: include_str!("migrations/postgres/0005_console.sql"),
    },
    Migration {
        number: 6,
        name: "halves",
        compatible_from: 1,
        sqlite: include_str!("migrations/sqlite/0006_halves.sql"),
        postgres: include_str!("migrations/postgres/0006_halves.sql"),
    },
    Migration {
        number: 7,
        name: "halves by place",
        compatible_from: 7,
        sqlite: include_str!("migrations/sqlite/0007_halves_by_place.sql"),
        postgres: include_str!("migrations/postgres/0007_halves_by_place.sql"),
    },
];

/// All tables that hold what [`Store::replace`](super::Store::replace) replaces, each after
/// those that refer to it.
pub(crate) const TABLES: &[&str] = &[
    "ledger",
    "streams",
    "claims",
    "head",
    "members",
    "persons",
    "invitations",
    "pending_halves",
    "seal_keys",
    "links",
    "sessions",
    "challenges",
    "proven_addresses",
    "operators",
    "passwords",
    "authenticators",
    "recovery_codes",
    "passkeys",
    "identities",
    "sign_in_events",
    "unknown_sign_ins",
    "sign_in_attempts",
    "sign_ons",
    "outbox",
    "answers",
    "usage_hours",
    "usage_days",
    "usage_batches",
    "last_used",
    "last_expiry",
    "refusals",
    "replicas",
    "servers",
    "installation",
];

/// The steps that a store with these versions still needs. Each version is a step's number and
/// its `compatible_from`.
///
/// A store that has been migrated by a newer release is good for this one as long as every newer
/// step says so.
///
/// # Errors
/// `Newer` if one of the newer steps can't be used by this release.
pub(crate) fn missing_after(versions: &[(i64, i64)]) -> Result<&'static [Migration], StoreFault> {
    let known = newest_of(MIGRATIONS.iter().map(|step| step.number));
    let found = newest_of(versions.iter().map(|(number, _)| *number));
    if versions.iter().any(|(number, from)| *number > known && *from > known) {
        return Err(StoreFault::Newer { found, known });
    }
    let first = MIGRATIONS.iter().position(|step| step.number > found).unwrap_or(MIGRATIONS.len());
    Ok(MIGRATIONS.get(first..).unwrap_or_default())
}

fn newest_of(numbers: impl Iterator<Item = i64>) -> i64 {
    numbers.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_run_from_one_without_a_gap() {
        let numbers: Vec<i64> = MIGRATIONS.iter().map(|step| step.number).collect();
        let expected: Vec<i64> = (1..).take(numbers.len()).collect();
        assert_eq!(numbers, expected);
    }

    #[test]
    fn a_new_store_needs_every_step_and_a_current_one_none() {
        let newest = MIGRATIONS.len() as i64;
        assert_eq!(missing_after(&[]).unwrap().len(), MIGRATIONS.len());
        assert_eq!(missing_after(&[(newest, newest)]).unwrap().len(), 0);
    }

    #[test]
    fn a_newer_schema_is_used_only_if_it_says_it_can_be() {
        let known = MIGRATIONS.len() as i64;
        let added = (known + 1, known);
        let removed = (known + 2, known + 2);
        assert_eq!(missing_after(&[(known, known), added]).unwrap().len(), 0);
        let refused = missing_after(&[(known, known), added, removed]).err();
        assert_eq!(refused, Some(StoreFault::Newer { found: known + 2, known }));
    }
}
