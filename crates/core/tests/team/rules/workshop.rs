//! The rules are the catalog's: where other roles administer, other people may, and nobody gives
//! more than they hold.

use crate::stage::{
    PARCELS, Stage, WORKSHOP, change_roles, generate, generated, invite, kind_name, revoke, role_name, roles,
    word,
};
use counterfoil_core::event::Actor;
use counterfoil_core::refusal::{Limited, Refusal};
use counterfoil_core::team::Command;

fn approved() -> Stage {
    let mut stage = Stage::of(&WORKSHOP);
    stage.must(stage.owner(), Command::RequestAccess { terms_agreed: true });
    stage.must(Actor::Operator, Command::ApproveAccess);
    stage
}

#[test]
fn who_administers_keys_does_not_administer_people_nor_the_reverse() {
    let mut stage = approved();
    let (keeper, hirer) = (stage.join(&["KEEPER"]), stage.join(&["HIRER"]));
    let key = generate(1, "MACHINE", Some(&["CLERK"]));
    let person = invite(8, &["HIRER"]);
    assert!(stage.decide(Actor::User(keeper), &key).is_ok());
    assert!(stage.decide(Actor::User(hirer), &person).is_ok());
    let missing = |act, allowed: &[&str]| Err(Refusal::RoleMissing { act, allowed: roles(allowed) });
    let refusal = stage.decide(Actor::User(hirer), &key);
    assert_eq!(refusal, missing("Generating a key of the team", &["HEAD", "KEEPER"]));
    assert_eq!(stage.decide(Actor::User(keeper), &person), missing("Inviting people", &["HEAD", "HIRER"]));
}

#[test]
fn nobody_gives_a_key_or_a_person_more_than_they_hold() {
    let mut stage = approved();
    let (keeper, hirer) = (Actor::User(stage.join(&["KEEPER"])), Actor::User(stage.join(&["HIRER"])));
    let more = |role| Err(Refusal::GrantsMore { role: role_name(role) });
    for (role, given) in [("WORKER", true), ("KEEPER", true), ("CLERK", true), ("HIRER", false)] {
        let answer = stage.decide(keeper, &generate(1, "MACHINE", Some(&[role])));
        assert!(if given { answer.is_ok() } else { answer == more(role) }, "a key, {role}");
    }
    let person = stage.join(&["CLERK"]);
    for (role, given) in [("HIRER", true), ("WORKER", false), ("KEEPER", false)] {
        let answer = stage.decide(hirer, &invite(8, &[role]));
        assert!(if given { answer.is_ok() } else { answer == more(role) }, "an invitation, {role}");
        let answer = stage.decide(hirer, &change_roles(person, &["CLERK", role]));
        assert!(if given { answer.is_ok() } else { answer == more(role) }, "a change, {role}");
    }
}

#[test]
fn what_somebody_has_already_is_not_given_and_may_stay() {
    let mut stage = approved();
    let (worker, hirer) = (stage.join(&["WORKER", "CLERK"]), Actor::User(stage.join(&["HIRER"])));
    stage.must(hirer, change_roles(worker, &["WORKER", "OVERTIME"]));
    let back = stage.decide(hirer, &change_roles(worker, &["WORKER", "CLERK"]));
    assert_eq!(back, Err(Refusal::GrantsMore { role: role_name("CLERK") }));
}

#[test]
fn the_operator_gives_any_role_but_the_one_that_owns() {
    let stage = approved();
    for role in ["WORKER", "KEEPER", "HIRER", "CLERK"] {
        assert!(stage.decide(Actor::Operator, &invite(8, &[role])).is_ok(), "{role}");
    }
    assert_eq!(word(&stage.decide(Actor::Operator, &invite(8, &["HEAD"])).unwrap_err()), "RoleNotAssignable");
}

#[test]
fn a_person_has_as_many_keys_as_the_catalog_says_of_each_kind() {
    let mut stage = approved();
    let worker = Actor::User(stage.join(&["WORKER"]));
    let full =
        |kind, limit| Err(Refusal::LimitReached { what: Limited::KeysOfMember(kind_name(kind)), limit });
    for (kind, limit) in [("PERSONAL", 2), ("BADGE", 1)] {
        for _ in 0..limit {
            let command = stage.new_key(kind, None);
            stage.must(worker, command);
        }
        assert_eq!(stage.decide(worker, &generate(1, kind, None)), full(kind, limit));
    }
}

#[test]
fn a_key_that_needs_no_permission_lives_as_long_as_a_role_that_may_have_it() {
    let mut stage = approved();
    let worker = stage.join(&["WORKER"]);
    let mut make = |kind| {
        let command = stage.new_key(kind, None);
        generated(&stage.must(Actor::User(worker), command))
    };
    let (badge, personal) = (make("BADGE"), make("PERSONAL"));
    stage.must(stage.owner(), change_roles(worker, &["CLERK"]));
    assert!(stage.key(badge).is_active() && !stage.key(personal).is_active());
    stage.must(stage.owner(), change_roles(worker, &["KEEPER"]));
    assert!(!stage.key(badge).is_active());
}

#[test]
fn a_persons_key_ends_the_persons_other_keys_as_the_person_would() {
    let mut stage = approved();
    let worker = stage.join(&["WORKER"]);
    let mut make = || {
        let command = stage.new_key("PERSONAL", None);
        generated(&stage.must(Actor::User(worker), command))
    };
    let (one, other) = (make(), make());
    stage.must(Actor::ApiKey(one), revoke(&[other]));
    assert!(!stage.key(other).is_active());
    assert_eq!(word(&stage.decide(Actor::ApiKey(other), &revoke(&[one])).unwrap_err()), "NoSuch");
}

#[test]
fn a_former_owner_without_another_role_gets_the_first_that_administers_people() {
    let mut stage = approved();
    let (former, next) = (stage.team.owner, stage.join(&["CLERK"]));
    stage.must(stage.owner(), Command::TransferOwnership { to: next });
    assert_eq!(stage.team.members[&former].roles, roles(&["HIRER"]));
    assert_eq!(stage.team.members[&next].roles, roles(&["CLERK", "HEAD"]));
}

#[test]
fn a_former_owner_gets_the_first_other_role_where_none_administers_people() {
    let mut stage = Stage::of(&PARCELS);
    let (former, next) = (stage.team.owner, stage.join(&["BOOKKEEPER"]));
    stage.must(stage.owner(), Command::TransferOwnership { to: next });
    assert_eq!(stage.team.members[&former].roles, roles(&["DISPATCHER", "OWN_KEY"]));
}

#[test]
fn in_the_parcel_service_only_the_owner_administers() {
    let mut stage = Stage::of(&PARCELS);
    let bookkeeper = Actor::User(stage.join(&["BOOKKEEPER"]));
    let courier = generate(1, "COURIER", None);
    assert!(stage.decide(stage.owner(), &courier).is_ok());
    for command in [courier, invite(8, &["DISPATCHER"]), generate(1, "PERSON", None)] {
        assert_eq!(word(&stage.decide(bookkeeper, &command).unwrap_err()), "RoleMissing", "{command:?}");
    }
}
