//! Looking up what a holder was told.

use super::Place;
use super::place::{DAY, asks};
use crate::holder::Holder;
use counterfoil_authority::refusals::Refused;
use counterfoil_verify::verdict::Unproven;
use counterfoil_verify::{Awake, Now, Presented, Reason, Request};

pub(crate) async fn what_a_holder_was_told_is_known_on_every_server_with_reason_and_request(place: &Place) {
    let (here, there) = (place.server(), place.another().await);
    let holder = place.holder_of("SALES").await;
    let told = asks(&holder, &here, "POST", "/v1/apps?secret=1").await.reason();
    assert_eq!(told, Some(Reason::Role));
    here.flush_refusals().await.unwrap();
    let expected = Refused {
        key: holder.key,
        at: place.clock.now(),
        reason: "role".to_owned(),
        method: "POST".to_owned(),
        path: "/v1/apps".to_owned(),
        request_id: "r-1".to_owned(),
        address: "192.0.2.1".to_owned(),
    };
    for server in [&here, &there] {
        assert_eq!(server.refusals(place.id(), 10).await.unwrap(), std::slice::from_ref(&expected));
    }
    let (other, _) = place.another_team("other@example.com").await;
    assert_eq!(here.refusals(other, 10).await.unwrap(), []);
    place.clock.pass(31 * DAY);
    here.tick(place.clock.now()).await.unwrap();
    assert_eq!(there.refusals(place.id(), 10).await.unwrap(), []);
}

pub(crate) async fn of_many_refusals_of_a_team_the_last_thousand_stay(place: &Place) {
    let (server, holder) = (place.server(), place.holder_of("SALES").await);
    for part in 0..3 {
        for number in 0..400 {
            place.clock.pass(std::time::Duration::from_millis(1));
            asks_quickly(&holder, &server, &format!("/v1/apps/{part}-{number}")).await;
        }
        server.flush_refusals().await.unwrap();
    }
    let kept = server.refusals(place.id(), 5000).await.unwrap();
    assert_eq!(kept.len(), 1000);
    assert_eq!((kept[0].path.as_str(), kept[999].path.as_str()), ("/v1/apps/2-399", "/v1/apps/0-200"));
}

async fn asks_quickly(holder: &Holder, server: &counterfoil_authority::Authority, target: &str) {
    server.verifier().fence().read_began_at(Awake::read());
    if holder.asks(server, "DELETE", target).reason() != Some(Reason::Role) {
        assert_eq!(asks(holder, server, "DELETE", target).await.reason(), Some(Reason::Role));
    }
}

pub(crate) async fn attempts_that_proved_nothing_are_kept_apart(place: &Place) {
    let (server, holder) = (place.server(), place.holder().await);
    asks(&holder, &server, "GET", "/v1/apps").await;
    let header = format!(r#"{{"alg":"ES256","kid":"{}","typ":"JWT"}}"#, holder.key);
    let half = counterfoil_core::half::PrivateHalf::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let forged = counterfoil_core::jws::sign(&half, &header, "{}").unwrap();
    let request = Request {
        method: "GET",
        target: "/v1/apps",
        token: Presented::Bearer(&forged),
        id: "r-2",
        from: "198.51.100.1",
    };
    let now = Now { wall: place.clock.now(), awake: Awake::read() };
    let reason = server.verifier().decide(&request, now).reason().unwrap();
    assert!(matches!(reason, Reason::Unproven(Unproven::Token(_))), "{reason}");
    assert_eq!(server.refusals(place.id(), 10).await.unwrap(), []);
    let attempts = server.unproven_attempts(place.id()).unwrap();
    let seen: Vec<_> = attempts.iter().map(|attempt| (attempt.key, &*attempt.request_id)).collect();
    assert_eq!(seen, [(Some(holder.key), "r-2")]);
    let (other, _) = place.another_team("other@example.com").await;
    assert_eq!(server.unproven_attempts(other).unwrap(), []);
}
