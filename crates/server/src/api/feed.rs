//! `GET /v1/feed`: what verifiers elsewhere follow. First a snapshot, then fact after fact, in the order of the
//! ledger; nothing personal, and no name of anything. docs/feed.md describes it.

use crate::api::access_requests::state;
use crate::api::key_in_use::standing;
use crate::call::Call;
use crate::dates;
use crate::error::Problem;
use crate::query::{Parameter, ParameterKind};
use crate::reply::Reply;
use counterfoil_authority::Failure;
use counterfoil_authority::state::State;
use counterfoil_authority::store::{ChainHash, LedgerRow, Position};
use counterfoil_core::event::{Entry, Event, Holding, Sees, Stream};
use counterfoil_core::half::PublicHalf;
use counterfoil_core::id::{IssuerId, KeyId, KindName, MemberId};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Key, Member, Team};
use serde_json::{Value, json};
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
    let credential = call.bearer()?.unwrap_or_default();
    let found = call.authority().authenticate_replica(credential).await?;
    found.ok_or_else(|| call.unproven("no-replica"))
}

pub(crate) async fn follow(call: Call, replica: String) -> Result<Reply, Problem> {
    let Some(after) = call.query.number("after").map(Position) else { return snapshot(&call) };
    must_be_same_ledger(&call, after).await?;
    call.authority().report_replica(&replica, after, call.authority().now()).await?;
    let wait = call.query.number("wait").map_or(call.house.settings.feed_patience, Duration::from_secs);
    wait_for_more(&call, after, wait.min(call.house.settings.feed_patience)).await;
    facts(&call, after).await
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
    let head = call.authority().ledger().state()?.head();
    let other = |why: &str| Err(Problem::OtherLedger(format!("{why}: ask without `after` for a snapshot")));
    if call.query.text("epoch").is_some_and(|epoch| epoch != head.epoch.to_string()) {
        return other("This is another epoch of the ledger");
    }
    if after > head.position {
        return other("The ledger ends before this position");
    }
    match call.query.text("hash") {
        Some(hash) if hash_at(call, after).await?.to_string() != hash => {
            other("Another row stands at this position")
        }
        _ => Ok(()),
    }
}

async fn hash_at(call: &Call, position: Position) -> Result<ChainHash, Problem> {
    let Some(before) = position.0.checked_sub(1) else { return Ok(ChainHash::default()) };
    let rows =
        call.authority().ledger().store().rows_after(Position(before), 1).await.map_err(Failure::from)?;
    Ok(rows.first().map_or_else(ChainHash::default, |row| row.hash))
}

async fn facts(call: &Call, after: Position) -> Result<Reply, Problem> {
    let ledger = call.authority().ledger();
    let rows = ledger.store().rows_after(after, MOST_FACTS).await.map_err(Failure::from)?;
    let state = ledger.state()?;
    let known: Vec<&LedgerRow> = rows.iter().filter(|row| row.position <= state.head().position).collect();
    let mut facts = Vec::with_capacity(known.len());
    for row in &known {
        let entry =
            Entry::from_bytes(&row.bytes).map_err(|fault| Failure::LedgerStopped(fault.to_string()))?;
        facts.extend(fact(&state, row.position, &entry));
    }
    let mut document = frame(call, &state);
    let through = known.last().map(|row| (row.position, row.hash.to_string()));
    document["through"] = json!(through.map_or_else(
        || json!({ "position": after.0 }),
        |(position, hash)| json!({ "position": position.0, "hash": hash })
    ));
    document["facts"] = facts.into();
    Ok(Reply::ok(&document))
}

fn snapshot(call: &Call) -> Result<Reply, Problem> {
    let state = call.authority().ledger().state()?;
    let mut document = frame(call, &state);
    let head = state.head();
    document["through"] = json!({ "position": head.position.0, "hash": head.hash.to_string() });
    document["teams"] = state.teams().map(|team| team_facts(team)).collect();
    Ok(Reply::ok(&document))
}

/// What every answer says: which life of the ledger, how far it goes, and what time it is here.
fn frame(call: &Call, state: &State) -> Value {
    let head = state.head();
    json!({
        "epoch": head.epoch,
        "head": head.position.0,
        "time": dates::written(call.authority().now()),
        "catalog": state.catalog().map(|catalog| json!({ "name": catalog.name, "fingerprint": catalog.fingerprint })),
    })
}

fn team_facts(team: &Team) -> Value {
    json!({
        "team": team.id,
        "standing": standing(team.standing),
        "access": state(&team.access),
        "members": team.members.iter().map(|(id, member)| member_fact(*id, member)).collect::<Vec<_>>(),
        "apps": team.apps.iter().map(|(id, app)| json!({ "app": id, "bundleId": app.bundle })).collect::<Vec<_>>(),
        "keys": team.keys.iter().map(|(id, key)| key_of_team(*id, key)).collect::<Vec<_>>(),
    })
}

fn member_fact(id: MemberId, member: &Member) -> Value {
    let Member { roles, sees, provisioning_allowed, .. } = member;
    member_parts(id, roles, sees, *provisioning_allowed)
}

fn member_parts(id: MemberId, roles: &Roles, sees: &Sees, provisioning_allowed: bool) -> Value {
    json!({ "user": id, "roles": roles, "sees": sees, "provisioningAllowed": provisioning_allowed })
}

fn key_of_team(id: KeyId, key: &Key) -> Value {
    let mut fact = key_fact(id, &key.kind, &key.holder, &key.public);
    fact["active"] = key.is_active().into();
    fact
}

fn key_fact(id: KeyId, kind: &KindName, holder: &Holding, public: &PublicHalf) -> Value {
    json!({ "key": id, "keyType": kind, "holder": holder, "point": public })
}

/// What an event means to a verifier; nothing, for most.
fn fact(state: &State, position: Position, entry: &Entry) -> Option<Value> {
    let team = match entry.of {
        Stream::Installation => None,
        Stream::Team(team) => Some(team),
    };
    let mut fact = meaning(state, team, &entry.event)?;
    fact["position"] = position.0.into();
    fact["kind"] = entry.event.name().into();
    if let Some(team) = team {
        fact["team"] = json!(team);
    }
    Some(fact)
}

fn meaning(state: &State, team: Option<IssuerId>, event: &Event) -> Option<Value> {
    Some(match event {
        Event::LedgerBegun { epoch } | Event::LedgerRestored { epoch, .. } => json!({ "epoch": epoch }),
        Event::CatalogAdopted { name, fingerprint } => json!({ "name": name, "fingerprint": fingerprint }),
        Event::TeamOpened { owner, roles, .. } => json!({ "user": owner, "roles": roles }),
        Event::AccessRequested { .. }
        | Event::AccessApproved
        | Event::AccessDeclined { .. }
        | Event::AccessWithdrawn { .. }
        | Event::TeamSuspended { .. }
        | Event::TeamResumed
        | Event::TeamClosed { .. } => json!({}),
        Event::MemberJoined { invitation, member } => {
            let invitation = state.team(team?)?.invitations.get(invitation)?;
            member_parts(*member, &invitation.roles, &invitation.sees, invitation.provisioning_allowed)
        }
        Event::MemberChanged { member, roles, sees, provisioning_allowed } => {
            member_parts(*member, roles, sees, *provisioning_allowed)
        }
        Event::MemberRemoved { member } => json!({ "user": member }),
        Event::OwnershipTransferred { from, from_roles, to, to_roles } => {
            json!({ "from": from, "fromRoles": from_roles, "to": to, "toRoles": to_roles })
        }
        Event::AppRegistered { app, bundle, .. } => json!({ "app": app, "bundleId": bundle }),
        Event::AppRemoved { app } => json!({ "app": app }),
        Event::KeyGenerated { key, kind, holder, public, .. } => key_fact(*key, kind, holder, public),
        Event::KeyRevoked { key, .. } => json!({ "key": key }),
        Event::FormatRaised { .. }
        | Event::ReplicaAdded { .. }
        | Event::ReplicaRemoved { .. }
        | Event::SealRotated
        | Event::MemberInvited { .. }
        | Event::InvitationCancelled { .. }
        | Event::KeyDownloaded { .. }
        | Event::HalfErased { .. } => return None,
    })
}
