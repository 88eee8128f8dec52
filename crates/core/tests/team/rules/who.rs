//! Who may do what: every actor that there is, against every command.

use crate::stage::{
    Stage, app_id, change_roles, invitation_id, invite, issuer_id, key_id, member_id, register, revoke, word,
};
use counterfoil_core::event::Actor;
use counterfoil_core::id::{KeyId, MemberId};
use counterfoil_core::rotation::RotationAge;
use counterfoil_core::team::{Command, Team};

/// Everybody, by the column they stand in.
const COLUMNS: [&str; 13] = [
    "owner",
    "admin",
    "maker",
    "money",
    "admin-key",
    "other-key",
    "owner's",
    "admin's",
    "maker's",
    "purchase",
    "operator",
    "holder",
    "stranger",
];

/// `yes`, or the refusal. `maker` is everybody else who may have a key of their own, `money` is
/// FINANCE and SALES; `owner's`, `admin's`, `maker's` are their individual keys; `holder` holds the
/// private half of another key than the one it is about.
const TABLE: &str = "
    act                 owner     admin     maker       money       admin-key  other-key   owner's   admin's   maker's     purchase    operator     holder       stranger
    request-access      yes       OwnerOnly OwnerOnly   OwnerOnly   OwnerOnly  OwnerOnly   OwnerOnly OwnerOnly OwnerOnly   OwnerOnly   OwnerOnly    OwnerOnly    OwnerOnly
    approve-access      Oper      Oper      Oper        Oper        Oper       Oper        Oper      Oper      Oper        Oper        yes          Oper         Oper
    decline-access      Oper      Oper      Oper        Oper        Oper       Oper        Oper      Oper      Oper        Oper        yes          Oper         Oper
    withdraw-access     Oper      Oper      Oper        Oper        Oper       Oper        Oper      Oper      Oper        Oper        yes          Oper         Oper
    suspend             Oper      Oper      Oper        Oper        Oper       Oper        Oper      Oper      Oper        Oper        yes          Oper         Oper
    resume              Oper      Oper      Oper        Oper        Oper       Oper        Oper      Oper      Oper        Oper        yes          Oper         Oper
    close               Oper      Oper      Oper        Oper        Oper       Oper        Oper      Oper      Oper        Oper        yes          Oper         Oper
    erase-half          Oper      Oper      Oper        Oper        Oper       Oper        Oper      Oper      Oper        Oper        yes          Oper         Oper
    transfer            yes       OwnerOnly OwnerOnly   OwnerOnly   OwnerOnly  OwnerOnly   OwnerOnly OwnerOnly OwnerOnly   OwnerOnly   yes          OwnerOnly    OwnerOnly
    invite              yes       yes       RoleMissing RoleMissing yes        RoleMissing yes       yes       RoleMissing RoleMissing yes          Stranger     Stranger
    cancel-invitation   yes       yes       RoleMissing RoleMissing yes        RoleMissing yes       yes       RoleMissing RoleMissing yes          Stranger     Stranger
    join                yes       yes       yes         yes         yes        yes         yes       yes       yes         yes         yes          yes          yes
    change-member       yes       yes       RoleMissing RoleMissing yes        RoleMissing yes       yes       RoleMissing RoleMissing yes          Stranger     Stranger
    remove-member       yes       yes       RoleMissing RoleMissing yes        RoleMissing yes       yes       RoleMissing RoleMissing yes          Stranger     Stranger
    register-app        yes       yes       RoleMissing RoleMissing yes        RoleMissing yes       yes       RoleMissing RoleMissing yes          Stranger     Stranger
    remove-app          yes       yes       RoleMissing RoleMissing yes        RoleMissing yes       yes       RoleMissing RoleMissing yes          Stranger     Stranger
    rotation-age        yes       yes       RoleMissing RoleMissing yes        RoleMissing yes       yes       RoleMissing RoleMissing yes          Stranger     Stranger
    new-team-key        yes       yes       RoleMissing RoleMissing yes        RoleMissing yes       yes       RoleMissing RoleMissing RoleMissing  Stranger     Stranger
    new-purchase-key    yes       yes       RoleMissing RoleMissing yes        RoleMissing yes       yes       RoleMissing RoleMissing RoleMissing  Stranger     Stranger
    new-own-key         yes       yes       yes         RoleMissing SelfOnly   SelfOnly    SelfOnly  SelfOnly  SelfOnly    SelfOnly    SelfOnly     SelfOnly     Stranger
    download-team       yes       yes       NoSuch      NoSuch      yes        NoSuch      yes       yes       NoSuch      NoSuch      RoleMissing  NoSuch       NoSuch
    download-persons    SelfOnly  SelfOnly  NoSuch      NoSuch      SelfOnly   NoSuch      SelfOnly  SelfOnly  NoSuch      NoSuch      SelfOnly     NoSuch       NoSuch
    revoke-team         yes       yes       NoSuch      NoSuch      yes        NoSuch      yes       yes       NoSuch      NoSuch      yes          NoSuch       NoSuch
    revoke-persons      yes       yes       NoSuch      NoSuch      yes        NoSuch      yes       yes       NoSuch      NoSuch      yes          NoSuch       NoSuch
";

#[test]
fn everybody_may_do_what_the_table_says_and_nothing_else() {
    let mut rows = TABLE.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(rows.next().unwrap()[1..], COLUMNS);
    let mut acts = 0;
    for row in rows {
        let scene = Scene::set(row[0]);
        for (column, expected) in COLUMNS.iter().zip(&row[1..]) {
            for actor in scene.actors(column) {
                let found = scene.stage.decide(actor, &scene.command(row[0]));
                let found = found.as_ref().map_or_else(word, |_| "yes");
                let expected = if *expected == "Oper" { "OperatorOnly" } else { expected };
                assert_eq!(found, expected, "{} by {column} ({actor:?})", row[0]);
            }
        }
        acts += 1;
    }
    assert_eq!(acts, 24, "each row was looked at");
}

/// A team that has one of everything.
struct Scene {
    stage: Stage,
    users: Vec<(&'static str, MemberId)>,
    team_keys: Vec<(&'static str, KeyId)>,
    own_keys: Vec<(&'static str, KeyId)>,
    purchase: KeyId,
    guest: MemberId,
    pending_team: KeyId,
    pending_persons: KeyId,
}

const MAKERS: [&str; 4] = ["APP_MANAGER", "DEVELOPER", "MARKETING", "CUSTOMER_SUPPORT"];
const MONEY: [&str; 2] = ["FINANCE", "SALES"];

impl Scene {
    /// The team in the state in which the act is possible.
    fn set(act: &str) -> Self {
        let mut scene = Self::new();
        let stage = &mut scene.stage;
        match act {
            "request-access" | "approve-access" | "decline-access" => {
                stage.must(Actor::Operator, Command::WithdrawAccess { reason: None });
            }
            "resume" => drop(stage.must(Actor::Operator, Command::Suspend { reason: None })),
            "new-own-key" => {
                let keys: Vec<_> = scene.own_keys.iter().map(|(_, key)| *key).collect();
                stage.must(stage.owner(), revoke(&keys));
            }
            _ => {}
        }
        if act.ends_with("prove-access") || act.starts_with("decline") {
            stage.must(stage.owner(), Command::RequestAccess { terms_agreed: true });
        }
        scene
    }

    fn new() -> Self {
        let mut stage = Stage::approved();
        stage.must(stage.owner(), register("pear"));
        stage.must(stage.owner(), invite(7, &["SALES"]));
        let admins = [("ADMIN", stage.join(&["ADMIN"]))];
        let rest: Vec<_> = MAKERS.iter().chain(&MONEY).map(|role| (*role, stage.join(&[role]))).collect();
        let users: Vec<_> =
            [("ACCOUNT_HOLDER", stage.team.owner)].into_iter().chain(admins).chain(rest).collect();
        let team_keys = users[1..].iter().map(|(role, _)| (*role, stage.team_key(&[role]))).collect();
        let makers = users.iter().filter(|(role, _)| !MONEY.contains(role));
        let own_keys = makers.map(|(role, user)| (*role, stage.own_key(*user))).collect();
        let (purchase, guest) = (stage.purchase_key(), stage.join(&["DEVELOPER"]));
        let (pending_team, pending_persons) = (stage.team_key(&["SALES"]), stage.own_key(guest));
        Self { stage, users, team_keys, own_keys, purchase, guest, pending_team, pending_persons }
    }

    fn actors(&self, column: &str) -> Vec<Actor> {
        let of = |table: &[(&str, KeyId)], roles: &[&str]| {
            let chosen = table.iter().filter(|(role, _)| roles.contains(role));
            chosen.map(|(_, key)| Actor::ApiKey(*key)).collect::<Vec<_>>()
        };
        let users = |roles: &[&str]| {
            let chosen = self.users.iter().filter(|(role, _)| roles.contains(role));
            chosen.map(|(_, user)| Actor::User(*user)).collect()
        };
        match column {
            "owner" => users(&["ACCOUNT_HOLDER"]),
            "admin" => users(&["ADMIN"]),
            "maker" => users(&MAKERS),
            "money" => users(&MONEY),
            "admin-key" => of(&self.team_keys, &["ADMIN"]),
            "other-key" => [of(&self.team_keys, &MAKERS), of(&self.team_keys, &MONEY)].concat(),
            "owner's" => of(&self.own_keys, &["ACCOUNT_HOLDER"]),
            "admin's" => of(&self.own_keys, &["ADMIN"]),
            "maker's" => of(&self.own_keys, &MAKERS),
            "purchase" => vec![Actor::ApiKey(self.purchase)],
            "operator" => vec![Actor::Operator],
            "holder" => vec![Actor::Holder(self.purchase), Actor::Holder(key_id(999))],
            "stranger" => vec![Actor::User(member_id(999))],
            other => panic!("there is no column {other}"),
        }
    }

    fn command(&self, act: &str) -> Command {
        let reason = None;
        let guest = self.guest;
        match act {
            "request-access" => Command::RequestAccess { terms_agreed: true },
            "approve-access" => Command::ApproveAccess,
            "decline-access" => Command::DeclineAccess { reason },
            "withdraw-access" => Command::WithdrawAccess { reason },
            "suspend" => Command::Suspend { reason },
            "resume" => Command::Resume,
            "close" => Command::Close { reason },
            "erase-half" => Command::EraseHalf { key: self.pending_team },
            "transfer" => Command::TransferOwnership { to: guest },
            "invite" => invite(8, &["ADMIN"]),
            "cancel-invitation" => Command::CancelInvitation { invitation: invitation_id(7) },
            "join" => Command::Join { invitation: invitation_id(7), member: member_id(70) },
            "change-member" => change_roles(guest, &["ADMIN"]),
            "remove-member" => Command::RemoveMember { member: guest },
            "register-app" => register("plum"),
            "remove-app" => Command::RemoveApp { app: app_id("pear") },
            "rotation-age" => Command::SetRotationAge { age: RotationAge::Never },
            "new-team-key" => crate::stage::generate(9, "TEAM", Some(&["ADMIN"])),
            "new-purchase-key" => crate::stage::generate(9, "IN_APP_PURCHASE", None),
            "new-own-key" => crate::stage::generate(9, "INDIVIDUAL", None),
            "download-team" => Command::Download { key: self.pending_team },
            "download-persons" => Command::Download { key: self.pending_persons },
            "revoke-team" => revoke(&[self.pending_team]),
            "revoke-persons" => revoke(&[self.pending_persons]),
            other => panic!("there is no act {other}"),
        }
    }
}

#[test]
fn a_revoked_key_is_nobody_any_more() {
    let mut stage = Stage::approved();
    let (admin, other) = (stage.team_key(&["ADMIN"]), stage.team_key(&["SALES"]));
    stage.must(stage.owner(), revoke(&[admin]));
    for command in [revoke(&[other]), Command::Download { key: other }] {
        assert_eq!(word(&stage.decide(Actor::ApiKey(admin), &command).unwrap_err()), "NoSuch");
    }
    assert_eq!(word(&stage.decide(Actor::ApiKey(admin), &invite(8, &["SALES"])).unwrap_err()), "Stranger");
}

#[test]
fn a_persons_revoked_key_sees_not_even_the_persons_other_keys() {
    let mut stage = Stage::approved();
    let person = stage.join(&["DEVELOPER"]);
    let first = stage.own_key(person);
    stage.must(Actor::User(person), revoke(&[first]));
    let second = stage.own_key(person);
    assert!(stage.team.may_see_key(first, stage.circumstances(Actor::ApiKey(second))));
    assert!(!stage.team.may_see_key(second, stage.circumstances(Actor::ApiKey(first))));
}

#[test]
fn somebody_who_left_sees_not_even_their_own_old_key() {
    let mut stage = Stage::approved();
    let person = stage.join(&["DEVELOPER"]);
    let key = stage.own_key(person);
    assert!(stage.team.may_see_key(key, stage.circumstances(Actor::User(person))));
    stage.must(stage.owner(), Command::RemoveMember { member: person });
    assert!(!stage.team.may_see_key(key, stage.circumstances(Actor::User(person))));
    assert_eq!(word(&stage.decide(Actor::User(person), &revoke(&[key])).unwrap_err()), "NoSuch");
}

#[test]
fn ids_of_another_team_are_strangers_here() {
    let (mut here, mut there) = (Stage::approved(), Stage::approved());
    let opening = Team::open(there.catalog, there.team.name.clone(), member_id(2));
    there.team = Team::opened(issuer_id(2), there.now, &opening[0]).unwrap();
    there.must(there.owner(), Command::RequestAccess { terms_agreed: true });
    there.must(Actor::Operator, Command::ApproveAccess);
    let (ours, theirs) = (here.team_key(&["ADMIN"]), {
        there.fresh();
        there.team_key(&["ADMIN"])
    });
    for stranger in [there.owner(), Actor::ApiKey(theirs), Actor::Holder(theirs)] {
        assert_eq!(word(&here.decide(stranger, &invite(8, &["SALES"])).unwrap_err()), "Stranger");
        assert_eq!(word(&here.decide(stranger, &revoke(&[ours])).unwrap_err()), "NoSuch");
    }
    assert_eq!(word(&here.decide(here.owner(), &revoke(&[theirs])).unwrap_err()), "NoSuch");
}
