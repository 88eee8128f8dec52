//! `GET /v1/feed`: what verifiers elsewhere follow. First a snapshot, then fact after fact, in the order of the
//! ledger; nothing personal, and no name of anything. docs/feed.md describes it.

use crate::call::Call;
use crate::dates;
use crate::error::Problem;
use crate::query::{Parameter, ParameterKind};
use crate::reply::Reply;
use counterfoil_authority::store::Position;
use std::time::Duration;

pub(crate) const PATH: &str = "/v1/feed";
/// How many facts are told at a time.
const MOST_FACTS: usize = 2000;

pub(crate) static QUERY: &[Parameter] = &[
    Parameter {
        name: "after",
        kind: ParameterKind::Number,
        about: "The last position that was read; without it, a snapshot",
    },
    Parameter {
        name: "epoch",
        kind: ParameterKind::Text,
        about: "The epoch that was read; another one is 409",
    },
    Parameter {
        name: "hash",
        kind: ParameterKind::Text,
        about: "The hash at that position; another one is 409",
    },
    Parameter {
        name: "wait",
        kind: ParameterKind::Number,
        about: "How many seconds to wait for something new, at most 25",
    },
];

/// Which replica asks.
///
/// # Errors
/// The bare 401.
pub(crate) async fn replica(call: &Call) -> Result<String, Problem> {
    let credential = call.bearer()?;
    let found = call.authority().authenticate_replica(credential).await?;
    found.ok_or_else(|| call.unproven("no-replica"))
}

pub(crate) async fn follow(call: Call, replica: String) -> Result<Reply, Problem> {
    let Some(after) = call.query.number("after").map(Position) else { return snapshot(&call).await };
    must_be_same_ledger(&call, after).await?;
    report(&call, &replica, after).await;
    let wait = call.query.number("wait").map_or(call.house.settings.feed_patience, Duration::from_secs);
    wait_for_more(&call, after, wait.min(call.house.settings.feed_patience)).await;
    facts(&call, after).await
}

/// Notes how far a replica has come. That it can't be noted is no reason to keep news from it.
async fn report(call: &Call, replica: &str, after: Position) {
    let authority = call.authority();
    if let Err(failure) = authority.report_replica(replica, after, authority.now()).await {
        tracing::warn!(replica, %failure, "How far a replica has read could not be noted");
    }
}

/// Waits until this server has read beyond a position, somebody hangs up, or time is up.
async fn wait_for_more(call: &Call, after: Position, patience: Duration) {
    let ledger = call.authority().ledger();
    let mut hung_up = call.house.hung_up.subscribe();
    let news = async {
        while ledger.state().is_ok_and(|state| state.head().position <= after) {
            ledger.store().wait_after(after, Duration::from_millis(500)).await;
            if ledger.catch_up().await.is_err() {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    };
    tokio::select! {
        () = news => {}
        _ = hung_up.wait_for(|hung_up| *hung_up) => {}
        () = tokio::time::sleep(patience) => {}
    }
}

/// A replica that has read another life of the ledger, more than there is, or another row, must begin anew.
async fn must_be_same_ledger(call: &Call, after: Position) -> Result<(), Problem> {
    let ledger = call.authority().ledger();
    if ledger.state()?.head().position < after {
        // It may have read from another server, which is a moment ahead of this one.
        ledger.catch_up().await?;
    }
    let head = ledger.state()?.head();
    let other = |why: &str| Err(Problem::OtherLedger(format!("{why}: ask without `after` for a snapshot")));
    if call.query.text("epoch").is_some_and(|epoch| epoch != head.epoch.to_string()) {
        return other("This is another epoch of the ledger");
    }
    if after > head.position {
        return other("The ledger ends before this position");
    }
    match call.query.text("hash") {
        Some(hash) if call.authority().hash_at(after).await?.to_string() != hash => {
            other("Another row stands at this position")
        }
        _ => Ok(()),
    }
}

async fn facts(call: &Call, after: Position) -> Result<Reply, Problem> {
    let news = call.authority().feed_news(after, MOST_FACTS, time(call)).await?;
    Ok(Reply::ok(&news))
}

async fn snapshot(call: &Call) -> Result<Reply, Problem> {
    let snapshot = call.authority().feed_snapshot(time(call)).await?;
    Ok(Reply::ok(&snapshot))
}

fn time(call: &Call) -> String {
    dates::written(call.authority().now())
}
