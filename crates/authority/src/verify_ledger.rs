//! Checking the whole ledger: every row's hash, every event, every version. It opens the store by
//! itself, so that it also works on a ledger that no server would start with.

use crate::start::{Settings, open_store};
use crate::state::{FoldFault, State};
use crate::store::{ChainHash, LedgerRow, Position, StoreFault};
use counterfoil_core::id::EpochId;

/// How many rows are read at a time.
const ROWS_AT_ONCE: usize = 8192;

/// What a check of the whole ledger found.
#[derive(Clone, Debug)]
pub struct LedgerReport {
    /// The epoch that the store names.
    pub epoch: EpochId,
    /// How far the ledger was found right.
    pub head: Position,
    /// The hash of the last right row.
    pub hash: ChainHash,
    /// What is wrong after that, if anything is.
    pub fault: Option<String>,
}

/// Why the ledger could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerReportFault {
    /// The store can't be opened or read.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// Checks the whole ledger of these settings' store.
///
/// # Errors
/// If the store can't be opened or read; a ledger that is wrong is a report, not an error.
pub async fn verify_ledger(
    settings: &Settings,
    progress: &mut (dyn FnMut(Position) + Send),
) -> Result<LedgerReport, LedgerReportFault> {
    let store = open_store(settings).await?;
    let named = store.head().await?;
    let mut state = State::empty(named.epoch);
    let mut fault = None;
    while fault.is_none() {
        let rows = store.rows_after(state.head().position, ROWS_AT_ONCE).await;
        fault = match rows {
            Ok(rows) if rows.is_empty() => break,
            Ok(rows) => check(&mut state, &rows).err().map(|fault| fault.to_string()),
            Err(StoreFault::Corrupt(why)) => Some(why),
            Err(other) => return Err(other.into()),
        };
        progress(state.head().position);
    }
    let found = state.head();
    let fault = fault.or_else(|| {
        // The head was read first: rows that others wrote since are no fault.
        (found != named && found.position <= named.position).then(|| {
            format!(
                "the head row names position {} of epoch {}, and the rows end at {} of {}",
                named.position, named.epoch, found.position, found.epoch
            )
        })
    });
    Ok(LedgerReport { epoch: found.epoch, head: found.position, hash: found.hash, fault })
}

fn check(state: &mut State, rows: &[LedgerRow]) -> Result<(), FoldFault> {
    rows.iter().try_for_each(|row| state.apply(row).map(drop))
}
