//! Who may do what: against a model written from the table of docs and facts, not from the catalog.

use crate::bed::*;
use counterfoil_core::catalog::Catalog;
use counterfoil_core::event::{Holding, Sees};
use counterfoil_core::id::{AppId, BundleId, MemberId};
use counterfoil_core::token::TokenFault;
use counterfoil_verify::fact::{AppFacts, MemberFacts, TeamFact, TeamFacts};
use counterfoil_verify::verdict::{Shut, Unproven};
use counterfoil_verify::{Now, Reason, Settings, Verdict};
use std::time::Duration;

/// One path of each group; of metadata two, since DEVELOPER reads some of it.
const PATHS: [(&str, &str); 19] = [
    ("pricing", "/v1/appPriceSchedules/7"),
    ("metadata", "/v1/apps/42"),
    ("metadata-rest", "/v1/appScreenshotSets/7"),
    ("sales-reports", "/v1/salesReports"),
    ("finance-reports", "/v1/financeReports"),
    ("provisioning", "/v1/certificates"),
    ("users", "/v1/users"),
    ("testflight", "/v1/builds"),
    ("reviews", "/v1/customerReviews/7"),
    ("analytics", "/v1/analyticsReports/7"),
    ("power", "/v1/apps/42/perfPowerMetrics"),
    ("xcode-cloud", "/v1/ciProducts"),
    ("game-center", "/v1/gameCenterDetails/7"),
    ("sandbox-testers", "/v2/sandboxTesters"),
    ("webhooks", "/v1/webhooks/7"),
    ("alternative-distribution", "/v1/alternativeDistributionKeys"),
    ("notary", "/notary/v2/submissions"),
    ("server-api", "/inApps/v1/transactions/7"),
    ("external-purchase", "/externalPurchase/v1/reports"),
];

const ROLES: [&str; 8] = [
    "ACCOUNT_HOLDER",
    "ADMIN",
    "APP_MANAGER",
    "DEVELOPER",
    "FINANCE",
    "SALES",
    "MARKETING",
    "CUSTOMER_SUPPORT",
];

/// The table of roles, column by column: `W` writes, `R` reads, `s` reads some, `-` nothing.
fn letter(role: &str, group: &str) -> char {
    // pricing metadata rest sales finance provisioning users testflight reviews analytics power ci gc testers hooks alt notary
    let row = match role {
        "ACCOUNT_HOLDER" | "ADMIN" => "WWWRRWWWWWWWWWWWW",
        "APP_MANAGER" => "WWW---RWWWWWWWWW-",
        "DEVELOPER" => "-R---W-WRRRWWRRRW",
        "FINANCE" => "---RR----RR------",
        "SALES" => "---R-----RR------",
        "MARKETING" => "-RR-----RRR------",
        "CUSTOMER_SUPPORT" => "--------W--------",
        _ => "-----------------",
    };
    let column = PATHS.iter().position(|(name, _)| *name == group).unwrap();
    row.chars().nth(column).unwrap_or('-')
}

/// The model: kind, then role.
fn model(kind: &str, role: &str, group: &str, writes: bool) -> Option<Reason> {
    let for_purchases = matches!(group, "server-api" | "external-purchase");
    if for_purchases != (kind == "IN_APP_PURCHASE") {
        return Some(Reason::Unproven(Unproven::OtherKind));
    }
    if for_purchases {
        return None;
    }
    let never = ["provisioning", "sales-reports", "finance-reports", "notary"];
    if kind == "INDIVIDUAL" && never.contains(&group) {
        return Some(Reason::Kind);
    }
    match (letter(role, group), writes) {
        ('W', _) | ('R', false) => None,
        _ => Some(Reason::Role),
    }
}

fn keys_of_all_roles() -> TeamFacts {
    let mut facts = team_facts();
    facts.members.clear();
    facts.keys = vec![key_facts(APP_KEY, "IN_APP_PURCHASE", Holding::Team)];
    for (number, role) in ROLES.iter().enumerate() {
        let user = MemberId::from_random([u8::try_from(number).unwrap(); 16]);
        facts.members.push(MemberFacts { user, ..member(&[role], Sees::AllApps) });
        facts.keys.push(key_facts(&team_key(number), "TEAM", Holding::TeamWithRoles(roles(&[role]))));
        facts.keys.push(key_facts(&persons_key(number), "INDIVIDUAL", Holding::Member(user)));
    }
    facts
}

fn team_key(number: usize) -> String {
    format!("TEAM00000{number}")
}

fn persons_key(number: usize) -> String {
    format!("PERSON000{number}")
}

#[test]
fn every_kind_and_role_opens_on_every_service_what_the_table_says_and_nothing_else() {
    let bed = Bed::with(Settings::default(), Catalog::appstore(), vec![keys_of_all_roles()]);
    let mut judged = 0;
    for (number, role) in ROLES.iter().enumerate() {
        for (kind, token) in [
            ("TEAM", team_token(&team_key(number)).token()),
            ("INDIVIDUAL", persons_token(&persons_key(number)).token()),
            ("IN_APP_PURCHASE", app_token(APP_KEY).token()),
        ] {
            for ((group, path), method) in
                PATHS.iter().flat_map(|path| ["GET", "HEAD", "POST", "DELETE"].map(|method| (path, method)))
            {
                let writes = !matches!(method, "GET" | "HEAD");
                let expected = model(kind, role, group, writes);
                // Twice: as a new token and as a known one.
                for _ in 0..2 {
                    let now = Now { awake: awake(0).plus(Duration::from_millis(50 * judged)), ..at(0) };
                    bed.verifier.fence().read_began_at(now.awake);
                    let reason = bed.verifier.decide(&request(method, path, &token), now).reason();
                    assert_eq!(reason, expected, "{kind} {role} {method} {path}");
                    judged += 1;
                }
            }
        }
    }
    assert_eq!(judged, 8 * 3 * 19 * 4 * 2);
}

#[test]
fn several_roles_open_what_each_of_them_opens() {
    let mut facts = team_facts();
    facts.keys = vec![key_facts(
        TEAM_KEY,
        "TEAM",
        Holding::TeamWithRoles(roles(&["SALES", "CUSTOMER_SUPPORT", "DEVELOPER", "NO_SUCH_ROLE"])),
    )];
    let bed = Bed::with(Settings::default(), Catalog::appstore(), vec![facts]);
    let token = team_token(TEAM_KEY).token();
    for (method, path, expected) in [
        ("GET", "/v1/salesReports", None),
        ("POST", "/v1/customerReviewResponses", None),
        ("GET", "/v1/apps", None),
        ("GET", "/v1/appScreenshotSets/7", Some(Reason::Role)),
        ("GET", "/v1/financeReports", Some(Reason::Role)),
        ("PATCH", "/v1/apps/7", Some(Reason::Role)),
    ] {
        assert_eq!(bed.reason(method, path, &token), expected, "{method} {path}");
    }
}

#[test]
fn a_name_that_the_catalog_does_not_have_opens_nothing() {
    let mut facts = team_facts();
    facts.keys = vec![
        key_facts(TEAM_KEY, "TEAM", Holding::TeamWithRoles(roles(&["NO_SUCH_ROLE"]))),
        key_facts(APP_KEY, "NO_SUCH_KIND", Holding::Team),
        key_facts("TEAM000001", "TEAM", Holding::Team),
        key_facts("PURCHASE01", "IN_APP_PURCHASE", Holding::TeamWithRoles(roles(&["ADMIN"]))),
    ];
    let bed = Bed::with(Settings::default(), Catalog::appstore(), vec![facts]);
    let purchases = "/inApps/v1/transactions/7";
    for (path, token, expected) in [
        ("/v1/apps", team_token(TEAM_KEY), Reason::Role),
        (purchases, app_token(APP_KEY), Reason::Unproven(Unproven::OtherKind)),
        // Whose kind is not as the key was made: neither roles nor their absence open anything.
        ("/v1/apps", team_token("TEAM000001"), Reason::Role),
        (purchases, app_token("PURCHASE01"), Reason::Role),
    ] {
        assert_eq!(bed.reason("GET", path, &token.token()), Some(expected), "{path}");
    }
}

fn apps(ids: &[&str]) -> Sees {
    Sees::Apps(ids.iter().map(|id| AppId::try_from(*id).unwrap()).collect())
}

#[test]
fn an_individual_key_sees_the_apps_that_its_user_sees() {
    let bed = Bed::new();
    let token = persons_token(PERSONS_KEY).token();
    bed.tell(TeamFact::MemberChanged(member(&["ADMIN"], apps(&["42", "43"]))));
    for (path, expected) in [
        ("/v1/apps/42", None),
        ("/v1/apps/43/appInfos", None),
        ("/v1/apps/44", Some(Reason::App)),
        ("/v1/apps/4", Some(Reason::App)),
        ("/v1/apps", Some(Reason::App)),
        ("/v1/builds/7", Some(Reason::App)),
    ] {
        assert_eq!(bed.reason("GET", path, &token), expected, "{path}");
    }
    let team = team_token(TEAM_KEY).token();
    assert_eq!(bed.reason("GET", "/v1/apps/44", &team), None);
}

#[test]
fn which_paths_name_an_app_the_catalog_says() {
    let appstore = include_str!("../../../../catalogs/appstore.toml");
    let named = "app_paths = [\"/v1/apps/{id}\"]";
    assert!(appstore.contains(named));
    let token = persons_token(PERSONS_KEY).token();
    for (catalog, expected) in [
        (appstore.replace(named, "app_paths = [\"/v1/apps/{id}\", \"/v1/builds/{id}\"]"), [None, None]),
        (appstore.replace(named, "app_paths = [\"/v1/builds/{id}\"]"), [Some(Reason::App), None]),
        (appstore.replace(named, ""), [Some(Reason::App), Some(Reason::App)]),
    ] {
        let bed = Bed::with(Settings::default(), Catalog::parse(&catalog).unwrap(), vec![team_facts()]);
        bed.tell(TeamFact::MemberChanged(member(&["ADMIN"], apps(&["42"]))));
        let found = ["/v1/apps/42", "/v1/builds/42"].map(|path| bed.reason("GET", path, &token));
        assert_eq!(found, expected);
        assert_eq!(bed.reason("GET", "/v1/builds/43", &token), Some(Reason::App));
    }
}

#[test]
fn a_path_whose_app_nobody_can_tell_passes_where_the_upstream_looks_for_itself() {
    let settings = Settings { upstream_filters_apps: true, ..Settings::default() };
    let bed = Bed::with(settings, Catalog::appstore(), vec![team_facts()]);
    let token = persons_token(PERSONS_KEY).token();
    bed.tell(TeamFact::MemberChanged(member(&["ADMIN"], apps(&["42", "43"]))));
    assert_eq!(bed.reason("GET", "/v1/apps", &token), None);
    assert_eq!(bed.reason("GET", "/v1/apps/44", &token), Some(Reason::App));
    let verdict = bed.decide("GET", "/v1/builds", &token);
    assert_eq!(header(&verdict, "x-counterfoil-apps"), Some("42,43".to_owned()));
}

#[test]
fn an_app_that_is_removed_is_seen_by_nobody_any_more() {
    let bed = Bed::new();
    let token = persons_token(PERSONS_KEY).token();
    bed.tell(TeamFact::MemberChanged(member(&["ADMIN"], apps(&["42"]))));
    assert_eq!(bed.reason("GET", "/v1/apps/42", &token), None);
    bed.tell(TeamFact::AppRemoved { app: AppId::try_from("42").unwrap() });
    assert_eq!(bed.reason("GET", "/v1/apps/42", &token), Some(Reason::App));
}

#[test]
fn the_upstream_is_told_who_asks() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY).token();
    let verdict = bed.decide("GET", "/v1/apps", &token);
    assert_eq!(
        headers(&verdict),
        [
            ("x-counterfoil-team", TEAM),
            ("x-counterfoil-key", TEAM_KEY),
            ("x-counterfoil-kind", "TEAM"),
            ("x-counterfoil-roles", "ADMIN"),
            ("x-counterfoil-group", "metadata"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    bed.tell(TeamFact::MemberChanged(member(&["MARKETING", "DEVELOPER"], Sees::AllApps)));
    let verdict = bed.decide("GET", "/v1/apps", &persons_token(PERSONS_KEY).token());
    assert_eq!(
        headers(&verdict),
        [
            ("x-counterfoil-team", TEAM),
            ("x-counterfoil-key", PERSONS_KEY),
            ("x-counterfoil-kind", "INDIVIDUAL"),
            ("x-counterfoil-roles", "DEVELOPER,MARKETING"),
            ("x-counterfoil-group", "metadata"),
            ("x-counterfoil-user", MEMBER),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    let verdict = bed.decide("GET", "/inApps/v1/transactions/7", &app_token(APP_KEY).token());
    assert_eq!(
        headers(&verdict),
        [
            ("x-counterfoil-team", TEAM),
            ("x-counterfoil-key", APP_KEY),
            ("x-counterfoil-kind", "IN_APP_PURCHASE"),
            ("x-counterfoil-group", "server-api"),
            ("x-counterfoil-bundle", "com.example.app"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

fn headers(verdict: &Verdict) -> Vec<(String, String)> {
    let allowed = verdict.allowed().unwrap();
    allowed.headers().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
}

fn header(verdict: &Verdict, name: &str) -> Option<String> {
    headers(verdict).into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

#[test]
fn a_scope_covers_what_it_says_and_an_empty_one_nothing() {
    let bed = Bed::new();
    let scoped = |scope: &str| team_token(TEAM_KEY).claim("scope", scope).token();
    let narrow = scoped(r#"["GET /v1/apps?filter[platform]=IOS", "POST /v1/builds"]"#);
    for (method, target, expected) in [
        ("GET", "/v1/apps?filter%5Bplatform%5D=IOS&limit=5", None),
        ("HEAD", "/v1/apps?filter[platform]=IOS", None),
        ("GET", "/v1/apps", Some(Reason::Scope)),
        ("GET", "/v1/apps?filter[platform]=MAC_OS", Some(Reason::Scope)),
        ("POST", "/v1/builds", None),
        ("GET", "/v1/builds", Some(Reason::Scope)),
    ] {
        assert_eq!(bed.reason(method, target, &narrow), expected, "{method} {target}");
    }
    assert_eq!(bed.reason("GET", "/v1/apps", &scoped("[]")), Some(Reason::Scope));
}

#[test]
fn a_long_lived_token_opens_what_its_scope_says_for_months() {
    let bed = Bed::new();
    let token = team_token(TEAM_KEY)
        .claim("exp", &(NOW + 180 * 86_400).to_string())
        .claim("scope", r#"["GET /v1/ciProducts/42"]"#)
        .token();
    assert_eq!(bed.reason("GET", "/v1/ciProducts/42", &token), None);
    assert_eq!(bed.reason("GET", "/v1/ciProducts/42", &token), None);
    assert_eq!(bed.reason("GET", "/v1/ciProducts/43", &token), Some(Reason::Scope));
}

#[test]
fn access_standing_and_the_kinds_that_need_no_access() {
    let bed = Bed::new();
    let team = team_token(TEAM_KEY).token();
    let purchase = app_token(APP_KEY).token();
    let both = || {
        [("/v1/apps", &team), ("/inApps/v1/transactions/7", &purchase)]
            .map(|(path, token)| bed.reason("GET", path, token))
    };
    let shut = |shut| Some(Reason::Access(shut));
    assert_eq!(both(), [None, None]);
    for (fact, expected) in [
        (TeamFact::AccessWithdrawn, [shut(Shut::NotApproved), None]),
        (TeamFact::AccessRequested, [shut(Shut::NotApproved), None]),
        (TeamFact::AccessDeclined, [shut(Shut::NotApproved), None]),
        (TeamFact::AccessApproved, [None, None]),
        (TeamFact::Suspended, [shut(Shut::Suspended); 2]),
        (TeamFact::Resumed, [None, None]),
        (TeamFact::Closed, [shut(Shut::Closed); 2]),
    ] {
        bed.tell(fact.clone());
        assert_eq!(both(), expected, "{fact:?}");
    }
}

#[test]
fn where_apps_must_be_registered_a_token_names_one_of_its_team_at_every_moment() {
    let mut catalog = Catalog::appstore().to_toml();
    catalog = catalog.replace("bundle_ids = \"claimed\"", "bundle_ids = \"registered\"");
    let catalog = Catalog::parse(&catalog).unwrap();
    let bed = Bed::with(Settings::default(), catalog, vec![team_facts()]);
    let token = app_token(APP_KEY).token();
    let path = "/inApps/v1/transactions/7";
    let foreign = Some(Reason::Unproven(Unproven::BundleNotRegistered));
    assert_eq!(bed.reason("GET", path, &token), foreign);
    let app = AppId::try_from("42").unwrap();
    let bundle_id = BundleId::try_from("com.example.app").unwrap();
    bed.tell(TeamFact::AppRegistered(AppFacts { app: app.clone(), bundle_id }));
    assert_eq!(bed.reason("GET", path, &token), None);
    bed.tell(TeamFact::AppRemoved { app });
    assert_eq!(bed.reason("GET", path, &token), foreign);
}

#[test]
fn another_teams_key_is_judged_by_its_own_team() {
    let mut other = team_facts();
    other.team = issuer("11111111-96fe-1a63-e053-0824d011072a");
    other.keys = vec![key_facts("OTHER00000", "TEAM", Holding::TeamWithRoles(roles(&["ADMIN"])))];
    let bed = Bed::with(Settings::default(), Catalog::appstore(), vec![team_facts(), other.clone()]);
    // Its `iss` is the first team's.
    let token = team_token("OTHER00000").token();
    let fault = TokenFault::IssuerOther;
    assert_eq!(bed.reason("GET", "/v1/apps", &token), Some(Reason::Unproven(Unproven::Token(fault))));
    let token = team_token("OTHER00000").claim("iss", &quoted(&other.team.to_string())).token();
    assert_eq!(bed.decide("GET", "/v1/apps", &token).allowed().unwrap().team(), other.team);
}
