//! `replica`: credentials for verifiers elsewhere.

use super::words::date;
use crate::arguments::ReplicaCommand;
use crate::opening::{Manner, open};
use crate::printer::{Printer, Table};
use crate::problem::Problem;
use crate::settings::Typed;
use counterfoil_authority::replicas::ReplicaName;
use serde::Serialize;
use serde_json::json;

pub(super) async fn replica(command: &ReplicaCommand, printer: &Printer) -> Result<(), Problem> {
    match command {
        ReplicaCommand::Add { name, settings } => add(name, &settings.0, printer).await,
        ReplicaCommand::List { settings } => list(&settings.0, printer).await,
        ReplicaCommand::Remove { name, settings } => remove(name, &settings.0, printer).await,
    }
}

async fn add(name: &str, typed: &Typed, printer: &Printer) -> Result<(), Problem> {
    let name = ReplicaName::try_from(name)?;
    let opened = open(typed, Manner::default(), printer).await?;
    let credential = opened.authority.add_replica(&name).await?;
    printer.say("This credential is shown this once; only its hash is kept:");
    printer.result(&json!({"name": name.as_str(), "credential": credential.expose()}), || {
        credential.expose().to_owned()
    })
}

/// A replica, as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    name: String,
    created_at: String,
    position: u64,
    /// How many positions of the ledger it has not read yet.
    behind: u64,
    seen_at: Option<String>,
}

async fn list(typed: &Typed, printer: &Printer) -> Result<(), Problem> {
    let opened = open(typed, Manner::default(), printer).await?;
    let replicas = opened.authority.replicas().await?;
    let head = opened.authority.ledger().state()?.head().position.0;
    let replicas: Vec<_> = replicas
        .into_iter()
        .map(|replica| Shown {
            name: replica.name,
            created_at: date(replica.created_at),
            position: replica.position.0,
            behind: head.saturating_sub(replica.position.0),
            seen_at: replica.seen_at.map(date),
        })
        .collect();
    printer.result(&json!({ "replicas": replicas }), || table(&replicas))
}

fn table(replicas: &[Shown]) -> String {
    let mut table =
        Table::new(["name", "since", "has read to", "behind by", "last seen"], "There are no replicas.");
    for replica in replicas {
        let seen = replica.seen_at.clone().unwrap_or_default();
        let Shown { name, created_at, position, behind, .. } = replica;
        table.row([name.clone(), created_at.clone(), position.to_string(), behind.to_string(), seen]);
    }
    table.text()
}

async fn remove(name: &str, typed: &Typed, printer: &Printer) -> Result<(), Problem> {
    let name = ReplicaName::try_from(name)?;
    let opened = open(typed, Manner::default(), printer).await?;
    opened.authority.remove_replica(&name).await?;
    printer.result(&json!({"name": name.as_str(), "removed": true}), || {
        format!("{name}'s credential is good no more")
    })
}
