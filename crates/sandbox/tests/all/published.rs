//! Every path of the published API.

use crate::desk::Desk;
use counterfoil_sandbox::table::{ResourceType, Table};
use http::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Who reads this list besides: the catalog's tests. It says itself how.
const PUBLISHED: &str = include_str!("../../../core/tests/data/appstore-endpoints.txt");

/// What is not published, and yet there: links of answers lead to them.
const BESIDES: &[&str] = &["GET /v1/inAppPurchasePricePoints/{id}", "GET /v1/territories/{id}"];

/// What the authority does, not the sandbox.
const ELSEWHERE: &[&str] = &[
    "/v1/userInvitations",
    "/v1/userInvitations/{id}",
    "/v1/users/{id}",
    "/v1/users/{id}/relationships/visibleApps",
];

/// The methods of each path.
fn published() -> BTreeMap<&'static str, Vec<Method>> {
    let method = |letter| match letter {
        'G' => Method::GET,
        'P' => Method::POST,
        'U' => Method::PATCH,
        'D' => Method::DELETE,
        other => panic!("{other}"),
    };
    let lines = PUBLISHED.lines().filter(|line| line.contains(" /"));
    let read = |line: &'static str| {
        let (letters, path) = line.split_once(' ').unwrap();
        (path.trim(), letters.chars().map(method).collect())
    };
    let all: BTreeMap<_, _> = lines.filter(|line| !line.starts_with('#')).map(read).collect();
    assert_eq!(all.len(), 966);
    all
}

#[test]
fn the_tables_have_every_published_path_but_these() {
    let table = table();
    let is_there = |path: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        let kind = table.at(&parts[..3].join("/"));
        kind.is_some_and(|kind| {
            parts.get(4).is_none() || kind.shown_relation(parts.last().unwrap()).is_some()
        })
    };
    // Users are the authority's; figures and reports are answered beside the tables.
    let is_besides = |path: &str| {
        ["/users", "/userInvitations", "/metrics/", "/salesReports", "/financeReports"]
            .iter()
            .any(|word| path.contains(word))
    };
    let missing: Vec<&str> =
        published().into_keys().filter(|path| !is_there(path) && !is_besides(path)).collect();
    assert_eq!(
        missing,
        [
            "/v1/apps/{id}/perfPowerMetrics",
            "/v1/betaGroups/{id}/betaRecruitmentCriterionCompatibleBuildCheck",
            "/v1/betaGroups/{id}/relationships/betaRecruitmentCriterionCompatibleBuildCheck",
            "/v1/builds/{id}/diagnosticSignatures",
            "/v1/builds/{id}/perfPowerMetrics",
            "/v1/builds/{id}/relationships/diagnosticSignatures",
            "/v1/diagnosticSignatures/{id}/logs",
            "/v1/inAppPurchaseOfferCodeOneTimeUseCodes/{id}/values",
            "/v1/subscriptionOfferCodeOneTimeUseCodes/{id}/values",
        ]
    );
}

#[test]
fn every_list_is_answered_and_one_that_is_not_in_the_tables_says_so() {
    let (desk, table) = (Desk::new(), table());
    for (path, methods) in published() {
        let is_report = path == "/v1/salesReports" || path == "/v1/financeReports";
        if path.contains('{') || !methods.contains(&Method::GET) || is_report {
            continue;
        }
        let body = desk.found(path);
        assert!(body["data"].is_array(), "{path}: {body}");
        assert!(body["meta"]["paging"]["total"].is_i64(), "{path}: {body}");
        let is_known = table.at(path).is_some();
        assert_eq!(body["meta"]["sandbox"].is_string(), !is_known, "{path}: {body}");
    }
}

#[test]
fn whatever_is_looked_up_under_an_id_that_nobody_has_is_not_there() {
    let desk = Desk::new();
    for (path, methods) in published() {
        if path.contains('{') && methods.contains(&Method::GET) {
            desk.get(&path.replace("{id}", "7")).assert_fault(404, "NOT_FOUND", "");
        }
    }
}

#[test]
fn below_each_resource_that_is_there_every_path_answers() {
    let (desk, table) = (Desk::new(), table());
    let examples: BTreeMap<&str, String> = examples(&desk, &table);
    for (path, methods) in published() {
        let Some((collection, rest)) = path.split_once("/{id}/") else { continue };
        let (Some(kind), true) = (table.at(collection), methods.contains(&Method::GET)) else { continue };
        let Some(id) = examples.get(kind.name.as_str()) else { continue };
        let target = format!("{collection}/{id}/{rest}");
        let answer = desk.get(&target);
        assert_eq!(answer.status, 200, "{target}: {answer:?}");
        let name = rest.rsplit('/').next().unwrap();
        let is_told = answer.body["meta"]["sandbox"].is_string() || rest == "perfPowerMetrics";
        assert_eq!(is_told, kind.relation(name).is_none() || rest.starts_with("metrics/"), "{target}");
    }
}

/// Of each type that has one, the id of one.
fn examples<'t>(desk: &Desk, table: &'t Table) -> BTreeMap<&'t str, String> {
    let exported: Value = serde_json::from_str(&{
        desk.found("/v1/apps");
        desk.sandbox().export(desk.team()).unwrap()
    })
    .unwrap();
    let mut examples = BTreeMap::new();
    for resource in exported["resources"].as_array().unwrap() {
        let kind = table.of(resource["type"].as_str().unwrap()).unwrap();
        examples.insert(kind.name.as_str(), resource["id"].as_str().unwrap().to_owned());
    }
    assert!(examples.len() > 20, "{examples:?}");
    examples
}

#[test]
fn whatever_is_asked_of_it_nothing_breaks_and_what_is_published_is_no_wrong_method() {
    let desk = Desk::new();
    let bodies = |path: &str| {
        let kind = path.split('/').nth(2).unwrap();
        let entity = json!({ "data": { "type": kind, "id": "7" } }).to_string();
        ["".to_owned(), "{}".to_owned(), entity, json!({ "data": [] }).to_string()]
    };
    for (path, methods) in published() {
        let target = path.replace("{id}", "7");
        for method in methods.iter().filter(|method| **method != Method::GET) {
            for body in bodies(path) {
                let answer = desk.ask(method.clone(), &target, body);
                let code = answer.body["errors"][0]["code"].as_str().unwrap_or_default();
                let is_done = answer.status < 500 && answer.status != 405;
                assert!(is_done || ELSEWHERE.contains(&path), "{method} {path} {code}: {answer:?}");
            }
        }
    }
}

#[test]
fn the_tables_promise_nothing_that_is_not_published() {
    let (published, table) = (published(), table());
    let mut unpublished = BTreeSet::new();
    for kind in table.all().filter(|kind| kind.path != "-") {
        for (path, method) in promised(kind) {
            let is_there = published.get(path.as_str()).is_some_and(|methods| methods.contains(&method));
            if !is_there {
                unpublished.insert(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(unpublished, BESIDES.iter().map(|each| (*each).to_owned()).collect());
}

fn promised(kind: &ResourceType) -> Vec<(String, Method)> {
    let (all, one) = (kind.path.clone(), format!("{}/{{id}}", kind.path));
    let does = kind.does;
    let promises = [
        (does.list, &all, Method::GET),
        (does.get, &one, Method::GET),
        (does.create, &all, Method::POST),
        (does.update, &one, Method::PATCH),
        (does.delete, &one, Method::DELETE),
    ];
    promises.into_iter().filter(|promise| promise.0).map(|(_, path, method)| (path.clone(), method)).collect()
}

/// The tables that the sandbox reads.
fn table() -> Table {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/resources");
    let mut sources = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        sources.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
    }
    let sources: Vec<(&str, &str)> =
        sources.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Table::read(&sources).unwrap()
}
