//! Notices what other servers write, and tells them of what this one wrote.
//!
//! A notification is a hint: it is sent after the commit, on a connection of its own, since it
//! takes a lock that all databases of the server share. Looking is the guarantee.

use super::address::Address;
use super::connection::{Connected, HEAD_PATIENCE};
use crate::store::{Position, StoreFault, append};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

/// How often it looks when nobody tells it anything.
const PAUSE: Duration = Duration::from_millis(250);
/// How long it waits before it connects again.
const AFTER_A_FAULT: Duration = Duration::from_millis(500);

/// Looks whether the ledger has grown, until it is aborted.
pub(super) async fn watch(address: Address, grown: watch::Sender<Position>, committed: Arc<Notify>) {
    loop {
        if let Err(fault) = watch_once(&address, &grown, &committed).await {
            tracing::debug!(%fault, "the ledger can't be followed");
        }
        sleep(AFTER_A_FAULT).await;
    }
}

/// Returns only when the connection fails.
async fn watch_once(
    address: &Address,
    grown: &watch::Sender<Position>,
    committed: &Notify,
) -> Result<(), StoreFault> {
    let mut connection = Connected::to(address).await?;
    let notified = connection.notified();
    connection.command("LISTEN counterfoil_ledger").await?;
    loop {
        look(&mut connection, grown).await?;
        tokio::select! {
            () = committed.notified() => connection.command("NOTIFY counterfoil_ledger").await?,
            () = notified.notified() => {}
            () = sleep(PAUSE) => {}
        }
    }
}

async fn look(connection: &mut Connected, grown: &watch::Sender<Position>) -> Result<(), StoreFault> {
    let found = append::read_head(connection.one(&append::head(), HEAD_PATIENCE).await?.0)?.position;
    grown.send_if_modified(|position| std::mem::replace(position, found) != found);
    Ok(())
}
