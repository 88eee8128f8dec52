//! Where a test lies: a database of its own, and short words for what tests do to it.

use async_trait::async_trait;
use counterfoil_authority::store::{
    ChainHash, Claim, Commit, CommitFault, Committed, Head, LedgerRow, Position, Statement, Store,
};
use counterfoil_core::id::{InvitationId, IssuerId, KeyId, MemberId, PersonId};
use counterfoil_core::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// A database of a test's own.
#[async_trait]
pub(crate) trait Bed: Sync {
    /// Opens the store, as a server that starts does; also while another has it open.
    async fn open(&self) -> Arc<dyn Store>;
}

/// A commit of one event to a stream, decided on what the store holds now.
pub(crate) async fn decided(store: &dyn Store, stream: &str, expected_version: u64) -> Commit {
    Commit {
        seen: store.head().await.unwrap(),
        stream: stream.into(),
        expected_version,
        events: vec![format!("{stream} {expected_version}").into_bytes()],
        claims: vec![],
        side: vec![],
    }
}

/// Commits and waits for the answer.
pub(crate) async fn commit(store: &dyn Store, commit: Commit) -> Result<Committed, CommitFault> {
    store.commit(commit).await
}

/// The commit with claims of these names.
pub(crate) fn claiming(commit: Commit, names: &[&str]) -> Commit {
    let claims =
        names.iter().map(|name| Claim { name: (*name).into(), subject: commit.stream.clone() }).collect();
    Commit { claims, ..commit }
}

/// The commit with these side writes.
pub(crate) fn beside(commit: Commit, side: Vec<Statement>) -> Commit {
    Commit { side, ..commit }
}

/// The whole ledger, its positions and hashes looked at.
pub(crate) async fn ledger(store: &dyn Store) -> Vec<LedgerRow> {
    let rows = store.rows_after(Position(0), 100_000).await.unwrap();
    let mut hash = ChainHash::default();
    for (row, position) in rows.iter().zip(1..) {
        hash = hash.of_next(&row.bytes);
        assert_eq!((row.position, row.hash), (Position(position), hash));
    }
    let Head { position, hash: end, .. } = store.head().await.unwrap();
    assert_eq!((rows.len() as u64, hash), (position.0, end), "the head is where the ledger ends");
    rows
}

/// The events of the whole ledger, as texts.
pub(crate) async fn events(store: &dyn Store) -> Vec<String> {
    ledger(store).await.into_iter().map(|row| String::from_utf8(row.bytes).unwrap()).collect()
}

/// Waits until something holds, for ten seconds at most.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not within ten seconds: {what}");
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

pub(crate) fn team(number: u8) -> IssuerId {
    IssuerId::from_random([number; 16])
}

pub(crate) fn person_id(number: u8) -> PersonId {
    PersonId::from_random([number; 16])
}

pub(crate) fn member(number: u8) -> MemberId {
    MemberId::from_random([number; 16])
}

pub(crate) fn invitation_id(number: u8) -> InvitationId {
    InvitationId::from_random([number; 16])
}

pub(crate) fn key(number: u8) -> KeyId {
    KeyId::from_random([number; 40])
}
