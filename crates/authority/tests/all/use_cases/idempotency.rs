//! What is asked twice is done once.

use super::Place;
use super::place::{DAY, MINUTE, named, refusal, team_key, together};
use counterfoil_authority::{Answered, Failure, Request};
use counterfoil_core::event::RevocationReason;
use counterfoil_core::id::KeyId;

async fn generate(place: &Place, request: &Request) -> Result<Answered<KeyId>, Failure> {
    place.server().generate(place.id(), request, &team_key("key", "ADMIN")).await
}

pub(crate) async fn a_repeated_request_is_done_once_and_answered_the_same(place: &Place) {
    let request = Request { idempotency: named(1, 1), ..place.asks() };
    let first = generate(place, &request).await.unwrap();
    let again = generate(place, &request).await.unwrap();
    assert_eq!((again.value, again.replayed, first.replayed), (first.value, true, false));
    assert!(again.position >= first.position);
    let elsewhere = place.another().await;
    let there = elsewhere.generate(place.id(), &request, &team_key("key", "ADMIN")).await.unwrap();
    assert_eq!((there.value, there.replayed), (first.value, true));
    assert_eq!(place.team().keys.len(), 1);
}

pub(crate) async fn another_body_under_the_same_name_is_refused(place: &Place) {
    generate(place, &Request { idempotency: named(1, 1), ..place.asks() }).await.unwrap();
    let other = generate(place, &Request { idempotency: named(1, 2), ..place.asks() }).await;
    assert!(matches!(other, Err(Failure::IdempotencyMismatch)), "{other:?}");
    let other_scope = generate(place, &Request { idempotency: named(2, 2), ..place.asks() }).await.unwrap();
    assert!(!other_scope.replayed);
}

pub(crate) async fn a_refusal_is_not_kept(place: &Place) {
    let request = Request { idempotency: named(1, 1), ..place.asks() };
    place.server().suspend(place.id(), None).await.unwrap();
    refusal(generate(place, &request).await);
    place.server().resume(place.id()).await.unwrap();
    assert!(!generate(place, &request).await.unwrap().replayed);
}

pub(crate) async fn an_answer_is_kept_for_a_day(place: &Place) {
    let request = Request { idempotency: named(1, 1), ..place.asks() };
    let first = generate(place, &request).await.unwrap();
    place.clock.pass(DAY - MINUTE);
    assert_eq!(generate(place, &request).await.unwrap().value, first.value);
    place.clock.pass(MINUTE);
    let later = generate(place, &request).await.unwrap();
    assert!(!later.replayed && later.value != first.value);
    assert_eq!(generate(place, &request).await.unwrap().value, later.value);
}

pub(crate) async fn twins_on_two_servers_make_one_key(place: &Place) {
    let request = Request { idempotency: named(1, 1), ..place.asks() };
    let servers = [place.server(), place.another().await];
    let team = place.id();
    let outcomes = together(32, &servers, |server| {
        let request = request.clone();
        async move { server.generate(team, &request, &team_key("key", "ADMIN")).await.unwrap() }
    })
    .await;
    let first = outcomes[0].value;
    assert!(outcomes.iter().all(|answered| answered.value == first), "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|answered| !answered.replayed).count(), 1);
    place.server().follow_once().await.unwrap();
    assert_eq!(place.team().keys.len(), 1);
}

pub(crate) async fn a_request_that_changes_nothing_is_remembered_too(place: &Place) {
    let key = place.key().await;
    place.revoke(key).await;
    let revoke = |body| async move {
        let request = Request { idempotency: named(1, body), ..place.asks() };
        place.server().revoke(place.id(), &request, vec![key], RevocationReason::Unspecified, None).await
    };
    assert!(!revoke(1).await.unwrap().replayed);
    assert!(revoke(1).await.unwrap().replayed);
    assert!(matches!(revoke(2).await, Err(Failure::IdempotencyMismatch)));
}
