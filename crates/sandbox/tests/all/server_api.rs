use crate::desk::TRAINS;
use crate::shop::{DAY, LONG, NOW, STEADY, Shop, TRAINS_BUNDLE, read, root};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn a_transaction_is_signed_by_a_chain_whose_root_anybody_may_fetch() {
    let shop = Shop::new();
    let (original, last) = shop.purchase(STEADY, 0);
    let body = shop.found(&format!("/inApps/v1/transactions/{last}"));
    let claims = read(&shop, &body["signedTransactionInfo"]);
    for (name, value) in [
        ("transactionId", json!(last)),
        ("originalTransactionId", json!(original)),
        ("bundleId", json!(TRAINS_BUNDLE)),
        ("productId", json!("com.example.trains.plus.monthly")),
        ("type", json!("Auto-Renewable Subscription")),
        ("inAppOwnershipType", json!("PURCHASED")),
        ("transactionReason", json!("RENEWAL")),
        ("environment", json!("Sandbox")),
        ("storefront", json!("USA")),
        ("storefrontId", json!("143441")),
        ("currency", json!("USD")),
        ("price", json!(4990)),
        ("quantity", json!(1)),
        ("signedDate", json!(NOW)),
        ("originalPurchaseDate", json!(NOW - 100 * DAY)),
    ] {
        assert_eq!(claims[name], value, "{name}: {claims}");
    }
    assert!(claims["purchaseDate"].as_i64() < Some(NOW) && claims["expiresDate"].as_i64() > Some(NOW));
    assert_eq!(root(&shop), root(&shop.of(None)), "one root for all");
}

#[test]
fn as_time_goes_by_a_subscription_renews_and_is_found_by_its_new_id() {
    let shop = Shop::new();
    let (original, last) = shop.purchase(STEADY, 0);
    shop.desk.wait(Duration::from_secs(40 * 24 * 3600));
    let (same, newer) = shop.purchase(STEADY, 0);
    assert_eq!(original, same);
    assert!(newer > last, "{newer} {last}");
    shop.found(&format!("/inApps/v1/transactions/{newer}"));
}

#[test]
fn what_can_not_be_looked_up_is_refused_by_its_number() {
    let shop = Shop::new();
    let (original, last) = shop.purchase(STEADY, 0);
    let of_app = shop.customer(STEADY)["appTransactionId"].as_str().unwrap().to_owned();
    let beyond = format!("{}999", &original[..13]);
    for (target, code) in [
        ("/inApps/v1/transactions/x".to_owned(), 4_000_006),
        ("/inApps/v1/transactions/1000000".to_owned(), 4_040_010),
        (format!("/inApps/v1/transactions/{beyond}"), 4_040_010),
        (format!("/inApps/v1/transactions/{of_app}"), 4_000_048),
        ("/inApps/v1/transactions/appTransactions/7".to_owned(), 4_040_010),
        ("/inApps/v2/history/x".to_owned(), 4_000_006),
        ("/inApps/v1/history/9".to_owned(), 4_040_010),
        ("/inApps/v1/subscriptions/9".to_owned(), 4_040_010),
        (format!("/inApps/v1/subscriptions/{last}?status=6"), 4_000_031),
        ("/inApps/v2/refund/lookup/9".to_owned(), 4_040_010),
        (format!("/inApps/v2/refund/lookup/{last}?revision=x"), 4_000_005),
        (format!("/inApps/v2/history/{last}?revision=%00"), 4_000_005),
        (format!("/inApps/v2/history/{last}?startDate=yesterday"), 4_000_015),
        (format!("/inApps/v2/history/{last}?endDate=-1"), 4_000_016),
        (format!("/inApps/v2/history/{last}?startDate=7&endDate=7"), 4_000_013),
        (format!("/inApps/v2/history/{last}?sort=UP"), 4_000_021),
        (format!("/inApps/v2/history/{last}?productType=CAR"), 4_000_022),
        (format!("/inApps/v2/history/{last}?productId="), 4_000_023),
        (format!("/inApps/v2/history/{last}?subscriptionGroupIdentifier=plus"), 4_000_024),
        (format!("/inApps/v2/history/{last}?excludeRevoked=7"), 4_000_025),
        (format!("/inApps/v2/history/{last}?inAppOwnershipType=LENT"), 4_000_026),
        (format!("/inApps/v2/history/{last}?revoked=maybe"), 4_000_030),
        ("/inApps/v1/notifications/test/x".to_owned(), 4_000_020),
        ("/inApps/v1/notifications/test/ce3af791-365e-4c60-841b-1674b43c1609_7".to_owned(), 4_040_008),
        ("/inApps/v1/subscriptions/extend/mass/p/x".to_owned(), 4_000_011),
        ("/inApps/v1/subscriptions/extend/mass/p/ce3af791-365e-4c60-841b-1674b43c1609".to_owned(), 4_040_009),
        ("/inApps/v1/friends".to_owned(), 4_040_000),
        ("/inApps/v1/notifications/history".to_owned(), 4_050_000),
    ] {
        let told = shop.get(&target);
        assert_eq!(told.body["errorCode"], code, "{target}");
        told.assert_refused(code);
    }
}

#[test]
fn nobody_is_told_of_another_apps_customers() {
    let shop = Shop::new();
    let (_, last) = shop.purchase(STEADY, 0);
    let target = format!("/inApps/v1/transactions/{last}");
    shop.of(Some("com.example.coffee")).get(&target).assert_refused(4_040_010);
    shop.of(Some("com.example.nobody")).get(&target).assert_refused(4_040_003);
    shop.of(None).get(&target).assert_refused(4_000_002);
    shop.of(Some("")).get(&target).assert_refused(4_000_002);
}

/// All transactions that are found by following the pages, and how many each page had.
fn walk(shop: &Shop, target: &str) -> (Vec<Value>, Vec<usize>) {
    let (mut all, mut pages, mut next) = (Vec::new(), Vec::new(), String::new());
    loop {
        let body = shop.found(&format!("{target}{next}"));
        let page = body["signedTransactions"].as_array().unwrap();
        all.extend(page.iter().map(|signed| read(shop, signed)));
        pages.push(page.len());
        let separator = if target.contains('?') { '&' } else { '?' };
        next = format!("{separator}revision={}", body["revision"].as_str().unwrap());
        if body["hasMore"] == false {
            return (all, pages);
        }
        assert_eq!(page.len(), 20, "a page that is not the last is full");
    }
}

fn ids(all: &[Value]) -> Vec<&str> {
    all.iter().map(|claims| claims["transactionId"].as_str().unwrap()).collect()
}

#[test]
fn a_long_history_comes_in_pages_of_twenty_each_transaction_once() {
    let shop = Shop::new();
    let (_, last) = shop.purchase(LONG, 0);
    let (all, pages) = walk(&shop, &format!("/inApps/v2/history/{last}"));
    assert_eq!(pages, [20, 20, 15]);
    let dates: Vec<i64> = all.iter().map(|claims| claims["purchaseDate"].as_i64().unwrap()).collect();
    assert!(dates.windows(2).all(|two| two[0] <= two[1]), "{dates:?}");
    let mut known = ids(&all);
    known.sort_unstable();
    known.dedup();
    assert_eq!(known.len(), all.len());
    let (backwards, _) = walk(&shop, &format!("/inApps/v2/history/{last}?sort=DESCENDING"));
    assert!(ids(&backwards).iter().rev().eq(ids(&all).iter()));

    let body = shop.found(&format!("/inApps/v2/history/{last}"));
    assert_eq!(body["bundleId"], TRAINS_BUNDLE);
    assert_eq!(body["appAppleId"], TRAINS.parse::<u64>().unwrap());
    assert_eq!(body["environment"], "Sandbox");
    let end = shop.found(&format!("/inApps/v2/history/{last}?sort=DESCENDING&endDate=1"));
    assert_eq!((&end["hasMore"], &end["signedTransactions"]), (&json!(false), &json!([])));
    assert!(end["revision"].as_str().is_some_and(|revision| !revision.is_empty()));
}

#[test]
fn a_history_is_limited_by_what_is_asked_for() {
    let shop = Shop::new();
    let (_, last) = shop.purchase(STEADY, 0);
    let count =
        |version: &str, query: &str| walk(&shop, &format!("/inApps/{version}/history/{last}{query}")).0.len();
    let all = count("v2", "");
    assert_eq!(all, 4 + 3, "{all}");
    for (query, expected) in [
        ("?productType=CONSUMABLE", 2),
        ("?productType=CONSUMABLE&productType=NON_CONSUMABLE", 3),
        ("?productType=AUTO_RENEWABLE", 4),
        ("?productId=com.example.trains.ten_coins", 2),
        ("?productId=com.example.trains.ten_coins&productId=com.example.trains.all_themes", 3),
        ("?productId=nothing", 0),
        ("?inAppOwnershipType=FAMILY_SHARED", 0),
        ("?inAppOwnershipType=PURCHASED", 7),
        ("?revoked=True", 0),
        ("?revoked=false", 7),
        ("?excludeRevoked=true", 7),
        ("?colour=red", 7),
        ("?subscriptionGroupIdentifier=7", 0),
    ] {
        assert_eq!(count("v2", query), expected, "{query}");
    }
    let ten_days = NOW - 10 * DAY;
    assert_eq!(count("v2", &format!("?startDate={ten_days}")), 2);
    assert_eq!(count("v2", &format!("?endDate={ten_days}")), 5);
    assert_eq!(count("v1", ""), 5, "the first version leaves out consumables that were delivered");
    let (_, refunded) = shop.purchase("were refunded", 0);
    assert_eq!(walk(&shop, &format!("/inApps/v2/history/{refunded}?revoked=true")).0.len(), 2);
}

#[test]
fn each_state_that_a_subscription_can_have_is_there_to_be_tried() {
    let shop = Shop::new();
    for (about, status, renews, intent) in [
        (STEADY, 1, 1, Value::Null),
        ("cancelled and still paid", 1, 0, Value::Null),
        ("let end", 2, 0, json!(1)),
        ("tried again", 3, 1, json!(2)),
        ("grace period", 4, 1, json!(2)),
        ("were refunded", 5, 0, Value::Null),
        ("Family Sharing", 1, 1, Value::Null),
    ] {
        let (original, last) = shop.purchase(about, 0);
        let body = shop.found(&format!("/inApps/v1/subscriptions/{last}"));
        let group = &body["data"][0];
        let found = &group["lastTransactions"][0];
        assert_eq!(
            (&found["status"], &found["originalTransactionId"]),
            (&json!(status), &json!(original)),
            "{about}"
        );
        let transaction = read(&shop, &found["signedTransactionInfo"]);
        assert_eq!(transaction["subscriptionGroupIdentifier"], group["subscriptionGroupIdentifier"]);
        let renewal = read(&shop, &found["signedRenewalInfo"]);
        assert_eq!(renewal["autoRenewStatus"], renews, "{about}");
        assert_eq!(renewal["expirationIntent"], intent, "{about}");
        assert_eq!(renewal["renewalDate"], transaction["expiresDate"], "{about}");
        assert_eq!(renewal["gracePeriodExpiresDate"].is_null(), status != 4, "{about}");
        let others = shop.found(&format!("/inApps/v1/subscriptions/{last}?status={}", status % 5 + 1));
        assert_eq!(others["data"], json!([]), "{about}");
        let it = shop.found(&format!("/inApps/v1/subscriptions/{last}?status=5&status={status}"));
        assert_eq!(it["data"].as_array().unwrap().len(), 1, "{about}");
    }
}

#[test]
fn what_was_bought_is_found_by_its_order() {
    let shop = Shop::new();
    let purchase = shop.customer(STEADY)["purchases"][1].clone();
    let order = purchase["orderId"].as_str().unwrap();
    let body = shop.found(&format!("/inApps/v1/lookup/{order}"));
    assert_eq!(body["status"], 0);
    assert_eq!(read(&shop, &body["signedTransactions"][0])["transactionId"], purchase["transactionId"]);
    let none = shop.found("/inApps/v1/lookup/MSD3B7XL1D");
    assert_eq!(none, json!({ "status": 1, "signedTransactions": [] }));
}

#[test]
fn refunds_are_listed_with_their_reasons() {
    let shop = Shop::new();
    let (_, last) = shop.purchase("were refunded", 0);
    let (all, pages) = walk(&shop, &format!("/inApps/v2/refund/lookup/{last}"));
    assert_eq!(pages, [2]);
    let reasons: Vec<&Value> = all.iter().map(|claims| &claims["revocationReason"]).collect();
    assert_eq!(reasons, [&json!(0), &json!(1)]);
    assert!(all.iter().all(|claims| claims["revocationDate"].as_i64() < Some(NOW)));
    let at_once = shop.found(&format!("/inApps/v1/refund/lookup/{last}"));
    assert_eq!(at_once["signedTransactions"].as_array().unwrap().len(), 2);
}

#[test]
fn the_app_itself_is_a_transaction() {
    let shop = Shop::new();
    let customer = shop.customer(STEADY);
    let of_app = customer["appTransactionId"].as_str().unwrap();
    let (_, last) = shop.purchase(STEADY, 0);
    for id in [of_app, &last] {
        let body = shop.found(&format!("/inApps/v1/transactions/appTransactions/{id}"));
        let claims = read(&shop, &body["signedAppTransactionInfo"]);
        assert_eq!(
            (&claims["appTransactionId"], &claims["receiptType"]),
            (&json!(of_app), &json!("Sandbox"))
        );
        assert_eq!(claims["bundleId"], TRAINS_BUNDLE);
    }
    let (_, signed) = shop.purchase(STEADY, 1);
    let body = shop.found(&format!("/inApps/v1/transactions/{signed}"));
    assert_eq!(read(&shop, &body["signedTransactionInfo"])["appTransactionId"], of_app);
}

#[test]
fn a_purchase_is_given_to_an_account_of_the_apps_own() {
    let shop = Shop::new();
    let (original, last) = shop.purchase(STEADY, 0);
    let token = "7389A31A-FB6D-4569-A2A6-DB7D85D84813";
    let body = json!({ "appAccountToken": token });
    let path = |id: &str| format!("/inApps/v1/transactions/{id}/appAccountToken");
    let told = shop.put(&path(&original), &body);
    assert_eq!((told.status, told.body), (200, Value::Null));
    let found = shop.found(&format!("/inApps/v1/transactions/{last}"));
    assert_eq!(read(&shop, &found["signedTransactionInfo"])["appAccountToken"], token.to_lowercase());

    let (family, _) = shop.purchase("Family Sharing", 0);
    let of_app = shop.customer(STEADY)["appTransactionId"].as_str().unwrap().to_owned();
    for (id, body, code) in [
        ("x", &body, 4_000_006),
        ("9", &body, 4_040_005),
        (last.as_str(), &body, 4_000_187),
        (family.as_str(), &body, 4_000_185),
        (of_app.as_str(), &body, 4_000_048),
        (original.as_str(), &json!({}), 4_000_183),
        (original.as_str(), &json!({ "appAccountToken": "me" }), 4_000_183),
        (original.as_str(), &json!([]), 4_000_000),
    ] {
        shop.put(&path(id), body).assert_refused(code);
    }
    shop.ask(Method::PUT, &path(&original), "{").assert_refused(4_000_000);
}

#[test]
fn consumption_is_taken_when_every_part_of_it_is_right() {
    let shop = Shop::new();
    let (_, coins) = shop.purchase(STEADY, 1);
    let (_, themes) = shop.purchase(STEADY, 3);
    let v1 = json!({
        "accountTenure": 5, "appAccountToken": "", "consumptionStatus": 3, "customerConsented": true,
        "deliveryStatus": 0, "lifetimeDollarsPurchased": 1, "lifetimeDollarsRefunded": 0, "platform": 1,
        "playTime": 5, "refundPreference": 2, "sampleContentProvided": false, "userStatus": 1,
    });
    let path = |version: &str, id: &str| format!("/inApps/{version}/transactions/consumption/{id}");
    let told = shop.put(&path("v1", &coins), &v1);
    assert_eq!((told.status, told.body), (202, Value::Null));
    for (member, value, code) in [
        ("accountTenure", json!(8), 4_000_032),
        ("appAccountToken", json!("me"), 4_000_033),
        ("consumptionStatus", json!(4), 4_000_034),
        ("customerConsented", json!(false), 4_000_035),
        ("deliveryStatus", json!(6), 4_000_036),
        ("lifetimeDollarsPurchased", json!(-1), 4_000_037),
        ("lifetimeDollarsRefunded", json!("1"), 4_000_038),
        ("platform", json!(3), 4_000_039),
        ("playTime", Value::Null, 4_000_040),
        ("sampleContentProvided", json!(1), 4_000_041),
        ("userStatus", json!(5), 4_000_042),
        ("refundPreference", json!(4), 4_000_000),
    ] {
        let mut body = v1.clone();
        body[member] = value;
        shop.put(&path("v1", &coins), &body).assert_refused(code);
    }
    shop.put(&path("v1", &themes), &v1).assert_refused(4_000_047);

    let v2 = json!({
        "customerConsented": true, "deliveryStatus": "DELIVERED", "sampleContentProvided": true,
        "consumptionPercentage": 50_000, "refundPreference": "GRANT_PRORATED",
    });
    for id in [&coins, &themes] {
        assert_eq!(shop.put(&path("v2", id), &v2).status, 202);
    }
    for (member, value, code) in [
        ("customerConsented", Value::Null, 4_000_035),
        ("deliveryStatus", json!("LOST"), 4_000_036),
        ("deliveryStatus", json!("UNDELIVERED_OTHER"), 4_000_000),
        ("sampleContentProvided", Value::Null, 4_000_041),
        ("consumptionPercentage", json!(100_001), 4_000_000),
        ("refundPreference", json!("YES"), 4_000_000),
    ] {
        let mut body = v2.clone();
        body[member] = value;
        shop.put(&path("v2", &coins), &body).assert_refused(code);
    }
    let (_, plus) = shop.purchase(STEADY, 0);
    shop.put(&path("v2", &plus), &v2).assert_refused(4_000_000);
    shop.put(&path("v2", "9"), &v2).assert_refused(4_040_010);
}

#[test]
fn a_reset_brings_the_first_customers_back() {
    let shop = Shop::new();
    let bought =
        shop.post("/inApps/sandbox/purchases", &json!({ "productId": "com.example.trains.ten_coins" }));
    assert_eq!(bought.status, 200);
    let count = || shop.found("/inApps/sandbox/customers")["customers"].as_array().unwrap().len();
    assert_eq!(count(), 9);
    shop.desk.sandbox().reset(shop.desk.team()).unwrap();
    assert_eq!(count(), 8);
}
