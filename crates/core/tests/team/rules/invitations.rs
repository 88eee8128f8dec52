//! Invitations.

use crate::stage::{
    Stage, app_id, apps, invitation_id, invite, invite_to_see, member_id, register, role_name, roles, word,
};
use counterfoil_core::event::{Actor, Event, Sees};
use counterfoil_core::refusal::{Over, Refusal, Thing};
use counterfoil_core::team::{Command, Outcome};
use std::time::Duration;

fn join(number: u32, member: u32) -> Command {
    Command::Join { invitation: invitation_id(number), member: member_id(member) }
}

fn invited_roles(events: &[Event]) -> counterfoil_core::roles::Roles {
    match events {
        [Event::MemberInvited { roles, .. }] => roles.clone(),
        other => panic!("{other:?} is not one invitation"),
    }
}

#[test]
fn whoever_is_invited_may_have_a_key_of_their_own_unless_all_their_roles_are_finance_or_sales() {
    let with = [
        (&["ADMIN"][..], true),
        (&["APP_MANAGER"], true),
        (&["CUSTOMER_SUPPORT"], true),
        (&["DEVELOPER"], true),
        (&["MARKETING"], true),
        (&["FINANCE"], false),
        (&["SALES"], false),
        (&["FINANCE", "SALES"], false),
        (&["FINANCE", "MARKETING"], true),
    ];
    let stage = Stage::opened();
    for (named, may) in with {
        let found = invited_roles(&stage.decide(stage.owner(), &invite(8, named)).unwrap());
        let permission = role_name("GENERATE_INDIVIDUAL_KEYS");
        assert_eq!(found.contains(&permission), may, "{named:?}");
        assert_eq!(found.without(&permission), roles(named), "and nothing else comes with {named:?}");
    }
}

#[test]
fn an_inviter_can_withhold_the_permission() {
    let stage = Stage::opened();
    let Command::Invite { invitation, as_member, expires_at, .. } = invite(8, &["ADMIN"]) else {
        unreachable!()
    };
    let withheld = roles(&["GENERATE_INDIVIDUAL_KEYS"]);
    let command = Command::Invite { invitation, as_member, withheld, expires_at };
    assert_eq!(invited_roles(&stage.decide(stage.owner(), &command).unwrap()), roles(&["ADMIN"]));
}

#[test]
fn add_on_permissions_are_given_by_invitation_but_are_no_role() {
    let stage = Stage::opened();
    let add_ons = [
        "ACCESS_TO_REPORTS",
        "CREATE_APPS",
        "CLOUD_MANAGED_DEVELOPER_ID",
        "CLOUD_MANAGED_APP_DISTRIBUTION",
        "GENERATE_INDIVIDUAL_KEYS",
    ];
    for add_on in add_ons {
        let found = stage.decide(stage.owner(), &invite(8, &["SALES", add_on])).unwrap();
        assert_eq!(invited_roles(&found), roles(&["SALES", add_on]));
        assert_eq!(stage.decide(stage.owner(), &invite(8, &[add_on])), Err(Refusal::RolesMissing));
    }
    assert_eq!(stage.decide(stage.owner(), &invite(8, &[])), Err(Refusal::RolesMissing));
}

#[test]
fn nobody_is_invited_as_account_holder_or_into_a_role_that_does_not_exist() {
    let stage = Stage::opened();
    for by in [stage.owner(), Actor::Operator] {
        let refusal = stage.decide(by, &invite(8, &["ADMIN", "ACCOUNT_HOLDER"])).unwrap_err();
        assert_eq!(refusal, Refusal::RoleNotAssignable { role: role_name("ACCOUNT_HOLDER") });
        assert_eq!(word(&stage.decide(by, &invite(8, &["ADMIN", "GARDENER"])).unwrap_err()), "RoleUnknown");
    }
}

#[test]
fn an_accepted_invitation_makes_a_member_with_what_was_offered() {
    let mut stage = Stage::opened();
    stage.must(stage.owner(), register("pear"));
    stage.must(stage.owner(), invite_to_see(8, &["SALES"], apps(&["pear"])));
    stage.must(Actor::Operator, join(8, 80));
    let member = &stage.team.members[&member_id(80)];
    assert_eq!(
        (&member.roles, &member.sees, member.provisioning_allowed),
        (&roles(&["SALES"]), &apps(&["pear"]), false)
    );
    assert_eq!(stage.team.invitations[&invitation_id(8)].outcome, Outcome::Accepted);
}

#[test]
fn an_invitation_is_good_once_and_not_after_it_was_taken_back() {
    let mut stage = Stage::opened();
    let cancel = |number| Command::CancelInvitation { invitation: invitation_id(number) };
    for number in [8, 9] {
        stage.must(stage.owner(), invite(number, &["SALES"]));
    }
    stage.must(Actor::Operator, join(8, 80));
    stage.must(stage.owner(), cancel(9));
    for (number, over) in [(8, Over::Accepted), (9, Over::Cancelled)] {
        assert_eq!(stage.decide(Actor::Operator, &join(number, 81)), Err(Refusal::InvitationOver(over)));
        assert_eq!(stage.decide(stage.owner(), &cancel(number)), Err(Refusal::InvitationOver(over)));
    }
    let unknown = Refusal::NoSuch(Thing::Invitation, invitation_id(10).to_string());
    assert_eq!(stage.decide(Actor::Operator, &join(10, 81)), Err(unknown.clone()));
    assert_eq!(stage.decide(stage.owner(), &cancel(10)), Err(unknown));
}

#[test]
fn an_invitation_runs_out_one_millisecond_after_its_end() {
    let mut stage = Stage::opened();
    stage.must(stage.owner(), invite(8, &["SALES"]));
    let end = stage.team.invitations[&invitation_id(8)].expires_at;
    stage.now = end.plus(Duration::from_millis(1));
    assert_eq!(stage.decide(Actor::Operator, &join(8, 80)), Err(Refusal::InvitationOver(Over::Expired)));
    stage.now = end;
    stage.must(Actor::Operator, join(8, 80));
}

#[test]
fn neither_an_invitation_nor_a_member_takes_an_id_that_is_there() {
    let mut stage = Stage::opened();
    stage.must(stage.owner(), invite(8, &["SALES"]));
    let taken = Refusal::Taken(Thing::Invitation, invitation_id(8).to_string());
    assert_eq!(stage.decide(stage.owner(), &invite(8, &["SALES"])), Err(taken));
    let taken = Refusal::Taken(Thing::User, member_id(1).to_string());
    assert_eq!(stage.decide(Actor::Operator, &join(8, 1)), Err(taken));
}

#[test]
fn an_invitation_shows_registered_apps_only_and_forgets_one_that_is_removed() {
    let mut stage = Stage::opened();
    let command = invite_to_see(8, &["SALES"], apps(&["pear", "plum"]));
    stage.must(stage.owner(), register("pear"));
    assert_eq!(stage.decide(stage.owner(), &command), Err(Refusal::AppNotRegistered(app_id("plum"))));
    stage.must(stage.owner(), register("plum"));
    stage.must(stage.owner(), command);
    stage.must(stage.owner(), Command::RemoveApp { app: app_id("plum") });
    stage.must(Actor::Operator, join(8, 80));
    assert_eq!(stage.team.members[&member_id(80)].sees, apps(&["pear"]));
}

#[test]
fn somebody_invited_while_all_apps_are_visible_sees_those_that_come_later() {
    let mut stage = Stage::opened();
    let member = stage.join(&["SALES"]);
    stage.must(stage.owner(), register("pear"));
    assert_eq!(stage.team.members[&member].sees, Sees::AllApps);
}
