//! What was counted and kept of requests.

use crate::bed::*;
use counterfoil_core::catalog::Access;
use counterfoil_core::time::Timestamp;
use counterfoil_verify::verdict::Unproven;
use counterfoil_verify::{LastUse, OTHER, Reason, Request, UseOutcome};

#[test]
fn uses_are_counted_by_key_hour_group_access_family_and_outcome() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).token();
    for (method, target) in [
        ("GET", "/v1/apps/42"),
        ("GET", "/v1/apps/43"),
        ("PATCH", "/v1/apps/43"),
        ("GET", "/v1/nothing"),
        ("POST", "/v1/salesReports"),
    ] {
        bed.decide(method, target, &token);
    }
    bed.decide("GET", "/v1/apps", &team_token(TEAM_KEY).claim("exp", "1").token());
    bed.decide("GET", "/v1/apps", &team_token(TEAM_KEY).signed_by(APP_KEY).token());
    let usage = bed.verifier.take_usage(at(0));
    let mut found: Vec<_> = usage
        .uses
        .iter()
        .map(|used| {
            let group = used.group.as_ref().map(|group| group.as_str().to_owned());
            (group, used.access, used.family.as_str(), used.outcome, used.count)
        })
        .collect();
    found.sort();
    let metadata = || Some("metadata".to_owned());
    assert_eq!(
        found,
        [
            (None, Access::Read, OTHER, UseOutcome::Forbidden, 1),
            (metadata(), Access::Read, "/v1/apps", UseOutcome::Refused, 1),
            (metadata(), Access::Read, "/v1/apps/{id}", UseOutcome::Allowed, 2),
            (metadata(), Access::Write, "/v1/apps/{id}", UseOutcome::Allowed, 1),
            (Some("sales-reports".to_owned()), Access::Write, "/v1/salesReports", UseOutcome::Forbidden, 1),
        ]
    );
    let hour = Timestamp::from_seconds(NOW - NOW % 3600);
    assert!(
        usage
            .uses
            .iter()
            .all(|used| used.key == key_id(TEAM_KEY) && used.team == issuer(TEAM) && used.since == hour)
    );
    assert_eq!(usage.last, [LastUse { key: key_id(TEAM_KEY), at: Timestamp::from_seconds(NOW) }]);
    assert_eq!(bed.verifier.take_usage(at(0)), Default::default());
}

#[test]
fn a_token_that_proved_nothing_moves_no_figure_of_the_key_it_names() {
    let bed = Bed::new();
    for draft in [team_token(TEAM_KEY).signed_by(APP_KEY), team_token("STRANGER00")] {
        bed.decide("GET", "/v1/apps", &draft.token());
    }
    assert_eq!(bed.verifier.take_usage(at(0)), Default::default());
    assert_eq!(bed.verifier.last_used(key_id(TEAM_KEY)), None);
    assert_eq!(bed.verifier.refusals_of(issuer(TEAM)), []);
    let attempts = bed.verifier.unproven_attempts();
    assert_eq!(attempts.counts.into_iter().collect::<Vec<_>>(), [("signature-wrong", 1), ("unknown-key", 1)]);
    assert_eq!(attempts.sample[0].key, Some(key_id(TEAM_KEY)));
}

#[test]
fn a_team_can_look_up_what_its_holders_were_told() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).token();
    bed.decide("GET", "/v1/apps", &token);
    let request =
        Request { id: "R-1", from: "192.0.2.0/24", ..request("POST", "/v1/salesReports?secret=1", &token) };
    assert_eq!(bed.verifier.decide(&request, at(0)).reason(), Some(Reason::Role));
    bed.revoke(TEAM_KEY);
    bed.decide("GET", "/v1/apps", &token);
    let refusals = bed.verifier.refusals_of(issuer(TEAM));
    let reasons: Vec<_> = refusals.iter().map(|refusal| refusal.reason).collect();
    assert_eq!(reasons, [Reason::Unproven(Unproven::Revoked), Reason::Role]);
    let told = &refusals[1];
    assert_eq!((told.key, &*told.method, &*told.path), (Some(key_id(TEAM_KEY)), "POST", "/v1/salesReports"));
    assert_eq!(
        (&*told.request_id, &*told.from, told.at),
        ("R-1", "192.0.2.0/24", Timestamp::from_seconds(NOW))
    );
}

#[test]
fn a_key_that_is_used_no_more_is_let_go_and_counts_on_when_it_comes_back() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).claim("scope", r#"["GET /v1/ciProducts/42"]"#);
    let token = token.claim("exp", &(NOW + 86_400).to_string()).token();
    let ask = |seconds| {
        bed.verifier.fence().read_began_at(at(seconds).awake);
        let verdict = bed.verifier.decide(&request("GET", "/v1/ciProducts/42", &token), at(seconds));
        verdict.quota.map(|quota| quota.remaining)
    };
    assert_eq!((ask(0), ask(1)), (Some(3599), Some(3598)));
    bed.verifier.use_catalog(bed.verifier.catalog());
    for seconds in [2, 7200, 7201] {
        let _ = bed.verifier.take_usage(at(seconds));
    }
    assert_eq!(bed.verifier.last_used(key_id(TEAM_KEY)), None);
    assert_eq!((ask(7300), ask(7301)), (Some(3599), Some(3598)));
    assert_eq!(bed.verifier.take_usage(at(7301)).uses.iter().map(|used| used.count).sum::<u64>(), 2);
}
