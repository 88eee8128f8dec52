//! Offers, submissions of purchases, declarations and the like: what the tables say, and the little they can't.

use crate::desk::{COFFEE, Desk, first_with, ids, to};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A subscription of the demonstration, and one of its price points.
fn subscription(desk: &Desk) -> (String, String) {
    let groups = desk.found(&format!("/v1/apps/{COFFEE}/subscriptionGroups"));
    let all = desk.found(&format!("/v1/subscriptionGroups/{}/subscriptions", ids(&groups)[0]));
    let id = ids(&all)[0].clone();
    let points = desk.found(&format!("/v1/subscriptions/{id}/pricePoints?limit=1"));
    (id, ids(&points)[0].clone())
}

/// An offer code with a price that is made along with it.
fn offer_code(desk: &Desk) -> String {
    let (subscription, point) = subscription(desk);
    let body = json!({
        "data": {
            "type": "subscriptionOfferCodes",
            "attributes": {
                "name": "Spring", "customerEligibilities": ["NEW"], "offerEligibility": "REPLACE_INTRO_OFFERS",
                "duration": "ONE_MONTH", "offerMode": "FREE_TRIAL", "numberOfPeriods": 1,
            },
            "relationships": {
                "subscription": to("subscriptions", &subscription),
                "prices": { "data": [{ "type": "subscriptionOfferCodePrices", "id": "${price}" }] },
            },
        },
        "included": [{
            "type": "subscriptionOfferCodePrices", "id": "${price}",
            "relationships": {
                "territory": to("territories", "USA"),
                "subscriptionPricePoint": to("subscriptionPricePoints", &point),
            },
        }],
    });
    let made = desk.ask(Method::POST, "/v1/subscriptionOfferCodes", body.to_string());
    assert_eq!(made.status, 201, "{made:?}");
    made.id()
}

#[test]
fn an_offer_has_its_prices_and_counts_its_codes() {
    let desk = Desk::new();
    let offer = offer_code(&desk);
    let prices = desk.found(&format!("/v1/subscriptionOfferCodes/{offer}/prices?include=territory"));
    assert_eq!(prices["included"][0]["id"], "USA");
    let codes = |kind: &str, attributes: Value| {
        let relationships = json!({ "offerCode": to("subscriptionOfferCodes", &offer) });
        desk.make(
            &format!("/v1/{kind}"),
            json!({ "type": kind, "attributes": attributes, "relationships": relationships }),
        );
    };
    codes("subscriptionOfferCodeCustomCodes", json!({ "customCode": "SPRING", "numberOfCodes": 100 }));
    codes(
        "subscriptionOfferCodeOneTimeUseCodes",
        json!({ "numberOfCodes": 7, "expirationDate": "2027-01-01", "environment": "SANDBOX" }),
    );
    let found = desk.found(&format!("/v1/subscriptionOfferCodes/{offer}"));
    let attributes = &found["data"]["attributes"];
    assert_eq!(
        (
            &attributes["totalNumberOfCodes"],
            &attributes["productionCodeCount"],
            &attributes["sandboxCodeCount"]
        ),
        (&json!(107), &json!(100), &json!(7))
    );
    let (subscription, _) = subscription(&desk);
    assert_eq!(ids(&desk.found(&format!("/v1/subscriptions/{subscription}/offerCodes"))), [offer]);
}

#[test]
fn what_is_submitted_waits_for_its_review_and_what_was_approved_is_not_submitted_again() {
    let desk = Desk::new();
    let made = desk.make(
        "/v2/inAppPurchases",
        json!({
            "type": "inAppPurchases",
            "attributes": { "name": "Hat", "productId": "com.example.hat", "inAppPurchaseType": "CONSUMABLE" },
            "relationships": { "app": to("apps", COFFEE) },
        }),
    );
    let submit = |kind: &str, by: &str, end: Value| {
        desk.post(&format!("/v1/{kind}"), json!({ "type": kind, "relationships": { by: end } }))
    };
    let hat = to("inAppPurchases", &made);
    assert_eq!(submit("inAppPurchaseSubmissions", "inAppPurchaseV2", hat.clone()).status, 201);
    let state = desk.found(&format!("/v2/inAppPurchases/{made}"))["data"]["attributes"]["state"].clone();
    assert_eq!(state, "WAITING_FOR_REVIEW");
    submit("inAppPurchaseSubmissions", "inAppPurchaseV2", hat).assert_fault(
        409,
        "STATE_ERROR.INVALID_STATE",
        "",
    );
    let (subscription, _) = subscription(&desk);
    let approved = submit("subscriptionSubmissions", "subscription", to("subscriptions", &subscription));
    approved.assert_fault(409, "STATE_ERROR.INVALID_STATE", "");
}

#[test]
fn a_declaration_that_is_published_takes_the_place_of_the_one_before() {
    let desk = Desk::new();
    let declare = || {
        let id = desk.make(
            "/v1/accessibilityDeclarations",
            json!({
                "type": "accessibilityDeclarations",
                "attributes": { "deviceFamily": "IPHONE", "supportsVoiceover": true },
                "relationships": { "app": to("apps", COFFEE) },
            }),
        );
        let publish =
            json!({ "type": "accessibilityDeclarations", "id": id, "attributes": { "publish": true } });
        let published = desk.patch(&format!("/v1/accessibilityDeclarations/{id}"), publish);
        assert_eq!(published.body["data"]["attributes"]["state"], "PUBLISHED", "{published:?}");
        id
    };
    let (first, second) = (declare(), declare());
    let listed =
        desk.found(&format!("/v1/apps/{COFFEE}/accessibilityDeclarations?filter[deviceFamily]=IPHONE"));
    assert_eq!(first_with(&listed, "state", "REPLACED")["id"], json!(first));
    assert_eq!(first_with(&listed, "state", "PUBLISHED")["id"], json!(second));
}

#[test]
fn a_nomination_is_a_draft_until_it_is_submitted() {
    let desk = Desk::new();
    let nomination = json!({
        "type": "nominations",
        "attributes": {
            "name": "Spring", "type": "NEW_CONTENT", "description": "Blossoms", "submitted": false,
            "publishStartDate": "2027-03-01T00:00:00Z",
        },
        "relationships": { "relatedApps": { "data": [{ "type": "apps", "id": COFFEE }] } },
    });
    let made = desk.post("/v1/nominations", nomination);
    assert_eq!(made.body["data"]["attributes"]["state"], "DRAFT", "{made:?}");
    let submit = json!({ "type": "nominations", "id": made.id(), "attributes": { "submitted": true } });
    let submitted = desk.patch(&format!("/v1/nominations/{}", made.id()), submit);
    let attributes = &submitted.body["data"]["attributes"];
    assert_eq!((&attributes["state"], attributes["submittedDate"].is_string()), (&json!("SUBMITTED"), true));
    assert_eq!(ids(&desk.found("/v1/nominations?filter[state]=DRAFT")), Vec::<String>::new());
}

#[test]
fn game_center_hangs_together_from_the_app_down() {
    let desk = Desk::new();
    let app = to("apps", COFFEE);
    let detail = desk.make(
        "/v1/gameCenterDetails",
        json!({ "type": "gameCenterDetails", "relationships": { "app": app } }),
    );
    let achievement = desk.make(
        "/v1/gameCenterAchievements",
        json!({
            "type": "gameCenterAchievements",
            "attributes": {
                "referenceName": "First cup", "vendorIdentifier": "cup.1", "points": 10,
                "showBeforeEarned": true, "repeatable": false,
            },
            "relationships": { "gameCenterDetail": to("gameCenterDetails", &detail) },
        }),
    );
    let words = json!({
        "type": "gameCenterAchievementLocalizations",
        "attributes": {
            "locale": "en-US", "name": "First cup", "beforeEarnedDescription": "Drink", "afterEarnedDescription": "Drunk",
        },
        "relationships": { "gameCenterAchievement": to("gameCenterAchievements", &achievement) },
    });
    let words = desk.make("/v1/gameCenterAchievementLocalizations", words);
    let of_app = desk.found(&format!("/v1/apps/{COFFEE}/gameCenterDetail"));
    assert_eq!(of_app["data"]["id"], json!(detail));
    let below = desk.found(&format!("/v1/gameCenterDetails/{detail}/gameCenterAchievements"));
    assert_eq!(ids(&below), std::slice::from_ref(&achievement));
    assert_eq!(desk.delete(&format!("/v1/gameCenterAchievements/{achievement}")).status, 204);
    desk.get(&format!("/v1/gameCenterAchievementLocalizations/{words}")).assert_fault(404, "NOT_FOUND", "");
}

#[test]
fn pre_orders_end_where_it_is_said() {
    let desk = Desk::new();
    let body = json!({
        "data": {
            "type": "appAvailabilities",
            "attributes": { "availableInNewTerritories": true },
            "relationships": {
                "app": to("apps", COFFEE),
                "territoryAvailabilities": { "data": [{ "type": "territoryAvailabilities", "id": "${usa}" }] },
            },
        },
        "included": [{
            "type": "territoryAvailabilities", "id": "${usa}",
            "attributes": { "available": false, "preOrderEnabled": true, "releaseDate": "2027-01-01" },
            "relationships": { "territory": to("territories", "USA") },
        }],
    });
    assert_eq!(desk.ask(Method::POST, "/v2/appAvailabilities", body.to_string()).status, 201);
    let path = format!("/v2/appAvailabilities/{COFFEE}/territoryAvailabilities");
    let all = json!({ "data": [{ "type": "territoryAvailabilities", "id": ids(&desk.found(&path))[0] }] });
    desk.make(
        "/v1/endAppAvailabilityPreOrders",
        json!({ "type": "endAppAvailabilityPreOrders", "relationships": { "territoryAvailabilities": all } }),
    );
    let attributes = desk.found(&path)["data"][0]["attributes"].clone();
    assert_eq!((&attributes["preOrderEnabled"], &attributes["available"]), (&json!(false), &json!(true)));
}

#[test]
fn the_values_of_codes_are_a_list_that_stays_the_same() {
    let desk = Desk::new();
    let kind = "subscriptionOfferCodeOneTimeUseCodes";
    let offer = offer_code(&desk);
    let batch = |count: i64| {
        json!({
            "type": kind,
            "attributes": { "numberOfCodes": count, "expirationDate": "2027-01-01" },
            "relationships": { "offerCode": to("subscriptionOfferCodes", &offer) },
        })
    };
    for count in [0, -1, 25_001] {
        let refused = desk.post(&format!("/v1/{kind}"), batch(count));
        refused.assert_fault(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "/data/attributes/numberOfCodes");
    }
    let made = desk.make(&format!("/v1/{kind}"), batch(50));
    let path = format!("/v1/{kind}/{made}/values");
    let text = desk.text(&path, "text/csv");
    let codes: BTreeSet<&str> = text.lines().collect();
    assert_eq!(codes.len(), 50, "no two are the same");
    assert!(
        codes.iter().all(|code| code.len() == 18 && code.bytes().all(|it| it.is_ascii_alphanumeric())),
        "{text}"
    );
    assert_eq!(desk.text(&path, "text/csv"), text);
    desk.get(&format!("/v1/{kind}/7/values")).assert_fault(404, "NOT_FOUND", "");
}
