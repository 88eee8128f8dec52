//! Limits, as whoever asks meets them.

use crate::bed::*;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::Holding;
use counterfoil_core::id::ServiceName;
use counterfoil_verify::verdict::{LimitedBy, Quota};
use counterfoil_verify::{Awake, Budgets, Loan, Now, Reason, Settings, Verdict};
use std::time::Duration;

const APPS: &str = "/v1/apps";

fn limited_to(requests: u32) -> Catalog {
    let limit = format!("requests_per_hour = {requests}");
    Catalog::parse(&Catalog::appstore().to_toml().replace("requests_per_hour = 3600", &limit)).unwrap()
}

fn ask(bed: &Bed, target: &str, token: &str, now: Now) -> Verdict {
    bed.verifier.fence().read_began_at(now.awake);
    bed.verifier.decide(&request("GET", target, token), now)
}

#[test]
fn every_proven_request_counts_and_is_told_what_is_left_but_401_neither() {
    let bed = Bed::new();
    let good = team_token(TEAM_KEY).token();
    let quota = |remaining| Some(Quota { limit: 3600, remaining });
    for (target, token, left) in [
        (APPS, good.clone(), quota(3599)),
        (APPS, good.clone(), quota(3598)),
        ("/v1/nothing", good.clone(), quota(3597)),
        (APPS, team_token(TEAM_KEY).claim("scope", "[]").token(), quota(3596)),
        (APPS, team_token(TEAM_KEY).claim("exp", "1").token(), None),
        (APPS, team_token(TEAM_KEY).signed_by(APP_KEY).token(), None),
        ("/v1//apps", good.clone(), None),
        ("/notary/v2/submissions", good.clone(), None),
        (APPS, good, quota(3595)),
        (APPS, persons_token(PERSONS_KEY).token(), quota(3599)),
    ] {
        assert_eq!(bed.decide("GET", target, &token).quota, left, "{target}");
    }
}

#[test]
fn who_has_none_left_waits_until_the_oldest_counts_no_more() {
    let bed = Bed::with(Settings::default(), limited_to(3), vec![team_facts()]);
    let token = team_token(TEAM_KEY).claim("exp", &(NOW + 100 * 86_400).to_string());
    let token = token.claim("scope", r#"["GET /v1/ciProducts/42"]"#).token();
    let ask = |seconds| ask(&bed, "/v1/ciProducts/42", &token, at(seconds));
    let left = |seconds| ask(seconds).quota.map(|quota| quota.remaining);
    assert_eq!([left(0), left(10), left(20)], [Some(2), Some(1), Some(0)]);
    let refused = ask(30);
    let retry_after = Duration::from_secs(3600 + 5 - 30);
    assert_eq!(refused.reason(), Some(Reason::Limited { retry_after, by: LimitedBy::Hour }));
    assert_eq!(refused.quota, Some(Quota { limit: 3, remaining: 0 }));
    // A refusal does not count, and at the promised moment the next passes.
    assert!(matches!(ask(3604).reason(), Some(Reason::Limited { .. })));
    assert_eq!(left(3605), Some(0));
    assert!(matches!(ask(3606).reason(), Some(Reason::Limited { .. })));
    assert_eq!(left(3615), Some(0));
}

#[test]
fn no_reload_and_no_other_catalog_gives_a_fresh_budget() {
    let bed = Bed::with(Settings::default(), limited_to(3), vec![team_facts()]);
    let token = team_token(TEAM_KEY).token();
    let left = || bed.decide("GET", APPS, &token).quota.unwrap().remaining;
    assert_eq!(left(), 2);
    bed.verifier.load(&snapshot(vec![team_facts()]));
    assert_eq!(left(), 1);
    bed.verifier.use_catalog(limited_to(4).into());
    assert_eq!(left(), 1);
    bed.verifier.use_catalog(limited_to(2).into());
    assert!(matches!(bed.reason("GET", APPS, &token), Some(Reason::Limited { by: LimitedBy::Hour, .. })));
}

#[test]
fn a_key_that_is_asked_for_seldom_loses_nothing_of_what_it_has_used() {
    let bed = Bed::with(
        Settings { remembered_tokens: 1, ..Settings::default() },
        limited_to(9),
        vec![team_facts()],
    );
    let left = |nonce: i64| {
        let token = team_token(TEAM_KEY).claim("nonce", &nonce.to_string()).token();
        bed.decide("GET", APPS, &token).quota.unwrap().remaining
    };
    for nonce in 0..9 {
        assert_eq!(left(nonce), 8 - u32::try_from(nonce).unwrap());
        // Others push the token out, and the uses are taken again and again.
        (0..40).for_each(|other| {
            let other = persons_token(PERSONS_KEY).claim("nonce", &(nonce * 100 + other).to_string()).token();
            bed.decide("GET", "/notary/v2/submissions", &other);
        });
        let _ = bed.verifier.take_usage(at(0));
        let _ = bed.verifier.take_usage(at(0));
    }
}

#[test]
fn the_limit_a_second_is_per_app_and_path() {
    let bed = Bed::new();
    let of_app = |bundle: &str| app_token(APP_KEY).claim("bid", &quoted(bundle)).token();
    let (one, other) = (of_app("com.example.one"), of_app("com.example.other"));
    let extend = "/inApps/v1/notifications/test";
    let millis = |millis| {
        let awake = awake(0).plus(Duration::from_millis(millis));
        Now { awake, ..at(0) }
    };
    let limited =
        |retry| Some(Reason::Limited { retry_after: Duration::from_millis(retry), by: LimitedBy::Second });
    for (target, token, now, expected) in [
        (extend, &one, 0, None),
        (extend, &one, 400, limited(601)),
        (extend, &other, 400, None),
        ("/inApps/v1/transactions/7", &one, 400, None),
        (extend, &one, 1001, None),
    ] {
        assert_eq!(ask(&bed, target, token, millis(now)).reason(), expected, "{target} {now}");
    }
    let fifty = (0..60).filter(|at| {
        ask(&bed, &format!("/inApps/v1/transactions/{at}"), &one, millis(5000)).reason().is_none()
    });
    assert_eq!(fifty.count(), 50);
}

#[test]
fn another_team_that_claims_the_same_app_uses_up_nothing_of_it() {
    let mut other = team_facts();
    other.team = issuer("11111111-96fe-1a63-e053-0824d011072a");
    other.keys = vec![key_facts("PURCHASE09", "IN_APP_PURCHASE", Holding::Team)];
    let bed = Bed::with(Settings::default(), Catalog::appstore(), vec![team_facts(), other.clone()]);
    let theirs = app_token("PURCHASE09").claim("iss", &quoted(&other.team.to_string())).token();
    let path = "/inApps/v1/notifications/test";
    assert_eq!(bed.reason("GET", path, &theirs), None);
    assert_eq!(bed.reason("GET", path, &app_token(APP_KEY).token()), None);
}

#[test]
fn a_verifier_that_is_lent_its_budgets_spends_what_it_has_and_accounts_for_it() {
    let settings = Settings { budgets: Budgets::Lent, ..Settings::default() };
    let bed = Bed::with(settings, Catalog::appstore(), vec![team_facts()]);
    let token = team_token(TEAM_KEY).token();
    let service = ServiceName::try_from("app-store-connect").unwrap();
    let wanting = Reason::Limited { retry_after: Duration::from_secs(1), by: LimitedBy::Lease };
    assert_eq!(bed.reason("GET", APPS, &token), Some(wanting));
    let accounts = bed.verifier.take_accounts(at(0));
    assert_eq!((accounts[0].key, accounts[0].wanting, accounts[0].spent), (key_id(TEAM_KEY), true, 0));
    let until: Awake = awake(60);
    bed.verifier.lend(key_id(TEAM_KEY), issuer(TEAM), &service, Loan { requests: 2, until, behind: Some(7) });
    assert_eq!(bed.decide("GET", APPS, &token).quota, Some(Quota { limit: 3600, remaining: 8 }));
    assert_eq!(bed.reason("GET", APPS, &token), None);
    assert_eq!(bed.reason("GET", APPS, &token), Some(wanting));
    let account = bed.verifier.take_accounts(at(0)).remove(0);
    assert_eq!((account.spent, account.left, account.wanting, account.team), (2, 0, true, issuer(TEAM)));
    // Those that were refused for want of a loan come again, and are counted then.
    let counted: u64 = bed.verifier.take_usage(at(0)).uses.iter().map(|used| used.count).sum();
    assert_eq!(counted, 2);
    bed.verifier.run_dry(key_id(TEAM_KEY), issuer(TEAM), &service, awake(30));
    let dry = Reason::Limited { retry_after: Duration::from_secs(30), by: LimitedBy::Hour };
    assert_eq!(bed.reason("GET", APPS, &token), Some(dry));
}
