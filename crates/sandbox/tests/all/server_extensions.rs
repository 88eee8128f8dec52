use crate::shop::{DAY, NOW, STEADY, Shop, read};
use serde_json::{Value, json};

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
