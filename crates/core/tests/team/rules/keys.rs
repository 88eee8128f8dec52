//! Generating keys and taking their private halves.

use crate::stage::{Stage, generate, key_id, kind_name, revoke, role_name, roles, word};
use counterfoil_core::event::{Actor, Event, Holding, PrivateHalfAt};
use counterfoil_core::id::KeyName;
use counterfoil_core::refusal::{Limited, Refusal, Thing};
use counterfoil_core::team::{Command, NewKey, Private};

const BASE: [&str; 7] =
    ["ADMIN", "APP_MANAGER", "CUSTOMER_SUPPORT", "DEVELOPER", "FINANCE", "MARKETING", "SALES"];

#[test]
fn a_team_has_fifty_active_team_keys_and_a_revoked_one_makes_room() {
    let mut stage = Stage::approved();
    let keys: Vec<_> = (0..50).map(|_| stage.team_key(&["SALES"])).collect();
    let full = Refusal::LimitReached { what: Limited::KeysOfTeam(kind_name("TEAM")), limit: 50 };
    let another = generate(1, "TEAM", Some(&["SALES"]));
    assert_eq!(stage.decide(stage.owner(), &another), Err(full.clone()));
    stage.must(stage.owner(), revoke(&keys[7..8]));
    stage.team_key(&["SALES"]);
    assert_eq!(stage.decide(stage.owner(), &another), Err(full));
}

#[test]
fn the_kinds_are_counted_apart() {
    let mut stage = Stage::approved();
    (0..50).for_each(|_| assert!(stage.team_key(&["SALES"]) != key_id(0)));
    (0..50).for_each(|_| assert!(stage.purchase_key() != key_id(0)));
    let full = Refusal::LimitReached { what: Limited::KeysOfTeam(kind_name("IN_APP_PURCHASE")), limit: 50 };
    assert_eq!(stage.decide(stage.owner(), &generate(1, "IN_APP_PURCHASE", None)), Err(full));
    let owner = stage.team.owner;
    stage.own_key(owner);
}

#[test]
fn a_person_has_one_active_individual_key_and_each_person_their_own() {
    let mut stage = Stage::approved();
    let (one, other) = (stage.join(&["DEVELOPER"]), stage.join(&["DEVELOPER"]));
    let key = stage.own_key(one);
    let full = Refusal::LimitReached { what: Limited::KeysOfMember(kind_name("INDIVIDUAL")), limit: 1 };
    assert_eq!(stage.decide(Actor::User(one), &generate(1, "INDIVIDUAL", None)), Err(full));
    stage.own_key(other);
    stage.must(Actor::User(one), revoke(&[key]));
    stage.own_key(one);
}

#[test]
fn a_team_key_may_have_any_role_but_the_account_holders_one_or_more() {
    let stage = Stage::approved();
    for role in BASE {
        let events = stage.decide(stage.owner(), &generate(1, "TEAM", Some(&[role]))).unwrap();
        let expected = Holding::TeamWithRoles(roles(&[role]));
        assert!(matches!(&events[..], [Event::KeyGenerated { holder, .. }] if *holder == expected), "{role}");
    }
    assert!(stage.decide(stage.owner(), &generate(1, "TEAM", Some(&BASE))).is_ok());
}

#[test]
fn a_team_key_without_a_role_or_with_one_that_it_cannot_have_is_refused() {
    let stage = Stage::approved();
    let ask = |roles: Option<&[&str]>| stage.decide(stage.owner(), &generate(1, "TEAM", roles)).unwrap_err();
    assert_eq!(ask(None), Refusal::RolesMissing);
    assert_eq!(ask(Some(&[])), Refusal::RolesMissing);
    for role in ["ACCOUNT_HOLDER", "GENERATE_INDIVIDUAL_KEYS", "CREATE_APPS"] {
        let (kind, allowed) = (kind_name("TEAM"), roles(&BASE));
        let expected = Refusal::RoleNotForKind { role: role_name(role), kind, allowed };
        assert_eq!(ask(Some(&[role])), expected);
        assert_eq!(ask(Some(&["ADMIN", role])), expected);
    }
    assert_eq!(word(&ask(Some(&["GARDENER"]))), "RoleUnknown");
}

#[test]
fn keys_without_roles_of_their_own_take_none_not_even_an_empty_list() {
    let mut stage = Stage::approved();
    let person = stage.join(&["DEVELOPER"]);
    for (by, kind) in [(stage.owner(), "IN_APP_PURCHASE"), (Actor::User(person), "INDIVIDUAL")] {
        for named in [&["DEVELOPER"][..], &[]] {
            let refusal = stage.decide(by, &generate(1, kind, Some(named)));
            assert_eq!(refusal, Err(Refusal::RolesNotAllowed { kind: kind_name(kind) }), "{named:?}");
        }
        assert!(stage.decide(by, &generate(1, kind, None)).is_ok());
    }
}

#[test]
fn an_individual_key_is_its_persons_and_made_by_the_person_alone() {
    let mut stage = Stage::approved();
    let person = stage.join(&["DEVELOPER"]);
    let key = stage.own_key(person);
    assert_eq!(stage.key(key).holder, Holding::Member(person));
    assert_eq!(stage.key(key).created_by, Actor::User(person));
    let admin = stage.team_key(&["ADMIN"]);
    for by in [Actor::ApiKey(key), Actor::ApiKey(admin), Actor::Operator, Actor::Holder(key)] {
        assert_eq!(
            word(&stage.decide(by, &generate(1, "INDIVIDUAL", None)).unwrap_err()),
            "SelfOnly",
            "{by:?}"
        );
    }
}

#[test]
fn a_name_has_at_most_thirty_characters_and_need_not_be_unique() {
    let (ascii, pears) = ("x".repeat(30), "🍐".repeat(30));
    for good in ["x", "build – machine", "👩\u{200d}👩\u{200d}👧 CI", "می\u{200c}خواهم", &ascii, &pears]
    {
        assert_eq!(KeyName::try_from(good).unwrap().as_str(), good);
    }
    let (ascii, pears) = ("x".repeat(31), "🍐".repeat(31));
    let hidden = [
        "a\nb",
        "a\u{202e}b",
        "a\0b",
        "a\u{200b}b",
        "a\u{200d}b",
        "a\u{200c}",
        "a\u{61c}b",
        "a\u{ad}b",
        "a\u{e0041}",
        "\u{3164}",
        "\u{2800}",
    ];
    for bad in ["", " ", " x", "x ", &ascii, &pears].into_iter().chain(hidden) {
        let refusal: Refusal = KeyName::try_from(bad).unwrap_err().into();
        assert!(refusal.to_string().contains("1 to 30 characters"), "{bad:?}: {refusal}");
    }
    let mut stage = Stage::approved();
    let (one, other) = (stage.team_key(&["SALES"]), stage.team_key(&["SALES"]));
    assert_eq!(stage.key(one).name, stage.key(other).name);
}

#[test]
fn a_key_id_is_given_once_even_if_its_key_is_revoked() {
    let mut stage = Stage::approved();
    let key = stage.team_key(&["SALES"]);
    for _ in 0..2 {
        let Command::GenerateKey(new) = generate(1, "TEAM", Some(&["SALES"])) else { unreachable!() };
        let again = stage.decide(stage.owner(), &Command::GenerateKey(NewKey { key, ..new }));
        assert_eq!(again, Err(Refusal::Taken(Thing::Key, key.to_string())));
        stage.must(stage.owner(), revoke(&[key]));
    }
}

#[test]
fn a_private_half_is_downloaded_once_by_whichever_administrator_comes_first() {
    let mut stage = Stage::approved();
    let admin = stage.join(&["ADMIN"]);
    let (key, acting) = (stage.team_key(&["SALES"]), stage.team_key(&["ADMIN"]));
    assert_eq!(stage.key(key).private, Private::Pending);
    stage.must(Actor::User(admin), Command::Download { key });
    assert_eq!(stage.key(key).private, Private::Downloaded);
    for by in [Actor::User(admin), stage.owner(), Actor::ApiKey(acting)] {
        assert_eq!(stage.decide(by, &Command::Download { key }), Err(Refusal::AlreadyDownloaded(key)));
    }
}

#[test]
fn an_individual_half_is_downloaded_by_its_person_signed_in_and_nobody_else() {
    let mut stage = Stage::approved();
    let person = stage.join(&["DEVELOPER"]);
    let key = stage.own_key(person);
    for by in [stage.owner(), Actor::Operator, Actor::ApiKey(key), Actor::Holder(key)] {
        assert_eq!(word(&stage.decide(by, &Command::Download { key }).unwrap_err()), "SelfOnly", "{by:?}");
    }
    stage.must(Actor::User(person), Command::Download { key });
}

#[test]
fn there_is_nothing_to_download_of_a_pair_that_the_holder_made() {
    let mut stage = Stage::approved();
    let Command::GenerateKey(new) = generate(1, "TEAM", Some(&["SALES"])) else { unreachable!() };
    let key = new.key;
    stage.must(stage.owner(), Command::GenerateKey(NewKey { private: PrivateHalfAt::Holder, ..new }));
    assert_eq!(stage.key(key).private, Private::WithHolder);
    assert_eq!(stage.decide(stage.owner(), &Command::Download { key }), Err(Refusal::NoPrivateHalf(key)));
    assert_eq!(stage.decide(Actor::Operator, &Command::EraseHalf { key }), Ok(vec![]));
}

#[test]
fn an_erased_half_is_gone_and_its_key_lives() {
    let mut stage = Stage::approved();
    let key = stage.team_key(&["SALES"]);
    stage.must(Actor::Operator, Command::EraseHalf { key });
    assert_eq!(stage.decide(stage.owner(), &Command::Download { key }), Err(Refusal::NoPrivateHalf(key)));
    assert!(stage.key(key).is_active());
    assert_eq!(stage.decide(Actor::Operator, &Command::EraseHalf { key }), Ok(vec![]));
}

#[test]
fn a_half_that_waits_is_erased_with_the_revocation_and_not_handed_over() {
    let mut stage = Stage::approved();
    let key = stage.team_key(&["SALES"]);
    stage.must(stage.owner(), revoke(&[key]));
    assert_eq!(stage.key(key).private, Private::Erased);
    assert_eq!(stage.decide(stage.owner(), &Command::Download { key }), Err(Refusal::KeyRevoked(key)));
}

#[test]
fn a_restore_loses_the_halves_that_waited_and_no_other() {
    let mut stage = Stage::approved();
    let (waits, taken) = (stage.team_key(&["SALES"]), stage.team_key(&["SALES"]));
    stage.must(stage.owner(), Command::Download { key: taken });
    stage.team.lose_pending_halves();
    assert_eq!((stage.key(waits).private, stage.key(taken).private), (Private::Erased, Private::Downloaded));
}

#[test]
fn a_key_that_is_not_there_is_not_there_for_anybody() {
    let stage = Stage::approved();
    let key = key_id(9);
    let gone = Err(Refusal::NoSuch(Thing::Key, key.to_string()));
    for by in [stage.owner(), Actor::Operator, Actor::Holder(key), Actor::ApiKey(key)] {
        assert_eq!(stage.decide(by, &Command::Download { key }), gone);
        assert_eq!(stage.decide(by, &revoke(&[key])), gone);
    }
    assert_eq!(stage.decide(Actor::Operator, &Command::EraseHalf { key }), gone);
}
