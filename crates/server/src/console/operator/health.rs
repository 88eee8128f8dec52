//! How the installation is: the ledger, who reads it and how fresh each is, and what happened to it.

use crate::console::answer::page;
use crate::console::audit::{Sentence, Telling};
use crate::console::frame::{Frame, Section};
use crate::console::moment::Moment;
use crate::console::visitor::Visitor;
use crate::error::Problem;
use crate::reply::Reply;
use askama::Template;
use counterfoil_authority::audit::{AuditQuery, Reach};
use counterfoil_authority::directory::Directory;
use counterfoil_authority::health::Health;
use http::StatusCode;
use std::fmt::Write;
use std::time::Duration;

/// How many events of the installation are shown.
const EVENTS: usize = 20;

#[derive(Template)]
#[template(path = "operator/health.html")]
struct HealthPage {
    frame: Frame,
    position: u64,
    hash: String,
    epoch: String,
    level: u32,
    latest: Moment,
    teams: usize,
    keys: usize,
    restored: Option<Moment>,
    revocation: Option<(u64, Moment)>,
    all_have_seen: bool,
    servers: Vec<Server>,
    replicas: Vec<Replica>,
    events: Vec<(Moment, Sentence)>,
    fence: String,
}

struct Server {
    name: String,
    is_here: bool,
    started: Moment,
    seen: String,
    reads: u64,
    is_silent: bool,
}

struct Replica {
    name: String,
    position: u64,
    behind: u64,
    knows_all: bool,
    seen: Option<String>,
    is_silent: bool,
}

/// `/console/operator/health`.
pub(crate) async fn show(visitor: Visitor) -> Result<Reply, Problem> {
    let health = visitor.authority().health().await?;
    let fence = visitor.catalog.services.iter().map(|service| service.stale_after).max().unwrap_or_default();
    let revocation = health.last_revocation.map(|(position, at)| (position.0, at.into()));
    let template = HealthPage {
        frame: visitor.frame("Health", Section::OperatorHealth),
        position: health.head.position.0,
        hash: hex(health.head.hash.0.as_slice()),
        epoch: health.head.epoch.to_string(),
        level: health.level,
        latest: health.latest.into(),
        teams: health.teams,
        keys: health.keys,
        restored: health.revocations_missing_since.map(Moment::from),
        revocation,
        all_have_seen: health.replicas.iter().all(|replica| health.knows_all_revocations(replica)),
        servers: servers(&health),
        replicas: replicas(&health),
        events: events(&visitor).await?,
        fence: spoken(fence),
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

fn servers(health: &Health) -> Vec<Server> {
    let server = |server: &counterfoil_authority::health::Server| Server {
        name: server.name.clone(),
        is_here: server.id == health.here,
        started: server.started_at.into(),
        seen: ago(health.now.since(server.seen_at)),
        reads: server.reads_level,
        is_silent: health.is_silent(server.seen_at),
    };
    health.servers.iter().map(server).collect()
}

fn replicas(health: &Health) -> Vec<Replica> {
    let replica = |replica: &counterfoil_authority::replicas::Replica| Replica {
        name: replica.name.clone(),
        position: replica.position.0,
        behind: health.head.position.0.saturating_sub(replica.position.0),
        knows_all: health.knows_all_revocations(replica),
        seen: replica.seen_at.map(|at| ago(health.now.since(at))),
        is_silent: replica.seen_at.is_none_or(|at| health.is_silent(at)),
    };
    health.replicas.iter().map(replica).collect()
}

/// The last events of the installation itself.
async fn events(visitor: &Visitor) -> Result<Vec<(Moment, Sentence)>, Problem> {
    let query = AuditQuery { limit: EVENTS, reach: Reach::Entries(EVENTS), ..AuditQuery::default() };
    let found = visitor.authority().audit_of_installation(&query).await?;
    let directory = Directory::default();
    let telling = Telling { catalog: &visitor.catalog, team: None, directory: &directory };
    Ok(found.entries.iter().map(|entry| (entry.at.into(), telling.sentence(entry))).collect())
}

fn ago(time: Duration) -> String {
    match time.as_secs() {
        0..=1 => "just now".to_owned(),
        _ => format!("{} ago", spoken(time)),
    }
}

/// `40 seconds`, `3 minutes`, `2 hours`, `5 days`.
fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spoken_in_the_unit_that_fits() {
        for (seconds, words) in [
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_200, "2 hours"),
            (200_000, "2 days"),
        ] {
            assert_eq!(spoken(Duration::from_secs(seconds)), words);
        }
        assert_eq!(ago(Duration::from_millis(400)), "just now");
    }
}
