//! What keys were used for at verifiers elsewhere.

use super::Place;
use super::place::{DAY, HOUR, MINUTE, together};
use counterfoil_authority::usage::{Outcome, UsageRow};
use counterfoil_core::catalog::Access;
use counterfoil_core::id::{GroupName, KeyId};
use counterfoil_core::time::Timestamp;
use counterfoil_verify::{LastUse, UsageReport, Use, UseOutcome};
use std::time::Duration;

const INSTANCE: &str = "00112233445566778899aabbccddeeff";

/// When the present hour began.
fn hour(place: &Place) -> Timestamp {
    let now = place.clock.now().as_millis();
    Timestamp::from_millis(now - now.rem_euclid(3_600_000))
}

fn used(place: &Place, key: KeyId, count: u64) -> Use {
    Use {
        key,
        team: place.id(),
        since: hour(place),
        group: Some(GroupName::try_from("metadata").unwrap()),
        access: Access::Read,
        family: "/v1/apps".to_owned(),
        outcome: UseOutcome::Allowed,
        count,
    }
}

fn report(batch: u64, uses: Vec<Use>) -> UsageReport {
    let last = uses.iter().map(|used| LastUse { key: used.key, at: used.since }).collect();
    UsageReport { instance: INSTANCE.to_owned(), batch, uses, last, expiries: Vec::new() }
}

async fn counted(place: &Place, key: KeyId) -> Vec<UsageRow> {
    place.server().usage_of(key, Timestamp::from_millis(0)).await.unwrap()
}

pub(crate) async fn a_batch_counts_once_whichever_server_is_told_and_however_often(place: &Place) {
    let key = place.key().await;
    let servers = [place.server(), place.another().await];
    let told = report(1, vec![used(place, key, 4)]);
    together(8, &servers, |server| {
        let told = told.clone();
        async move { server.count_elsewhere("edge", told).await.unwrap().unwrap() }
    })
    .await;
    let other = UsageReport { instance: "another-run-of-it".to_owned(), ..told.clone() };
    servers[0].count_elsewhere("edge", other).await.unwrap().unwrap();
    servers[1].count_elsewhere("rim", told).await.unwrap().unwrap();
    let rows = counted(place, key).await;
    assert_eq!((rows.len(), rows[0].count, rows[0].outcome), (1, 12, Outcome::Allowed));
    assert_eq!(servers[1].last_used(key).await.unwrap(), Some(hour(place)));
}

pub(crate) async fn what_is_no_key_of_the_team_or_too_long_ago_or_yet_to_come_is_left_out(place: &Place) {
    let key = place.key().await;
    let server = place.server();
    let fine = used(place, key, 1);
    let unknown = KeyId::try_from("NOSUCHKEY1").unwrap();
    let team = "11111111-2222-3333-4444-555555555555".try_into().unwrap();
    let (old, ahead) = (hour(place).minus(7 * DAY), hour(place).plus(2 * HOUR));
    let uses = vec![
        Use { key: unknown, ..fine.clone() },
        Use { team, ..fine.clone() },
        Use { since: old, ..fine.clone() },
        Use { since: ahead, ..fine.clone() },
        Use { since: fine.since.plus(Duration::from_millis(1)), ..fine.clone() },
        Use { count: 0, ..fine.clone() },
        Use { count: u64::MAX, ..fine },
    ];
    server.count_elsewhere("edge", report(1, uses)).await.unwrap().unwrap();
    assert_eq!(counted(place, key).await, []);
    assert_eq!(server.last_used(unknown).await.unwrap(), None);
}

pub(crate) async fn a_clock_that_is_ahead_moves_no_last_use_into_the_future(place: &Place) {
    let key = place.key().await;
    let server = place.server();
    let at = place.clock.now().plus(5 * MINUTE);
    let told = UsageReport { uses: Vec::new(), last: vec![LastUse { key, at }], ..report(1, Vec::new()) };
    server.count_elsewhere("edge", told).await.unwrap().unwrap();
    assert_eq!(server.last_used(key).await.unwrap(), Some(place.clock.now()));
}

pub(crate) async fn names_that_the_catalog_does_not_have_are_something_else(place: &Place) {
    let key = place.key().await;
    let server = place.server();
    let fine = used(place, key, 1);
    let group = |name: &str| Some(GroupName::try_from(name).unwrap());
    let uses = vec![
        Use { family: "/v1/made/up".to_owned(), ..fine.clone() },
        Use { family: "/v1/also/made/up".to_owned(), ..fine.clone() },
        Use { group: group("no-such-group"), ..fine.clone() },
        Use { group: None, ..fine },
    ];
    server.count_elsewhere("edge", report(1, uses)).await.unwrap().unwrap();
    let rows = counted(place, key).await;
    let found =
        rows.iter().map(|row| (row.group.as_ref().map(GroupName::as_str), row.family.as_str(), row.count));
    assert_eq!(found.collect::<Vec<_>>(), [(None, "other", 2), (Some("metadata"), "other", 2)]);
}
