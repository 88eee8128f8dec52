//! Rotating the seal key.

use super::Place;
use super::place::{refusal, team_key, together};
use counterfoil_authority::seal_rotate::RotateFault;
use counterfoil_authority::seal_source::{SealSource, SealSourceFault};
use counterfoil_authority::{Authority, Settings, StartFault};
use counterfoil_core::half::PrivateHalf;
use counterfoil_core::id::KeyId;
use counterfoil_core::refusal::Refusal;
use std::fs;
use std::path::PathBuf;
use zeroize::Zeroizing;

fn file(place: &Place) -> PathBuf {
    place.house.folder().join("seal.key")
}

/// The half that is handed over is the one that the key was generated with.
async fn assert_downloads(server: &Authority, place: &Place, key: KeyId) {
    server.follow_once().await.unwrap();
    let half = server.download(place.id(), place.owner(), key).await.unwrap();
    let public = server.ledger().team(place.id()).unwrap().keys.get(&key).unwrap().public;
    assert_eq!(PrivateHalf::from_pem(&half.pem).unwrap().public(), public);
}

pub(crate) async fn what_waits_can_be_downloaded_after_a_rotation(place: &Place) {
    let (one, other) = (place.key().await, place.key().await);
    let before = fs::read(file(place)).unwrap();
    let rotated = place.server().rotate_seal().await.unwrap();
    assert_eq!(rotated.resealed, 2);
    assert_ne!(fs::read(file(place)).unwrap(), before);
    assert_downloads(&place.server(), place, one).await;
    let anew = Authority::start(place.house.settings.clone()).await.unwrap();
    assert_downloads(&anew, place, other).await;
    assert!(place.events().await.contains(&"SEAL_ROTATED"));
}

pub(crate) async fn a_server_beside_takes_the_new_key_up(place: &Place) {
    let waiting = place.key().await;
    let beside = place.another().await;
    place.server().rotate_seal().await.unwrap();
    let new = beside.generate(place.id(), &place.asks(), &team_key("beside", "ADMIN")).await.unwrap().value;
    assert_downloads(&beside, place, waiting).await;
    assert_downloads(&place.server(), place, new).await;
}

pub(crate) async fn a_crash_before_the_commit_leaves_the_old_key_in_force(place: &Place) {
    let waiting = place.key().await;
    fs::write(file(place).with_file_name("seal.key.new"), "ab".repeat(32)).unwrap();
    let anew = Authority::start(place.house.settings.clone()).await.unwrap();
    assert_downloads(&anew, place, waiting).await;
    let next = place.key().await;
    anew.rotate_seal().await.unwrap();
    assert_downloads(&anew, place, next).await;
}

pub(crate) async fn a_crash_after_the_commit_leaves_the_new_key_in_force(place: &Place) {
    let waiting = place.key().await;
    let old = fs::read(file(place)).unwrap();
    place.server().rotate_seal().await.unwrap();
    let new = fs::read(file(place)).unwrap();
    let beside = file(place).with_file_name("seal.key.new");
    fs::rename(file(place), &beside).unwrap();
    fs::write(file(place), &old).unwrap();
    let anew = Authority::start(place.house.settings.clone()).await.unwrap();
    assert_downloads(&anew, place, waiting).await;
    assert_eq!(fs::read(file(place)).unwrap(), new);
    assert!(!beside.exists());
}

pub(crate) async fn rotations_at_once_take_turns(place: &Place) {
    let waiting = place.key().await;
    let servers = [place.server(), place.another().await];
    let outcomes = together(6, &servers, |server| async move { server.rotate_seal().await }).await;
    for outcome in outcomes {
        outcome.unwrap();
    }
    let anew = Authority::start(place.house.settings.clone()).await.unwrap();
    assert_downloads(&anew, place, waiting).await;
}

pub(crate) async fn a_key_from_outside_is_not_rotated(place: &Place) {
    let text = fs::read_to_string(file(place)).unwrap();
    let seal = SealSource::Given { by: "COUNTERFOIL_SEAL_KEY".into(), value: Zeroizing::new(text) };
    let given = Authority::start(Settings { seal, ..place.house.settings.clone() }).await.unwrap();
    let refused = given.rotate_seal().await.unwrap_err();
    assert!(matches!(&refused, RotateFault::Given { by } if by == "COUNTERFOIL_SEAL_KEY"), "{refused}");
    assert_downloads(&given, place, place.key().await).await;
}

pub(crate) async fn a_lost_key_is_replaced_at_the_price_of_what_waits(place: &Place) {
    let waiting = place.key().await;
    let other = "ab".repeat(32);
    fs::write(file(place), &other).unwrap();
    let wrong = Authority::start(place.house.settings.clone()).await.err().unwrap();
    assert!(matches!(wrong, StartFault::Seal(SealSourceFault::Wrong { .. })), "{wrong}");
    fs::rename(file(place), file(place).with_file_name("mislaid")).unwrap();
    let missing = Authority::start(place.house.settings.clone()).await.err().unwrap();
    assert!(matches!(missing, StartFault::Seal(SealSourceFault::Missing { .. })), "{missing}");
    fs::write(file(place), &other).unwrap();
    let settings = Settings { replace_lost_seal_key: true, ..place.house.settings.clone() };
    let replaced = Authority::start(settings).await.unwrap();
    assert_eq!(
        refusal(replaced.download(place.id(), place.owner(), waiting).await),
        Refusal::NoPrivateHalf(waiting)
    );
    assert_eq!(fs::read_to_string(file(place).with_file_name("seal.key.not-in-force")).unwrap(), other);
    let anew = Authority::start(place.house.settings.clone()).await.unwrap();
    let next = anew.generate(place.id(), &place.asks(), &team_key("next", "ADMIN")).await.unwrap().value;
    assert_downloads(&anew, place, next).await;
}
