//! What lists can be asked for: filters by what is there, by what others say, and orders by it.

use crate::desk::{COFFEE, Desk, TRAINS, first_with, ids, to};
use serde_json::{Value, json};
use std::time::Duration;

fn total(desk: &Desk, target: &str) -> Value {
    desk.found(target)["meta"]["paging"]["total"].clone()
}

#[test]
fn lists_are_filtered_by_whether_there_is_something() {
    let desk = Desk::new();
    let builds = ids(&desk.found("/v1/builds"));
    let change =
        json!({ "type": "builds", "id": builds[0], "attributes": { "usesNonExemptEncryption": null } });
    assert_eq!(desk.patch(&format!("/v1/builds/{}", builds[0]), change).status, 200);
    assert_eq!(ids(&desk.found("/v1/builds?exists[usesNonExemptEncryption]=false")), builds[..1]);
    assert_eq!(ids(&desk.found("/v1/builds?exists[usesNonExemptEncryption]=true&limit=200")), builds[1..]);
    let with = total(&desk, "/v1/appCategories?exists[parent]=true").as_i64().unwrap();
    let without = total(&desk, "/v1/appCategories?exists[parent]=false").as_i64().unwrap();
    assert!(with > 0 && without > 0);
    assert_eq!(total(&desk, "/v1/appCategories"), with + without);
    assert_eq!(total(&desk, "/v1/apps?exists[gameCenterEnabledVersions]=true"), 0);
    assert_eq!(total(&desk, "/v1/apps?exists[gameCenterEnabledVersions]=false"), 3);
}

#[test]
fn what_can_not_be_asked_so_is_refused_by_name() {
    let desk = Desk::new();
    for (target, code, name) in [
        ("/v1/builds?exists[version]=true", "PARAMETER_ERROR.ILLEGAL", "exists[version]"),
        ("/v1/apps?exists[builds]=true", "PARAMETER_ERROR.ILLEGAL", "exists[builds]"),
        ("/v1/appCategories?exists[parent]=yes", "PARAMETER_ERROR.INVALID", "exists[parent]"),
        ("/v1/appCategories?exists[parent]=", "PARAMETER_ERROR.INVALID", "exists[parent]"),
        ("/v1/appCategories?exists[parent]=true,false", "PARAMETER_ERROR.INVALID", "exists[parent]"),
        ("/v1/apps?sort=id", "PARAMETER_ERROR.INVALID", "sort"),
        ("/v1/builds?sort=app", "PARAMETER_ERROR.INVALID", "sort"),
        (
            "/v1/apps?filter[appStoreVersions.copyright]=x",
            "PARAMETER_ERROR.ILLEGAL",
            "filter[appStoreVersions.copyright]",
        ),
        (
            "/v1/apps?filter[appPricePoints.customerPrice]=1",
            "PARAMETER_ERROR.ILLEGAL",
            "filter[appPricePoints.customerPrice]",
        ),
        ("/v1/apps?limit=3&limit=4", "PARAMETER_ERROR.INVALID", "limit"),
        ("/v1/customerReviews?include=app", "METHOD_NOT_ALLOWED", ""),
    ] {
        let status = if name.is_empty() { 405 } else { 400 };
        desk.get(target).assert_fault(status, code, name);
    }
}

#[test]
fn a_review_has_a_published_response_some_time_after_it_was_answered() {
    let desk = Desk::new();
    let reviews = format!("/v1/apps/{COFFEE}/customerReviews");
    let all = ids(&desk.found(&reviews));
    let answer = json!({
        "type": "customerReviewResponses", "attributes": { "responseBody": "Thank you." },
        "relationships": { "review": to("customerReviews", &all[1]) },
    });
    desk.make("/v1/customerReviewResponses", answer);
    let published = format!("{reviews}?exists[publishedResponse]=true");
    assert_eq!(total(&desk, &published), 0);
    desk.wait(Duration::from_secs(60));
    assert_eq!(ids(&desk.found(&published)), all[1..2]);
    assert_eq!(total(&desk, &format!("{reviews}?exists[publishedResponse]=false")), all.len() - 1);
    let response = desk.found(&format!("/v1/customerReviews/{}/response", all[1]));
    assert_eq!(response["data"]["attributes"]["state"], "PUBLISHED");
}

#[test]
fn lists_are_filtered_by_what_those_say_that_refer_to_them() {
    let desk = Desk::new();
    let app = json!({ "type": "reviewSubmissions", "attributes": { "platform": "MAC_OS" }, "relationships": { "app": to("apps", TRAINS) } });
    desk.make("/v1/reviewSubmissions", app);
    for (target, found) in [
        ("/v1/apps?filter[reviewSubmissions.platform]=MAC_OS", vec![TRAINS]),
        ("/v1/apps?filter[reviewSubmissions.platform]=IOS", vec![]),
        ("/v1/apps?filter[reviewSubmissions.state]=READY_FOR_REVIEW", vec![TRAINS]),
    ] {
        assert_eq!(ids(&desk.found(target)), found, "{target}");
    }
    assert_eq!(total(&desk, "/v1/apps?filter[appStoreVersions.appStoreState]=READY_FOR_SALE"), 3);
    assert_eq!(total(&desk, "/v1/apps?filter[appStoreVersions.platform]=MAC_OS"), 0);
    assert_eq!(total(&desk, "/v1/preReleaseVersions?filter[builds.version]=4"), 3);
    let trains = format!("/v1/preReleaseVersions?filter[builds.version]=4,1&filter[app]={COFFEE}");
    assert_eq!(total(&desk, &trains), 2);
    assert_eq!(
        total(&desk, &format!("/v1/apps/{COFFEE}/subscriptionGroups?filter[subscriptions.state]=APPROVED")),
        1
    );
}

#[test]
fn values_of_a_parameter_that_is_given_twice_belong_together() {
    let desk = Desk::new();
    let both = desk.found(&format!("/v1/apps?filter[id]={COFFEE}&filter[id]={TRAINS}"));
    assert_eq!(ids(&both), [COFFEE, TRAINS]);
}

#[test]
fn each_text_of_a_list_can_be_filtered_by() {
    let desk = Desk::new();
    let all = total(&desk, "/v1/appCategories");
    assert_eq!(total(&desk, "/v1/appCategories?filter[platforms]=IOS"), all);
    assert_eq!(total(&desk, "/v1/appCategories?filter[platforms]=VISION_OS"), 0);
}

#[test]
fn builds_are_in_order_of_the_version_that_they_are_of() {
    let desk = Desk::new();
    let versions = |sort: &str| -> Vec<String> {
        let target = format!("/v1/builds?filter[app]={COFFEE}&include=preReleaseVersion&sort={sort}");
        let list = desk.found(&target);
        let version = |build: &Value| {
            let id = build["relationships"]["preReleaseVersion"]["data"]["id"].as_str().unwrap();
            let train = list["included"].as_array().unwrap().iter().find(|it| it["id"] == id).unwrap();
            format!(
                "{} {}",
                train["attributes"]["version"].as_str().unwrap(),
                build["attributes"]["version"].as_str().unwrap()
            )
        };
        list["data"].as_array().unwrap().iter().map(version).collect()
    };
    assert_eq!(versions("preReleaseVersion,-version"), ["1.0 2", "1.0 1", "1.1 4", "1.1 3"]);
    assert_eq!(versions("-preReleaseVersion,version"), ["1.1 3", "1.1 4", "1.0 1", "1.0 2"]);
    assert_eq!(versions("-preReleaseVersion"), ["1.1 3", "1.1 4", "1.0 1", "1.0 2"]);
}

#[test]
fn pages_in_such_an_order_follow_one_another_without_a_gap() {
    let desk = Desk::new();
    for first in ["/v1/builds?limit=5&sort=-preReleaseVersion", "/v1/bundleIds?limit=1&sort=-id"] {
        let (mut next, mut seen) = (Some(first.to_owned()), Vec::new());
        while let Some(target) = next {
            let page = desk.found(&target);
            seen.extend(ids(&page));
            let link = page["links"]["next"].as_str();
            next = link.map(|link| link.strip_prefix("https://keys.example").unwrap().to_owned());
        }
        let all = ids(&desk.found(&first.replace("limit=5&", "").replace("limit=1&", "")));
        assert_eq!(seen, all, "{first}");
    }
    let mut sorted = ids(&desk.found("/v1/bundleIds?sort=id"));
    assert!(sorted.is_sorted() && sorted.len() == 3);
    sorted.reverse();
    assert_eq!(ids(&desk.found("/v1/bundleIds?sort=-id")), sorted);
}

#[test]
fn offers_are_found_by_the_territories_that_have_a_price_in_them() {
    let desk = Desk::new();
    let group = ids(&desk.found(&format!("/v1/apps/{COFFEE}/subscriptionGroups")))[0].clone();
    let subscription = ids(&desk.found(&format!("/v1/subscriptionGroups/{group}/subscriptions")))[0].clone();
    let body = json!({
        "data": {
            "type": "subscriptionOfferCodes",
            "attributes": {
                "name": "Spring", "customerEligibilities": ["NEW"], "offerEligibility": "STACK_WITH_INTRO_OFFERS",
                "duration": "ONE_MONTH", "offerMode": "FREE_TRIAL", "numberOfPeriods": 1,
            },
            "relationships": {
                "subscription": to("subscriptions", &subscription),
                "prices": { "data": [{ "type": "subscriptionOfferCodePrices", "id": "p" }] },
            },
        },
        "included": [{ "type": "subscriptionOfferCodePrices", "id": "p", "relationships": { "territory": to("territories", "USA") } }],
    });
    assert_eq!(desk.ask(http::Method::POST, "/v1/subscriptionOfferCodes", body.to_string()).status, 201);
    let offers = format!("/v1/subscriptions/{subscription}/offerCodes?filter[territory]=");
    assert_eq!(
        (total(&desk, &format!("{offers}USA,DEU")), total(&desk, &format!("{offers}DEU"))),
        (json!(1), json!(0))
    );
}

#[test]
fn what_is_heard_of_an_app_can_be_looked_at() {
    let desk = Desk::new();
    for (below, attribute, value) in [
        ("appTags?sort=name", "visibleInAppStore", json!(true)),
        ("customerReviewSummarizations?filter[platform]=IOS", "locale", json!("en-US")),
        ("betaFeedbackScreenshotSubmissions?filter[osVersion]=26.0", "appPlatform", json!("IOS")),
        (
            "betaFeedbackCrashSubmissions?sort=-createdDate&include=build,tester",
            "architecture",
            json!("arm64e"),
        ),
    ] {
        let list = desk.found(&format!("/v1/apps/{COFFEE}/{below}"));
        assert_eq!(list["data"][0]["attributes"][attribute], value, "{below}: {list}");
    }
    let crash = ids(&desk.found(&format!("/v1/apps/{COFFEE}/betaFeedbackCrashSubmissions")))[0].clone();
    let log = desk.found(&format!("/v1/betaFeedbackCrashSubmissions/{crash}/crashLog"));
    assert!(log["data"]["attributes"]["logText"].as_str().unwrap().contains("com.example.coffee"));
    let tag = ids(&desk.found(&format!("/v1/apps/{COFFEE}/appTags")))[0].clone();
    let hide = json!({ "type": "appTags", "id": tag, "attributes": { "visibleInAppStore": false } });
    assert_eq!(desk.patch(&format!("/v1/appTags/{tag}"), hide).status, 200);
    let hidden = format!("/v1/apps/{COFFEE}/appTags?filter[visibleInAppStore]=false");
    assert_eq!(ids(&desk.found(&hidden)), [tag]);
}

#[test]
fn what_is_sold_is_also_shown_as_it_once_was() {
    let desk = Desk::new();
    let old = desk.found(&format!("/v1/apps/{COFFEE}/inAppPurchases"));
    assert_eq!(old["meta"]["paging"]["total"], 4);
    let coins = first_with(&old, "referenceName", "Ten coins");
    let id = coins["id"].as_str().unwrap();
    assert_eq!(desk.found(&format!("/v1/inAppPurchases/{id}"))["data"]["attributes"], coins["attributes"]);
    let some = format!(
        "/v1/apps/{COFFEE}/inAppPurchases?filter[inAppPurchaseType]=AUTOMATICALLY_RENEWABLE_SUBSCRIPTION"
    );
    assert_eq!(total(&desk, &some), 2);
    desk.get("/v1/inAppPurchases/7").assert_fault(404, "NOT_FOUND", "");
    desk.seeing(TRAINS).get(&format!("/v1/inAppPurchases/{id}")).assert_fault(404, "NOT_FOUND", "");
}

#[test]
fn an_app_has_a_rating_in_each_territory() {
    let desk = Desk::new();
    let info = ids(&desk.found(&format!("/v1/apps/{COFFEE}/appInfos")))[0].clone();
    let ratings = desk.found(&format!("/v1/appInfos/{info}/territoryAgeRatings?include=territory&limit=3"));
    assert_eq!((&ratings["meta"]["paging"]["total"], ids(&ratings).len()), (&json!(175), 3));
    assert_eq!(ratings["data"][0]["attributes"]["appStoreAgeRating"], "FOUR_PLUS");
    assert_eq!(ratings["included"].as_array().unwrap().len(), 3);
}

#[test]
fn versions_are_in_order_by_their_numbers() {
    let desk = Desk::new();
    let app = json!({ "type": "apps", "id": "1", "attributes": { "name": "One", "bundleId": "a.b", "sku": "1", "primaryLocale": "en-US" } });
    let build = |version: &str| {
        json!({
            "type": "builds", "id": version, "attributes": { "version": version },
            "relationships": { "app": [{ "type": "apps", "id": "1" }] },
        })
    };
    let resources = [app, build("10"), build("9"), build("9.10"), build("9.9")];
    desk.sandbox().import(desk.team(), &json!({ "resources": resources }).to_string()).unwrap();
    assert_eq!(ids(&desk.found("/v1/builds?sort=-version&limit=1")), ["10"]);
    assert_eq!(ids(&desk.found("/v1/builds?filter[app]=1&sort=version")), ["9", "9.9", "9.10", "10"]);
    assert_eq!(ids(&desk.found("/v1/builds?filter[version]=9")), ["9"]);
}
