//! Ending keys, for good.

use crate::stage::{Stage, generate, invite, remark, revoke, word};
use counterfoil_core::event::{Actor, Event, RevocationReason};
use counterfoil_core::team::Command;

#[test]
fn a_revocation_says_who_why_and_when() {
    let mut stage = Stage::approved();
    let key = stage.team_key(&["SALES"]);
    let (reason, said) = (RevocationReason::Superseded, Some(remark("Rotated.")));
    stage.must(stage.owner(), Command::Revoke { keys: vec![key], reason, remark: said.clone() });
    let end = stage.key(key).revoked.clone().unwrap();
    assert_eq!((end.at, end.by, end.reason, end.remark.clone()), (stage.now, stage.owner(), reason, said));
}

#[test]
fn several_keys_end_together_or_none_does() {
    let mut stage = Stage::approved();
    let person = stage.join(&["DEVELOPER"]);
    let (own, team) = (stage.own_key(person), stage.team_key(&["SALES"]));
    let both = revoke(&[own, team]);
    assert_eq!(word(&stage.decide(Actor::User(person), &both).unwrap_err()), "NoSuch");
    assert_eq!(stage.must(stage.owner(), both).len(), 2);
    assert!(!stage.key(own).is_active() && !stage.key(team).is_active());
}

#[test]
fn a_key_named_twice_ends_once_and_one_that_has_ended_stays_as_it_ended() {
    let mut stage = Stage::approved();
    let (one, other) = (stage.team_key(&["SALES"]), stage.team_key(&["SALES"]));
    assert_eq!(stage.must(stage.owner(), revoke(&[one, one])).len(), 1);
    let before = stage.key(one).clone();
    assert_eq!(stage.decide(stage.owner(), &revoke(&[one])), Ok(vec![]));
    let burn =
        Command::Revoke { keys: vec![one, other], reason: RevocationReason::KeyCompromised, remark: None };
    let events = stage.must(stage.owner(), burn);
    assert!(matches!(events[..], [Event::KeyRevoked { key, .. }] if key == other), "{events:?}");
    assert_eq!(*stage.key(one), before);
}

#[test]
fn a_revoked_key_is_not_reinstated_by_any_event() {
    let mut stage = Stage::approved();
    let command = generate(1, "TEAM", Some(&["SALES"]));
    let generated = stage.must(stage.owner(), command);
    let key = crate::stage::generated(&generated);
    stage.must(stage.owner(), revoke(&[key]));
    let ended = stage.key(key).clone();
    let again = Event::KeyRevoked { key, reason: RevocationReason::KeyCompromised, remark: None };
    for event in [generated[0].clone(), again, Event::TeamResumed, Event::AccessApproved] {
        stage.team.apply(stage.now, Actor::Operator, &event);
        assert_eq!(*stage.key(key), ended, "{event:?}");
    }
}

#[test]
fn people_revoke_their_own_key_and_their_key_does_too() {
    let mut stage = Stage::approved();
    let person = stage.join(&["DEVELOPER"]);
    let key = stage.own_key(person);
    stage.must(Actor::ApiKey(key), revoke(&[key]));
    let next = stage.own_key(person);
    assert_eq!(
        stage.decide(Actor::ApiKey(next), &revoke(&[key])),
        Ok(vec![]),
        "their own, and ended already"
    );
    stage.must(Actor::User(person), revoke(&[next]));
    let other = stage.join(&["DEVELOPER"]);
    let theirs = stage.own_key(other);
    assert_eq!(word(&stage.decide(Actor::User(person), &revoke(&[theirs])).unwrap_err()), "NoSuch");
}

#[test]
fn whoever_holds_the_private_half_ends_the_key_of_whatever_kind_and_does_nothing_else_with_it() {
    let mut stage = Stage::approved();
    let person = stage.join(&["ADMIN"]);
    let keys = [stage.team_key(&["ADMIN"]), stage.purchase_key(), stage.own_key(person)];
    for key in keys {
        let holder = Actor::Holder(key);
        assert_eq!(word(&stage.decide(holder, &invite(8, &["SALES"])).unwrap_err()), "Stranger");
        assert!(stage.decide(holder, &Command::Download { key }).is_err());
        for other in keys.into_iter().filter(|other| *other != key) {
            assert_eq!(word(&stage.decide(holder, &revoke(&[other])).unwrap_err()), "NoSuch");
        }
    }
    for key in keys {
        stage.must(Actor::Holder(key), revoke(&[key]));
        assert_eq!(stage.decide(Actor::Holder(key), &revoke(&[key])), Ok(vec![]), "again is no fault");
    }
}
