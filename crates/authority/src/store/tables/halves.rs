//! Sealed private halves that wait for their one download, and the keys that seal them.

use crate::store::statement::{Row, Statement, statements};
use crate::store::{Claim, StoreFault};
use counterfoil_core::id::{IssuerId, KeyId};
use counterfoil_core::time::Timestamp;
use std::fmt;

/// A private half, sealed, that nobody has downloaded yet.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingHalf {
    /// Of which key.
    pub key: KeyId,
    /// Of which team.
    pub team: IssuerId,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
    /// Which seal key opens it.
    pub kek: String,
    /// Since when it waits.
    pub created_at: Timestamp,
}

/// A seal key that is or was in use, without the key: what lets a wrong one be noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealKey {
    /// Which seal key.
    pub kek: String,
    /// A value that only the right key can bring forth.
    pub proof: Vec<u8>,
    /// Since when.
    pub created_at: Timestamp,
}

statements! {
    KEEP = "INSERT INTO pending_halves (position, key_id, team, sealed, kek_id, created_at)
        SELECT position, $1, $2, $3, $4, $5 FROM claims WHERE name = $6 ON CONFLICT DO NOTHING";
    PENDING = "SELECT h.key_id, h.team, h.sealed, h.kek_id, h.created_at
        FROM claims c JOIN pending_halves h ON h.position = c.position WHERE c.name = $1 AND h.key_id = $2";
    ERASE = "DELETE FROM pending_halves
        WHERE position = (SELECT position FROM claims WHERE name = $1) AND key_id = $2";
    ERASE_ALL = "DELETE FROM pending_halves";
    OLDER_THAN = "SELECT key_id, team, sealed, kek_id, created_at FROM pending_halves
        WHERE created_at < $1 ORDER BY created_at, key_id LIMIT $2";
    NOT_SEALED_BY = "SELECT key_id, team, sealed, kek_id, created_at FROM pending_halves
        WHERE kek_id <> $1 ORDER BY key_id LIMIT $2";
    RESEAL = "UPDATE pending_halves SET sealed = $1, kek_id = $2
        WHERE position = (SELECT position FROM claims WHERE name = $3) AND key_id = $4 AND kek_id = $5";
    COUNT_SEALED_BY = "SELECT COUNT(*) FROM pending_halves WHERE kek_id = $1";
    ADD_SEAL_KEY = "INSERT INTO seal_keys (kek_id, proof, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    STILL_IN_FORCE = "SELECT kek_id FROM seal_keys WHERE kek_id = $1";
    SEAL_KEYS = "SELECT kek_id, proof, created_at FROM seal_keys ORDER BY created_at, kek_id";
    DESTROY_SEAL_KEY = "DELETE FROM seal_keys WHERE kek_id = $1
        AND NOT EXISTS (SELECT 1 FROM pending_halves WHERE kek_id = $1)
        AND NOT EXISTS (SELECT 1 FROM authenticators WHERE kek_id = $1)";
    FORGET_LOST_SEAL_KEY = "DELETE FROM seal_keys WHERE kek_id = $1
        AND NOT EXISTS (SELECT 1 FROM pending_halves WHERE kek_id = $1)";
}

/// Keeps a sealed half until its download; in the commit that generates the key and claims its id.
#[must_use]
pub fn keep(half: &PendingHalf) -> Statement {
    let values = vec![
        half.key.into(),
        half.team.into(),
        half.sealed.as_slice().into(),
        half.kek.as_str().into(),
        half.created_at.into(),
        Claim::name_of(half.key).into(),
    ];
    Statement::new(KEEP, values).expecting_one("a key without a pending half")
}

/// Finds the sealed half of a key.
#[must_use]
pub fn pending(key: KeyId) -> Statement {
    Statement::new(PENDING, vec![Claim::name_of(key).into(), key.into()])
}

/// Erases the half; in the commit of its download, which is undone if the half is gone.
#[must_use]
pub fn erase(key: KeyId) -> Statement {
    Statement::new(ERASE, vec![Claim::name_of(key).into(), key.into()])
        .expecting_one("the pending half")
        .erasing()
}

/// Erases the half if there is one; in the commit that revokes the key.
#[must_use]
pub fn erase_if_any(key: KeyId) -> Statement {
    Statement::new(ERASE, vec![Claim::name_of(key).into(), key.into()]).erasing()
}

/// Erases every half: what a restore does.
#[must_use]
pub fn erase_all() -> Statement {
    Statement::new(ERASE_ALL, vec![]).erasing()
}

/// At most this many halves that have waited since before this moment, oldest first.
#[must_use]
pub fn older_than(moment: Timestamp, most: u32) -> Statement {
    Statement::new(OLDER_THAN, vec![moment.into(), i64::from(most).into()])
}

/// At most this many halves that another seal key than this one opens.
#[must_use]
pub fn not_sealed_by(kek: &str, most: u32) -> Statement {
    Statement::new(NOT_SEALED_BY, vec![kek.into(), i64::from(most).into()])
}

/// Replaces the sealed bytes of a half that is still sealed by the old key. Changes nothing if it
/// has been downloaded or resealed meanwhile.
#[must_use]
pub fn reseal(key: KeyId, sealed: &[u8], new_kek: &str, old_kek: &str) -> Statement {
    let values = vec![sealed.into(), new_kek.into(), Claim::name_of(key).into(), key.into(), old_kek.into()];
    Statement::new(RESEAL, values).erasing()
}

/// Counts the halves that this seal key opens.
#[must_use]
pub fn count_sealed_by(kek: &str) -> Statement {
    Statement::new(COUNT_SEALED_BY, vec![kek.into()])
}

/// Makes a seal key known; undone with its commit if there is one of that name.
#[must_use]
pub fn add_seal_key(key: &SealKey) -> Statement {
    let values = vec![key.kek.as_str().into(), key.proof.as_slice().into(), key.created_at.into()];
    Statement::new(ADD_SEAL_KEY, values).expecting_one("a new seal key")
}

/// Undoes everything around it unless this seal key is still in force; in each commit that seals
/// something, so that nothing is sealed by a key that a rotation is destroying: a rotation is a
/// commit too, and commits come one after the other.
#[must_use]
pub fn still_in_force(kek: &str) -> Statement {
    Statement::new(STILL_IN_FORCE, vec![kek.into()]).expecting_one(SEAL_KEY_IN_FORCE)
}

/// What [`still_in_force`] is called when it is not met.
pub const SEAL_KEY_IN_FORCE: &str = "the seal key in force";

/// The seal keys that are known, oldest first.
#[must_use]
pub fn seal_keys() -> Statement {
    Statement::new(SEAL_KEYS, vec![])
}

/// Forgets a seal key; refused while a half or an authenticator app is still sealed by it.
#[must_use]
pub fn destroy_seal_key(kek: &str) -> Statement {
    Statement::new(DESTROY_SEAL_KEY, vec![kek.into()])
        .expecting_one("a seal key that seals nothing")
        .erasing()
}

/// Forgets a seal key that is lost; refused while a half is still sealed by it. Authenticator apps that it sealed
/// are lost with it, and stay enrolled: whoever has one still needs a recovery code.
#[must_use]
pub fn forget_lost_seal_key(kek: &str) -> Statement {
    Statement::new(FORGET_LOST_SEAL_KEY, vec![kek.into()])
        .expecting_one("a seal key that seals nothing")
        .erasing()
}

impl fmt::Debug for PendingHalf {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[sealed half of {}]", self.key)
    }
}

impl TryFrom<Row> for PendingHalf {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self {
            key: row.id(0)?,
            team: row.id(1)?,
            sealed: row.bytes(2)?.to_vec(),
            kek: row.text(3)?.to_owned(),
            created_at: row.time(4)?,
        })
    }
}

impl TryFrom<Row> for SealKey {
    type Error = StoreFault;

    fn try_from(row: Row) -> Result<Self, StoreFault> {
        Ok(Self { kek: row.text(0)?.to_owned(), proof: row.bytes(1)?.to_vec(), created_at: row.time(2)? })
    }
}
