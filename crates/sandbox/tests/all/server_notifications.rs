use crate::desk::TRAINS;
use crate::shop::{DAY, LONG, NOW, Shop, TRAINS_BUNDLE, read};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

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

/// Puts documents there where the notifications of an app are kept, as if they had been written a while ago.
fn put_aside<'d>(shop: &Shop, at: i64, documents: impl Iterator<Item = &'d Value>) {
    let mut store = rusqlite::Connection::open(shop.desk.folder().join("sandbox.db")).unwrap();
    let writing = store.transaction().unwrap();
    let shelf = format!("notifications/{TRAINS}");
    for (number, document) in documents.enumerate() {
        let key = format!("{at:019}-{number:08x}-fb6d-4569-a2a6-db7d85d84813");
        let row = (shop.desk.team(), &shelf, key, document.to_string());
        writing
            .execute("INSERT INTO aside (team, shelf, key, document) VALUES (?1, ?2, ?3, ?4)", row)
            .unwrap();
    }
    writing.commit().unwrap();
}

fn kept_before() -> Value {
    json!({
        "kind": "TEST", "subtype": null, "customer": null, "claims": {},
        "attempts": [{ "attemptDate": NOW, "sendAttemptResult": "SUCCESS" }],
    })
}

#[test]
fn of_the_history_of_notifications_no_more_is_read_than_is_asked_for() {
    let shop = Shop::new();
    let (kept, unreadable) = (kept_before(), json!({}));
    let mut documents = vec![&kept; 21];
    documents.push(&unreadable);
    put_aside(&shop, NOW - 2, documents.into_iter());
    put_aside(&shop, NOW - 1, [&kept].into_iter());
    put_aside(&shop, NOW + 1, [&unreadable].into_iter());
    for (start, end, count, has_more) in [(NOW - 2, NOW, 20, true), (NOW - 1, NOW + 1, 1, false)] {
        let page = history(&shop, json!({ "startDate": start, "endDate": end }));
        assert_eq!(page["notificationHistory"].as_array().unwrap().len(), count);
        assert_eq!(page["hasMore"], has_more);
    }
}

#[test]
fn the_oldest_notifications_make_room_for_the_newest() {
    let shop = Shop::new();
    let kept = kept_before();
    put_aside(&shop, NOW - 2, [&kept].into_iter());
    put_aside(&shop, NOW - 1, std::iter::repeat_n(&kept, 9_999));
    let count = |start: i64| {
        let page = history(&shop, json!({ "startDate": start, "endDate": start + 1 }));
        page["notificationHistory"].as_array().unwrap().len()
    };
    assert_eq!((count(NOW - 2), count(NOW - 1)), (1, 20));
    let (url, heard) = listener(1, 200);
    notify(&shop, &url);
    assert_eq!(shop.ask(Method::POST, "/inApps/v1/notifications/test", "").status, 200);
    assert_eq!((count(NOW - 2), count(NOW - 1)), (0, 20));
    heard.join().unwrap();
    until(|| (count(NOW) == 1).then_some(()));
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
    let old = URL_SAFE_NO_PAD.encode(format!("{:019}-7389a31a-fb6d-4569-a2a6-db7d85d84813", NOW - 181 * DAY));
    let target = format!("/inApps/v1/notifications/history?paginationToken={old}");
    shop.post(&target, &body).assert_refused(4_000_017);
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
    for (path, body, code) in [
        ("refunds", json!({ "transactionId": id }), 4_000_000),
        ("refunds", json!({ "transactionId": "9" }), 4_040_010),
        ("cancellations", json!({ "originalTransactionId": id }), 4_000_000),
        ("refundRequests", json!({ "transactionId": id, "consumptionRequestReason": "X" }), 4_000_000),
        ("purchases", json!({ "productId": "nothing" }), 4_000_023),
        ("purchases", json!({ "productId": "com.example.trains.ten_coins", "quantity": 11 }), 4_000_000),
        ("purchases", json!({ "productId": "com.example.trains.ten_coins", "customer": 99 }), 4_040_001),
    ] {
        shop.post(&format!("/inApps/sandbox/{path}"), &body).assert_refused(code);
    }
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
