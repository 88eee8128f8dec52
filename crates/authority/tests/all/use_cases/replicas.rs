//! Replicas and their credentials.

use super::Place;
use super::place::refusal;
use counterfoil_authority::replicas::ReplicaName;
use counterfoil_authority::store::Position;
use counterfoil_core::refusal::{Refusal, Thing};

pub(crate) async fn a_replica_is_known_by_its_credential_until_it_is_removed(place: &Place) {
    let edge = ReplicaName::try_from("edge-1").unwrap();
    let credential = place.server().add_replica(&edge).await.unwrap();
    let there = place.another().await;
    assert_eq!(there.authenticate_replica(credential.expose()).await.unwrap().as_deref(), Some("edge-1"));
    assert_eq!(there.authenticate_replica("made up").await.unwrap(), None);
    there.report_replica("edge-1", Position(4), place.clock.now()).await.unwrap();
    let known = place.server().replicas().await.unwrap();
    assert_eq!((known[0].position, known[0].seen_at), (Position(4), Some(place.clock.now())));
    place.server().remove_replica(&edge).await.unwrap();
    assert_eq!(there.authenticate_replica(credential.expose()).await.unwrap(), None);
    let again = refusal(place.server().remove_replica(&edge).await);
    assert_eq!(again, Refusal::NoSuch(Thing::Replica, "edge-1".into()));
}

pub(crate) async fn a_name_is_given_to_one_replica(place: &Place) {
    let edge = ReplicaName::try_from("edge-1").unwrap();
    place.server().add_replica(&edge).await.unwrap();
    let taken = Refusal::Taken(Thing::Replica, "edge-1".into());
    assert_eq!(refusal(place.server().add_replica(&edge).await), taken);
    assert_eq!(refusal(place.another().await.add_replica(&edge).await), taken);
    place.server().remove_replica(&edge).await.unwrap();
    place.server().add_replica(&edge).await.unwrap();
}
