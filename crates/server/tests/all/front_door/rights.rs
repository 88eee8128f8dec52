//! Which key opens what, through `/authorize`: the table that people read, against what a proxy is told.

use super::about;
use crate::town::{Persona, Team, Town};

/// A path of each column, in the order of the table.
const COLUMNS: [&str; 14] = [
    "/v1/inAppPurchases/1",
    "/v1/apps",
    "/v1/appScreenshots/1",
    "/v1/salesReports",
    "/v1/financeReports",
    "/v1/certificates",
    "/v1/users",
    "/v1/builds",
    "/v1/apps/1/customerReviews",
    "/v1/analyticsReports/1",
    "/v1/ciProducts",
    "/v1/gameCenterDetails/1",
    "/v1/webhooks/1",
    "/v1/nothing",
];

/// `W` reads and writes, `R` reads, `-` nothing.
const ROLES: [(&str, &str); 7] = [
    ("ADMIN", "WWWRRWWWWWWWW-"),
    ("APP_MANAGER", "WWW---RWWWWWW-"),
    ("DEVELOPER", "-R---W-WRRWWR-"),
    ("FINANCE", "---RR----R----"),
    ("SALES", "---R-----R----"),
    ("MARKETING", "-RR-----RR----"),
    ("CUSTOMER_SUPPORT", "--------W-----"),
];

/// What a person's key never opens: provisioning, sales and finance reports.
const NOT_OF_PERSONS: [&str; 3] = ["/v1/salesReports", "/v1/financeReports", "/v1/certificates"];

#[tokio::test]
async fn every_role_and_kind_opens_what_the_table_says_and_nothing_else() {
    let (town, team, _) = Town::with_admin().await;
    let mut wrong = Vec::new();
    for (role, row) in ROLES {
        let keys = [Some(town.team_key(team, role).await), of_person(&town, team, role).await];
        for (key, is_persons) in keys.iter().zip([false, true]) {
            let Some(key) = key else { continue };
            for (path, cell) in COLUMNS.iter().zip(row.chars()) {
                let is_shut = is_persons && NOT_OF_PERSONS.contains(path);
                for (method, opens) in [("GET", cell != '-'), ("HEAD", cell != '-'), ("POST", cell == 'W')] {
                    let expected = if opens && !is_shut { 200 } else { 403 };
                    let status = about(&town, method, path).by(key).send().await.status;
                    if status != expected {
                        wrong.push(format!("{role} (person's: {is_persons}): {method} {path}: {status}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The roles of Finance and Sales alone don't let a person have a key.
async fn of_person(town: &Town, team: Team, role: &str) -> Option<Persona> {
    let may = !matches!(role, "FINANCE" | "SALES");
    if may { Some(town.individual_key(team, &[role]).await) } else { None }
}

#[tokio::test]
async fn a_kind_that_a_service_does_not_know_proves_nothing_there() {
    let (town, team, admin) = Town::with_admin().await;
    let person = town.individual_key(team, &["ADMIN"]).await;
    let purchase = town.purchase_key(team).await;
    for (path, team_key, persons, purchases) in [
        ("/v1/apps", 200, 200, 401),
        ("/v1/certificates", 200, 403, 401),
        ("/v1/nothing", 403, 403, 401),
        ("/notary/v2/submissions", 200, 403, 401),
        ("/inApps/v1/transactions/7", 401, 401, 200),
        ("/externalPurchase/v1/reports", 401, 401, 200),
    ] {
        for (key, expected) in [(&admin, team_key), (&person, persons), (&purchase, purchases)] {
            let said = about(&town, "GET", path).by(key).send().await;
            assert_eq!(said.status, expected, "{path}: {}", said.text());
        }
    }
}
