//! What a backup reads of the tables, and what a restore writes.
//!
//! Sealed halves, seal keys, links, sessions, challenges, answers, servers and how far replicas have read are
//! not among it: they are secrets, or worth nothing in another life of the ledger. The secrets of authenticator
//! apps are, sealed as they lie: only an installation with the same seal key opens them, and without one the
//! recovery codes are the way in.

use crate::store::append;
use crate::store::statement::{Row, Statement, Value, statements};
use crate::store::{Head, LedgerRow};
use counterfoil_core::id::EpochId;

/// A table of a backup.
#[derive(Debug)]
pub struct Table {
    /// What it is called, in the database and in the file.
    pub name: &'static str,
    /// How many columns of it are kept.
    pub columns: usize,
    /// What its key is made of: its first columns.
    key: &'static [Key],
    read: &'static str,
    put: &'static str,
}

/// What a column of a key holds.
#[derive(Clone, Copy, Debug)]
enum Key {
    Text,
    Number,
}

statements! {
    READ_CLAIMS = "SELECT name, subject, position FROM claims WHERE name > $1 ORDER BY name LIMIT $2";
    PUT_CLAIMS = "INSERT INTO claims (name, subject, position) VALUES ($1, $2, $3)";
    READ_PERSONS = "SELECT id, email, email_normal, first_name, last_name, created_at FROM persons WHERE id > $1
        ORDER BY id LIMIT $2";
    PUT_PERSONS = "INSERT INTO persons (id, email, email_normal, first_name, last_name, created_at) VALUES ($1,
        $2, $3, $4, $5, $6)";
    READ_MEMBERS = "SELECT member_id, team, person_id, joined_at, left_at FROM members WHERE member_id > $1
        ORDER BY member_id LIMIT $2";
    PUT_MEMBERS = "INSERT INTO members (member_id, team, person_id, joined_at, left_at) VALUES ($1, $2, $3, $4,
        $5)";
    READ_INVITATIONS = "SELECT id, team, email, email_normal, first_name, last_name, created_at, expires_at FROM
        invitations WHERE id > $1 ORDER BY id LIMIT $2";
    PUT_INVITATIONS = "INSERT INTO invitations (id, team, email, email_normal, first_name, last_name, created_at,
        expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    READ_PROVEN_ADDRESSES = "SELECT person_id, proven_at FROM proven_addresses WHERE person_id > $1 ORDER BY person_id
        LIMIT $2";
    PUT_PROVEN_ADDRESSES = "INSERT INTO proven_addresses (person_id, proven_at) VALUES ($1, $2)";
    READ_OPERATORS = "SELECT person_id, since FROM operators WHERE person_id > $1 ORDER BY person_id LIMIT $2";
    PUT_OPERATORS = "INSERT INTO operators (person_id, since) VALUES ($1, $2)";
    READ_PASSWORDS = "SELECT person_id, hash, set_at FROM passwords WHERE person_id > $1 ORDER BY person_id LIMIT $2";
    PUT_PASSWORDS = "INSERT INTO passwords (person_id, hash, set_at) VALUES ($1, $2, $3)";
    READ_AUTHENTICATORS = "SELECT person_id, sealed, kek_id, last_step, enrolled_at FROM authenticators
        WHERE person_id > $1 ORDER BY person_id LIMIT $2";
    PUT_AUTHENTICATORS = "INSERT INTO authenticators (person_id, sealed, kek_id, last_step, enrolled_at)
        VALUES ($1, $2, $3, $4, $5)";
    READ_RECOVERY_CODES = "SELECT hash, person_id, created_at FROM recovery_codes WHERE hash > $1 ORDER BY hash LIMIT
        $2";
    PUT_RECOVERY_CODES = "INSERT INTO recovery_codes (hash, person_id, created_at) VALUES ($1, $2, $3)";
    READ_PASSKEYS = "SELECT id, person_id, name, public_key, counter, created_at, last_used FROM passkeys WHERE id > $1
        ORDER BY id LIMIT $2";
    PUT_PASSKEYS = "INSERT INTO passkeys (id, person_id, name, public_key, counter, created_at, last_used)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    READ_IDENTITIES = "SELECT provider, subject, person_id, shown_as, linked_at, last_used FROM identities
        WHERE (provider, subject) > ($1, $2) ORDER BY provider, subject LIMIT $3";
    PUT_IDENTITIES = "INSERT INTO identities (provider, subject, person_id, shown_as, linked_at, last_used)
        VALUES ($1, $2, $3, $4, $5, $6)";
    READ_SIGN_IN_EVENTS = "SELECT id, happened_at, person_id, what, how, address, agent FROM sign_in_events
        WHERE id > $1 ORDER BY id LIMIT $2";
    PUT_SIGN_IN_EVENTS = "INSERT INTO sign_in_events (id, happened_at, person_id, what, how, address, agent)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    READ_USAGE_HOURS = "SELECT key_id, hour, team, endpoint_group, access, family, outcome, count FROM usage_hours
        WHERE (key_id, hour, team, endpoint_group, access, family, outcome) > ($1, $2, $3, $4, $5,
        $6, $7) ORDER BY key_id, hour, team, endpoint_group, access, family, outcome LIMIT $8";
    PUT_USAGE_HOURS = "INSERT INTO usage_hours (key_id, hour, team, endpoint_group, access, family, outcome, count)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    READ_USAGE_DAYS = "SELECT key_id, day, team, endpoint_group, access, family, outcome, count FROM usage_days
        WHERE (key_id, day, team, endpoint_group, access, family, outcome) > ($1, $2, $3, $4, $5,
        $6, $7) ORDER BY key_id, day, team, endpoint_group, access, family, outcome LIMIT $8";
    PUT_USAGE_DAYS = "INSERT INTO usage_days (key_id, day, team, endpoint_group, access, family, outcome, count)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    READ_USAGE_BATCHES = "SELECT server, batch, flushed_at FROM usage_batches WHERE (server, batch) > ($1, $2) ORDER
        BY server, batch LIMIT $3";
    PUT_USAGE_BATCHES = "INSERT INTO usage_batches (server, batch, flushed_at) VALUES ($1, $2, $3)";
    READ_LAST_USED = "SELECT key_id, used_at FROM last_used WHERE key_id > $1 ORDER BY key_id LIMIT $2";
    PUT_LAST_USED = "INSERT INTO last_used (key_id, used_at) VALUES ($1, $2)";
    READ_LAST_EXPIRY = "SELECT key_id, expires_at FROM last_expiry WHERE key_id > $1 ORDER BY key_id LIMIT $2";
    PUT_LAST_EXPIRY = "INSERT INTO last_expiry (key_id, expires_at) VALUES ($1, $2)";
    READ_REPLICAS = "SELECT name, credential_hash, created_at FROM replicas WHERE name > $1 ORDER BY name LIMIT
        $2";
    PUT_REPLICAS = "INSERT INTO replicas (name, credential_hash, created_at, position) VALUES ($1, $2, $3, 0)";
    READ_INSTALLATION = "SELECT name, value FROM installation WHERE name > $1 AND name <> 'seal-key' ORDER BY name
        LIMIT $2";
    PUT_INSTALLATION = "INSERT INTO installation (name, value) VALUES ($1, $2)";
    /// Undoes a restore whose file turns out to be other than it was when it was checked.
    NOTHING = "UPDATE head SET position = position WHERE id = 0";
}

/// All tables, each after those that it refers to.
pub const TABLES: &[Table] = &[
    Table { name: "claims", columns: 3, key: &[Key::Text], read: READ_CLAIMS, put: PUT_CLAIMS },
    Table { name: "persons", columns: 6, key: &[Key::Text], read: READ_PERSONS, put: PUT_PERSONS },
    Table { name: "members", columns: 5, key: &[Key::Text], read: READ_MEMBERS, put: PUT_MEMBERS },
    Table {
        name: "invitations",
        columns: 8,
        key: &[Key::Text],
        read: READ_INVITATIONS,
        put: PUT_INVITATIONS,
    },
    Table {
        name: "proven_addresses",
        columns: 2,
        key: &[Key::Text],
        read: READ_PROVEN_ADDRESSES,
        put: PUT_PROVEN_ADDRESSES,
    },
    Table { name: "operators", columns: 2, key: &[Key::Text], read: READ_OPERATORS, put: PUT_OPERATORS },
    Table { name: "passwords", columns: 3, key: &[Key::Text], read: READ_PASSWORDS, put: PUT_PASSWORDS },
    Table {
        name: "authenticators",
        columns: 5,
        key: &[Key::Text],
        read: READ_AUTHENTICATORS,
        put: PUT_AUTHENTICATORS,
    },
    Table {
        name: "recovery_codes",
        columns: 3,
        key: &[Key::Text],
        read: READ_RECOVERY_CODES,
        put: PUT_RECOVERY_CODES,
    },
    Table { name: "passkeys", columns: 7, key: &[Key::Text], read: READ_PASSKEYS, put: PUT_PASSKEYS },
    Table {
        name: "identities",
        columns: 6,
        key: &[Key::Text, Key::Text],
        read: READ_IDENTITIES,
        put: PUT_IDENTITIES,
    },
    Table {
        name: "sign_in_events",
        columns: 7,
        key: &[Key::Text],
        read: READ_SIGN_IN_EVENTS,
        put: PUT_SIGN_IN_EVENTS,
    },
    Table {
        name: "usage_hours",
        columns: 8,
        key: &[Key::Text, Key::Number, Key::Text, Key::Text, Key::Text, Key::Text, Key::Text],
        read: READ_USAGE_HOURS,
        put: PUT_USAGE_HOURS,
    },
    Table {
        name: "usage_days",
        columns: 8,
        key: &[Key::Text, Key::Number, Key::Text, Key::Text, Key::Text, Key::Text, Key::Text],
        read: READ_USAGE_DAYS,
        put: PUT_USAGE_DAYS,
    },
    Table {
        name: "usage_batches",
        columns: 3,
        key: &[Key::Text, Key::Number],
        read: READ_USAGE_BATCHES,
        put: PUT_USAGE_BATCHES,
    },
    Table { name: "last_used", columns: 2, key: &[Key::Text], read: READ_LAST_USED, put: PUT_LAST_USED },
    Table {
        name: "last_expiry",
        columns: 2,
        key: &[Key::Text],
        read: READ_LAST_EXPIRY,
        put: PUT_LAST_EXPIRY,
    },
    Table { name: "replicas", columns: 3, key: &[Key::Text], read: READ_REPLICAS, put: PUT_REPLICAS },
    Table {
        name: "installation",
        columns: 2,
        key: &[Key::Text],
        read: READ_INSTALLATION,
        put: PUT_INSTALLATION,
    },
];

/// What a restore is refused for whose file has changed under it.
pub const UNCHANGED_FILE: &str = "the backup as it was when it was checked";

impl Table {
    /// At most this many rows after a row, in the order of the key; the first rows, if after none.
    #[must_use]
    pub fn rows_after(&self, last: Option<&Row>, most: u32) -> Statement {
        let key =
            self.key.iter().enumerate().map(|(column, key)| match last.and_then(|row| row.value(column)) {
                Some(value) => value.clone(),
                None => key.lowest(),
            });
        Statement::new(self.read, key.chain([i64::from(most).into()]).collect())
    }

    /// Writes a row.
    #[must_use]
    pub fn put(&self, values: Vec<Value>) -> Statement {
        Statement::new(self.put, values).expecting_one(self.name)
    }
}

impl Key {
    /// What stands before every value there is.
    fn lowest(self) -> Value {
        match self {
            Self::Text => "".into(),
            Self::Number => i64::MIN.into(),
        }
    }
}

/// Asks where the ledger ends.
#[must_use]
pub fn head() -> Statement {
    append::head()
}

/// Reads the answer to [`head`].
///
/// # Errors
/// `Corrupt` if there is no ledger.
pub fn read_head(rows: Vec<Row>) -> Result<Head, crate::store::StoreFault> {
    append::read_head(rows)
}

/// Asks for at most this many rows of the ledger after a position.
#[must_use]
pub fn ledger_after(after: crate::store::Position, most: usize) -> Statement {
    append::rows_after(after, most)
}

/// Writes an empty ledger's head.
#[must_use]
pub fn begin(head: &Head) -> Statement {
    append::begin_epoch(head.epoch)
}

/// Writes where the ledger ends.
#[must_use]
pub fn end(head: &Head) -> Statement {
    append::move_head(head)
}

/// Begins another epoch where the ledger ends; in the commit of the event that says so.
#[must_use]
pub fn next_epoch(epoch: EpochId) -> Statement {
    append::next_epoch(epoch)
}

/// Writes a stream.
#[must_use]
pub fn stream(number: i64, name: &str) -> Statement {
    append::new_stream(name, number)
}

/// Writes a row of the ledger into the stream of this number.
#[must_use]
pub fn ledger_row(row: &LedgerRow, stream: i64) -> Statement {
    append::whole_row(row, stream)
}

/// Fails, and undoes everything around it.
#[must_use]
pub fn fail() -> Statement {
    Statement::new(NOTHING, vec![]).expecting_one(UNCHANGED_FILE)
}
