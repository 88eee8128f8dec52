//! How the installation is.

use super::Place;
use super::place::{DAY, MINUTE};
use counterfoil_authority::health::Server;
use counterfoil_authority::store::tables::servers::report;

pub(crate) async fn the_servers_and_replicas_are_told_with_how_far_they_are(place: &Place) {
    let server = place.server();
    server.add_replica(&"edge".try_into().unwrap()).await.unwrap();
    let key = place.key().await;
    let before = server.health().await.unwrap();
    assert_eq!((before.teams, before.keys, before.last_revocation), (1, 1, None));
    assert!(before.knows_all_revocations(&before.replicas[0]));
    place.revoke(key).await;
    let after = server.health().await.unwrap();
    let (revoked, _) = after.last_revocation.unwrap();
    assert_eq!(revoked, after.head.position);
    assert!(!after.knows_all_revocations(&after.replicas[0]));
    server.report_replica("edge", revoked, place.clock.now()).await.unwrap();
    let told = server.health().await.unwrap();
    assert!(told.knows_all_revocations(&told.replicas[0]));
    let seen = told.replicas[0].seen_at.unwrap();
    assert!(!told.is_silent(seen));
    place.clock.pass(MINUTE * 2);
    assert!(server.health().await.unwrap().is_silent(seen));
}

pub(crate) async fn a_server_is_told_for_a_day_after_it_went_silent(place: &Place) {
    let (server, now) = (place.server(), place.clock.now());
    let row = Server { id: "a".into(), name: "host:1".into(), started_at: now, seen_at: now, reads_level: 1 };
    server.ledger().store().write(vec![report(&row)]).await.unwrap();
    assert_eq!(server.health().await.unwrap().servers, [row]);
    place.clock.pass(DAY + MINUTE);
    assert_eq!(server.health().await.unwrap().servers, []);
}
