use crate::desk::{Answer, COFFEE, Desk, TRAINS, ids, to};
use http::Method;
use serde_json::{Value, json};

/// The id of the app's price point with this price.
fn point(desk: &Desk, app: &str, territory: &str, price: &str) -> String {
    let points =
        desk.found(&format!("/v1/apps/{app}/appPricePoints?filter[territory]={territory}&limit=8000"));
    let all = points["data"].as_array().unwrap();
    let found = all.iter().find(|it| it["attributes"]["customerPrice"] == price);
    found.unwrap_or_else(|| panic!("{price} in {territory}"))["id"].as_str().unwrap().to_owned()
}

/// A price that is sent: its name, its point, from when, until when.
type Sent<'s> = (&'s str, &'s str, Option<&'s str>, Option<&'s str>);

fn schedule(desk: &Desk, app: &str, base: &str, prices: &[Sent<'_>]) -> Answer {
    let named: Vec<Value> =
        prices.iter().map(|(name, ..)| json!({ "type": "appPrices", "id": name })).collect();
    let sent = prices.iter().map(|(name, point, start, end)| {
        json!({
            "type": "appPrices", "id": name, "attributes": { "startDate": start, "endDate": end },
            "relationships": { "appPricePoint": to("appPricePoints", point) },
        })
    });
    let body = json!({
        "data": {
            "type": "appPriceSchedules",
            "relationships": {
                "app": to("apps", app), "baseTerritory": to("territories", base), "manualPrices": { "data": named },
            },
        },
        "included": sent.collect::<Vec<Value>>(),
    });
    desk.ask(Method::POST, "/v1/appPriceSchedules", body.to_string())
}

#[test]
fn there_are_175_territories_with_their_currencies() {
    let desk = Desk::new();
    let all = desk.found("/v1/territories?limit=200");
    assert_eq!(all["meta"]["paging"]["total"], 175);
    assert_eq!(desk.found("/v1/territories?limit=1")["data"][0]["id"], "AFG");
}

#[test]
fn a_price_point_tells_its_price_territory_and_equals() {
    let desk = Desk::new();
    let id = point(&desk, COFFEE, "USA", "4.99");
    let found = desk.found(&format!("/v3/appPricePoints/{id}?include=territory,app"));
    assert_eq!(found["data"]["attributes"], json!({ "customerPrice": "4.99", "proceeds": "3.49" }));
    assert_eq!(found["data"]["relationships"]["territory"]["data"]["id"], "USA");
    assert_eq!(found["data"]["relationships"]["app"]["data"]["id"], COFFEE);
    let equal = desk.found(&format!("/v3/appPricePoints/{id}/equalizations?limit=200&include=territory"));
    assert_eq!(equal["meta"]["paging"]["total"], 174);
    let one = desk.found(&format!("/v3/appPricePoints/{id}/equalizations?filter[territory]=GBR"));
    assert_eq!(one["data"][0]["attributes"]["customerPrice"], "4.69");
    desk.get("/v3/appPricePoints/nonsense").assert_fault(404, "NOT_FOUND", "");
}

#[test]
fn a_schedule_sets_prices_by_hand_and_the_rest_follows_the_base() {
    let desk = Desk::new();
    let (base, german) = (point(&desk, COFFEE, "USA", "4.99"), point(&desk, COFFEE, "DEU", "9.99"));
    let made = schedule(&desk, COFFEE, "USA", &[("${a}", &base, None, None), ("${b}", &german, None, None)]);
    assert_eq!((made.status, made.id().as_str()), (201, COFFEE), "{made:?}");
    let path = format!("/v1/appPriceSchedules/{COFFEE}");
    let manual = desk.found(&format!("{path}/manualPrices?include=appPricePoint,territory"));
    assert_eq!(manual["meta"]["paging"]["total"], 2);
    assert_eq!(manual["included"].as_array().unwrap().len(), 4);
    let automatic = desk.found(&format!("{path}/automaticPrices?limit=200&include=appPricePoint,territory"));
    assert_eq!(automatic["meta"]["paging"]["total"], 173);
    let british = desk.found(&format!("{path}/automaticPrices?filter[territory]=GBR&include=appPricePoint"));
    assert_eq!(british["data"][0]["attributes"]["manual"], false);
    assert_eq!(british["included"][0]["attributes"]["customerPrice"], "4.69");
    assert_eq!(desk.found(&format!("{path}/baseTerritory"))["data"]["id"], "USA");
}

#[test]
fn a_price_can_change_on_a_day_to_come() {
    let desk = Desk::new();
    let (now, then) = (point(&desk, COFFEE, "USA", "4.99"), point(&desk, COFFEE, "USA", "5.99"));
    let day = Some("2027-01-01");
    let made = schedule(&desk, COFFEE, "USA", &[("${a}", &now, None, day), ("${b}", &then, day, None)]);
    assert_eq!(made.status, 201, "{made:?}");
    let prices = desk.found(&format!("/v1/appPriceSchedules/{COFFEE}/automaticPrices?filter[territory]=DEU"));
    let starts: Vec<&Value> =
        prices["data"].as_array().unwrap().iter().map(|it| &it["attributes"]["startDate"]).collect();
    assert_eq!(starts, [&Value::Null, &json!("2027-01-01")]);
}

#[test]
fn a_schedule_that_can_not_be_leaves_the_old_one_as_it_was() {
    let desk = Desk::new();
    let before = desk.found(&format!("/v1/appPriceSchedules/{COFFEE}/manualPrices"));
    let (price, other) = (point(&desk, COFFEE, "USA", "4.99"), point(&desk, TRAINS, "USA", "4.99"));
    let german = point(&desk, COFFEE, "DEU", "9.99");
    let at = "/data/relationships/manualPrices";
    let invalid = "ENTITY_ERROR.RELATIONSHIP.INVALID";
    schedule(&desk, COFFEE, "USA", &[]).assert_fault(409, "ENTITY_ERROR.RELATIONSHIP.REQUIRED", at);
    for prices in [
        vec![("${a}", german.as_str(), None, None)],
        vec![("${a}", &price, Some("2027-01-01"), None)],
        vec![("${a}", &price, None, None), ("${b}", &price, Some("2027-01-01"), None)],
        vec![("${a}", &price, None, None), ("${b}", &other, None, None)],
    ] {
        schedule(&desk, COFFEE, "USA", &prices).assert_fault(409, invalid, at);
    }
    let past =
        [("${a}", price.as_str(), None, Some("2026-01-01")), ("${b}", &price, Some("2026-01-01"), None)];
    schedule(&desk, COFFEE, "USA", &past).assert_fault(
        409,
        "ENTITY_ERROR.ATTRIBUTE.INVALID",
        "/included/1/attributes/startDate",
    );
    assert_eq!(ids(&desk.found(&format!("/v1/appPriceSchedules/{COFFEE}/manualPrices"))), ids(&before));
}

#[test]
fn a_subscription_has_a_price_in_each_territory_and_one_to_come() {
    let desk = Desk::new();
    let id = "6510000101";
    let points = desk.found(&format!("/v1/subscriptions/{id}/pricePoints?filter[territory]=USA&limit=8000"));
    let wanted =
        points["data"].as_array().unwrap().iter().find(|it| it["attributes"]["customerPrice"] == "5.99");
    let wanted = wanted.unwrap()["id"].as_str().unwrap().to_owned();
    let price = |attributes: Value| {
        json!({
            "type": "subscriptionPrices", "attributes": attributes,
            "relationships": {
                "subscription": to("subscriptions", id),
                "subscriptionPricePoint": to("subscriptionPricePoints", &wanted),
            },
        })
    };
    let american = || {
        desk.found(&format!(
            "/v1/subscriptions/{id}/prices?filter[territory]=USA&include=subscriptionPricePoint"
        ))
    };
    let later = desk.make("/v1/subscriptionPrices", price(json!({ "startDate": "2027-01-01" })));
    assert_eq!(american()["meta"]["paging"]["total"], 2);
    desk.post("/v1/subscriptionPrices", price(json!({ "startDate": "2027-01-01" }))).assert_fault(
        409,
        "STATE_ERROR.ENTITY_STATE_INVALID",
        "",
    );
    desk.post("/v1/subscriptionPrices", price(json!({ "startDate": "2026-11-21" }))).assert_fault(
        409,
        "ENTITY_ERROR.ATTRIBUTE.INVALID",
        "/data/attributes/startDate",
    );
    assert_eq!(desk.delete(&format!("/v1/subscriptionPrices/{later}")).status, 204);
    desk.make("/v1/subscriptionPrices", price(json!({ "preserveCurrentPrice": true })));
    let all = american();
    let preserved: Vec<&Value> =
        all["data"].as_array().unwrap().iter().map(|it| &it["attributes"]["preserved"]).collect();
    assert_eq!(preserved, [&json!(true), &json!(false)]);
    let current = ids(&all)[1].clone();
    desk.delete(&format!("/v1/subscriptionPrices/{current}")).assert_fault(
        409,
        "STATE_ERROR.ENTITY_STATE_INVALID",
        "",
    );
}
