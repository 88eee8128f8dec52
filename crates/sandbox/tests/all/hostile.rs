//! What nobody means well by: it is refused in the API's words, and quickly.

use crate::desk::{COFFEE, Desk, TRAINS, ids, to};
use http::Method;
use serde_json::{Value, json};
use std::fmt::Write;

/// So many values, one after the other.
fn many(count: usize) -> String {
    (0..count).fold(String::new(), |mut all, number| {
        let _ = write!(all, "{number},");
        all
    })
}

fn is_refused_well(desk: &Desk, method: Method, target: &str, body: &str) -> String {
    let answer = desk.ask(method.clone(), target, body.to_owned());
    let error = &answer.body["errors"][0];
    let what =
        format!("{method} {} {}", &target[..target.len().min(100)], &body[..body.floor_char_boundary(200)]);
    assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
    assert_eq!(error["status"], answer.status.to_string(), "{what}");
    for member in ["id", "code", "title", "detail"] {
        assert!(error[member].as_str().is_some_and(|text| !text.is_empty()), "{what}: {answer:?}");
    }
    error["code"].as_str().unwrap().to_owned()
}

#[test]
fn queries_that_can_not_be_are_refused_by_name() {
    let desk = Desk::new();
    let lists = [many(201), many(10_000)];
    for (query, code) in [
        (format!("filter[id]={}", lists[0]), "PARAMETER_ERROR.INVALID"),
        (format!("filter[id]={}", lists[1]), "PARAMETER_ERROR.INVALID"),
        (format!("filter[name]={}", lists[1]), "PARAMETER_ERROR.INVALID"),
        (format!("include={}", lists[1]), "PARAMETER_ERROR.INVALID"),
        (format!("sort={}", lists[1]), "PARAMETER_ERROR.INVALID"),
        (format!("fields[apps]={}", lists[1]), "PARAMETER_ERROR.INVALID"),
        ("filter[id]=7&".repeat(3_000), "PARAMETER_ERROR.INVALID"),
        ("limit=18446744073709551616".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("limit=-1".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("limit=1e2".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("limit[builds]=0".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("limit[name]=1".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
        ("include=builds.app".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("include=builds.app.builds.app".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("fields[things]=name".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
        ("fields[]=name".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
        ("fields[v2/inAppPurchaseImages]=fileName".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
        ("filter[]=x".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
        ("filter[.]=x".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
        ("filter[builds.]=x".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
        ("filter[name=x".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
        ("filter[name][id]=x".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
        ("filter[builds.version.x]=1".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
        ("sort=--name".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("sort=name%00".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("sort=name;drop".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("cursor=".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("cursor=%F0%9F%8D%BA".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("cursor=eyJuIjpbMSwiYSIsIngiXX0".to_owned(), "PARAMETER_ERROR.INVALID"),
        ("%5B%5D=%ff%fe".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
        ("=".to_owned(), "PARAMETER_ERROR.ILLEGAL"),
    ] {
        assert_eq!(
            is_refused_well(&desk, Method::GET, &format!("/v1/apps?{query}"), ""),
            code,
            "{}",
            &query[..query.len().min(60)]
        );
    }
}

#[test]
fn every_filter_at_once_with_as_many_values_as_there_can_be_is_answered() {
    let desk = Desk::new();
    let all = many(200);
    let names = ["name", "bundleId", "sku", "id", "appStoreVersions"];
    let query: Vec<String> = names.iter().map(|name| format!("filter[{name}]={all}")).collect();
    let found = desk.found(&format!("/v1/apps?{}&sort={}", query.join("&"), "name,-sku,".repeat(50)));
    assert_eq!(found["data"], json!([]));
    let includes =
        "builds,appInfos,betaGroups,appStoreVersions,subscriptionGroups,customerReviews,inAppPurchases";
    let found = desk.found(&format!("/v1/apps?include={includes}&include={includes}&limit[builds]=50"));
    assert_eq!(ids(&found).len(), 3);
}

#[test]
fn cursors_of_other_lists_and_teams_are_answered_or_refused() {
    let desk = Desk::new();
    let next =
        desk.found("/v1/builds?limit=1&sort=-uploadedDate")["links"]["next"].as_str().unwrap().to_owned();
    let cursor = next.split("cursor=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let other = desk.of("another-team");
    for target in
        ["/v1/apps?", "/v1/builds?sort=version&", "/v1/territories?", "/v1/bundleIds?sort=id&", "/v1/builds?"]
    {
        for desk in [&desk, &other] {
            assert_eq!(desk.get(&format!("{target}cursor={cursor}")).status, 200, "{target}");
        }
    }
    // {"o":18446744073709551615} {"o":9223372036854775807} {"n":[-9223372036854775808,null]}
    for far in [
        "eyJvIjoxODQ0Njc0NDA3MzcwOTU1MTYxNX0",
        "eyJvIjo5MjIzMzcyMDM2ODU0Nzc1ODA3fQ",
        "eyJuIjpbLTkyMjMzNzIwMzY4NTQ3NzU4MDgsbnVsbF19",
    ] {
        for list in ["/v1/apps", "/v1/builds", "/v1/territories", "/v1/bundleIds"] {
            for sort in ["", "&sort=id"] {
                let answer = desk.get(&format!("{list}?cursor={far}{sort}"));
                assert!(answer.status == 200 || answer.status == 400, "{list} {far}: {answer:?}");
            }
        }
        for list in [
            format!("/v1/apps/{COFFEE}/builds?"),
            format!("/v1/apps/{COFFEE}/customerReviews?sort=-rating&"),
            format!("/v1/builds?filter[app]={COFFEE}&sort=-preReleaseVersion&"),
        ] {
            assert_eq!(desk.get(&format!("{list}cursor={far}")).status, 200, "{list} {far}");
        }
    }
}

#[test]
fn paths_that_can_not_be_are_no_paths() {
    let desk = Desk::new();
    for path in [
        "/v1/apps/..%2f..%2fetc",
        "/v1/apps/%00",
        "/v1/apps/%F0%9F%8D%BA",
        "/v1/apps/'%20OR%201=1--",
        "/v1//apps",
        "/v1/apps/7/relationships",
        "/v1/apps/7/relationships/builds/9",
        "/v99/apps",
        "/v1/v2/inAppPurchaseImages",
        "/v2/apps",
        "/v1/apps/7/v1/inAppPurchases",
    ] {
        let answer = desk.get(path);
        assert!(
            answer.status == 404 || (answer.status == 200 && answer.body["meta"]["sandbox"].is_string()),
            "{path}: {answer:?}"
        );
    }
    let long = format!("/v1/apps/{}", "x".repeat(60_000));
    desk.get(&long).assert_fault(404, "NOT_FOUND", "");
}

#[test]
fn bodies_that_can_not_be_are_refused() {
    let desk = Desk::new();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let text = "\u{202e}\u{0}é🍺".repeat(20_000);
    let group = |relationships: Value| {
        json!({ "data": { "type": "betaGroups", "attributes": { "name": "x" }, "relationships": relationships } }).to_string()
    };
    for body in [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        deep.clone(),
        format!("{{\"data\":{deep}}}"),
        json!({ "data": null }).to_string(),
        json!({ "data": [] }).to_string(),
        json!({ "data": { "type": 7 } }).to_string(),
        json!({ "data": { "type": "apps" } }).to_string(),
        json!({ "data": { "type": "betaGroups", "id": 7 } }).to_string(),
        json!({ "data": { "type": "betaGroups", "attributes": [] } }).to_string(),
        json!({ "data": { "type": "betaGroups", "attributes": { "name": text } } }).to_string(),
        json!({ "data": { "type": "betaGroups", "attributes": { "name": ["x"] } } }).to_string(),
        json!({ "data": { "type": "betaGroups", "attributes": { "__proto__": {} } } }).to_string(),
        json!({ "data": { "type": "betaGroups", "attributes": { "publicLinkLimit": 1e300 } } }).to_string(),
        json!({ "data": { "type": "betaGroups", "relationships": { "app": 7 } } }).to_string(),
        group(json!({ "app": { "data": [] } })),
        group(json!({ "app": { "data": { "type": "apps" } } })),
        group(json!({ "app": to("builds", COFFEE) })),
        group(json!({ "app": to("apps", &text) })),
        group(json!({ "app": to("apps", COFFEE), "friends": to("apps", COFFEE) })),
        group(json!({ "app": to("apps", COFFEE), "betaTesters": to("betaTesters", "7") })),
        group(
            json!({ "app": to("apps", COFFEE), "betaTesters": { "data": vec![json!({ "type": "betaTesters", "id": "7" }); 1001] } }),
        ),
        json!({ "data": { "type": "betaGroups", "attributes": { "name": "x" } }, "included": 7 }).to_string(),
    ] {
        is_refused_well(&desk, Method::POST, "/v1/betaGroups", &body);
    }
}

#[test]
fn an_id_that_a_client_chose_is_not_taken() {
    let desk = Desk::new();
    let data = json!({ "type": "bundleIds", "id": "chosen", "attributes": { "name": "x", "identifier": "com.example.x", "platform": "IOS" } });
    let made = desk.post("/v1/bundleIds", data);
    assert_eq!(made.status, 201);
    assert_ne!(made.id(), "chosen");
}

#[test]
fn relations_are_changed_as_they_can_be_and_not_otherwise() {
    let desk = Desk::new();
    let version = ids(&desk.found(&format!("/v1/apps/{COFFEE}/appStoreVersions")))[1].clone();
    let build = format!("/v1/appStoreVersions/{version}/relationships/build");
    let group = ids(&desk.found(&format!("/v1/apps/{COFFEE}/betaGroups")))[0].clone();
    let testers = format!("/v1/betaGroups/{group}/relationships/betaTesters");
    for (method, path, body) in [
        (Method::PATCH, build.as_str(), json!({ "data": [] })),
        (Method::PATCH, &build, to("apps", COFFEE)),
        (Method::PATCH, &build, to("builds", "nothing")),
        (Method::PATCH, &build, json!({})),
        (Method::PATCH, &build, json!([])),
        (Method::POST, &build, to("builds", "7")),
        (Method::DELETE, &build, json!({ "data": null })),
        (Method::POST, &testers, to("betaTesters", "7")),
        (Method::POST, &testers, json!({ "data": [{ "type": "betaTesters" }] })),
        (Method::POST, &testers, json!({ "data": [{ "type": "apps", "id": COFFEE }] })),
        (Method::POST, &testers, json!({ "data": [7] })),
    ] {
        is_refused_well(&desk, method, path, &body.to_string());
    }
    let before = desk.found(&testers);
    assert_eq!(desk.ask(Method::POST, &testers, json!({ "data": [] }).to_string()).status, 204);
    assert_eq!(desk.found(&testers), before);
}

#[test]
fn what_comes_along_is_made_once_and_is_no_way_around_what_may_be_made() {
    let desk = Desk::new();
    let part = |id: &str| json!({ "type": "appCustomProductPageVersions", "id": id });
    let page = |ends: Value, included: Value| {
        json!({
            "data": {
                "type": "appCustomProductPages", "attributes": { "name": "Page" },
                "relationships": { "app": to("apps", COFFEE), "appCustomProductPageVersions": { "data": ends } },
            },
            "included": included,
        })
        .to_string()
    };
    is_refused_well(
        &desk,
        Method::POST,
        "/v1/appCustomProductPages",
        &page(json!([part("a"), part("a")]), json!([part("a")])),
    );
    is_refused_well(
        &desk,
        Method::POST,
        "/v1/appCustomProductPages",
        &page(json!([part("a")]), json!([{ "type": "apps", "id": "a" }])),
    );
    let made = desk.ask(
        Method::POST,
        "/v1/appCustomProductPages",
        page(json!([part("a"), part("b")]), json!([part("a"), part("b")])),
    );
    assert_eq!(made.status, 201, "{made:?}");
    // Builds come by upload alone, and not along with a group.
    let group = json!({
        "data": {
            "type": "betaGroups", "attributes": { "name": "x" },
            "relationships": { "app": to("apps", COFFEE), "builds": { "data": [{ "type": "builds", "id": "a" }] } },
        },
        "included": [{ "type": "builds", "id": "a" }],
    });
    let before = desk.found("/v1/builds")["meta"]["paging"]["total"].clone();
    is_refused_well(&desk, Method::POST, "/v1/betaGroups", &group.to_string());
    assert_eq!(desk.found("/v1/builds")["meta"]["paging"]["total"], before);
}

#[test]
fn a_part_of_one_whole_is_not_made_that_of_another() {
    let desk = Desk::new();
    let prices = |app: &str| {
        let group = ids(&desk.found(&format!("/v1/apps/{app}/subscriptionGroups")))[0].clone();
        let subscription =
            ids(&desk.found(&format!("/v1/subscriptionGroups/{group}/subscriptions")))[0].clone();
        let price = ids(&desk.found(&format!("/v1/subscriptions/{subscription}/prices")))[0].clone();
        (subscription, price)
    };
    let ((_, price), (subscription, own)) = (prices(COFFEE), prices(TRAINS));
    let path = format!("/v1/subscriptions/{subscription}");
    let change = |price: &str| {
        json!({
            "type": "subscriptions", "id": subscription,
            "relationships": { "prices": { "data": [{ "type": "subscriptionPrices", "id": price }] } },
        })
    };
    desk.patch(&path, change(&price)).assert_fault(
        409,
        "ENTITY_ERROR.RELATIONSHIP.INVALID",
        "/data/relationships/prices",
    );
    assert_eq!(desk.patch(&path, change(&own)).status, 200);
}

#[test]
fn names_that_are_the_sandboxs_own_are_no_types_of_a_request() {
    let desk = Desk::new();
    let purchase = ids(&desk.found(&format!("/v1/apps/{COFFEE}/inAppPurchasesV2")))[0].clone();
    let version = desk.make("/v1/inAppPurchaseVersions", json!({ "type": "inAppPurchaseVersions", "relationships": { "inAppPurchase": to("inAppPurchases", &purchase) } }));
    let words = |kind: &str| {
        json!({
            "type": kind, "attributes": { "locale": "de-DE", "name": "Bohnen" },
            "relationships": { "version": to("inAppPurchaseVersions", &version) },
        })
    };
    desk.post("/v2/inAppPurchaseLocalizations", words("v2/inAppPurchaseLocalizations")).assert_fault(
        409,
        "ENTITY_ERROR.TYPE.INVALID",
        "/data/type",
    );
    assert_eq!(desk.post("/v2/inAppPurchaseLocalizations", words("inAppPurchaseLocalizations")).status, 201);
}

#[test]
fn text_of_any_script_comes_back_as_it_went() {
    let desk = Desk::new();
    let name = "\u{202e}Ünïcödé 🍺 \u{0} \" \\ </script>";
    let data = json!({ "type": "betaGroups", "attributes": { "name": name }, "relationships": { "app": to("apps", COFFEE) } });
    let id = desk.make("/v1/betaGroups", data);
    assert_eq!(desk.found(&format!("/v1/betaGroups/{id}"))["data"]["attributes"]["name"], name);
    let encoded: String = name.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "%{byte:02X}");
        all
    });
    assert_eq!(ids(&desk.found(&format!("/v1/betaGroups?filter[name]={encoded}"))), [id]);
}
