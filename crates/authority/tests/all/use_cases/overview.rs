//! What a team's admins should look at.

use super::Place;
use super::place::{DAY, asks, refusal, team_key};
use counterfoil_authority::Request;
use counterfoil_authority::overview::{Overview, RotationAge, WhyRotate};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{KeyId, MemberId};
use counterfoil_core::refusal::Refusal;

async fn overview(place: &Place) -> Overview {
    place.server().overview(place.id()).await.unwrap()
}

/// A key of the team that this member generated and took away.
async fn key_by(place: &Place, member: MemberId) -> KeyId {
    let (server, by) = (place.server(), Actor::User(member));
    let made = server.generate(place.id(), &Request::by(by), &team_key("key", "ADMIN")).await.unwrap().value;
    server.download(place.id(), by, made).await.unwrap();
    made
}

pub(crate) async fn keys_that_were_never_used_or_not_for_long_are_told(place: &Place) {
    let used = place.holder_of("SALES").await;
    asks(&used, &place.server(), "GET", "/v1/salesReports").await;
    place.server().flush_usage().await.unwrap();
    let at = place.clock.now();
    let never = place.holder_of("SALES").await.key;
    let told = overview(place).await;
    assert_eq!((told.active, told.never_used, told.unused), (2, vec![never], vec![]));
    place.clock.pass(DAY * 89);
    assert_eq!(overview(place).await.unused, []);
    place.clock.pass(DAY);
    assert_eq!(overview(place).await.unused, [(used.key, at)]);
    place.revoke(used.key).await;
    place.revoke(never).await;
    assert!(overview(place).await.is_all_good());
}

pub(crate) async fn an_administrators_key_that_needs_less_is_told(place: &Place) {
    let reader = place.holder_of("ADMIN").await;
    let inviter = place.holder_of("ADMIN").await;
    asks(&reader, &place.server(), "GET", "/v1/salesReports").await;
    asks(&inviter, &place.server(), "POST", "/v1/userInvitations").await;
    asks(&inviter, &place.server(), "POST", "/v1/certificates").await;
    place.server().flush_usage().await.unwrap();
    let told = overview(place).await.too_strong;
    assert_eq!(told, [(reader.key, vec!["SALES".try_into().unwrap()])]);
}

pub(crate) async fn a_half_that_waits_is_told_with_the_days_it_has_left(place: &Place) {
    let first = place.key().await;
    place.clock.pass(DAY * 28);
    let second = place.key().await;
    let told = overview(place).await;
    assert_eq!(told.waiting, [(first, 2), (second, 30)]);
    assert_eq!(told.never_used, []);
    place.clock.pass(DAY + DAY / 2);
    assert_eq!(overview(place).await.waiting, [(first, 0), (second, 28)]);
}

pub(crate) async fn a_key_that_is_older_than_the_team_wants_is_to_be_rotated(place: &Place) {
    let key = place.key().await;
    place.clock.pass(DAY * 364);
    assert_eq!(overview(place).await.rotate, []);
    place.clock.pass(DAY);
    assert_eq!(overview(place).await.rotate, [(key, vec![WhyRotate::Old])]);
    let server = place.server();
    server.set_rotation_age(place.id(), place.owner(), RotationAge::Days(366)).await.unwrap();
    assert_eq!(overview(place).await.rotate, []);
}

pub(crate) async fn keys_whose_half_a_leaver_had_are_to_be_rotated(place: &Place) {
    let leaver = place.joined("ada@example.com", "ADMIN").await;
    let had = key_by(place, leaver).await;
    let taken = place.key().await;
    place.server().download(place.id(), Actor::User(leaver), taken).await.unwrap();
    let others = place.holder().await.key;
    assert_eq!(overview(place).await.rotate, []);
    place.server().remove_member(place.id(), &place.asks(), leaver).await.unwrap();
    let why = vec![WhyRotate::DownloadedByLeaver(leaver)];
    let mut told = overview(place).await.rotate;
    told.sort_by_key(|(key, _)| *key);
    let mut expected = vec![(had, why.clone()), (taken, why)];
    expected.sort_by_key(|(key, _)| *key);
    assert_eq!(told, expected);
    assert!(!told.iter().any(|(key, _)| *key == others));
}

pub(crate) async fn the_age_for_rotation_is_set_by_whoever_administers_keys(place: &Place) {
    let (server, team) = (place.server(), place.id());
    let developer = Actor::User(place.joined("ada@example.com", "DEVELOPER").await);
    assert_eq!(server.rotation_age(team).unwrap(), RotationAge::Days(365));
    let refused = refusal(server.set_rotation_age(team, developer, RotationAge::Never).await);
    assert!(matches!(refused, Refusal::RoleMissing { .. }), "{refused:?}");
    server.set_rotation_age(team, place.owner(), RotationAge::Never).await.unwrap();
    assert_eq!(place.another().await.rotation_age(team).unwrap(), RotationAge::Never);
    assert_eq!(place.events().await.iter().filter(|name| **name == "ROTATION_AGE_SET").count(), 1);
    server.suspend(team, None).await.unwrap();
    let refused = refusal(server.set_rotation_age(team, place.owner(), RotationAge::Days(9)).await);
    assert_eq!(refused, Refusal::TeamSuspended);
}
