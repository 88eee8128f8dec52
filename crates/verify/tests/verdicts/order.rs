//! The one order of answers: of two faults the earlier wins.

use crate::bed::*;
use counterfoil_core::catalog::{AmbiguousPath, Answers, Catalog};
use counterfoil_core::event::Sees;
use counterfoil_core::id::AppId;
use counterfoil_core::token::TokenFault;
use counterfoil_verify::fact::{Access, MemberFacts, Standing, TeamFacts};
use counterfoil_verify::verdict::{LimitedBy, Shut, Unproven};
use counterfoil_verify::{Fence, Presented, Reason, Request, Settings, Verifier};
use std::sync::Arc;

/// Faults that a request may have, in the order of their answers. Role and kind can be had together with
/// each other and all others; which path stands for which is in [`Faults::target`].
const FAULTS: [&str; 10] =
    ["ambiguous", "stale", "unproven", "limited", "no-path", "kind", "access", "role", "app", "scope"];

struct Faults<'f>(&'f [&'f str]);

impl Faults<'_> {
    fn has(&self, fault: &str) -> bool {
        self.0.contains(&fault)
    }

    /// A member key never opens provisioning; CUSTOMER_SUPPORT opens reviews alone.
    fn target(&self) -> String {
        let path = if self.has("no-path") {
            "/v1/nothing"
        } else if self.has("kind") {
            "/v1/certificates"
        } else {
            "/v1/customerReviews/7"
        };
        if self.has("ambiguous") { format!("{path}/../x") } else { path.to_owned() }
    }

    fn token(&self) -> String {
        let scope = if self.has("scope") { "[]" } else { r#"["GET /v1/customerReviews/7"]"# };
        let draft = persons_token(PERSONS_KEY).claim("scope", scope);
        if self.has("unproven") {
            draft.claim("exp", &(NOW - 3600).to_string()).token()
        } else {
            draft.token()
        }
    }

    fn team(&self) -> TeamFacts {
        let roles = roles(&[if self.has("role") { "SALES" } else { "CUSTOMER_SUPPORT" }]);
        let apps = [AppId::try_from("42").unwrap()];
        let sees = if self.has("app") { Sees::Apps(apps.into()) } else { Sees::AllApps };
        let access = if self.has("access") { Access::None } else { Access::Approved };
        TeamFacts { access, members: vec![MemberFacts { roles, ..member(&[], sees) }], ..team_facts() }
    }

    fn judge(&self) -> Option<Reason> {
        let limit = if self.has("limited") { "requests_per_hour = 1" } else { "requests_per_hour = 3600" };
        let catalog = Catalog::appstore().to_toml().replace("requests_per_hour = 3600", limit);
        let bed = Bed::with(Settings::default(), Catalog::parse(&catalog).unwrap(), vec![self.team()]);
        let (target, token) = (self.target(), self.token());
        if self.has("limited") {
            // Spends the one request there is, in some sound way.
            bed.decide("GET", "/v1/nothing", &persons_token(PERSONS_KEY).token());
        }
        let now = if self.has("stale") { at(60) } else { at(0) };
        bed.verifier.decide(&request("GET", &target, &token), now).reason()
    }

    fn first(&self) -> Option<&str> {
        FAULTS.into_iter().find(|fault| self.has(fault))
    }
}

fn name(reason: Reason) -> &'static str {
    match reason {
        Reason::Ambiguous(_) => "ambiguous",
        Reason::Stale { .. } => "stale",
        Reason::Overloaded { .. } => "overloaded",
        Reason::Unproven(_) => "unproven",
        Reason::Limited { .. } => "limited",
        Reason::NoSuchPath => "no-path",
        Reason::Kind => "kind",
        Reason::Access(_) => "access",
        Reason::Role => "role",
        Reason::App => "app",
        Reason::Scope => "scope",
    }
}

#[test]
fn of_any_two_faults_the_earlier_is_told_and_of_none_nothing() {
    assert_eq!(Faults(&[]).judge(), None);
    for one in FAULTS {
        for other in FAULTS {
            let faults = [one, other];
            let faults = Faults(&faults);
            assert_eq!(faults.judge().map(name), faults.first(), "{one} {other}");
        }
    }
}

#[test]
fn each_reason_is_told_exactly() {
    for (fault, reason) in [
        ("ambiguous", Reason::Ambiguous(AmbiguousPath::DotSegment)),
        ("unproven", Reason::Unproven(Unproven::Token(TokenFault::Expired))),
        ("access", Reason::Access(Shut::NotApproved)),
    ] {
        assert_eq!(Faults(&[fault]).judge(), Some(reason));
    }
    let limited = Faults(&["limited"]).judge();
    assert!(matches!(limited, Some(Reason::Limited { by: LimitedBy::Hour, .. })), "{limited:?}");
}

#[test]
fn suspended_comes_before_access_and_closed_before_both() {
    for (standing, shut) in [(Standing::Suspended, Shut::Suspended), (Standing::Closed, Shut::Closed)] {
        let facts = TeamFacts { standing, access: Access::None, ..team_facts() };
        let bed = Bed::with(Settings::default(), Catalog::appstore(), vec![facts]);
        let reason = bed.reason("GET", "/v1/apps", &team_token(TEAM_KEY).token());
        assert_eq!(reason, Some(Reason::Access(shut)));
    }
}

#[test]
fn a_verdict_names_the_service_and_the_form_of_its_answers() {
    let bed = Bed::new();
    for (target, name, answers) in [
        ("/v1/apps", "app-store-connect", Answers::JsonApi),
        ("/v1/nothing", "app-store-connect", Answers::JsonApi),
        ("/notary/v2/submissions", "notary", Answers::JsonApi),
        ("/inApps/v1/transactions/7", "app-store-server", Answers::ErrorCode),
    ] {
        let served = bed.decide("GET", target, "").service.unwrap();
        assert_eq!((served.name.as_str(), served.answers), (name, answers), "{target}");
    }
    assert_eq!(bed.decide("GET", "/v1//apps", "").service, None);
}

#[test]
fn without_a_credential_or_with_one_of_another_scheme_nobody_is_proven() {
    let bed = Bed::new();
    for (token, why) in [
        (Presented::Nothing, Unproven::NoCredential),
        (Presented::OtherScheme, Unproven::OtherScheme),
        (Presented::Bearer(""), Unproven::Token(TokenFault::NotThreeSegments)),
    ] {
        for target in ["/v1/apps", "/v1/nothing"] {
            let request = Request { token, ..request("GET", target, "") };
            assert_eq!(bed.verifier.decide(&request, at(0)).reason(), Some(Reason::Unproven(why)));
            assert_eq!(
                bed.verifier.decide_known(&request, at(0)).unwrap().reason(),
                Some(Reason::Unproven(why))
            );
        }
    }
}

#[test]
fn without_checking_signatures_known_tokens_and_hopeless_ones_are_judged_and_others_wait() {
    let bed = Bed::new();
    let known = |token: &str| bed.verifier.decide_known(&request("GET", "/v1/apps", token), at(0));
    let token = team_token(TEAM_KEY).token();
    let wanting = known(&token).unwrap_err();
    assert_eq!(wanting.service.as_ref().unwrap().name.as_str(), "app-store-connect");
    let overloaded = wanting.overloaded(std::time::Duration::from_secs(2));
    assert_eq!(overloaded.reason().map(name), Some("overloaded"));
    assert_eq!(bed.reason("GET", "/v1/apps", &token), None);
    assert_eq!(known(&token).unwrap().reason(), None);
    let stranger = team_token("STRANGER00").token();
    let wanting = known(&stranger).unwrap_err();
    assert_eq!((wanting.key.as_str(), wanting.is_known), ("STRANGER00", false));
    assert_eq!(bed.reason("GET", "/v1/apps", &stranger), Some(Reason::Unproven(Unproven::UnknownKey)));
    let malformed = known("a.b").unwrap().reason();
    assert_eq!(malformed, Some(Reason::Unproven(Unproven::Token(TokenFault::NotThreeSegments))));
    // What is wrong behind the header is found once its turn has come.
    let (header, rest) = stranger.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let no_claims = format!("{header}.!.{signature}");
    assert_eq!(known(&no_claims).unwrap_err().key.as_str(), "STRANGER00");
    let malformed = Some(Reason::Unproven(Unproven::Token(TokenFault::PayloadNotBase64)));
    assert_eq!(bed.reason("GET", "/v1/apps", &no_claims), malformed);
    bed.revoke(TEAM_KEY);
    assert_eq!(known(&token).unwrap().reason(), Some(Reason::Unproven(Unproven::Revoked)));
}

#[test]
fn a_verifier_that_was_told_nothing_refuses_everything() {
    let verifier = Verifier::new(Arc::new(Catalog::appstore()), Settings::default());
    let token = team_token(TEAM_KEY).token();
    let reason = || verifier.decide(&request("GET", "/v1/apps", &token), at(0)).reason();
    assert_eq!(reason().map(name), Some("stale"));
    verifier.fence().read_began_at(awake(0));
    assert_eq!(reason(), Some(Reason::Unproven(Unproven::UnknownKey)));
}

#[test]
fn a_view_that_is_too_old_refuses_known_tokens_too_and_recovers() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).token();
    let reason = |seconds| bed.verifier.decide(&request("GET", "/v1/apps", &token), at(seconds)).reason();
    assert_eq!((reason(0), reason(5)), (None, None));
    assert_eq!(reason(6).map(name), Some("stale"));
    bed.verifier.fence().read_began_at(awake(4));
    assert_eq!(reason(6), None);
    bed.verifier.fence().shut();
    assert_eq!(reason(6).map(name), Some("stale"));
}

#[test]
fn a_service_that_prefers_to_answer_warns_how_old_its_view_is() {
    let catalog = Catalog::appstore().to_toml();
    let catalog = catalog.replace("when_stale = \"refuse\"", "when_stale = \"warn\"");
    let catalog = Catalog::parse(&catalog).unwrap();
    let bed = Bed::with(Settings::default(), catalog, vec![team_facts()]);
    let token = team_token(TEAM_KEY).token();
    let verdict = |seconds| bed.verifier.decide(&request("GET", "/v1/apps", &token), at(seconds));
    assert_eq!((verdict(5).reason(), verdict(5).stale_warning), (None, None));
    assert_eq!(verdict(9).reason(), None);
    assert_eq!(verdict(9).stale_warning, Some(std::time::Duration::from_secs(9)));
    let never: &Fence = &Fence::default();
    assert_eq!(never.age(awake(9)), None);
}
