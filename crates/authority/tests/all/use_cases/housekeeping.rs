//! What is done again and again.

use super::Place;
use super::place::{DAY, HOUR, MINUTE, named, refusal, together};
use counterfoil_authority::Request;
use counterfoil_authority::sign_in::Purpose;
use counterfoil_authority::store::tables::{answers, links};
use counterfoil_core::refusal::Refusal;
use counterfoil_core::team::Private;

pub(crate) async fn halves_that_nobody_came_for_are_erased(place: &Place) {
    let early = place.key().await;
    place.clock.pass(DAY);
    let late = place.key().await;
    place.clock.pass(29 * DAY + MINUTE);
    let servers = [place.server(), place.another().await];
    let now = place.clock.now();
    together(4, &servers, |server| async move { server.tick(now).await.unwrap() }).await;
    place.server().follow_once().await.unwrap();
    assert_eq!(place.team().keys.get(&early).unwrap().private, Private::Erased);
    assert_eq!(place.team().keys.get(&late).unwrap().private, Private::Pending);
    assert_eq!(place.events().await.iter().filter(|name| **name == "HALF_ERASED").count(), 1);
    let refused = refusal(place.server().download(place.id(), place.owner(), early).await);
    assert_eq!(refused, Refusal::NoPrivateHalf(early));
    place.server().download(place.id(), place.owner(), late).await.unwrap();
}

pub(crate) async fn what_an_old_invitation_says_of_a_person_is_forgotten(place: &Place) {
    place.invite("ada@example.com", "DEVELOPER").await.unwrap();
    place.clock.pass(36 * DAY);
    place.server().tick(place.clock.now()).await.unwrap();
    assert_eq!(place.server().invitations_of(place.id()).await.unwrap().len(), 1);
    place.clock.pass(2 * DAY);
    place.server().tick(place.clock.now()).await.unwrap();
    assert!(place.server().invitations_of(place.id()).await.unwrap().is_empty());
    place.invite("ada@example.com", "DEVELOPER").await.unwrap();
}

pub(crate) async fn what_is_over_is_forgotten(place: &Place) {
    let request = Request { idempotency: named(1, 1), ..place.asks() };
    let new = super::place::team_key("key", "ADMIN");
    place.server().generate(place.id(), &request, &new).await.unwrap();
    let asked_at = place.clock.now();
    place.server().make_link(Purpose::Operator, HOUR).await.unwrap();
    place.clock.pass(9 * DAY);
    place.server().tick(place.clock.now()).await.unwrap();
    let store = place.server().ledger().store().clone();
    assert!(store.read(answers::find([1; 32], asked_at)).await.unwrap().is_empty());
    assert!(store.read(links::open_for(links::Purpose::Operator, asked_at)).await.unwrap().is_empty());
}
