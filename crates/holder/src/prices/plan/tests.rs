use super::super::current::{Origin, Price};
use super::*;
use serde_json::json;

fn price(territory: &str, amount: &str, start: Option<&str>, end: Option<&str>) -> Price {
    Price {
        id: format!("{territory}/{}", start.unwrap_or("now")),
        territory: territory.into(),
        currency: "EUR".into(),
        point: format!("{territory}-{amount}"),
        amount: Amount::read(amount).unwrap(),
        start: start.and_then(Day::read),
        end: end.and_then(Day::read),
        origin: Origin::Manual,
    }
}

fn automatic(territory: &str, amount: &str) -> Price {
    Price { origin: Origin::Automatic, ..price(territory, amount, None, None) }
}

fn current(kind: ProductKind, prices: Vec<Price>) -> Current {
    let base = (kind != ProductKind::Subscription && !prices.is_empty()).then(|| "USA".to_owned());
    Current { product: Product { kind, id: "1".into(), name: "One".into() }, base, prices }
}

fn wish(start: Option<&str>, others: Others) -> Wish {
    let start = start.and_then(Day::read);
    Wish {
        id: "1".into(),
        base: None,
        price: None,
        start,
        others,
        preserve: false,
        territories: BTreeMap::new(),
    }
}

fn targets(wanted: &[(&str, &str)]) -> Targets {
    let point = |territory: &str, amount: &str| Point {
        id: format!("{territory}-{amount}"),
        amount: Amount::read(amount).unwrap(),
        currency: "EUR".into(),
    };
    wanted.iter().map(|(territory, amount)| ((*territory).to_owned(), point(territory, amount))).collect()
}

fn today() -> Day {
    Day::read("2026-11-21").unwrap()
}

/// The prices of a schedule that is sent: `POINT START END`.
fn sent(plan: &Plan) -> Vec<String> {
    let Some(body) = plan.steps.first().and_then(|step| step.body.as_ref()) else { return Vec::new() };
    let day = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let one = |price: &Value| {
        let point = price["relationships"]["appPricePoint"]["data"]["id"].as_str().unwrap();
        format!("{point} {} {}", day(&price["attributes"]["startDate"]), day(&price["attributes"]["endDate"]))
    };
    body["included"].as_array().unwrap().iter().map(one).collect()
}

fn app(prices: Vec<Price>, wish: &Wish, wanted: &[(&str, &str)]) -> Result<Plan, Fault> {
    let current = current(ProductKind::App, prices);
    let base = current.base.clone();
    schedule::plan(wish, &current, base.as_deref(), &targets(wanted), &today())
}

const THEN: Option<&str> = Some("2027-01-01");

#[test]
fn a_schedule_is_replaced_with_what_stays_and_what_is_new() {
    let prices = || {
        vec![
            price("USA", "5", Some("2026-01-01"), None),
            price("DEU", "6", None, Some("2027-03-01")),
            price("DEU", "7", Some("2027-03-01"), None),
            price("FRA", "6", Some("2026-01-01"), Some("2026-06-01")),
            automatic("JPN", "700"),
        ]
    };
    let keep = |start| wish(start, Others::Keep);
    for (wish, wanted, expected) in [
        (
            keep(None),
            &[("JPN", "800")][..],
            &["DEU-6 - 2027-03-01", "DEU-7 2027-03-01 -", "JPN-800 - -", "USA-5 - -"][..],
        ),
        (keep(None), &[("DEU", "8")], &["DEU-8 - -", "USA-5 - -"]),
        (keep(THEN), &[("DEU", "8")], &["DEU-6 - 2027-01-01", "DEU-8 2027-01-01 -", "USA-5 - -"]),
        (keep(THEN), &[("DEU", "6")], &["DEU-6 - -", "USA-5 - -"]),
        (
            keep(THEN),
            &[("JPN", "800")],
            &[
                "DEU-6 - 2027-03-01",
                "DEU-7 2027-03-01 -",
                "JPN-700 - 2027-01-01",
                "JPN-800 2027-01-01 -",
                "USA-5 - -",
            ],
        ),
        (
            keep(THEN),
            &[("USA", "9")],
            &["DEU-6 - 2027-03-01", "DEU-7 2027-03-01 -", "USA-5 - 2027-01-01", "USA-9 2027-01-01 -"],
        ),
        (wish(None, Others::Follow), &[("JPN", "800")], &["JPN-800 - -", "USA-5 - -"]),
        (keep(None), &[("USA", "5")], &[]),
    ] {
        let plan = app(prices(), &wish, wanted).unwrap();
        assert_eq!(sent(&plan), expected, "{wanted:?}");
        assert_eq!(plan.changes.is_empty(), expected.is_empty(), "{wanted:?}");
    }
}

#[test]
fn what_is_given_up_is_said() {
    let prices =
        vec![price("USA", "5", None, None), price("DEU", "6", None, THEN), price("DEU", "7", THEN, None)];
    let plan = app(prices, &wish(None, Others::Follow), &[]).unwrap();
    assert_eq!(plan.notes, ["7 EUR in DEU from 2027-01-01 on is given up"]);
    let change = Change {
        territory: "DEU".into(),
        currency: "EUR".into(),
        from: Amount::read("6"),
        to: None,
        start: None,
    };
    assert_eq!(plan.changes, [change]);
}

#[test]
fn a_base_without_a_price_is_refused_and_another_one_keeps_its_own() {
    let fault = app(Vec::new(), &wish(None, Others::Keep), &[("USA", "5")]).unwrap_err();
    assert_eq!(fault.message(), "it has no base territory");
    let current = current(ProductKind::App, vec![price("USA", "5", None, None), automatic("DEU", "6")]);
    let plan =
        |base| schedule::plan(&wish(None, Others::Keep), &current, Some(base), &targets(&[]), &today());
    let plan_to_germany = plan("DEU").unwrap();
    assert_eq!(sent(&plan_to_germany), ["DEU-6 - -", "USA-5 - -"]);
    assert_eq!(plan_to_germany.notes, ["prices that nobody sets follow DEU from now on"]);
    assert_eq!(plan("FRA").unwrap_err().message(), "there is no price in FRA yet");
}

#[test]
fn a_schedule_names_its_product_base_and_prices() {
    let current = current(ProductKind::InAppPurchase, vec![price("USA", "5", None, None)]);
    let plan =
        schedule::plan(&wish(None, Others::Keep), &current, Some("USA"), &targets(&[("USA", "9")]), &today());
    let step = plan.unwrap().steps.remove(0);
    let to = |kind: &str, id: &str| json!({ "data": { "type": kind, "id": id } });
    assert_eq!((step.method, step.path.as_str()), ("POST", "/v1/inAppPurchasePriceSchedules"));
    assert_eq!(
        step.body.unwrap(),
        json!({
            "data": {
                "type": "inAppPurchasePriceSchedules",
                "relationships": {
                    "inAppPurchase": to("inAppPurchases", "1"), "baseTerritory": to("territories", "USA"),
                    "manualPrices": { "data": [{ "type": "inAppPurchasePrices", "id": "${price0}" }] },
                },
            },
            "included": [{
                "type": "inAppPurchasePrices", "id": "${price0}", "attributes": { "startDate": null, "endDate": null },
                "relationships": {
                    "inAppPurchasePricePoint": to("inAppPurchasePricePoints", "USA-9"),
                    "inAppPurchaseV2": to("inAppPurchases", "1"),
                },
            }],
        })
    );
}

#[test]
fn a_subscription_is_changed_by_as_few_calls_as_will_do() {
    let now = || price("USA", "5", None, None);
    let later = |amount: &str, start: &str| price("USA", amount, Some(start), None);
    for (prices, start, amount, expected) in [
        (vec![now()], None, "5", &[][..]),
        (vec![now()], None, "6", &["POST USA-6"]),
        (vec![], None, "6", &["POST USA-6"]),
        (vec![now()], THEN, "6", &["POST USA-6 2027-01-01"]),
        (vec![now()], THEN, "5", &[]),
        (vec![now(), later("6", "2027-01-01")], THEN, "6", &[]),
        (
            vec![now(), later("6", "2027-01-01")],
            THEN,
            "7",
            &["DELETE USA/2027-01-01", "POST USA-7 2027-01-01"],
        ),
        (vec![now(), later("6", "2027-01-01")], None, "5", &["DELETE USA/2027-01-01"]),
        (vec![now(), later("6", "2026-12-01")], THEN, "6", &[]),
        (vec![now(), later("6", "2026-12-01")], THEN, "5", &["POST USA-5 2027-01-01"]),
        (
            vec![now(), later("6", "2027-02-01")],
            THEN,
            "6",
            &["DELETE USA/2027-02-01", "POST USA-6 2027-01-01"],
        ),
    ] {
        let current = current(ProductKind::Subscription, prices);
        let wish = wish(start, Others::Keep);
        let plan = subscription::plan(&wish, &current, &targets(&[("USA", amount)]), &today()).unwrap();
        assert_eq!(calls(&plan), expected, "{current:?} {start:?} {amount}");
    }
}

/// The calls of a subscription's plan: what is set from when, and what is taken back.
fn calls(plan: &Plan) -> Vec<String> {
    let one = |step: &Step| match &step.body {
        None => format!("{} {}", step.method, step.path.replace("/v1/subscriptionPrices/", "")),
        Some(body) => {
            let point =
                body["data"]["relationships"]["subscriptionPricePoint"]["data"]["id"].as_str().unwrap();
            let start = body["data"]["attributes"]["startDate"].as_str().unwrap_or_default();
            format!("{} {point} {start}", step.method).trim_end().to_owned()
        }
    };
    plan.steps.iter().map(one).collect()
}

#[test]
fn a_first_price_can_not_begin_later() {
    let current = current(ProductKind::Subscription, Vec::new());
    let fault = subscription::plan(&wish(THEN, Others::Keep), &current, &targets(&[("USA", "5")]), &today());
    assert_eq!(fault.unwrap_err().message(), "there is no price in USA yet, and the first holds at once");
}

#[test]
fn wishes_that_can_not_be_are_refused_before_anything_is_asked() {
    let of = |kind| Product { kind, id: "1".into(), name: "One".into() };
    let past = wish(Some("2026-11-21"), Others::Keep);
    let preserved = Wish { preserve: true, ..wish(None, Others::Keep) };
    let follow = wish(THEN, Others::Follow);
    let text = "[[product]]\nid = \"1\"\nbase = \"USA\"\nprice = 1\n[product.territories]\nUSA = 2";
    let twice = super::super::wish::Wishes::read(text).unwrap().products.remove(0);
    for (wish, kind, message) in [
        (&past, ProductKind::App, Some("its start is not in the future")),
        (&preserved, ProductKind::App, Some("it has no subscribers whose price could be preserved")),
        (&preserved, ProductKind::Subscription, None),
        (&follow, ProductKind::InAppPurchase, Some("others can begin to follow the base at once only")),
        (&follow, ProductKind::Subscription, None),
        (&twice, ProductKind::App, Some("the price of the base territory is there twice")),
    ] {
        let found = check(wish, &of(kind), &today()).map_err(|fault| fault.message().to_owned());
        assert_eq!(found.err().as_deref(), message);
    }
}
