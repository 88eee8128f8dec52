use crate::desk::TRAINS;
use crate::shop::{Shop, TRAINS_BUNDLE, read, root};
use http::Method;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

const DAY: i64 = 24 * 3_600_000;
/// The clock of these tests, in milliseconds.
const NOW: i64 = (20_778 * 24 + 12) * 3_600_000;
const STEADY: &str = "that renews";
const LONG: &str = "A long history";

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

fn extension(request: &str) -> Value {
    json!({ "extendByDays": 10, "extendReasonCode": 1, "requestIdentifier": request })
}

#[test]
fn a_renewal_date_is_extended_twice_a_year_and_a_repeated_request_counts_once() {
    let shop = Shop::new();
    let (original, last) = shop.purchase(STEADY, 0);
    let expires = || {
        let body = shop.found(&format!("/inApps/v1/transactions/{last}"));
        read(&shop, &body["signedTransactionInfo"])["expiresDate"].as_i64().unwrap()
    };
    let (before, path) = (expires(), format!("/inApps/v1/subscriptions/extend/{original}"));
    for _ in 0..2 {
        let told = shop.put(&path, &extension("one"));
        assert_eq!(told.status, 200, "{told:?}");
        assert_eq!(told.body["effectiveDate"], before + 10 * DAY);
        assert_eq!(
            (&told.body["success"], &told.body["originalTransactionId"]),
            (&json!(true), &json!(original))
        );
        assert!(told.body["webOrderLineItemId"].is_string());
    }
    assert_eq!(shop.put(&path, &extension("two")).status, 200);
    assert_eq!(expires(), before + 20 * DAY);
    shop.put(&path, &extension("three")).assert_refused(4_030_005);
}

#[test]
fn an_extension_that_can_not_be_is_refused_by_its_number() {
    let shop = Shop::new();
    let id = |about: &str, place| shop.purchase(about, place).0;
    let of = |member: &str, value: Value| {
        let mut body = extension("x");
        body[member] = value;
        body
    };
    for (id, body, code) in [
        ("x".to_owned(), extension("x"), 4_000_008),
        ("9".to_owned(), extension("x"), 4_040_005),
        (shop.purchase(STEADY, 0).1, extension("x"), 4_040_005),
        (id(STEADY, 1), extension("x"), 4_030_004),
        (id("let end", 0), extension("x"), 4_030_004),
        (id("grace period", 0), extension("x"), 4_030_004),
        (id("Family Sharing", 0), extension("x"), 4_030_007),
        (id(STEADY, 0), of("extendByDays", json!(91)), 4_000_009),
        (id(STEADY, 0), of("extendByDays", json!(0)), 4_000_009),
        (id(STEADY, 0), of("extendReasonCode", json!(4)), 4_000_010),
        (id(STEADY, 0), of("requestIdentifier", Value::Null), 4_000_011),
        (id(STEADY, 0), of("requestIdentifier", json!("x".repeat(129))), 4_000_011),
    ] {
        shop.put(&format!("/inApps/v1/subscriptions/extend/{id}"), &body).assert_refused(code);
    }
}

#[test]
fn everyones_renewal_date_is_extended_at_once_and_the_outcome_can_be_looked_up() {
    let shop = Shop::new();
    let request = "fdf964a4-233b-486c-aac1-97d8d52688ac";
    let product = "com.example.trains.plus.monthly";
    let mut body = extension(request);
    body["productId"] = json!(product);
    for path in ["/inApps/v1/subscriptions/extend/mass", "/inApps/v1/subscriptions/extend/mass/"] {
        let told = shop.post(path, &body);
        assert_eq!((told.status, &told.body["requestIdentifier"]), (200, &json!(request)), "{told:?}");
    }
    let status = shop.found(&format!("/inApps/v1/subscriptions/extend/mass/{product}/{request}"));
    assert_eq!(
        status,
        json!({ "requestIdentifier": request, "complete": true, "completeDate": NOW, "succeededCount": 3, "failedCount": 0 })
    );
    shop.get(&format!("/inApps/v1/subscriptions/extend/mass/other/{request}")).assert_refused(4_040_009);
    for (member, value, code) in [
        ("requestIdentifier", json!("x"), 4_000_011),
        ("productId", json!("nothing"), 4_000_023),
        ("productId", json!("com.example.trains.ten_coins"), 4_000_023),
        ("storefrontCountryCodes", json!([]), 4_000_027),
        ("storefrontCountryCodes", json!(["USA", "MOON"]), 4_000_028),
        ("extendByDays", json!(100), 4_000_009),
    ] {
        let mut body = body.clone();
        body["requestIdentifier"] = json!("11111111-233b-486c-aac1-97d8d52688ac");
        body[member] = value;
        shop.post("/inApps/v1/subscriptions/extend/mass", &body).assert_refused(code);
    }
}

/// A server that takes as many notifications as it is told, answers each with this status, and gives them back.
fn listener(count: usize, status: u16) -> (String, thread::JoinHandle<Vec<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/notifications", listener.local_addr().unwrap());
    let take = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((_, body)) = text.split_once("\r\n\r\n")
                && let Ok(body) = serde_json::from_str::<Value>(body)
            {
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).unwrap();
                return body;
            }
            let mut some = [0; 4096];
            let read = stream.read(&mut some).unwrap();
            assert!(read > 0, "it broke off: {text}");
            bytes.extend_from_slice(&some[..read]);
        }
    };
    (url, thread::spawn(move || (0..count).map(|_| take()).collect()))
}

fn notify(shop: &Shop, url: &str) {
    let data =
        json!({ "type": "apps", "id": TRAINS, "attributes": { "subscriptionStatusUrlForSandbox": url } });
    let answer = shop.desk.patch(&format!("/v1/apps/{TRAINS}"), data);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Asks until what became of something is written down.
fn until<T>(what: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came");
        thread::sleep(Duration::from_millis(5));
    }
}

fn history(shop: &Shop, more: Value) -> Value {
    let mut body = json!({ "startDate": NOW - DAY, "endDate": NOW + DAY });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let told = shop.post("/inApps/v1/notifications/history", &body);
    assert_eq!(told.status, 200, "{told:?}");
    told.body
}

#[test]
fn a_test_notification_arrives_and_what_became_of_it_is_known() {
    let shop = Shop::new();
    shop.ask(Method::POST, "/inApps/v1/notifications/test", "").assert_refused(4_040_007);
    for (status, result) in [(200, "SUCCESS"), (500, "UNSUCCESSFUL_HTTP_RESPONSE_CODE")] {
        let (url, heard) = listener(1, status);
        notify(&shop, &url);
        let told = shop.ask(Method::POST, "/inApps/v1/notifications/test", "");
        assert_eq!(told.status, 200, "{told:?}");
        let token = told.body["testNotificationToken"].as_str().unwrap().to_owned();
        let body = until(|| {
            let told = shop.get(&format!("/inApps/v1/notifications/test/{token}"));
            (told.status == 200).then_some(told.body)
        });
        assert_eq!(body["sendAttempts"], json!([{ "attemptDate": NOW, "sendAttemptResult": result }]));
        assert_eq!(body["firstSendAttemptResult"], result);
        let heard = heard.join().unwrap();
        let (sent, kept) = (read(&shop, &heard[0]["signedPayload"]), read(&shop, &body["signedPayload"]));
        assert_eq!(sent, kept);
        assert_eq!((&sent["notificationType"], &sent["version"]), (&json!("TEST"), &json!("2.0")));
        assert_eq!(sent["data"]["bundleId"], TRAINS_BUNDLE);
        assert_eq!(sent["data"]["environment"], "Sandbox");
        assert!(token.starts_with(sent["notificationUUID"].as_str().unwrap()));
    }
    let count = |more| history(&shop, more)["notificationHistory"].as_array().unwrap().len();
    assert_eq!(count(json!({})), 2);
    assert_eq!(count(json!({ "onlyFailures": true })), 1);
    assert_eq!(count(json!({ "notificationType": "TEST" })), 2);
    assert_eq!(count(json!({ "notificationType": "REFUND" })), 0);
}

#[test]
fn the_history_of_notifications_comes_in_pages_and_can_be_asked_by_customer() {
    let shop = Shop::new();
    let (url, heard) = listener(23, 200);
    notify(&shop, &url);
    for number in 0..23 {
        let body = json!({ "productId": "com.example.trains.ten_coins", "customer": 1 + number / 22 });
        assert_eq!(shop.post("/inApps/sandbox/purchases", &body).status, 200);
    }
    heard.join().unwrap();
    let first = until(|| {
        let all = history(&shop, json!({}));
        let second = all["paginationToken"].as_str().map(|token| {
            let body = json!({ "startDate": NOW - DAY, "endDate": NOW + DAY }).to_string();
            shop.ask(Method::POST, &format!("/inApps/v1/notifications/history?paginationToken={token}"), body)
                .body
        });
        let rest =
            second.as_ref().and_then(|page| page["notificationHistory"].as_array()).map_or(0, Vec::len);
        if rest == 3 {
            assert_eq!(second.unwrap()["hasMore"], false);
        }
        (rest == 3).then_some(all)
    });
    assert_eq!(first["hasMore"], true);
    assert_eq!(first["notificationHistory"].as_array().unwrap().len(), 20);
    let told = read(&shop, &first["notificationHistory"][0]["signedPayload"]);
    assert_eq!(told["notificationType"], "ONE_TIME_CHARGE");
    let transaction = read(&shop, &told["data"]["signedTransactionInfo"]);
    assert_eq!(transaction["productId"], "com.example.trains.ten_coins");
    let (_, last) = shop.purchase(LONG, 0);
    let of_one = history(&shop, json!({ "transactionId": last }));
    assert_eq!(of_one["notificationHistory"].as_array().unwrap().len(), 1);
}

#[test]
fn a_history_of_notifications_that_can_not_be_is_refused_by_its_number() {
    let shop = Shop::new();
    for (more, code) in [
        (json!({ "startDate": null }), 4_000_015),
        (json!({ "endDate": "today" }), 4_000_016),
        (json!({ "endDate": NOW - DAY }), 4_000_013),
        (json!({ "startDate": NOW - 181 * DAY }), 4_000_012),
        (json!({ "notificationType": "NEWS" }), 4_000_018),
        (json!({ "notificationSubtype": "SUMMARY" }), 4_000_018),
        (json!({ "notificationType": "TEST", "transactionId": "9" }), 4_000_019),
        (json!({ "transactionId": "x" }), 4_000_006),
        (json!({ "transactionId": "9" }), 4_040_010),
        (json!({ "onlyFailures": "yes" }), 4_000_000),
    ] {
        let mut body = json!({ "startDate": NOW - DAY, "endDate": NOW + DAY });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        shop.post("/inApps/v1/notifications/history", &body).assert_refused(code);
    }
    let body = json!({ "startDate": NOW - DAY, "endDate": NOW });
    shop.post("/inApps/v1/notifications/history?paginationToken=x", &body).assert_refused(4_000_014);
}

#[test]
fn customers_buy_cancel_and_get_their_money_back_and_the_apps_server_is_told() {
    let shop = Shop::new();
    let (url, heard) = listener(4, 200);
    notify(&shop, &url);
    let bought = shop.post(
        "/inApps/sandbox/purchases",
        &json!({ "productId": "com.example.trains.plus.yearly", "appAccountToken": "7389a31a-fb6d-4569-a2a6-db7d85d84813" }),
    );
    assert_eq!(bought.status, 200, "{bought:?}");
    let id = bought.body["originalTransactionId"].clone();
    let twice =
        json!({ "productId": "com.example.trains.plus.monthly", "customer": bought.body["customer"] });
    shop.post("/inApps/sandbox/purchases", &twice).assert_refused(4_000_000);
    for (path, body) in [
        ("cancellations", json!({ "originalTransactionId": id })),
        ("refundRequests", json!({ "transactionId": id, "consumptionRequestReason": "LEGAL" })),
        ("refunds", json!({ "transactionId": id, "revocationReason": 1 })),
    ] {
        let told = shop.post(&format!("/inApps/sandbox/{path}"), &body);
        assert_eq!(told.status, 200, "{path}: {told:?}");
    }
    shop.post("/inApps/sandbox/refunds", &json!({ "transactionId": id })).assert_refused(4_000_000);
    let mut heard: Vec<Value> =
        heard.join().unwrap().iter().map(|body| read(&shop, &body["signedPayload"])).collect();
    heard.sort_by_key(|told| told["notificationType"].as_str().unwrap().to_owned());
    let told: Vec<(&str, Option<&str>, &Value)> = heard
        .iter()
        .map(|it| (it["notificationType"].as_str().unwrap(), it["subtype"].as_str(), &it["data"]["status"]))
        .collect();
    assert_eq!(
        told,
        [
            ("CONSUMPTION_REQUEST", None, &json!(1)),
            ("DID_CHANGE_RENEWAL_STATUS", Some("AUTO_RENEW_DISABLED"), &json!(1)),
            ("REFUND", None, &json!(5)),
            ("SUBSCRIBED", Some("INITIAL_BUY"), &json!(1)),
        ]
    );
    assert_eq!(heard[0]["data"]["consumptionRequestReason"], "LEGAL");
    let found = shop.found(&format!("/inApps/v1/transactions/{}", id.as_str().unwrap()));
    let claims = read(&shop, &found["signedTransactionInfo"]);
    assert_eq!((&claims["revocationReason"], &claims["price"]), (&json!(1), &json!(171_990)));
    assert_eq!(claims["appAccountToken"], "7389a31a-fb6d-4569-a2a6-db7d85d84813");
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
