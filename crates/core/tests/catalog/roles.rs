//! What roles and kinds open, administer, bring with them and may grant.

use crate::{PARCELS, parse, path, roles};
use counterfoil_core::catalog::{Access, Administration, Catalog, Grade, KeyKind, Need};
use counterfoil_core::id::{GroupName, RoleName};

fn opens(catalog: &Catalog, held: &[&str], kind: Option<&str>, method: &str, text: &str) -> bool {
    let route = catalog.route(method, &path(text)).unwrap();
    let kind = kind.map(|kind| catalog.kind(kind).unwrap());
    catalog.opens(&roles(held), kind, route.group, route.access, &path(text))
}

#[test]
fn roles_and_kinds_together_settle_what_is_open() {
    let catalog = parse(PARCELS);
    for (held, kind, method, text, open) in [
        (&["OWNER"][..], None, "POST", "/shipments", true),
        (&["DISPATCHER"], None, "POST", "/shipments", true),
        (&["DISPATCHER"], None, "GET", "/rates/de", true),
        (&["DISPATCHER"], None, "PUT", "/rates/de", false),
        (&["DISPATCHER"], None, "GET", "/invoices/1", false),
        (&["BOOKKEEPER"], None, "GET", "/shipments/1", true),
        (&["BOOKKEEPER"], None, "HEAD", "/shipments/1", true),
        (&["BOOKKEEPER"], None, "DELETE", "/shipments/1", false),
        (&["BOOKKEEPER"], None, "GET", "/shipments/1/label", false),
        (&["BOOKKEEPER"], None, "GET", "/shipments/unpaid", true),
        (&["BOOKKEEPER", "DISPATCHER"], None, "GET", "/shipments/1/label", true),
        (&[], None, "GET", "/shipments", false),
        (&["OWN_KEY"], None, "GET", "/shipments", false),
        (&["GONE"], None, "GET", "/shipments", false),
        (&["GONE", "OWNER"], None, "GET", "/shipments", true),
        (&["DISPATCHER"], Some("SHOP"), "GET", "/scans", true),
        (&["DISPATCHER"], Some("PERSON"), "GET", "/scans", false),
        (&["OWNER"], Some("PERSON"), "GET", "/invoices/1", false),
        (&["OWNER"], Some("PERSON"), "POST", "/shipments", true),
        (&[], Some("PERSON"), "GET", "/shipments", false),
        (&[], Some("COURIER"), "POST", "/scans", true),
        (&["OWNER"], Some("COURIER"), "GET", "/shipments", false),
    ] {
        assert_eq!(opens(&catalog, held, kind, method, text), open, "{held:?} {kind:?} {method} {text}");
    }
}

#[test]
fn a_grade_is_the_best_of_all_roles() {
    let catalog = parse(PARCELS);
    for (held, kind, group, grade) in [
        (&["BOOKKEEPER"][..], None, "shipments", Grade::ReadSome),
        (&["BOOKKEEPER", "DISPATCHER"], None, "shipments", Grade::Write),
        (&["BOOKKEEPER", "DISPATCHER"], None, "rates", Grade::Read),
        (&["BOOKKEEPER"], None, "rates", Grade::None),
        (&["BOOKKEEPER"], Some("SHOP"), "invoices", Grade::Read),
        (&["BOOKKEEPER"], Some("PERSON"), "invoices", Grade::None),
        (&["OWNER"], Some("PERSON"), "scans", Grade::None),
        (&[], Some("COURIER"), "scans", Grade::Write),
        (&["OWNER"], Some("COURIER"), "rates", Grade::None),
        (&["OWN_KEY", "GONE"], None, "rates", Grade::None),
    ] {
        let kind = kind.map(|kind| catalog.kind(kind).unwrap());
        let found = catalog.grade(&roles(held), kind, catalog.group(group).unwrap());
        assert_eq!(found, grade, "{held:?} {group}");
    }
    assert_eq!(
        [Grade::None, Grade::ReadSome, Grade::Read, Grade::Write].map(|grade| grade.to_string()),
        ["NONE", "READ_SOME", "READ", "WRITE"]
    );
    for grade in [Grade::None, Grade::ReadSome, Grade::Read, Grade::Write] {
        assert_eq!(serde_json::to_string(&grade).unwrap(), format!("\"{grade}\""));
    }
}

#[test]
fn only_what_a_role_administers_is_administered() {
    let catalog = parse(PARCELS);
    for (held, part, administers) in [
        (&["OWNER"][..], Administration::Keys, true),
        (&["OWNER"], Administration::People, true),
        (&["BOOKKEEPER"], Administration::Audit, true),
        (&["BOOKKEEPER"], Administration::Keys, false),
        (&["DISPATCHER"], Administration::Audit, false),
        (&["OWN_KEY", "GONE"], Administration::Audit, false),
        (&[], Administration::Keys, false),
    ] {
        assert_eq!(catalog.administers(&roles(held), part), administers, "{held:?} {part:?}");
    }
}

#[test]
fn nobody_grants_more_than_they_hold() {
    let catalog = Catalog::appstore();
    for (held, granted, covered) in [
        (&["ADMIN"][..], "ADMIN", true),
        (&["ADMIN"], "FINANCE", true),
        (&["ADMIN"], "DEVELOPER", true),
        (&["ADMIN"], "ACCOUNT_HOLDER", false),
        (&["ACCOUNT_HOLDER"], "ADMIN", true),
        (&["ACCOUNT_HOLDER"], "ACCOUNT_HOLDER", true),
        (&["APP_MANAGER"], "APP_MANAGER", true),
        (&["APP_MANAGER"], "CUSTOMER_SUPPORT", true),
        (&["APP_MANAGER"], "MARKETING", true),
        (&["APP_MANAGER"], "DEVELOPER", false),
        (&["APP_MANAGER"], "SALES", false),
        (&["APP_MANAGER"], "ADMIN", false),
        (&["FINANCE"], "SALES", true),
        (&["SALES"], "FINANCE", false),
        (&["DEVELOPER"], "MARKETING", false),
        (&["DEVELOPER", "MARKETING"], "MARKETING", true),
        (&["APP_MANAGER", "FINANCE"], "SALES", true),
        (&["ADMIN"], "GENERATE_INDIVIDUAL_KEYS", true),
        (&["APP_MANAGER", "CREATE_APPS"], "CREATE_APPS", true),
        (&["APP_MANAGER"], "CREATE_APPS", false),
        (&["ADMIN"], "GONE", false),
        (&["GONE"], "GONE", false),
        (&[], "CUSTOMER_SUPPORT", false),
    ] {
        let granted = RoleName::try_from(granted).unwrap();
        assert_eq!(catalog.covers(&roles(held), &granted), covered, "{held:?} {granted}");
    }
}

#[test]
fn reading_some_is_covered_by_reading_as_much_or_all() {
    let with_some = |paths: &str| {
        let role = format!(
            "\n[[roles]]\nname = \"CLERK\"\ntitle = \"T\"\nabout = \"A.\"\n[roles.opens]\nshipments = {{ read = [{paths}] }}\n"
        );
        parse(&format!("{PARCELS}{role}"))
    };
    let clerk = RoleName::try_from("CLERK").unwrap();
    for (paths, covered) in [
        ("\"/shipments\"", true),
        ("\"/shipments/{number}\"", true),
        ("\"/shipments/7\"", true),
        ("\"/shipments\", \"/shipments/{id}/label\"", false),
        ("\"/shipments/**\"", false),
    ] {
        let catalog = with_some(paths);
        assert_eq!(catalog.covers(&roles(&["BOOKKEEPER"]), &clerk), covered, "{paths}");
        assert!(catalog.covers(&roles(&["DISPATCHER"]), &clerk), "{paths}");
    }
}

#[test]
fn permissions_come_with_the_roles_that_the_catalog_says() {
    let catalog = Catalog::appstore();
    let given = |held: &[&str]| -> Vec<_> {
        let permissions = catalog.permissions_given_with(&roles(held));
        permissions.into_iter().map(|permission| permission.name.as_str()).collect()
    };
    assert_eq!(given(&["DEVELOPER"]), ["GENERATE_INDIVIDUAL_KEYS"]);
    assert_eq!(given(&["FINANCE", "SALES"]), [""; 0]);
    assert_eq!(given(&["FINANCE", "MARKETING"]), ["GENERATE_INDIVIDUAL_KEYS"]);
    let gated = |permission: &str| -> Vec<_> {
        let permission = RoleName::try_from(permission).unwrap();
        catalog.kinds_gated_by(&permission).map(|kind| kind.name.as_str()).collect()
    };
    assert_eq!(gated("GENERATE_INDIVIDUAL_KEYS"), ["INDIVIDUAL"]);
    assert_eq!(gated("CREATE_APPS"), [""; 0]);
}

#[test]
fn names_are_looked_up_exactly() {
    let catalog = Catalog::appstore();
    assert!(catalog.knows_role("ADMIN") && catalog.knows_role("CREATE_APPS"));
    assert!(!catalog.knows_role("admin") && !catalog.knows_role("") && !catalog.knows_role("TEAM"));
    assert_eq!(catalog.role("CREATE_APPS"), None);
    assert_eq!(catalog.permission("ADMIN"), None);
    assert_eq!(catalog.kind("TEAM").unwrap().name.as_str(), "TEAM");
    assert_eq!(catalog.kind("team"), None);
    assert_eq!(catalog.service("notary").unwrap().name.as_str(), "notary");
    assert_eq!(catalog.service("pricing"), None);
    assert_eq!(catalog.group("pricing").unwrap().name.as_str(), "pricing");
    assert_eq!(catalog.group("app-store-connect"), None);
}

#[test]
fn a_key_may_be_given_the_roles_of_its_kind_only() {
    let catalog = Catalog::appstore();
    let may =
        |kind: &str, role: &str| catalog.kind(kind).unwrap().may_be_given(&RoleName::try_from(role).unwrap());
    assert!(may("TEAM", "ADMIN"));
    assert!(!may("TEAM", "ACCOUNT_HOLDER") && !may("TEAM", "CREATE_APPS") && !may("TEAM", "GONE"));
    assert!(!may("INDIVIDUAL", "ADMIN") && !may("IN_APP_PURCHASE", "ADMIN"));
}

fn advice(catalog: &Catalog, kind: &KeyKind, needs: &[(&str, Access, &str)]) -> Vec<String> {
    let groups: Vec<_> = needs.iter().map(|(group, ..)| GroupName::try_from(*group).unwrap()).collect();
    let needs: Vec<_> = groups
        .iter()
        .zip(needs)
        .map(|(group, (_, access, path))| Need { group, access: *access, path })
        .collect();
    catalog.smallest_roles(&needs, kind).iter().map(ToString::to_string).collect()
}

#[test]
fn the_smallest_roles_open_what_is_needed_and_as_little_else_as_can_be() {
    use Access::{Read, Write};
    let catalog = Catalog::appstore();
    let team = catalog.kind("TEAM").unwrap();
    for (needs, expected) in [
        (&[][..], &[][..]),
        (&[("reviews", Read, "/v1/customerReviews/{id}")], &["CUSTOMER_SUPPORT"]),
        (&[("reviews", Write, "/v1/customerReviewResponses")], &["CUSTOMER_SUPPORT"]),
        (&[("analytics", Read, "/v1/analyticsReports/{id}")], &["SALES"]),
        (&[("sales-reports", Read, "/v1/salesReports")], &["SALES"]),
        (&[("finance-reports", Read, "/v1/financeReports")], &["FINANCE"]),
        (
            &[("finance-reports", Read, "/v1/financeReports"), ("sales-reports", Read, "/v1/salesReports")],
            &["FINANCE"],
        ),
        (&[("metadata", Read, "/v1/apps")], &["MARKETING"]),
        (&[("metadata", Read, "/v1/apps/{id}/appClips")], &["MARKETING"]),
        (
            &[("metadata", Read, "/v1/apps/7/appClips"), ("testflight", Read, "/v1/builds")],
            &["DEVELOPER", "MARKETING"],
        ),
        (&[("metadata", Read, "/v1/apps/7/appInfos"), ("testflight", Read, "/v1/builds")], &["DEVELOPER"]),
        (&[("metadata", Read, "/v1/apps/{id}"), ("testflight", Read, "/v1/builds")], &["DEVELOPER"]),
        (&[("pricing", Write, "/v1/inAppPurchases")], &["APP_MANAGER"]),
        (&[("users", Write, "/v1/users/{id}")], &["ADMIN"]),
        (
            &[("provisioning", Read, "/v1/devices"), ("sales-reports", Read, "/v1/salesReports")],
            &["DEVELOPER", "SALES"],
        ),
        (&[("server-api", Read, "/inApps/v1/x")], &[]),
        (&[("reviews", Read, "/v1/x"), ("server-api", Read, "/inApps/v1/x")], &["CUSTOMER_SUPPORT"]),
        (&[("reviews", Read, "/v1/x"), ("no-such-group", Read, "/x")], &["CUSTOMER_SUPPORT"]),
    ] {
        assert_eq!(advice(&catalog, team, needs), expected, "{needs:?}");
    }
    let individual = catalog.kind("INDIVIDUAL").unwrap();
    let needs = [("provisioning", Read, "/v1/devices"), ("users", Write, "/v1/users/{id}")];
    assert_eq!(advice(&catalog, individual, &needs), ["ADMIN"]);
    let purchase = catalog.kind("IN_APP_PURCHASE").unwrap();
    assert_eq!(advice(&catalog, purchase, &[("server-api", Read, "/inApps/v1/x")]), [""; 0]);
}

#[test]
fn advice_for_very_many_roles_is_still_enough() {
    let mut text = PARCELS.replace("roles = [\"DISPATCHER\", \"BOOKKEEPER\"]", "roles = [ROLES]");
    let names: Vec<_> = (0..40).map(|at| format!("R{at}")).collect();
    for (at, name) in names.iter().enumerate() {
        let opens = ["shipments = \"write\"", "rates = \"read\"", "scans = \"read\""][at % 3];
        text += &format!(
            "\n[[roles]]\nname = \"{name}\"\ntitle = \"T\"\nabout = \"A.\"\n[roles.opens]\n{opens}\n"
        );
    }
    let listed: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let catalog = parse(&text.replace("ROLES", &listed.join(", ")));
    let needs = [
        ("shipments", Access::Write, "/shipments"),
        ("rates", Access::Read, "/rates"),
        ("scans", Access::Read, "/scans"),
    ];
    let advised = advice(&catalog, catalog.kind("SHOP").unwrap(), &needs);
    assert_eq!(advised.len(), 3, "{advised:?}");
    for (group, access, text) in needs {
        let held: Vec<_> = advised.iter().map(String::as_str).collect();
        assert!(catalog.opens(&roles(&held), None, catalog.group(group).unwrap(), access, &path(text)));
    }
}
