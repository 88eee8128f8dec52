//! The built-in catalog against the published API and the table of what a role opens.

use crate::{path, roles};
use counterfoil_core::catalog::{
    Access, Administration, Answers, BundleIds, Catalog, ClaimRule, Grade, Group, KindHolder, Pattern,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const ENDPOINTS: &str = include_str!("../data/appstore-endpoints.txt");

/// W reads and writes, R reads, S reads some, - nothing. In columns as the groups of `COLUMNS`.
const TABLE: &str = "
    ACCOUNT_HOLDER    W W R R W W W W W W W W W
    ADMIN             W W R R W W W W W W W W W
    APP_MANAGER       W W - - - R W W W W W W -
    DEVELOPER         - S - - W - W R R W W R W
    FINANCE           - - R R - - - - R - - - -
    SALES             - - R - - - - - R - - - -
    MARKETING         - R - - - - - R R - - - -
    CUSTOMER_SUPPORT  - - - - - - - W - - - - -
";

const COLUMNS: [&[&str]; 13] = [
    &["pricing"],
    &["metadata"],
    &["sales-reports"],
    &["finance-reports"],
    &["provisioning"],
    &["users"],
    &["testflight"],
    &["reviews"],
    &["analytics", "power"],
    &["xcode-cloud"],
    &["game-center"],
    &["sandbox-testers", "webhooks", "alternative-distribution"],
    &["notary"],
];

/// What a developer reads of the metadata: these families, and these below an app.
const DEVELOPERS_FAMILIES: [&str; 8] = [
    "apps",
    "appInfos",
    "appInfoLocalizations",
    "appStoreVersions",
    "appStoreVersionLocalizations",
    "appCategories",
    "ageRatingDeclarations",
    "endUserLicenseAgreements",
];
const DEVELOPERS_BELOW_APPS: [&str; 3] = ["appInfos", "appStoreVersions", "endUserLicenseAgreement"];

struct Endpoint {
    group: &'static str,
    method: &'static str,
    pattern: &'static str,
}

impl Endpoint {
    fn access(&self) -> Access {
        if self.method == "GET" { Access::Read } else { Access::Write }
    }

    fn path(&self) -> String {
        self.pattern.replace("{id}", "6448311069")
    }
}

fn endpoints() -> Vec<Endpoint> {
    let mut group = "";
    let mut endpoints = Vec::new();
    for line in ENDPOINTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            group = name.trim_end_matches(']');
            continue;
        }
        let (letters, pattern) = line.split_once(' ').unwrap();
        endpoints.extend(letters.chars().map(|letter| Endpoint {
            group,
            method: match letter {
                'G' => "GET",
                'P' => "POST",
                'U' => "PATCH",
                'D' => "DELETE",
                _ => panic!("{line}"),
            },
            pattern: pattern.trim(),
        }));
    }
    endpoints
}

/// The letter of the table for each role and group.
fn table() -> BTreeMap<(&'static str, &'static str), char> {
    let mut table = BTreeMap::new();
    for line in TABLE.lines().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let role = words.next().unwrap();
        for groups in COLUMNS {
            let letter = words.next().unwrap().chars().next().unwrap();
            table.extend(groups.iter().map(|group| ((role, *group), letter)));
        }
        assert_eq!(words.next(), None);
    }
    table
}

fn developer_reads(pattern: &str) -> bool {
    let segments: Vec<_> = pattern.split('/').collect();
    match segments.as_slice() {
        ["", "v1", "apps"] | ["", "v1", "apps", "{id}"] => true,
        ["", "v1", "apps", "{id}", below] | ["", "v1", "apps", "{id}", "relationships", below] => {
            DEVELOPERS_BELOW_APPS.contains(below)
        }
        ["", "v1", "apps", ..] => false,
        ["", "v1", family, ..] => DEVELOPERS_FAMILIES.contains(family),
        _ => false,
    }
}

fn expected_roles(endpoint: &Endpoint) -> Vec<&'static str> {
    let table = table();
    let order = TABLE.lines().filter_map(|line| line.split_whitespace().next());
    let opens = |role: &&str| match table[&(*role, endpoint.group)] {
        'W' => true,
        'R' => endpoint.access() == Access::Read,
        'S' => endpoint.access() == Access::Read && developer_reads(endpoint.pattern),
        _ => false,
    };
    order.filter(opens).collect()
}

fn expected_kinds(group: &str) -> &'static [&'static str] {
    match group {
        "provisioning" | "sales-reports" | "finance-reports" | "notary" => &["TEAM"],
        "server-api" | "external-purchase" => &["IN_APP_PURCHASE"],
        _ => &["TEAM", "INDIVIDUAL"],
    }
}

#[test]
fn every_published_endpoint_is_in_its_group_and_opens_to_its_roles_and_kinds() {
    let catalog = Catalog::appstore();
    for endpoint in endpoints() {
        let text = endpoint.path();
        let found = catalog.explain(endpoint.method, &path(&text));
        let found = found.unwrap_or_else(|| panic!("no group holds {} {text}", endpoint.method));
        let what = format!("{} {text}", endpoint.method);
        assert_eq!(found.group.as_str(), endpoint.group, "{what}");
        assert_eq!(found.access, endpoint.access(), "{what}");
        assert_eq!(names(&found.roles), expected_roles(&endpoint), "{what}");
        assert_eq!(names(&found.kinds), expected_kinds(endpoint.group), "{what}");
    }
}

fn names(names: &[impl ToString]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn the_catalog_holds_the_966_published_paths_and_no_other() {
    let published: BTreeSet<_> = endpoints().iter().map(|endpoint| endpoint.pattern).collect();
    let catalog = Catalog::appstore();
    let own = |group: &&Group| group.service.as_str() == "app-store-connect";
    let held: Vec<_> =
        catalog.groups.iter().filter(own).flat_map(|group| &group.paths).map(Pattern::as_str).collect();
    assert_eq!(published.len(), 966);
    assert_eq!(held.len(), 966);
    assert_eq!(held.into_iter().collect::<BTreeSet<_>>(), published);
}

#[test]
fn a_path_stands_in_the_test_data_once() {
    let all = endpoints();
    let distinct: BTreeSet<_> = all.iter().map(|endpoint| (endpoint.method, endpoint.pattern)).collect();
    assert_eq!(distinct.len(), all.len());
    assert_eq!(all.len(), 611 + 137 + 13 + 3 + 3 * 79 + 2 * (51 + 22 + 22 + 11 + 5) + 3 * 8 + 4 * 4);
}

#[test]
fn every_role_has_its_row_of_the_table() {
    let catalog = Catalog::appstore();
    for ((role, group), letter) in table() {
        let expected = match letter {
            'W' => Grade::Write,
            'R' => Grade::Read,
            'S' => Grade::ReadSome,
            '-' => Grade::None,
            _ => panic!("{letter}"),
        };
        let group = catalog.group(group).unwrap();
        assert_eq!(catalog.grade(&roles(&[role]), None, group), expected, "{role} {}", group.name);
    }
    assert_eq!(table().len(), 8 * 16);
    assert_eq!(catalog.roles.len(), 8);
    assert_eq!(catalog.groups.len(), 18);
}

#[test]
fn the_other_services_are_found_by_their_prefix() {
    let catalog = Catalog::appstore();
    for (method, text, group, access) in [
        ("POST", "/notary/v2/submissions", "notary", Access::Write),
        ("GET", "/notary/v2/submissions/2efe2717-52ef-43a5-96dc-0797e4ca1041/logs", "notary", Access::Read),
        ("GET", "/inApps/v1/transactions/1000000", "server-api", Access::Read),
        ("HEAD", "/inApps/v2/history/1000000", "server-api", Access::Read),
        ("PUT", "/inApps/v1/subscriptions/extend/1000000", "server-api", Access::Write),
        ("PUT", "/externalPurchase/v1/reports", "external-purchase", Access::Write),
    ] {
        let found = catalog.explain(method, &path(text)).unwrap();
        assert_eq!((found.group.as_str(), found.access), (group, access), "{text}");
        assert_eq!(names(&found.kinds), expected_kinds(group), "{text}");
    }
    let notary = catalog.explain("POST", &path("/notary/v2/submissions")).unwrap();
    assert_eq!(names(&notary.roles), ["ACCOUNT_HOLDER", "ADMIN", "DEVELOPER"]);
    assert_eq!(catalog.explain("GET", &path("/inApps/v1/x")).unwrap().roles, []);
}

#[test]
fn a_path_that_nobody_published_is_in_no_group() {
    let catalog = Catalog::appstore();
    for text in [
        "/",
        "/v1",
        "/v1/",
        "/v1/apps/",
        "/v1/apps/1/",
        "/v1/nothing",
        "/v2/apps",
        "/V1/apps",
        "/v1/Apps",
        "/v1/apps/1/appInfos/2",
        "/inApps",
        "/inApps/",
        "/inApps/v1/",
        "/notary/v1/submissions",
        "/externalPurchase",
    ] {
        assert_eq!(catalog.explain("GET", &path(text)), None, "{text}");
    }
}

#[test]
fn an_individual_key_never_opens_provisioning_reports_and_notarization() {
    let catalog = Catalog::appstore();
    let everything = roles(&["ACCOUNT_HOLDER", "ADMIN"]);
    let team = catalog.kind("TEAM").unwrap();
    let individual = catalog.kind("INDIVIDUAL").unwrap();
    let purchase = catalog.kind("IN_APP_PURCHASE").unwrap();
    for group in &catalog.groups {
        let grade = |kind| catalog.grade(&everything, Some(kind), group);
        let of_purchases = ["server-api", "external-purchase"].contains(&group.name.as_str());
        let own =
            ["provisioning", "sales-reports", "finance-reports", "notary"].contains(&group.name.as_str());
        assert_eq!(grade(individual) == Grade::None, own || of_purchases, "{}", group.name);
        assert_eq!(grade(team) == Grade::None, of_purchases, "{}", group.name);
        assert_eq!(grade(purchase) == Grade::Write, of_purchases, "{}", group.name);
        assert_eq!(grade(purchase) == Grade::None, !of_purchases, "{}", group.name);
    }
}

#[test]
fn the_kinds_are_those_of_app_store_connect() {
    let catalog = Catalog::appstore();
    let claims = |issuer, bundle| ClaimRule { names_issuer: issuer, names_bundle: bundle };
    for (name, prefix, limit, needs_access, rule) in [
        ("TEAM", "AuthKey_", 50, true, claims(true, false)),
        ("INDIVIDUAL", "ApiKey_", 1, true, claims(false, false)),
        ("IN_APP_PURCHASE", "SubscriptionKey_", 50, false, claims(true, true)),
    ] {
        let kind = catalog.kind(name).unwrap();
        assert_eq!(
            (kind.file_prefix.as_str(), kind.limit, kind.needs_access, kind.claims),
            (prefix, limit, needs_access, rule)
        );
    }
    assert_eq!(catalog.kinds.len(), 3);
    let KindHolder::TeamWithRoles(assignable) = &catalog.kind("TEAM").unwrap().holder else { panic!() };
    let all_but_owner: BTreeSet<_> =
        catalog.roles.iter().filter(|role| !role.owns_team).map(|role| role.name.clone()).collect();
    assert_eq!(*assignable, all_but_owner);
    let KindHolder::Member { generated_by, permission } = &catalog.kind("INDIVIDUAL").unwrap().holder else {
        panic!()
    };
    let generating = ["ACCOUNT_HOLDER", "ADMIN", "APP_MANAGER", "CUSTOMER_SUPPORT", "DEVELOPER", "MARKETING"];
    assert_eq!(*generated_by, roles(&generating).into_iter().collect());
    let gate = permission.as_ref().unwrap();
    assert_eq!(gate.as_str(), "GENERATE_INDIVIDUAL_KEYS");
    assert_eq!(catalog.permission("GENERATE_INDIVIDUAL_KEYS").unwrap().given_with, *generated_by);
    assert_eq!(catalog.kind("IN_APP_PURCHASE").unwrap().holder, KindHolder::Team);
}

#[test]
fn the_services_have_their_tokens_limits_and_answers() {
    let catalog = Catalog::appstore();
    let minutes = |count: u64| Duration::from_secs(count * 60);
    for (name, lifetime, per_hour, answers) in [
        ("app-store-connect", 20, Some(3600), Answers::JsonApi),
        ("notary", 20, None, Answers::JsonApi),
        ("app-store-server", 60, None, Answers::ErrorCode),
        ("external-purchase", 60, None, Answers::ErrorCode),
    ] {
        let service = catalog.service(name).unwrap();
        assert_eq!(service.audience, "appstoreconnect-v1");
        assert_eq!((service.lifetime, service.backdating), (minutes(lifetime), minutes(10)), "{name}");
        assert_eq!((service.requests_per_hour, service.answers), (per_hour, answers), "{name}");
        assert_eq!(service.bundle_ids, BundleIds::Claimed);
        assert!(!service.issued_at_required && !service.upstream_filters_apps, "{name}");
    }
    assert_eq!(catalog.services.len(), 4);
    let naming_apps = catalog.services.iter().flat_map(|service| &service.app_paths);
    assert_eq!(names(&naming_apps.map(Pattern::as_str).collect::<Vec<_>>()), ["/v1/apps/{id}"]);
    assert_eq!(catalog.people_group().unwrap().name.as_str(), "users");
    assert_eq!(catalog.leeway, Duration::from_secs(30));
    assert!(catalog.access.review && !catalog.access.terms.is_empty());
}

#[test]
fn the_server_api_has_its_limits_a_second() {
    let catalog = Catalog::appstore();
    let service = catalog.service("app-store-server").unwrap();
    for (text, requests) in [
        ("/inApps/v1/transactions/1", Some(50)),
        ("/inApps/v1/history/1", Some(50)),
        ("/inApps/v2/history/1", Some(50)),
        ("/inApps/v1/subscriptions/1", Some(50)),
        ("/inApps/v1/transactions/consumption/1", Some(50)),
        ("/inApps/v1/notifications/history", Some(50)),
        ("/inApps/v1/transactions/appTransactions/1", Some(50)),
        ("/inApps/v1/subscriptions/extend/1", Some(20)),
        ("/inApps/v1/transactions/1/appAccountToken", Some(20)),
        ("/inApps/v1/lookup/1", Some(10)),
        ("/inApps/v2/refund/lookup/1", Some(10)),
        ("/inApps/v1/subscriptions/extend/mass", Some(1)),
        ("/inApps/v1/notifications/test", Some(1)),
        ("/inApps/v1/notifications/test/1", None),
        ("/inApps/v1/other", None),
    ] {
        assert_eq!(service.per_second_limit(&path(text)).map(|limit| limit.requests), requests, "{text}");
    }
}

#[test]
fn long_lived_tokens_are_for_the_families_that_allow_them() {
    let catalog = Catalog::appstore();
    let rule = catalog.service("app-store-connect").unwrap().long_lived.as_ref().unwrap();
    assert_eq!(rule.lifetime, Duration::from_secs(183 * 24 * 60 * 60));
    let families = [
        "ciBuildActions",
        "ciBuildRuns",
        "scmGitReferences",
        "ciIssues",
        "ciMacOsVersions",
        "ciProducts",
        "scmProviders",
        "scmPullRequests",
        "scmRepositories",
        "ciTestResults",
        "ciWorkflows",
        "ciXcodeVersions",
    ];
    for endpoint in endpoints() {
        let segments: Vec<_> = endpoint.pattern.split('/').collect();
        let is_metric = endpoint.pattern.ends_with("/perfPowerMetrics")
            || endpoint.pattern.starts_with("/v1/diagnosticSignatures/")
            || endpoint.pattern.ends_with("/diagnosticSignatures");
        let allowed = families.contains(&segments[2]) || is_metric;
        let text = endpoint.path();
        assert_eq!(rule.paths.iter().any(|held| held.matches(&path(&text))), allowed, "{text}");
    }
    for name in ["notary", "app-store-server", "external-purchase"] {
        assert_eq!(catalog.service(name).unwrap().long_lived, None);
    }
}

#[test]
fn one_role_owns_the_team_and_two_administer_it() {
    let catalog = Catalog::appstore();
    assert_eq!(catalog.owner_role().name.as_str(), "ACCOUNT_HOLDER");
    for role in &catalog.roles {
        let administers = ["ACCOUNT_HOLDER", "ADMIN"].contains(&role.name.as_str());
        for part in [Administration::Keys, Administration::People, Administration::Audit] {
            assert_eq!(role.administers.contains(&part), administers, "{} {part:?}", role.name);
        }
    }
    let permissions: Vec<_> = catalog.permissions.iter().map(|permission| permission.name.as_str()).collect();
    assert_eq!(
        permissions,
        [
            "ACCESS_TO_REPORTS",
            "CREATE_APPS",
            "CLOUD_MANAGED_DEVELOPER_ID",
            "CLOUD_MANAGED_APP_DISTRIBUTION",
            "GENERATE_INDIVIDUAL_KEYS"
        ]
    );
}
