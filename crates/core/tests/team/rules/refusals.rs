//! Every refusal there is, provoked, and what it says.

use crate::stage::{
    Stage, VARIANTS, WORKSHOP, apps, change_roles, change_seen, change_sight, generate, invitation_id,
    invite, issuer_id, key_id, kind_name, member_id, register, remark, revoke, variant,
};
use counterfoil_core::event::{Actor, PrivateHalfAt, Stream};
use counterfoil_core::id::{AppName, KeyId, KeyName, Remark, TeamName};
use counterfoil_core::refusal::{Limited, Refusal, Thing};
use counterfoil_core::team::{Command, NewKey, SightChange, no_such_team};
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn every_refusal_is_provoked() {
    let provoked: BTreeSet<_> = all().iter().map(variant).collect();
    let there: BTreeSet<_> = VARIANTS.iter().copied().collect();
    assert_eq!(provoked, there);
}

#[test]
fn every_refusal_says_the_rule_and_what_would_be_allowed_instead() {
    let sentences: Vec<_> = all().iter().map(|refusal| format!("{}: {refusal}", variant(refusal))).collect();
    insta::assert_snapshot!("sentences", sentences.join("\n"));
}

fn all() -> Vec<Refusal> {
    [access(), standing(), people(), ownership(), roles_and_kinds(), limits(), keys(), texts(), elsewhere()]
        .concat()
}

fn refused(stage: &Stage, by: Actor, command: &Command) -> Refusal {
    stage.decide(by, command).expect_err("this must be refused")
}

fn access() -> Vec<Refusal> {
    let mut stage = Stage::opened();
    let (owner, operator) = (stage.owner(), Actor::Operator);
    let request = Command::RequestAccess { terms_agreed: true };
    let mut found = vec![
        refused(&stage, owner, &Command::RequestAccess { terms_agreed: false }),
        refused(&stage, operator, &request),
        refused(&stage, owner, &Command::ApproveAccess),
        refused(&stage, operator, &Command::ApproveAccess),
        refused(&stage, operator, &Command::WithdrawAccess { reason: None }),
        refused(&stage, owner, &generate(1, "TEAM", Some(&["ADMIN"]))),
    ];
    stage.must(owner, request.clone());
    found.push(refused(&stage, owner, &request));
    stage.must(operator, Command::ApproveAccess);
    found.push(refused(&stage, owner, &request));
    found
}

fn standing() -> Vec<Refusal> {
    let mut stage = Stage::opened();
    let (owner, operator, reason) = (stage.owner(), Actor::Operator, None);
    let mut found = vec![refused(&stage, operator, &Command::Resume)];
    stage.must(operator, Command::Suspend { reason: reason.clone() });
    found.push(refused(&stage, owner, &register("pear")));
    stage.must(operator, Command::Close { reason });
    found.push(refused(&stage, operator, &Command::Resume));
    found
}

fn people() -> Vec<Refusal> {
    let mut stage = Stage::opened();
    let (owner, operator) = (stage.owner(), Actor::Operator);
    let sales = Actor::User(stage.join(&["SALES"]));
    let join = |number| Command::Join { invitation: invitation_id(number), member: member_id(number) };
    for number in [7, 8, 9] {
        stage.must(owner, invite(number, &["SALES"]));
    }
    stage.must(operator, join(7));
    stage.must(owner, Command::CancelInvitation { invitation: invitation_id(8) });
    stage.now = stage.now.plus(Duration::from_secs(365 * 86_400));
    vec![
        refused(&stage, operator, &join(7)),
        refused(&stage, operator, &join(8)),
        refused(&stage, operator, &join(9)),
        refused(&stage, operator, &join(10)),
        refused(&stage, owner, &invite(9, &["SALES"])),
        refused(&stage, sales, &invite(10, &["SALES"])),
        refused(&stage, Actor::User(member_id(99)), &invite(10, &["SALES"])),
        refused(&stage, owner, &Command::RemoveMember { member: member_id(99) }),
        refused(&stage, owner, &Command::RemoveApp { app: crate::stage::app_id("pear") }),
        refused(&stage, owner, &change_sight(member_id(7), apps(&["pear"]))),
        refused(&stage, owner, &change_seen(member_id(7), SightChange::Also([].into()))),
    ]
}

fn ownership() -> Vec<Refusal> {
    let stage = Stage::opened();
    let to = stage.team.owner;
    vec![
        refused(&stage, stage.owner(), &Command::RemoveMember { member: to }),
        refused(&stage, stage.owner(), &Command::TransferOwnership { to }),
        refused(&stage, Actor::User(member_id(99)), &Command::TransferOwnership { to }),
    ]
}

fn roles_and_kinds() -> Vec<Refusal> {
    let mut stage = Stage::approved();
    let owner = stage.owner();
    let person = stage.join(&["DEVELOPER"]);
    let own = stage.own_key(person);
    stage.must(owner, change_roles(person, &["DEVELOPER"]));
    let mut workshop = Stage::of(&WORKSHOP);
    let hirer = Actor::User(workshop.join(&["HIRER"]));
    vec![
        refused(&stage, owner, &invite(8, &["GARDENER"])),
        refused(&stage, owner, &invite(8, &["ACCOUNT_HOLDER"])),
        refused(&stage, owner, &invite(8, &[])),
        refused(&workshop, hirer, &invite(8, &["KEEPER"])),
        refused(&stage, owner, &generate(1, "TEAM", Some(&["ACCOUNT_HOLDER"]))),
        refused(&stage, owner, &generate(1, "IN_APP_PURCHASE", Some(&["ADMIN"]))),
        refused(&stage, owner, &generate(1, "ORCHARD", None)),
        refused(&stage, Actor::Operator, &generate(1, "TEAM", Some(&["ADMIN"]))),
        refused(&stage, Actor::Operator, &generate(1, "INDIVIDUAL", None)),
        refused(&stage, Actor::User(person), &generate(1, "INDIVIDUAL", None)),
        refused(&stage, owner, &Command::Download { key: own }),
    ]
}

fn limits() -> Vec<Refusal> {
    let mut stage = Stage::approved();
    let owner = stage.team.owner;
    stage.own_key(owner);
    (0..50).for_each(|_| assert!(stage.team_key(&["SALES"]) != key_id(0)));
    let mut found = vec![
        refused(&stage, stage.owner(), &generate(1, "INDIVIDUAL", None)),
        refused(&stage, stage.owner(), &generate(1, "TEAM", Some(&["SALES"]))),
    ];
    let (people, apps) = crowd();
    found.push(refused(&people, people.owner(), &invite(1, &["SALES"])));
    found.push(refused(&apps, apps.owner(), &register("one-more")));
    found
}

/// One team with ten thousand people and invitations, one with ten thousand apps.
fn crowd() -> (Stage, Stage) {
    let (mut people, mut apps) = (Stage::opened(), Stage::opened());
    for number in 0..9_998 {
        people.team.invitations.insert(invitation_id(number + 100), invitation(&people));
        apps.must(apps.owner(), register(&number.to_string()));
    }
    people.must(people.owner(), invite(2, &["SALES"]));
    apps.must(apps.owner(), register("last-but-one"));
    apps.must(apps.owner(), register("last"));
    (people, apps)
}

fn invitation(stage: &Stage) -> std::sync::Arc<counterfoil_core::team::Invitation> {
    std::sync::Arc::new(counterfoil_core::team::Invitation {
        roles: crate::stage::roles(&["SALES"]),
        sees: counterfoil_core::event::Sees::AllApps,
        provisioning_allowed: false,
        invited_at: stage.now,
        expires_at: stage.now,
        outcome: counterfoil_core::team::Outcome::Open,
    })
}

fn keys() -> Vec<Refusal> {
    let mut stage = Stage::approved();
    let owner = stage.owner();
    let (taken, revoked) = (stage.team_key(&["SALES"]), stage.team_key(&["SALES"]));
    stage.must(owner, Command::Download { key: taken });
    stage.must(owner, revoke(&[revoked]));
    let Command::GenerateKey(new) = generate(1, "TEAM", Some(&["SALES"])) else { unreachable!() };
    let held = new.key;
    stage.must(owner, Command::GenerateKey(NewKey { private: PrivateHalfAt::Holder, ..new }));
    vec![
        refused(&stage, owner, &Command::Download { key: taken }),
        refused(&stage, owner, &Command::Download { key: revoked }),
        refused(&stage, owner, &Command::Download { key: held }),
        refused(&stage, owner, &revoke(&[key_id(99)])),
        refused(&stage, owner, &generate(1, "TEAM", Some(&["SALES"]))),
    ]
}

fn texts() -> Vec<Refusal> {
    let long = "x".repeat(501);
    [
        KeyName::try_from(long.as_str()).unwrap_err(),
        TeamName::try_from(long.as_str()).unwrap_err(),
        AppName::try_from("").unwrap_err(),
        Remark::try_from(long.as_str()).unwrap_err(),
        KeyId::try_from("abc").unwrap_err(),
    ]
    .map(Refusal::from)
    .to_vec()
}

/// Those that other rooms raise, since they see more than one team.
fn elsewhere() -> Vec<Refusal> {
    vec![
        no_such_team(issuer_id(9)),
        Refusal::NoSuch(Thing::Replica, "edge".into()),
        Refusal::TeamExists,
        Refusal::PublicHalfTaken,
        Refusal::OtherStream(Stream::Team(issuer_id(9))),
        Refusal::OtherStream(Stream::Installation),
    ]
}

#[test]
fn a_limit_names_what_it_counts() {
    let [person, team, people, apps] = &limits()[..] else { panic!("four limits") };
    let limit = |what, limit| Refusal::LimitReached { what, limit };
    assert_eq!(*person, limit(Limited::KeysOfMember(kind_name("INDIVIDUAL")), 1));
    assert_eq!(*team, limit(Limited::KeysOfTeam(kind_name("TEAM")), 50));
    assert_eq!(*people, limit(Limited::People, 10_000));
    assert_eq!(*apps, limit(Limited::Apps, 10_000));
}

#[test]
fn no_sentence_says_more_than_the_asker_may_know() {
    let mut stage = Stage::approved();
    let (person, key) = (stage.join(&["SALES"]), stage.team_key(&["ADMIN"]));
    stage.must(
        stage.owner(),
        Command::Revoke {
            keys: vec![key],
            reason: counterfoil_core::event::RevocationReason::KeyCompromised,
            remark: Some(remark("Found on a bus.")),
        },
    );
    let there = refused(&stage, Actor::User(person), &revoke(&[key])).to_string();
    let not_there = refused(&stage, Actor::User(person), &revoke(&[key_id(99)])).to_string();
    assert_eq!(there.replace(key.as_str(), "…"), not_there.replace(key_id(99).as_str(), "…"));
}
