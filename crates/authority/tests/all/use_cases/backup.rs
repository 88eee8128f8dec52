//! Backing up, restoring, and the lives of a ledger.

use super::Place;
use super::place::{DAY, HOUR, MINUTE, asks, named, refusal};
use counterfoil_authority::audit::AuditQuery;
use counterfoil_authority::backup::BackupFault;
use counterfoil_authority::restore::{RestoreFault, Restored, Revocations, Revoked, RevokedHow, restore};
use counterfoil_authority::sign_in::Purpose;
use counterfoil_authority::{Authority, Request, Settings, verify_ledger};
use counterfoil_core::id::KeyId;
use counterfoil_core::refusal::Refusal;
use counterfoil_core::time::Timestamp;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn file(place: &Place) -> PathBuf {
    place.house.folder().join("backup.cfb")
}

async fn restored(place: &Place, into: &Settings, replace: bool) -> Result<Restored, RestoreFault> {
    restore(into, &file(place), replace, &mut |_| {}).await
}

/// What people see of a team: all of it that a backup must bring back.
async fn seen(server: &Authority, place: &Place, key: KeyId) -> String {
    let team = server.ledger().team(place.id()).unwrap();
    let keys: Vec<_> = team.keys.iter().map(|(id, key)| (id, &key.name, &key.public, &key.revoked)).collect();
    let people = server.people_of(place.id()).await.unwrap();
    let invited = server.invitations_of(place.id()).await.unwrap();
    let audit = server.audit(place.id(), &AuditQuery { limit: 99, ..AuditQuery::default() }).await.unwrap();
    let usage = server.usage_of(key, Timestamp::from_millis(0)).await.unwrap();
    let used = server.last_used(key).await.unwrap();
    format!(
        "{keys:#?}{people:#?}{invited:#?}{audit:#?}{usage:#?}{used:?}{:#?}{:?}",
        team.members, team.access
    )
}

/// Something in every table.
async fn furnished(place: &Place) -> (KeyId, KeyId) {
    let (waiting, holder) = (place.key().await, place.holder().await);
    place.joined("ada@example.com", "DEVELOPER").await;
    place.invite("bob@example.com", "SALES").await.unwrap();
    let server = place.server();
    assert_eq!(asks(&holder, &server, "GET", "/v1/apps").await.reason(), None);
    server.flush_usage().await.unwrap();
    (waiting, holder.key)
}

pub(crate) async fn a_backup_restores_everything_but_what_must_not_leave(place: &Place) {
    let (waiting, used) = furnished(place).await;
    let credential = place.server().add_replica(&"edge".try_into().unwrap()).await.unwrap();
    let link = place.server().make_link(Purpose::Operator, 9 * DAY).await.unwrap();
    let session = place.server().use_link(link.expose(), &Default::default()).await.unwrap().unwrap();
    let request = Request { idempotency: named(1, 1), ..place.asks() };
    let new = super::place::team_key("named", "ADMIN");
    place.server().generate(place.id(), &request, &new).await.unwrap();
    let made = place.back_up(&file(place)).await;
    assert_eq!(fs::metadata(file(place)).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(file(place)).unwrap().len(), made.bytes);
    assert!(!file(place).with_file_name("backup.cfb.partial").exists());
    let before = seen(&place.server(), place, used).await;

    let folder = tempfile::tempdir().unwrap();
    let settings = place.elsewhere(folder.path());
    place.clock.pass(HOUR);
    let done = restored(place, &settings, false).await.unwrap();
    assert_eq!((done.revocations_missing_since, done.replaced), (made.made_at, None));
    assert_eq!(done.head.position, made.head.position.next());
    assert_ne!(done.head.epoch, made.head.epoch);
    let there = Authority::start(settings).await.unwrap();
    assert_eq!(there.ledger().state().unwrap().head(), done.head);
    assert_eq!(there.ledger().state().unwrap().revocations_missing_since(), Some(made.made_at));
    assert_eq!(seen(&there, place, used).await, before);
    assert_eq!(
        refusal(there.download(place.id(), place.owner(), waiting).await),
        Refusal::NoPrivateHalf(waiting)
    );
    assert!(there.session(session.expose()).await.unwrap().is_none());
    assert!(!there.generate(place.id(), &request, &new).await.unwrap().replayed);
    assert_eq!(there.authenticate_replica(credential.expose()).await.unwrap().as_deref(), Some("edge"));
    let next = there.generate(place.id(), &place.asks(), &new).await.unwrap().value;
    there.download(place.id(), place.owner(), next).await.unwrap();
}

pub(crate) async fn a_backup_is_consistent_while_others_write(place: &Place) {
    furnished(place).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let (over, server, team, asks) = (Arc::clone(&is_over), place.server(), place.id(), place.asks());
    let writing = tokio::spawn(async move {
        while !over.load(Ordering::SeqCst) {
            let key =
                server.generate(team, &asks, &super::place::team_key("busy", "ADMIN")).await.unwrap().value;
            let reason = counterfoil_core::event::RevocationReason::NoLongerUsed;
            server.revoke(team, &asks, vec![key], reason, None).await.unwrap();
        }
    });
    for _ in 0..5 {
        let made = place.back_up(&file(place)).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = place.elsewhere(folder.path());
        let done = restored(place, &settings, false).await.unwrap();
        assert_eq!(done.head.position, made.head.position.next());
        assert_eq!(verify_ledger(&settings, &mut |_| {}).await.unwrap().fault, None);
    }
    is_over.store(true, Ordering::SeqCst);
    writing.await.unwrap();
}

pub(crate) async fn a_store_with_something_in_it_is_replaced_only_if_told(place: &Place) {
    let (_, used) = furnished(place).await;
    place.back_up(&file(place)).await;
    let before = seen(&place.server(), place, used).await;
    let later = place.key().await;
    let events = place.events().await.len() as u64;
    let here = place.house.settings.clone();
    let refused = restored(place, &here, false).await.unwrap_err();
    assert!(matches!(refused, RestoreFault::NotEmpty { events: found } if found == events), "{refused}");
    place.server().follow_once().await.unwrap();
    assert!(place.team().keys.contains_key(&later), "nothing was changed");
    let done = restored(place, &here, true).await.unwrap();
    assert_eq!(done.replaced.unwrap().position.0, events);
    let anew = Authority::start(here).await.unwrap();
    assert_eq!(seen(&anew, place, used).await, before);
    assert!(!anew.ledger().team(place.id()).unwrap().keys.contains_key(&later));
}

pub(crate) async fn a_damaged_backup_changes_nothing(place: &Place) {
    furnished(place).await;
    place.back_up(&file(place)).await;
    let good = fs::read(file(place)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = place.elsewhere(folder.path());
    let mut altered = good.clone();
    altered[good.len() / 2] ^= 1;
    for (damaged, expected) in
        [(&good[..good.len() - 1], "cut off"), (&altered, "changed or damaged"), (&[], "no backup")]
    {
        fs::write(file(place), damaged).unwrap();
        let refused = restored(place, &settings, true).await.unwrap_err();
        assert!(
            matches!(refused, RestoreFault::Backup(_)) && refused.to_string().contains(expected),
            "{refused}"
        );
    }
    let absent = restore(&settings, &folder.path().join("absent"), true, &mut |_| {}).await.unwrap_err();
    assert!(matches!(absent, RestoreFault::Backup(BackupFault::Io(_))), "{absent}");
    let untouched = Authority::start(settings).await.unwrap();
    assert_eq!(untouched.ledger().state().unwrap().teams().count(), 0);
}

pub(crate) async fn a_running_server_notices_the_new_life_of_the_ledger(place: &Place) {
    place.back_up(&file(place)).await;
    let later = place.key().await;
    restored(place, &place.house.settings.clone(), true).await.unwrap();
    let stale =
        place.server().generate(place.id(), &place.asks(), &super::place::team_key("stale", "ADMIN")).await;
    assert!(stale.is_err(), "nothing is decided on what was replaced");
    place.server().follow_once().await.unwrap();
    assert!(!place.team().keys.contains_key(&later));
    let next = place.key().await;
    place.server().download(place.id(), place.owner(), next).await.unwrap();
}

pub(crate) async fn revocations_that_a_restore_lost_are_taken_from_an_export(place: &Place) {
    let (lost, early) = (place.key().await, place.key().await);
    place.revoke(early).await;
    place.back_up(&file(place)).await;
    place.clock.pass(MINUTE);
    place.revoke(lost).await;
    let unknown = place.key().await;
    place.revoke(unknown).await;
    let entry =
        |key| format!(r#"{{"kind":"KEY_REVOKED","details":{{"key":"{key}","reason":"KEY_COMPROMISED"}}}}"#);
    let export = [early, lost, unknown].map(entry).join("\n");
    restored(place, &place.house.settings.clone(), true).await.unwrap();
    let server = Authority::start(place.house.settings.clone()).await.unwrap();
    assert!(
        server.ledger().team(place.id()).unwrap().keys.get(&lost).unwrap().is_active(),
        "it lives again, until"
    );
    let done = server.apply_revocations(Revocations::read(export.as_bytes()).unwrap()).await.unwrap();
    let team = Some(place.id());
    assert_eq!(
        done,
        [
            Revoked { key: early, team, how: RevokedHow::Already },
            Revoked { key: lost, team, how: RevokedHow::Now },
            Revoked { key: unknown, team: None, how: RevokedHow::Unknown },
        ]
    );
    assert!(!server.ledger().team(place.id()).unwrap().keys.get(&lost).unwrap().is_active());
}

pub(crate) async fn an_adopted_ledger_goes_on_in_a_new_life(place: &Place) {
    let waiting = place.key().await;
    let link = place.server().make_link(Purpose::Operator, HOUR).await.unwrap();
    let before = place.server().ledger().state().unwrap().head();
    let beside = place.another().await;
    let done = place.server().adopt_ledger().await.unwrap();
    assert_ne!(done.head.epoch, before.epoch);
    assert_eq!(done.head.position, before.position.next());
    assert_eq!(done.revocations_missing_since, place.clock.now());
    let refused = refusal(place.server().download(place.id(), place.owner(), waiting).await);
    assert_eq!(refused, Refusal::NoPrivateHalf(waiting));
    assert!(place.server().use_link(link.expose(), &Default::default()).await.unwrap().is_none());
    let key = place.key().await;
    beside.follow_once().await.unwrap();
    assert_eq!(beside.ledger().state().unwrap().head().epoch, done.head.epoch);
    beside.download(place.id(), place.owner(), key).await.unwrap();
    Authority::start(place.house.settings.clone()).await.unwrap();
}

pub(crate) async fn a_good_ledger_is_verified(place: &Place) {
    furnished(place).await;
    let report = verify_ledger(&place.house.settings, &mut |_| {}).await.unwrap();
    let head = place.server().ledger().state().unwrap().head();
    assert_eq!(report.fault, None);
    assert_eq!((report.epoch, report.head, report.hash), (head.epoch, head.position, head.hash));
}
