//! Members: their roles, their permission for a key of their own, the apps they see.

use crate::stage::{
    Stage, app_id, apps, change_roles, change_seen, change_sight, generate, kind_name, member_id, register,
    role_name, roles, word,
};
use counterfoil_core::event::{Actor, Event, RevocationReason, Sees};
use counterfoil_core::refusal::{Refusal, Thing};
use counterfoil_core::roles::Roles;
use counterfoil_core::team::{Command, SightChange};

const PERMISSION: &str = "GENERATE_INDIVIDUAL_KEYS";
const MAKERS: [&str; 5] = ["ADMIN", "APP_MANAGER", "CUSTOMER_SUPPORT", "DEVELOPER", "MARKETING"];

#[test]
fn taking_the_permission_revokes_the_key_in_the_same_act_and_prevents_a_new_one() {
    for role in MAKERS {
        let mut stage = Stage::approved();
        let person = stage.join(&[role]);
        let key = stage.own_key(person);
        let events = stage.must(stage.owner(), change_roles(person, &[role]));
        assert!(matches!(events[..], [Event::KeyRevoked { .. }, Event::MemberChanged { .. }]), "{events:?}");
        assert!(!stage.key(key).is_active(), "{role}");
        let again = stage.decide(Actor::User(person), &generate(9, "INDIVIDUAL", None));
        let missing =
            Refusal::PermissionMissing { kind: kind_name("INDIVIDUAL"), permission: role_name(PERMISSION) };
        assert_eq!(again, Err(missing), "{role}");
    }
}

#[test]
fn giving_the_permission_back_reinstates_nothing_and_allows_a_new_key() {
    let mut stage = Stage::approved();
    let person = stage.join(&["DEVELOPER"]);
    let key = stage.own_key(person);
    stage.must(stage.owner(), change_roles(person, &["DEVELOPER"]));
    let events = stage.must(stage.owner(), change_roles(person, &["DEVELOPER", PERMISSION]));
    assert!(matches!(events[..], [Event::MemberChanged { .. }]), "{events:?}");
    assert!(!stage.key(key).is_active());
    stage.own_key(person);
}

#[test]
fn an_admin_takes_the_permission_from_the_account_holder_too() {
    let mut stage = Stage::approved();
    let (owner, admin) = (stage.team.owner, stage.join(&["ADMIN"]));
    let key = stage.own_key(owner);
    stage.must(Actor::User(admin), change_roles(owner, &["ACCOUNT_HOLDER"]));
    assert!(!stage.key(key).is_active());
}

#[test]
fn roles_that_shrink_to_finance_or_sales_alone_revoke_the_key_even_with_the_permission() {
    for role in MAKERS {
        for left in [
            &["FINANCE", PERMISSION][..],
            &["SALES", PERMISSION],
            &["FINANCE", "SALES", PERMISSION],
            &["SALES"],
        ] {
            let mut stage = Stage::approved();
            let person = stage.join(&[role]);
            let key = stage.own_key(person);
            stage.must(stage.owner(), change_roles(person, left));
            assert!(!stage.key(key).is_active(), "{role} to {left:?}");
            let again = stage.decide(Actor::User(person), &generate(9, "INDIVIDUAL", None)).unwrap_err();
            assert_eq!(word(&again), "RoleMissing", "{role} to {left:?}");
        }
    }
}

#[test]
fn a_change_to_another_role_that_may_have_a_key_leaves_the_key_and_moves_its_roles() {
    for from in MAKERS {
        for to in MAKERS {
            let mut stage = Stage::approved();
            let person = stage.join(&[from]);
            let key = stage.own_key(person);
            stage.must(stage.owner(), change_roles(person, &[to, PERMISSION]));
            assert!(stage.key(key).is_active(), "{from} to {to}");
            assert_eq!(stage.team.roles_of_key(stage.key(key)), roles(&[to, PERMISSION]));
        }
    }
}

#[test]
fn a_key_does_what_its_person_may_do_at_the_moment() {
    let mut stage = Stage::approved();
    let person = stage.join(&["DEVELOPER"]);
    let key = Actor::ApiKey(stage.own_key(person));
    let act = register("pear");
    assert_eq!(word(&stage.decide(key, &act).unwrap_err()), "RoleMissing");
    stage.must(stage.owner(), change_roles(person, &["ADMIN", PERMISSION]));
    assert!(stage.decide(key, &act).is_ok());
    stage.must(stage.owner(), change_roles(person, &["MARKETING", PERMISSION]));
    assert_eq!(word(&stage.decide(key, &act).unwrap_err()), "RoleMissing");
}

#[test]
fn an_individual_key_sees_its_persons_apps_and_a_team_key_all() {
    let mut stage = Stage::approved();
    stage.must(stage.owner(), register("pear"));
    stage.must(stage.owner(), register("plum"));
    let person = stage.join(&["DEVELOPER"]);
    let (own, team) = (stage.own_key(person), stage.team_key(&["DEVELOPER"]));
    for seen in [apps(&["pear"]), apps(&["pear", "plum"]), apps(&[]), Sees::AllApps] {
        stage.must(stage.owner(), change_sight(person, seen.clone()));
        assert_eq!(stage.team.sight_of_key(stage.key(own)), seen);
        assert_eq!(stage.team.sight_of_key(stage.key(team)), Sees::AllApps);
    }
}

#[test]
fn apps_are_added_to_and_taken_from_what_is_seen_at_that_moment() {
    let mut stage = Stage::approved();
    for app in ["fig", "pear", "plum"] {
        stage.must(stage.owner(), register(app));
    }
    let person = stage.join(&["DEVELOPER"]);
    let of = |ids: &[&str]| ids.iter().map(|id| app_id(id)).collect();
    let all = stage.decide(stage.owner(), &change_seen(person, SightChange::NoMore(of(&["pear"]))));
    assert_eq!(all, Err(Refusal::SeesAllApps));
    stage.must(stage.owner(), change_sight(person, apps(&["pear"])));
    stage.must(stage.owner(), change_seen(person, SightChange::Also(of(&["fig", "plum"]))));
    stage.must(stage.owner(), change_seen(person, SightChange::NoMore(of(&["pear", "quince"]))));
    assert_eq!(stage.team.members[&person].sees, apps(&["fig", "plum"]));
    let unknown = stage.decide(stage.owner(), &change_seen(person, SightChange::Also(of(&["quince"]))));
    assert_eq!(unknown, Err(Refusal::AppNotRegistered(app_id("quince"))));
}

#[test]
fn whoever_saw_only_an_app_that_is_removed_sees_none_and_not_all() {
    let mut stage = Stage::approved();
    stage.must(stage.owner(), register("pear"));
    let person = stage.join(&["DEVELOPER"]);
    stage.must(stage.owner(), change_sight(person, apps(&["pear"])));
    stage.must(stage.owner(), Command::RemoveApp { app: app_id("pear") });
    assert_eq!(stage.team.members[&person].sees, apps(&[]));
    stage.must(stage.owner(), register("pear"));
    assert_eq!(stage.team.members[&person].sees, apps(&[]), "an app that comes again is another");
}

#[test]
fn only_registered_apps_can_be_shown_or_removed_and_each_is_registered_once() {
    let mut stage = Stage::approved();
    let person = stage.join(&["DEVELOPER"]);
    let unknown = stage.decide(stage.owner(), &change_sight(person, apps(&["pear"])));
    assert_eq!(unknown, Err(Refusal::AppNotRegistered(app_id("pear"))));
    let gone = stage.decide(stage.owner(), &Command::RemoveApp { app: app_id("pear") });
    assert_eq!(gone, Err(Refusal::NoSuch(Thing::App, "pear".into())));
    stage.must(stage.owner(), register("pear"));
    assert_eq!(
        stage.decide(stage.owner(), &register("pear")),
        Err(Refusal::Taken(Thing::App, "pear".into()))
    );
}

#[test]
fn the_key_dies_with_its_persons_membership_and_the_teams_keys_outlive_their_makers() {
    let mut stage = Stage::approved();
    let admin = stage.join(&["ADMIN"]);
    let own = stage.own_key(admin);
    let command = stage.new_key("TEAM", Some(&["ADMIN"]));
    let team = crate::stage::generated(&stage.must(Actor::User(admin), command));
    stage.must(stage.owner(), Command::RemoveMember { member: admin });
    let reason = stage.key(own).revoked.as_ref().map(|end| end.reason);
    assert_eq!(reason, Some(RevocationReason::MemberLeft));
    assert!(stage.key(team).is_active());
    assert_eq!(stage.team.roles_of_key(stage.key(team)), roles(&["ADMIN"]));
    assert_eq!(stage.team.roles_of_key(stage.key(own)), Roles::none());
    assert_eq!(stage.team.sight_of_key(stage.key(own)), apps(&[]));
}

#[test]
fn an_admin_may_leave_by_their_own_hand_or_by_that_of_their_key() {
    for with_key in [false, true] {
        let mut stage = Stage::approved();
        let admin = stage.join(&["ADMIN"]);
        let by = if with_key { Actor::ApiKey(stage.own_key(admin)) } else { Actor::User(admin) };
        stage.must(by, Command::RemoveMember { member: admin });
        assert_eq!(word(&stage.decide(by, &register("pear")).unwrap_err()), "Stranger");
    }
}

#[test]
fn nobody_is_left_without_a_role_or_given_one_that_does_not_exist() {
    let mut stage = Stage::approved();
    let person = stage.join(&["DEVELOPER"]);
    for left in [&[][..], &[PERMISSION], &["CREATE_APPS", "ACCESS_TO_REPORTS"]] {
        assert_eq!(
            stage.decide(stage.owner(), &change_roles(person, left)),
            Err(Refusal::RolesMissing),
            "{left:?}"
        );
    }
    assert_eq!(
        word(&stage.decide(stage.owner(), &change_roles(person, &["GARDENER"])).unwrap_err()),
        "RoleUnknown"
    );
    let nobody = Refusal::NoSuch(Thing::User, member_id(99).to_string());
    assert_eq!(stage.decide(stage.owner(), &change_roles(member_id(99), &["SALES"])), Err(nobody.clone()));
    assert_eq!(stage.decide(stage.owner(), &Command::RemoveMember { member: member_id(99) }), Err(nobody));
}

#[test]
fn an_admin_grants_every_role_but_the_account_holders() {
    let mut stage = Stage::approved();
    let admin = Actor::User(stage.join(&["ADMIN"]));
    let person = stage.join(&["SALES"]);
    for role in MAKERS.iter().chain(&["FINANCE", "SALES", "CREATE_APPS"]) {
        assert!(stage.decide(admin, &change_roles(person, &["SALES", role])).is_ok(), "{role}");
    }
}

#[test]
fn what_is_not_named_stays_and_a_change_to_what_is_makes_no_event() {
    let mut stage = Stage::approved();
    stage.must(stage.owner(), register("pear"));
    let person = stage.join(&["DEVELOPER"]);
    let key = stage.own_key(person);
    let allow =
        Command::ChangeMember { member: person, roles: None, sees: None, provisioning_allowed: Some(true) };
    stage.must(stage.owner(), allow.clone());
    stage.must(stage.owner(), change_sight(person, apps(&["pear"])));
    let member = &stage.team.members[&person];
    let (expected, provisioning) = (roles(&["DEVELOPER", PERMISSION]), true);
    assert_eq!(
        (&member.roles, &member.sees, member.provisioning_allowed),
        (&expected, &apps(&["pear"]), provisioning)
    );
    for same in
        [allow, change_roles(person, &["DEVELOPER", PERMISSION]), change_sight(person, apps(&["pear"]))]
    {
        assert_eq!(stage.decide(stage.owner(), &same), Ok(vec![]), "{same:?}");
    }
    assert!(stage.key(key).is_active());
}
