//! Exactly one person of a team is its Account Holder.

use crate::stage::{Stage, change_roles, member_id, revoke, role_name, roles, word};
use counterfoil_core::event::{Actor, Event, RevocationReason};
use counterfoil_core::id::MemberId;
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::team::Command;

fn transfer(to: MemberId) -> Command {
    Command::TransferOwnership { to }
}

fn holders(stage: &Stage) -> Vec<MemberId> {
    let role = role_name("ACCOUNT_HOLDER");
    let held = stage.team.members.iter().filter(|(_, member)| member.roles.contains(&role));
    held.map(|(id, _)| *id).collect()
}

#[test]
fn a_team_opens_with_its_account_holder_and_nobody_else() {
    let stage = Stage::opened();
    assert_eq!(holders(&stage), [stage.team.owner]);
    assert_eq!(stage.team.members.len(), 1);
    let roles_of_owner = &stage.team.members[&stage.team.owner].roles;
    assert_eq!(*roles_of_owner, roles(&["ACCOUNT_HOLDER", "GENERATE_INDIVIDUAL_KEYS"]));
}

#[test]
fn the_account_holder_is_neither_removed_nor_demoted_by_anybody() {
    let mut stage = Stage::approved();
    let admin = stage.join(&["ADMIN"]);
    let key = stage.team_key(&["ADMIN"]);
    let stays = Refusal::OwnerStays { owner: role_name("ACCOUNT_HOLDER") };
    for by in [stage.owner(), Actor::User(admin), Actor::ApiKey(key), Actor::Operator] {
        let remove = Command::RemoveMember { member: stage.team.owner };
        assert_eq!(stage.decide(by, &remove), Err(stays.clone()));
        for demotion in [&["ADMIN"][..], &["GENERATE_INDIVIDUAL_KEYS"], &[]] {
            assert_eq!(stage.decide(by, &change_roles(stage.team.owner, demotion)), Err(stays.clone()));
        }
    }
}

#[test]
fn nobody_is_made_account_holder_by_a_change_of_roles() {
    let mut stage = Stage::approved();
    let admin = stage.join(&["ADMIN"]);
    for by in [stage.owner(), Actor::User(admin), Actor::Operator] {
        let refusal = stage.decide(by, &change_roles(admin, &["ADMIN", "ACCOUNT_HOLDER"]));
        assert_eq!(refusal, Err(Refusal::RoleNotAssignable { role: role_name("ACCOUNT_HOLDER") }));
    }
}

#[test]
fn the_account_holder_may_have_other_roles_and_permissions_and_lose_them() {
    let mut stage = Stage::approved();
    let owner = stage.team.owner;
    stage.must(stage.owner(), change_roles(owner, &["ACCOUNT_HOLDER", "FINANCE", "CREATE_APPS"]));
    assert_eq!(stage.team.members[&owner].roles, roles(&["ACCOUNT_HOLDER", "FINANCE", "CREATE_APPS"]));
    stage.must(stage.owner(), change_roles(owner, &["ACCOUNT_HOLDER"]));
    assert_eq!(
        word(&stage.decide(stage.owner(), &change_roles(owner, &["ACCOUNT_HOLDER", "X"])).unwrap_err()),
        "RoleUnknown"
    );
}

#[test]
fn a_transfer_moves_the_role_and_leaves_the_former_holder_an_admin() {
    let mut stage = Stage::approved();
    let (former, next) = (stage.team.owner, stage.join(&["DEVELOPER"]));
    stage.must(stage.owner(), transfer(next));
    assert_eq!((stage.team.owner, holders(&stage)), (next, vec![next]));
    assert_eq!(stage.team.members[&former].roles, roles(&["ADMIN", "GENERATE_INDIVIDUAL_KEYS"]));
    let gained = roles(&["ACCOUNT_HOLDER", "DEVELOPER", "GENERATE_INDIVIDUAL_KEYS"]);
    assert_eq!(stage.team.members[&next].roles, gained);
    assert_eq!(word(&stage.decide(Actor::User(former), &transfer(former)).unwrap_err()), "OwnerOnly");
    stage.must(Actor::User(next), Command::RemoveMember { member: former });
}

#[test]
fn a_former_holder_who_has_another_role_keeps_that_one() {
    let mut stage = Stage::approved();
    let (former, next) = (stage.team.owner, stage.join(&["ADMIN"]));
    stage.must(stage.owner(), change_roles(former, &["ACCOUNT_HOLDER", "MARKETING"]));
    stage.must(Actor::Operator, transfer(next));
    assert_eq!(stage.team.members[&former].roles, roles(&["MARKETING"]));
}

#[test]
fn a_former_holder_left_with_finance_loses_the_individual_key() {
    let mut stage = Stage::approved();
    let (former, next) = (stage.team.owner, stage.join(&["ADMIN"]));
    let with_finance = ["ACCOUNT_HOLDER", "FINANCE", "GENERATE_INDIVIDUAL_KEYS"];
    stage.must(stage.owner(), change_roles(former, &with_finance));
    let key = stage.own_key(former);
    stage.must(Actor::User(former), transfer(next));
    let reason = stage.key(key).revoked.as_ref().map(|end| end.reason);
    assert_eq!(reason, Some(RevocationReason::Unspecified));
}

#[test]
fn a_former_holder_who_is_admin_now_keeps_the_individual_key() {
    let mut stage = Stage::approved();
    let (former, next) = (stage.team.owner, stage.join(&["ADMIN"]));
    let key = stage.own_key(former);
    stage.must(Actor::User(former), transfer(next));
    assert!(stage.key(key).is_active());
}

#[test]
fn an_account_holder_who_had_only_finance_may_now_have_a_key_since_nobody_took_the_permission() {
    let mut stage = Stage::approved();
    let next = stage.join(&["FINANCE"]);
    stage.must(stage.owner(), transfer(next));
    let gained = roles(&["ACCOUNT_HOLDER", "FINANCE", "GENERATE_INDIVIDUAL_KEYS"]);
    assert_eq!(stage.team.members[&next].roles, gained);
    stage.own_key(next);
}

#[test]
fn an_account_holder_from_whom_the_permission_was_taken_before_does_not_get_it_by_the_transfer() {
    let mut stage = Stage::approved();
    let next = stage.join(&["DEVELOPER"]);
    stage.must(stage.owner(), change_roles(next, &["DEVELOPER"]));
    stage.must(stage.owner(), transfer(next));
    assert_eq!(stage.team.members[&next].roles, roles(&["ACCOUNT_HOLDER", "DEVELOPER"]));
}

#[test]
fn the_role_goes_to_a_member_and_not_to_whom_has_it() {
    let mut stage = Stage::approved();
    let nobody = Refusal::NoSuch(Thing::User, member_id(99).to_string());
    assert_eq!(stage.decide(stage.owner(), &transfer(member_id(99))), Err(nobody));
    assert_eq!(stage.decide(Actor::Operator, &transfer(stage.team.owner)), Err(Refusal::OwnerAlready));
    let admin = stage.join(&["ADMIN"]);
    let key = stage.own_key(stage.team.owner);
    for by in [Actor::User(admin), Actor::ApiKey(key), Actor::Holder(key)] {
        assert_eq!(word(&stage.decide(by, &transfer(admin)).unwrap_err()), "OwnerOnly");
    }
}

#[test]
fn a_transfer_ends_keys_before_it_moves_the_role() {
    let mut stage = Stage::approved();
    let (former, next) = (stage.team.owner, stage.join(&["ADMIN"]));
    stage.must(stage.owner(), change_roles(former, &["ACCOUNT_HOLDER", "SALES", "GENERATE_INDIVIDUAL_KEYS"]));
    let first = stage.own_key(former);
    stage.must(stage.owner(), revoke(&[first]));
    let second = stage.own_key(former);
    let events = stage.must(Actor::Operator, transfer(next));
    let ended = |event: &Event| matches!(event, Event::KeyRevoked { key, .. } if *key == second);
    assert!(ended(&events[0]) && matches!(events[1..], [Event::OwnershipTransferred { .. }]), "{events:?}");
}
