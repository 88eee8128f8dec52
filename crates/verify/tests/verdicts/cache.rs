//! Tokens that were verified before: nothing that has changed since is missed.

use crate::bed::*;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::Sees;
use counterfoil_core::token::TokenFault;
use counterfoil_verify::fact::{Access, TeamFact, TeamFacts};
use counterfoil_verify::verdict::{Shut, Unproven};
use counterfoil_verify::{Reason, Settings};
use std::sync::Arc;

const APPS: &str = "/v1/apps";

fn unproven(why: Unproven) -> Option<Reason> {
    Some(Reason::Unproven(why))
}

#[test]
fn a_revocation_between_two_hits_refuses_the_second() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).token();
    assert_eq!(bed.reason("GET", APPS, &token), None);
    assert_eq!(bed.verifier.remembered_tokens(), 1);
    bed.revoke(TEAM_KEY);
    assert_eq!(bed.reason("GET", APPS, &token), unproven(Unproven::Revoked));
}

#[test]
fn a_members_roles_shrink_and_grow_under_a_known_token() {
    let bed = Bed::new();
    let token = persons_token(PERSONS_KEY).token();
    assert_eq!(bed.reason("PATCH", "/v1/apps/42", &token), None);
    for (roles, reading, writing) in [
        (&["MARKETING"][..], None, Some(Reason::Role)),
        (&["SALES"], Some(Reason::Role), Some(Reason::Role)),
        (&[], Some(Reason::Role), Some(Reason::Role)),
        (&["SALES", "APP_MANAGER"], None, None),
    ] {
        bed.tell(TeamFact::MemberChanged(member(roles, Sees::AllApps)));
        assert_eq!(bed.reason("GET", "/v1/apps/42", &token), reading, "{roles:?}");
        assert_eq!(bed.reason("PATCH", "/v1/apps/42", &token), writing, "{roles:?}");
    }
}

#[test]
fn a_member_who_is_removed_takes_the_key_along_even_before_it_is_revoked() {
    let bed = Bed::new();
    let token = persons_token(PERSONS_KEY).token();
    assert_eq!(bed.reason("GET", APPS, &token), None);
    bed.tell(TeamFact::MemberRemoved { user: member_id(MEMBER) });
    assert_eq!(bed.reason("GET", APPS, &token), Some(Reason::Role));
    // Who is no member can't be changed into one.
    bed.tell(TeamFact::MemberChanged(member(&["ADMIN"], Sees::AllApps)));
    assert_eq!(bed.reason("GET", APPS, &token), Some(Reason::Role));
}

#[test]
fn ownership_moves_the_roles_of_known_tokens() {
    let bed = Bed::new();
    let token = persons_token(PERSONS_KEY).token();
    assert_eq!(bed.reason("GET", APPS, &token), None);
    let other = member_id("0e000000-0000-0000-0000-000000000009");
    let (from_roles, to_roles) = (roles(&["SALES"]), roles(&["ACCOUNT_HOLDER"]));
    bed.tell(TeamFact::OwnershipTransferred { from: member_id(MEMBER), from_roles, to: other, to_roles });
    assert_eq!(bed.reason("GET", APPS, &token), Some(Reason::Role));
}

#[test]
fn a_known_token_expires_to_the_second_and_a_clock_that_steps_back_revives_no_longer_one() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).claim("iat", &NOW.to_string()).token();
    let reason = |seconds| {
        bed.verifier.fence().read_began_at(at(seconds).awake);
        bed.verifier.decide(&request("GET", APPS, &token), at(seconds)).reason()
    };
    assert_eq!((reason(0), reason(1229)), (None, None));
    assert_eq!(reason(1230), unproven(Unproven::Token(TokenFault::Expired)));
    assert_eq!(reason(1229), None);
    // `iat` in the future and `exp` too far ahead, seen from there.
    assert_eq!(reason(-30), None);
    assert_eq!(reason(-31), unproven(Unproven::Token(TokenFault::IssuedInFuture)));
    let undated = team_token(TEAM_KEY).token();
    let reason = |seconds| bed.verifier.decide(&request("GET", APPS, &undated), at(seconds)).reason();
    assert_eq!((reason(0), reason(-30)), (None, None));
    assert_eq!(reason(-31), unproven(Unproven::Token(TokenFault::LifetimeTooLong)));
}

#[test]
fn a_token_is_judged_anew_by_each_service() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).token();
    assert_eq!(bed.reason("GET", APPS, &token), None);
    assert_eq!(bed.reason("GET", "/notary/v2/submissions", &token), None);
    assert_eq!(bed.verifier.remembered_tokens(), 2);
    // This service takes tokens of an hour, and no team keys.
    assert_eq!(bed.reason("GET", "/inApps/v1/transactions/7", &token), unproven(Unproven::OtherKind));
    let long = app_token(APP_KEY).claim("exp", &(NOW + 3600).to_string()).token();
    assert_eq!(bed.reason("GET", "/inApps/v1/transactions/7", &long), None);
    assert_eq!(bed.reason("GET", APPS, &long), unproven(Unproven::OtherKind));
}

#[test]
fn another_catalog_judges_known_tokens_at_once() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).token();
    assert_eq!(bed.reason("GET", APPS, &token), None);
    let stricter = Catalog::appstore().to_toml().replace("lifetime = \"20m\"", "lifetime = \"5m\"");
    bed.verifier.use_catalog(Arc::new(Catalog::parse(&stricter).unwrap()));
    assert_eq!(bed.verifier.remembered_tokens(), 0);
    assert_eq!(bed.reason("GET", APPS, &token), unproven(Unproven::Token(TokenFault::LifetimeTooLong)));
    bed.verifier.use_catalog(Arc::new(Catalog::appstore()));
    assert_eq!(bed.reason("GET", APPS, &token), None);
    let renamed = Catalog::appstore().to_toml().replace("\"ADMIN\"", "\"CHIEF\"");
    bed.verifier.use_catalog(Arc::new(Catalog::parse(&renamed).unwrap()));
    assert_eq!(bed.reason("GET", APPS, &token), Some(Reason::Role));
}

#[test]
fn a_reload_forgets_keys_that_are_no_more_and_takes_the_rest_as_it_is_now() {
    let bed = Bed::new();
    let tokens = [team_token(TEAM_KEY).token(), persons_token(PERSONS_KEY).token()];
    let both = || [&tokens[0], &tokens[1]].map(|token| bed.reason("GET", APPS, token));
    assert_eq!(both(), [None, None]);
    let mut facts = team_facts();
    facts.keys.retain(|key| key.key != key_id(PERSONS_KEY));
    bed.verifier.load(&snapshot(vec![TeamFacts { access: Access::None, ..facts.clone() }]));
    let not_approved = Some(Reason::Access(Shut::NotApproved));
    assert_eq!(both(), [not_approved, unproven(Unproven::UnknownKey)]);
    facts.keys[0].active = false;
    bed.verifier.load(&snapshot(vec![facts]));
    assert_eq!(both(), [unproven(Unproven::Revoked), unproven(Unproven::UnknownKey)]);
}

#[test]
fn the_same_key_id_with_another_half_in_another_epoch_is_another_key() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).token();
    assert_eq!(bed.reason("GET", APPS, &token), None);
    let mut facts = team_facts();
    facts.keys[0].point = half("ANOTHER000").public();
    bed.verifier.load(&snapshot(vec![facts]));
    assert_eq!(bed.reason("GET", APPS, &token), unproven(Unproven::Token(TokenFault::SignatureWrong)));
    let genuine = team_token(TEAM_KEY).signed_by("ANOTHER000").token();
    assert_eq!(bed.reason("GET", APPS, &genuine), None);
}

#[test]
fn only_tokens_that_are_verified_and_good_are_remembered() {
    let bed = Bed::new();
    bed.revoke(APP_KEY);
    for token in [
        String::new(),
        "a.b.c".to_owned(),
        team_token("STRANGER00").token(),
        team_token(TEAM_KEY).signed_by(PERSONS_KEY).token(),
        team_token(TEAM_KEY).claim("exp", "1").token(),
        team_token(TEAM_KEY).without("iss").token(),
        app_token(APP_KEY).token(),
    ] {
        for path in [APPS, "/v1/nothing", "/inApps/v1/transactions/7"] {
            assert!(matches!(bed.reason("GET", path, &token), Some(Reason::Unproven(_))), "{token} {path}");
        }
    }
    assert_eq!(bed.verifier.remembered_tokens(), 0);
    // A good token that may not do this is good all the same.
    let scoped = team_token(TEAM_KEY).claim("scope", "[]").token();
    assert_eq!(bed.reason("GET", APPS, &scoped), Some(Reason::Scope));
    assert_eq!(bed.verifier.remembered_tokens(), 1);
}

#[test]
fn a_token_in_use_stays_while_others_come_and_go() {
    let bed = roomy_for(64);
    let (used, unused) = (numbered(0), numbered(1));
    assert!(is_allowed(&bed, &used) && is_allowed(&bed, &unused));
    for number in 2..300 {
        assert!(is_remembered(&bed, &used), "{number}");
        assert!(is_allowed(&bed, &numbered(number)));
    }
    assert!(!is_remembered(&bed, &unused));
    assert_eq!(bed.verifier.remembered_tokens(), 64);
}

#[test]
fn a_new_token_finds_room_though_all_that_are_there_are_in_use() {
    let bed = roomy_for(64);
    let all: Vec<_> = (0..64).map(numbered).collect();
    assert!(all.iter().all(|token| is_allowed(&bed, token)));
    assert!(all.iter().all(|token| is_remembered(&bed, token)));
    let new = numbered(64);
    assert!(is_allowed(&bed, &new) && is_remembered(&bed, &new));
    assert_eq!(all.iter().filter(|token| is_remembered(&bed, token)).count(), 63);
}

#[test]
fn where_there_is_no_room_at_all_every_token_is_new() {
    for room in [0, 1] {
        let bed = roomy_for(room);
        let long = team_token(TEAM_KEY).claim("nonce", &quoted(&"x".repeat(2000))).token();
        for token in [&long, &numbered(0), &long] {
            assert!(is_allowed(&bed, token));
        }
        assert!(!is_remembered(&bed, &long));
        assert_eq!(bed.verifier.remembered_tokens(), room);
    }
}

fn roomy_for(tokens: usize) -> Bed {
    let settings = Settings { remembered_tokens: tokens, ..Settings::default() };
    Bed::with(settings, Catalog::appstore(), vec![team_facts()])
}

fn numbered(number: usize) -> String {
    team_token(TEAM_KEY).claim("nonce", &quoted(&number.to_string())).token()
}

fn is_allowed(bed: &Bed, token: &str) -> bool {
    bed.decide("GET", APPS, token).allowed().is_some()
}

/// Whether it is let through without a look at its signature.
fn is_remembered(bed: &Bed, token: &str) -> bool {
    bed.verifier.decide_known(&request("GET", APPS, token), at(0)).is_ok()
}

#[test]
fn memory_is_bounded_by_tokens_and_by_their_length() {
    for (filling, least, most) in [(0, 16, 64), (6000, 1, 7)] {
        let bed = roomy_for(64);
        for number in 0..300 {
            let nonce = quoted(&format!("{number}{}", "x".repeat(filling)));
            let token = team_token(TEAM_KEY).claim("nonce", &nonce).token();
            assert_eq!(bed.reason("GET", APPS, &token), None);
        }
        let remembered = bed.verifier.remembered_tokens();
        assert!((least..=most).contains(&remembered), "{remembered} of {filling} bytes");
    }
}
