//! Access to the API, and a team's standing.

use crate::stage::{PARCELS, Stage, generate, invite, key_id, member_id, register, remark, revoke};
use counterfoil_core::event::{Actor, Event};
use counterfoil_core::id::KindName;
use counterfoil_core::refusal::Refusal;
use counterfoil_core::team::{Access, Command, Standing};

const OPERATOR: Actor = Actor::Operator;
const REQUEST: Command = Command::RequestAccess { terms_agreed: true };

/// Asks for a key of each kind; which are refused for want of access?
fn kinds_without_access(stage: &Stage) -> Vec<&'static str> {
    let asked = [("TEAM", Some(&["SALES"][..])), ("INDIVIDUAL", None), ("IN_APP_PURCHASE", None)];
    let refused = asked.into_iter().filter(|(kind, roles)| {
        let answer = stage.decide(stage.owner(), &generate(1, kind, *roles));
        assert!(matches!(answer, Ok(_) | Err(Refusal::AccessNotApproved)), "{answer:?}");
        answer.is_err()
    });
    refused.map(|(kind, _)| kind).collect()
}

#[test]
fn access_is_asked_for_by_the_account_holder_who_agrees_to_the_terms_that_are_recorded() {
    let mut stage = Stage::opened();
    assert_eq!(stage.team.access, Access::NotRequested);
    let refusal = stage.decide(stage.owner(), &Command::RequestAccess { terms_agreed: false });
    assert_eq!(refusal, Err(Refusal::TermsNotAgreed));
    let terms = stage.catalog.access.terms.clone();
    assert_eq!(stage.must(stage.owner(), REQUEST), [Event::AccessRequested { terms }]);
    assert_eq!(stage.team.access, Access::Requested { at: stage.now });
}

#[test]
fn without_approval_only_in_app_purchase_keys_are_generated() {
    let mut stage = Stage::opened();
    assert_eq!(kinds_without_access(&stage), ["TEAM", "INDIVIDUAL"]);
    stage.must(stage.owner(), REQUEST);
    assert_eq!(kinds_without_access(&stage), ["TEAM", "INDIVIDUAL"]);
    stage.must(OPERATOR, Command::DeclineAccess { reason: None });
    assert_eq!(kinds_without_access(&stage), ["TEAM", "INDIVIDUAL"]);
    stage.must(stage.owner(), REQUEST);
    stage.must(OPERATOR, Command::ApproveAccess);
    assert_eq!(kinds_without_access(&stage), Vec::<&str>::new());
    stage.must(OPERATOR, Command::WithdrawAccess { reason: None });
    assert_eq!(kinds_without_access(&stage), ["TEAM", "INDIVIDUAL"]);
}

#[test]
fn a_declined_request_shows_its_reason_and_may_be_made_again() {
    let mut stage = Stage::opened();
    stage.must(stage.owner(), REQUEST);
    let reason = Some(remark("Tell us what for."));
    stage.must(OPERATOR, Command::DeclineAccess { reason: reason.clone() });
    assert_eq!(stage.team.access, Access::Declined { at: stage.now, reason });
    stage.must(stage.owner(), REQUEST);
    stage.must(OPERATOR, Command::ApproveAccess);
    assert_eq!(stage.team.access, Access::Approved { at: stage.now });
}

#[test]
fn access_is_neither_asked_for_twice_nor_decided_unasked() {
    let mut stage = Stage::opened();
    let decline = Command::DeclineAccess { reason: None };
    let withdraw = Command::WithdrawAccess { reason: None };
    for unasked in [&Command::ApproveAccess, &decline] {
        assert_eq!(stage.decide(OPERATOR, unasked), Err(Refusal::AccessNotRequested));
    }
    assert_eq!(stage.decide(OPERATOR, &withdraw), Err(Refusal::AccessNotThere));
    stage.must(stage.owner(), REQUEST);
    assert_eq!(stage.decide(stage.owner(), &REQUEST), Err(Refusal::AccessPending { approved: false }));
    assert_eq!(stage.decide(OPERATOR, &withdraw), Err(Refusal::AccessNotThere));
    stage.must(OPERATOR, Command::ApproveAccess);
    assert_eq!(stage.decide(stage.owner(), &REQUEST), Err(Refusal::AccessPending { approved: true }));
    assert_eq!(stage.decide(OPERATOR, &Command::ApproveAccess), Err(Refusal::AccessNotRequested));
    assert_eq!(stage.decide(OPERATOR, &decline), Err(Refusal::AccessNotRequested));
}

#[test]
fn withdrawn_access_ends_no_key_and_hands_out_no_half_less() {
    let mut stage = Stage::approved();
    let key = stage.team_key(&["ADMIN"]);
    stage.must(OPERATOR, Command::WithdrawAccess { reason: None });
    assert!(stage.key(key).is_active());
    assert_eq!(
        stage.decide(stage.owner(), &Command::Download { key }),
        Ok(vec![Event::KeyDownloaded { key }])
    );
}

#[test]
fn where_the_catalog_wants_no_review_a_team_has_access_from_the_first_day() {
    let mut stage = Stage::of(&PARCELS);
    assert_eq!(stage.team.access, Access::Approved { at: stage.now });
    stage.must(OPERATOR, Command::WithdrawAccess { reason: None });
    let again = stage.must(stage.owner(), REQUEST);
    assert!(matches!(again[..], [Event::AccessRequested { .. }, Event::AccessApproved]), "{again:?}");
}

/// What a team that stands still would still do: every command that is possible otherwise.
fn everything(stage: &Stage, key: counterfoil_core::id::KeyId) -> Vec<(&'static str, Actor, Command)> {
    let (owner, reason) = (stage.owner(), None);
    vec![
        ("suspend", OPERATOR, Command::Suspend { reason: reason.clone() }),
        ("resume", OPERATOR, Command::Resume),
        ("close", OPERATOR, Command::Close { reason: reason.clone() }),
        ("withdraw", OPERATOR, Command::WithdrawAccess { reason }),
        ("transfer", OPERATOR, Command::TransferOwnership { to: member_id(1) }),
        ("invite", owner, invite(8, &["SALES"])),
        ("register", owner, register("pear")),
        ("generate", owner, generate(9, "IN_APP_PURCHASE", None)),
        ("download", owner, Command::Download { key }),
        ("erase", OPERATOR, Command::EraseHalf { key }),
        ("revoke", owner, revoke(&[key])),
        ("burn", Actor::Holder(key), revoke(&[key])),
    ]
}

fn allowed(stage: &Stage, key: counterfoil_core::id::KeyId, otherwise: &Refusal) -> Vec<&'static str> {
    let may =
        everything(stage, key).into_iter().filter(|(act, by, command)| match stage.decide(*by, command) {
            Ok(_) => true,
            Err(refusal) => {
                assert_eq!(refusal, *otherwise, "{act}");
                false
            }
        });
    may.map(|(act, ..)| act).collect()
}

#[test]
fn a_suspended_team_ends_keys_and_waits_with_everything_else() {
    let mut stage = Stage::approved();
    let key = stage.team_key(&["ADMIN"]);
    stage.must(OPERATOR, Command::Suspend { reason: Some(remark("Unpaid.")) });
    assert_eq!(stage.team.standing, Standing::Suspended);
    let may = allowed(&stage, key, &Refusal::TeamSuspended);
    assert_eq!(may, ["resume", "close", "withdraw", "erase", "revoke", "burn"]);
    let before = stage.team.clone();
    stage.must(OPERATOR, Command::Resume);
    assert_eq!(stage.team.standing, Standing::Active);
    assert_eq!((&stage.team.keys, &stage.team.access), (&before.keys, &before.access));
    assert_eq!(stage.decide(OPERATOR, &Command::Resume), Err(Refusal::TeamNotSuspended));
}

#[test]
fn the_operator_can_erase_a_person_from_a_team_that_stands_still() {
    for halt in [Command::Suspend { reason: None }, Command::Close { reason: None }] {
        let mut stage = Stage::approved();
        let member = stage.join(&["DEVELOPER"]);
        let key = stage.own_key(member);
        stage.must(OPERATOR, halt);
        stage.decide(stage.owner(), &Command::RemoveMember { member }).unwrap_err();
        stage.must(OPERATOR, Command::RemoveMember { member });
        assert!(!stage.team.members.contains_key(&member) && !stage.key(key).is_active());
    }
}

#[test]
fn a_closed_team_ends_keys_and_does_nothing_else_ever_again() {
    let mut stage = Stage::approved();
    let key = stage.team_key(&["ADMIN"]);
    stage.must(OPERATOR, Command::Close { reason: None });
    assert_eq!(stage.team.standing, Standing::Closed);
    assert_eq!(allowed(&stage, key, &Refusal::TeamClosed), ["erase", "revoke", "burn"]);
}

#[test]
fn a_kind_that_the_catalog_does_not_have_is_refused_with_those_it_has() {
    let stage = Stage::approved();
    let refusal = stage.decide(stage.owner(), &generate(1, "ORCHARD", None)).unwrap_err();
    let known =
        ["TEAM", "INDIVIDUAL", "IN_APP_PURCHASE"].map(|kind| KindName::try_from(kind).unwrap()).to_vec();
    assert_eq!(refusal, Refusal::KindUnknown { kind: KindName::try_from("ORCHARD").unwrap(), known });
    assert_eq!(stage.team.keys.get(&key_id(1)), None);
}
