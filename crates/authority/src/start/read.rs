//! Reading the whole ledger, as fast as it goes.

use super::StartFault;
use crate::entry::{ProvenEntry, ReadFault};
use crate::failure::Failure;
use crate::state::State;
use crate::store::{Head, Position, Store};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

/// How many rows are read at a time when everything is read.
const ROWS_AT_ONCE: usize = 1024;
/// How many parts are read at once.
const LANES: usize = 3;
/// How many parts of each lane may wait for the fold.
const PARTS_AHEAD: usize = 2;

/// Reads the whole ledger. Parts are read by a few at once and folded in order, by one.
pub(crate) async fn read_all(store: &Arc<dyn Store>, head: Head) -> Result<State, StartFault> {
    let mut reading = JoinSet::new();
    let lanes = (0..LANES).map(|first| {
        let (parts, due) = mpsc::channel(PARTS_AHEAD);
        reading.spawn(read_lane(Arc::clone(store), first, parts));
        due
    });
    let lanes = lanes.collect();
    let folded = spawn_blocking(move || fold_all(State::empty(head.epoch), lanes)).await;
    // Whoever closes the store after this must be the last who holds it.
    reading.shutdown().await;
    folded.map_err(|fault| Failure::Fault(fault.to_string()))?
}

/// Rows of the ledger, as they come from the store.
type Part = Result<Vec<ProvenEntry>, ReadFault>;

/// Reads this part and each that follows it at the lanes' distance, up to the ledger's end. It does not
/// wait for another lane, so a slow part holds up nothing but the fold.
async fn read_lane(store: Arc<dyn Store>, first: usize, parts: mpsc::Sender<Part>) {
    for number in (first..).step_by(LANES) {
        let after = Position((number * ROWS_AT_ONCE) as u64);
        let part = store.proven_after(after, ROWS_AT_ONCE).await;
        let is_last = part.as_ref().map_or(true, |part| part.len() < ROWS_AT_ONCE);
        if parts.send(part).await.is_err() || is_last {
            break;
        }
    }
}

/// Takes one part of each lane in turn. Only a part that is not full is the ledger's end.
fn fold_all(mut state: State, mut lanes: Vec<mpsc::Receiver<Part>>) -> Result<State, StartFault> {
    loop {
        for lane in &mut lanes {
            let cut_short = || Failure::Fault("the reading of the ledger was cut short".into());
            let part = lane.blocking_recv().ok_or_else(cut_short)??;
            part.iter().try_for_each(|row| state.apply_proven(row))?;
            if part.len() < ROWS_AT_ONCE {
                return Ok(state);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::Sqlite;
    use crate::store::{Commit, fresh_epoch};
    use counterfoil_core::event::{Actor, Entry, Event, Stream};
    use counterfoil_core::time::Timestamp;

    /// A store whose ledger has so many rows: replicas that are added and taken away.
    async fn store_of(dir: &tempfile::TempDir, length: usize) -> Arc<dyn Store> {
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&dir.path().join("counterfoil.db")).unwrap());
        lengthen(store.as_ref(), length).await;
        store
    }

    async fn lengthen(store: &dyn Store, length: usize) {
        let seen = store.head().await.unwrap();
        let entry = |number: u64| {
            let name = format!("replica {}", number % 100);
            let event = match number % 200 {
                0..100 => Event::ReplicaAdded { name },
                _ => Event::ReplicaRemoved { name },
            };
            let at = Timestamp::from_seconds(number as i64 + 1);
            Entry { of: Stream::Installation, at, by: Actor::Operator, event }.to_bytes()
        };
        let commit = Commit {
            seen,
            stream: Stream::Installation.to_string(),
            expected_version: seen.position.0,
            events: (seen.position.0..length as u64).map(entry).collect(),
            claims: vec![],
            side: vec![],
        };
        store.commit(commit).await.unwrap();
    }

    async fn folded_row_by_row(store: &dyn Store) -> State {
        let mut state = State::empty(store.head().await.unwrap().epoch);
        for row in store.rows_after(Position::default(), usize::MAX).await.unwrap() {
            state.apply(&row).unwrap();
        }
        state
    }

    #[tokio::test]
    async fn a_ledger_of_any_length_is_read_to_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(&dir, 1).await;
        for length in [ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1].into_iter().chain([
            LANES * ROWS_AT_ONCE,
            LANES * ROWS_AT_ONCE + 1,
            5 * LANES * ROWS_AT_ONCE + 77,
        ]) {
            lengthen(store.as_ref(), length).await;
            let head = store.head().await.unwrap();
            let (read, expected) =
                (read_all(&store, head).await.unwrap(), folded_row_by_row(store.as_ref()).await);
            assert_eq!((read.head(), read.head().position), (head, Position(length as u64)));
            assert_eq!(read.installation_version(), length as u64);
            assert_eq!((read.replicas(), read.latest()), (expected.replicas(), expected.latest()));
        }
        assert_eq!(Arc::strong_count(&store), 1, "nobody reads any more");
    }

    #[tokio::test]
    async fn an_empty_ledger_is_the_state_before_its_first_row() {
        let dir = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&dir.path().join("counterfoil.db")).unwrap());
        let head = Head { epoch: fresh_epoch().unwrap(), ..store.head().await.unwrap() };
        assert_eq!(read_all(&store, head).await.unwrap().head(), head);
    }
}
