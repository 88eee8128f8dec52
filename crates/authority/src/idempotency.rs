//! Doing once what is asked twice.
//!
//! The answer to a named request is kept in the transaction of the change itself, as ids and a
//! status, so that no half and no erased name can be in it. Of two that ask at the same time, the
//! second waits for the first; on another server, the unique row undoes its commit, and it reads
//! the first's answer. Refusals are not kept.

use crate::authority::{Answered, Authority, Request};
use crate::failure::Failure;
use crate::ledger::{Done, Rejected};
use crate::store::tables::answers;
use crate::store::{Position, Statement, StoreFault, first_of};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::OwnedMutexGuard;

/// A request's own name, and what it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// SHA-256 over team, caller, method, path and the key that the client sent.
    pub scope: [u8; 32],
    /// SHA-256 of the body.
    pub body: [u8; 32],
}

/// What is kept of an answer: enough to build it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remembered {
    /// The status it had.
    pub status: u16,
    /// What it was about, such as `apiKeys`.
    pub kind: String,
    /// The ids of what it was about.
    pub ids: Vec<String>,
}

/// Whether a request was answered before.
#[derive(Debug)]
pub enum Recalled {
    /// It was not, or it has no name. Until this is dropped, a twin of it waits.
    New(Turn),
    /// It was, and this server has read what the answer tells of.
    Done(Before),
}

/// An answer that was given before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// What is kept of it.
    pub remembered: Remembered,
    /// How far this server has read the ledger, which is at least to the change.
    pub position: Position,
}

/// The right to answer a named request. Twins wait until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _held: Option<OwnedMutexGuard<()>>,
}

/// Who is answering which named request in this process.
#[derive(Debug, Default)]
pub struct Twins {
    turns: Mutex<HashMap<[u8; 32], Weak<tokio::sync::Mutex<()>>>>,
}

impl Authority {
    /// Looks whether a named request was answered before. A twin that is being answered in this
    /// process is waited for.
    ///
    /// # Errors
    /// If its name was used for a request with another body, or the store can't be read.
    pub async fn recall(&self, request: &Request) -> Result<Recalled, Failure> {
        let Some(key) = &request.idempotency else { return Ok(Recalled::New(Turn { _held: None })) };
        let turn = self.twins.turn(key.scope).await;
        Ok(self.find_answer(key).await?.map_or(Recalled::New(turn), Recalled::Done))
    }

    /// Keeps an answer; to be put alongside the decision that it tells of. Nothing, if the request
    /// has no name.
    #[must_use]
    pub fn remember(&self, request: &Request, answer: &Remembered) -> Vec<Statement> {
        let Some(key) = &request.idempotency else { return Vec::new() };
        let answer = answers::Answer {
            scope: key.scope,
            body_hash: key.body,
            answer: serde_json::to_string(answer).unwrap_or_default(),
            created_at: self.now(),
        };
        answers::keep(&answer).into()
    }

    /// Keeps an answer to a request that found all as it wanted it: there was no decision to put
    /// it alongside.
    ///
    /// # Errors
    /// If the store did not take it.
    pub(crate) async fn remember_if_nothing_happened(
        &self,
        done: &Done,
        keep: Vec<Statement>,
    ) -> Result<(), Failure> {
        if !done.events.is_empty() || keep.is_empty() {
            return Ok(());
        }
        match self.store().write(keep).await {
            Ok(_) | Err(StoreFault::Unexpected(_)) => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn find_answer(&self, key: &IdempotencyKey) -> Result<Option<Before>, Failure> {
        let rows = self.store().read(answers::find(key.scope, self.now())).await?;
        let Some(found) = first_of::<answers::Answer>(rows)? else { return Ok(None) };
        if found.body_hash != key.body {
            return Err(Failure::IdempotencyMismatch);
        }
        let remembered = serde_json::from_str(&found.answer)
            .map_err(|fault| Failure::Fault(format!("a remembered answer can't be read: {fault}")))?;
        let position = self.ledger.catch_up().await?;
        Ok(Some(Before { remembered, position }))
    }
}

impl Turn {
    /// What counts after a submission that was rejected: if a twin on another server was faster,
    /// its answer, since the second of two equal requests may be refused for what the first did.
    ///
    /// # Errors
    /// What the submission was rejected for, if there was no twin.
    pub(crate) async fn or_before(
        self,
        authority: &Authority,
        request: &Request,
        rejected: Rejected,
    ) -> Result<Before, Failure> {
        let Some(key) = &request.idempotency else { return Err(rejected.into()) };
        match authority.find_answer(key).await {
            Ok(Some(before)) => Ok(before),
            Err(Failure::IdempotencyMismatch) => Err(Failure::IdempotencyMismatch),
            Ok(None) | Err(_) => Err(rejected.into()),
        }
    }

    /// The same for an answer that is one id.
    ///
    /// # Errors
    /// As [`Turn::or_before`].
    pub(crate) async fn or_remembered<T: for<'a> TryFrom<&'a str>>(
        self,
        authority: &Authority,
        request: &Request,
        rejected: Rejected,
    ) -> Result<Answered<T>, Failure> {
        self.or_before(authority, request, rejected).await?.into_answered()
    }

    /// The same for an answer that is several ids.
    ///
    /// # Errors
    /// As [`Turn::or_before`].
    pub(crate) async fn or_remembered_ids<T: for<'a> TryFrom<&'a str>>(
        self,
        authority: &Authority,
        request: &Request,
        rejected: Rejected,
    ) -> Result<Answered<Vec<T>>, Failure> {
        self.or_before(authority, request, rejected).await?.into_answered_ids()
    }

    /// The same for an answer that says nothing but that it was done.
    ///
    /// # Errors
    /// As [`Turn::or_before`].
    pub(crate) async fn or_remembered_nothing(
        self,
        authority: &Authority,
        request: &Request,
        rejected: Rejected,
    ) -> Result<Answered<()>, Failure> {
        self.or_before(authority, request, rejected).await.map(Before::into_answered_nothing)
    }
}

impl Remembered {
    /// Something was made.
    pub(crate) fn created(kind: &str, id: String) -> Self {
        Self { status: 201, kind: kind.to_owned(), ids: vec![id] }
    }

    /// Something was changed.
    pub(crate) fn changed(kind: &str, ids: Vec<String>) -> Self {
        Self { status: 200, kind: kind.to_owned(), ids }
    }

    /// Something was removed.
    pub(crate) fn removed(kind: &str, id: String) -> Self {
        Self { status: 204, kind: kind.to_owned(), ids: vec![id] }
    }
}

impl Before {
    /// The answer again, if it is one id.
    pub(crate) fn into_answered<T: for<'a> TryFrom<&'a str>>(self) -> Result<Answered<T>, Failure> {
        let Answered { value, position, replayed } = self.into_answered_ids::<T>()?;
        let value = value.into_iter().next().ok_or_else(unreadable)?;
        Ok(Answered { value, position, replayed })
    }

    /// The answer again, if it is several ids.
    pub(crate) fn into_answered_ids<T: for<'a> TryFrom<&'a str>>(self) -> Result<Answered<Vec<T>>, Failure> {
        let ids = self.remembered.ids.iter().map(|id| T::try_from(id).map_err(|_| unreadable()));
        Ok(Answered { value: ids.collect::<Result<_, _>>()?, position: self.position, replayed: true })
    }

    /// The answer again, if it says nothing but that it was done.
    pub(crate) fn into_answered_nothing(self) -> Answered<()> {
        Answered { value: (), position: self.position, replayed: true }
    }
}

fn unreadable() -> Failure {
    Failure::Fault("a remembered answer names no id of the right kind".into())
}

impl Twins {
    async fn turn(&self, scope: [u8; 32]) -> Turn {
        let lock = self.lock_of(scope);
        Turn { _held: Some(lock.lock_owned().await) }
    }

    fn lock_of(&self, scope: [u8; 32]) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = turns.entry(scope).or_default();
        slot.upgrade().unwrap_or_else(|| {
            let fresh = Arc::default();
            *slot = Arc::downgrade(&fresh);
            fresh
        })
    }

    /// Forgets the requests that nobody answers or waits for any more.
    pub(crate) fn forget_finished(&self) {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, lock| lock.strong_count() > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_twin_waits_until_the_first_is_done_and_others_do_not() {
        let twins = Twins::default();
        let first = twins.turn([1; 32]).await;
        let waiting = tokio::time::timeout(Duration::from_millis(20), twins.turn([1; 32]));
        assert!(waiting.await.is_err());
        drop(tokio::time::timeout(Duration::from_secs(5), twins.turn([2; 32])).await.unwrap());
        drop(first);
        drop(tokio::time::timeout(Duration::from_secs(5), twins.turn([1; 32])).await.unwrap());
    }

    #[tokio::test]
    async fn finished_requests_are_forgotten_and_running_ones_are_not() {
        let twins = Twins::default();
        let running = twins.turn([1; 32]).await;
        drop(twins.turn([2; 32]).await);
        twins.forget_finished();
        assert_eq!(twins.turns.lock().unwrap().len(), 1);
        assert!(twins.turns.lock().unwrap().contains_key(&[1; 32]));
        drop(running);
    }

    #[test]
    fn what_is_remembered_reads_back() {
        let answer = Remembered { status: 201, kind: "apiKeys".into(), ids: vec!["ABCDE12345".into()] };
        let text = serde_json::to_string(&answer).unwrap();
        assert_eq!(text, r#"{"status":201,"kind":"apiKeys","ids":["ABCDE12345"]}"#);
        assert_eq!(serde_json::from_str::<Remembered>(&text).unwrap(), answer);
    }
}
