use crate::shop::{Shop, Told};
use http::Method;
use serde_json::{Value, json};

const REPORTS: &str = "/externalPurchase/v1/reports";
const TOKEN: &str = "SANDBOX_b2158121-7af9-49d4-9561-1f588205523e";
/// Yesterday, for the clock of these tests.
const YESTERDAY: i64 = (20_777 * 24 + 12) * 3_600_000;

fn request(number: u32) -> String {
    format!("{number:08x}-b98d-4a8f-b6a4-41ba992a6cad")
}

fn report(number: u32, lines: Value) -> Value {
    json!({ "requestIdentifier": request(number), "externalPurchaseId": TOKEN, "status": "LINE_ITEM", "lineItems": lines })
}

fn amounts(id: &str, exclusive: i64, net: i64) -> Value {
    json!({
        "lineItemId": id, "creationDate": YESTERDAY, "pricingCurrency": "EUR", "reportingCurrency": "EUR",
        "amountTaxExclusive": exclusive, "taxAmount": 190, "amountTaxInclusive": exclusive + 190,
        "netAmountTaxExclusive": net, "taxCountry": "DEU",
    })
}

fn with(mut line: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        line[name] = value.clone();
    }
    line
}

fn buy(id: &str) -> Value {
    let of_buy = json!({ "eventType": "BUY", "productType": "ONE_TIME_BUY", "productIdentifier": "coins", "quantity": 1 });
    with(amounts(id, 1000, 1000), of_buy)
}

fn event(id: &str, event: &str, reference: Value) -> Value {
    let of_subscription = json!({
        "eventType": "BUY", "productType": "SUBSCRIPTION", "productIdentifier": "plus", "quantity": 1,
        "subscriptionEvent": event, "subscriptionStartDate": YESTERDAY, "subscriptionEndDate": YESTERDAY + 1,
        "subscriptionDaysOfPaidService": 0, "referenceLineItemId": reference,
    });
    with(amounts(id, 1000, 1000), of_subscription)
}

fn refund(id: &str, of: &str, exclusive: i64, net: i64) -> Value {
    with(amounts(id, exclusive, net), json!({ "eventType": "REFUND", "referenceLineItemId": of }))
}

/// What a report is refused for: number, member and line of each mistake.
fn mistakes(told: &Told) -> Vec<(u64, String, String)> {
    assert_eq!(told.status, 400, "{told:?}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = told.body["errors"].as_array().unwrap_or_else(|| panic!("{told:?}"));
    errors
        .iter()
        .map(|error| {
            assert!(!text(&error["errorMessage"]).is_empty(), "{error}");
            (error["errorCode"].as_u64().unwrap(), text(&error["fieldName"]), text(&error["lineItemId"]))
        })
        .collect()
}

#[test]
fn a_report_is_taken_and_given_back_as_it_was() {
    let shop = Shop::new();
    let report = report(1, json!([buy("a"), event("s", "SUBSCRIPTION_START", Value::Null)]));
    let told = shop.put(REPORTS, &report);
    assert_eq!((told.status, &told.body), (200, &json!({ "requestIdentifier": request(1) })), "{told:?}");
    assert_eq!(shop.found(&format!("{REPORTS}/{}", request(1))), report);

    let unknown = shop.get(&format!("{REPORTS}/{}", request(2)));
    assert_eq!(
        (unknown.status, &unknown.body["errorCode"], &unknown.body["fieldName"]),
        (400, &json!(3), &json!("requestIdentifier"))
    );
    let other = shop.of(Some("com.example.coffee")).get(&format!("{REPORTS}/{}", request(1)));
    assert_eq!(other.status, 400, "another app's report: {other:?}");
}

#[test]
fn tokens_without_purchases_are_reported_too_but_not_after_some() {
    let shop = Shop::new();
    for (number, status) in [(1, "NO_LINE_ITEM"), (2, "UNRECOGNIZED_TOKEN"), (3, "DUPLICATE_TOKEN")] {
        let body =
            json!({ "requestIdentifier": request(number), "externalPurchaseId": TOKEN, "status": status });
        assert_eq!(shop.put(REPORTS, &body).status, 200, "{status}");
    }
    assert_eq!(shop.put(REPORTS, &report(4, json!([buy("a")]))).status, 200);
    let body =
        json!({ "requestIdentifier": request(5), "externalPurchaseId": TOKEN, "status": "NO_LINE_ITEM" });
    assert_eq!(mistakes(&shop.put(REPORTS, &body)), [(8, "status".to_owned(), String::new())]);
}

#[test]
fn what_is_wrong_with_a_report_is_said_by_its_number() {
    let shop = Shop::new();
    assert_eq!(
        shop.put(REPORTS, &report(1, json!([buy("known"), refund("back", "known", 300, 700)]))).status,
        400
    );
    let first = json!([
        with(buy("known"), json!({ "netAmountTaxExclusive": 700 })),
        refund("back", "known", 300, 700)
    ]);
    let told = shop.put(REPORTS, &report(1, first));
    assert_eq!(told.status, 200, "{told:?}");
    let one = |line: Value| report(9, json!([line]));
    let of = |more: Value| one(with(buy("a"), more));
    let plus = |more: Value| one(with(event("a", "SUBSCRIPTION_START", Value::Null), more));
    for (body, code, member) in [
        (json!({ "externalPurchaseId": TOKEN, "status": "NO_LINE_ITEM" }), 4, "requestIdentifier"),
        (report(1, json!([buy("a")])), 1, "requestIdentifier"),
        (with(one(buy("a")), json!({ "externalPurchaseId": "made up" })), 3, "externalPurchaseId"),
        (with(one(buy("a")), json!({ "lineItems": [] })), 9, "status"),
        (with(one(buy("a")), json!({ "status": "NO_LINE_ITEM" })), 10, "status"),
        (of(json!({ "lineItemId": null })), 4, "lineItemId"),
        (of(json!({ "taxAmount": null })), 4, "taxAmount"),
        (of(json!({ "subscriptionEvent": "RENEWAL" })), 5, "subscriptionEvent"),
        (of(json!({ "referenceLineItemId": "known" })), 5, "referenceLineItemId"),
        (of(json!({ "creationDate": YESTERDAY + 3 * 24 * 3_600_000 })), 6, "creationDate"),
        (of(json!({ "creationDate": YESTERDAY / 1000 })), 27, "creationDate"),
        (of(json!({ "taxCountry": "MOON" })), 7, "taxCountry"),
        (of(json!({ "pricingCurrency": "USD", "exchangeRate": 0.9 })), 18, "reportingCurrency"),
        (of(json!({ "pricingCurrency": "ISK" })), 4, "exchangeRate"),
        (of(json!({ "exchangeRate": "1.5" })), 5, "exchangeRate"),
        (of(json!({ "pricingCurrency": "ISK", "exchangeRate": "-1" })), 16, "exchangeRate"),
        (of(json!({ "quantity": 0 })), 16, "quantity"),
        (of(json!({ "amountTaxInclusive": 7 })), 11, "amountTaxInclusive"),
        (of(json!({ "taxAmount": -190, "amountTaxInclusive": 810 })), 15, "taxAmount"),
        (of(json!({ "netAmountTaxExclusive": 7 })), 12, "netAmountTaxExclusive"),
        (of(json!({ "productIdentifier": "x".repeat(256) })), 19, "productIdentifier"),
        (of(json!({ "lineItemId": "known" })), 1, "lineItemId"),
        (of(json!({ "restatement": true })), 3, "lineItemId"),
        (of(json!({ "erroneouslySubmitted": true })), 20, "erroneouslySubmitted"),
        (
            of(json!({ "lineItemId": "known", "restatement": true, "creationDate": YESTERDAY - 1 })),
            38,
            "creationDate",
        ),
        (plus(json!({ "subscriptionDaysOfPaidService": 3 })), 34, "subscriptionDaysOfPaidService"),
        (plus(json!({ "subscriptionEndDate": YESTERDAY - 1 })), 17, "subscriptionEndDate"),
        (plus(json!({ "subscriptionEvent": "RENEWAL" })), 4, "referenceLineItemId"),
        (one(event("a", "RENEWAL", json!("known"))), 14, "referenceLineItemId"),
        (one(event("a", "RENEWAL", json!("nothing"))), 3, "referenceLineItemId"),
        (one(event("a", "RENEWAL", json!("a"))), 13, "referenceLineItemId"),
        (one(refund("a", "nothing", 1, 1)), 3, "referenceLineItemId"),
        (one(refund("a", "back", 1, 1)), 21, "referenceLineItemId"),
        (one(refund("a", "known", 100, 900)), 12, "netAmountTaxExclusive"),
        (one(with(refund("a", "known", 100, 600), json!({ "taxCountry": "FRA" }))), 23, "taxCountry"),
        (
            one(with(refund("a", "known", 100, 600), json!({ "productType": "ONE_TIME_BUY" }))),
            5,
            "productType",
        ),
        (
            one(with(refund("a", "known", 100, 600), json!({ "creationDate": YESTERDAY - 1 }))),
            31,
            "creationDate",
        ),
        (report(9, json!([buy("a"), refund("b", "a", 300, 700)])), 24, "netAmountTaxExclusive"),
        (report(9, json!([buy("a"), buy("a")])), 1, "lineItemId"),
    ] {
        let found = mistakes(&shop.put(REPORTS, &body));
        let (found_code, found_member, _) = &found[0];
        assert_eq!((*found_code, found_member.as_str()), (code, member), "{body}\n{found:?}");
    }
    let told = shop.get(&format!("{REPORTS}/{}", request(9)));
    assert_eq!(told.status, 400, "nothing of a report that was refused is kept");
}

#[test]
fn a_line_is_corrected_by_saying_it_again() {
    let shop = Shop::new();
    assert_eq!(shop.put(REPORTS, &report(1, json!([buy("a")]))).status, 200);
    let smaller = json!({ "restatement": true, "amountTaxExclusive": 800, "amountTaxInclusive": 990, "netAmountTaxExclusive": 800 });
    assert_eq!(shop.put(REPORTS, &report(2, json!([with(buy("a"), smaller)]))).status, 200);
    assert_eq!(shop.put(REPORTS, &report(3, json!([refund("r", "a", 300, 500)]))).status, 200);
    let wrong = json!([
        with(
            buy("a"),
            json!({ "restatement": true, "erroneouslySubmitted": true, "netAmountTaxExclusive": 0 })
        ),
        with(refund("r", "a", 300, 0), json!({ "restatement": true, "erroneouslySubmitted": true })),
    ]);
    let told = shop.put(REPORTS, &report(4, wrong.clone()));
    assert_eq!(told.status, 200, "{told:?}");
    assert_eq!(mistakes(&shop.put(REPORTS, &report(5, wrong)))[0].0, 30);
    assert_eq!(mistakes(&shop.put(REPORTS, &report(6, json!([refund("q", "a", 1, 0)]))))[0].0, 25);
}

#[test]
fn a_line_that_others_refer_to_stays_what_they_need() {
    let shop = Shop::new();
    let left = |id: &str, net: i64| with(buy(id), json!({ "netAmountTaxExclusive": net }));
    let first = json!([
        left("bought", 700),
        refund("back", "bought", 300, 700),
        event("started", "SUBSCRIPTION_START", Value::Null),
        event("renewed", "RENEWAL", json!("started")),
    ]);
    assert_eq!(shop.put(REPORTS, &report(1, first)).status, 200);
    let again = |line: Value| with(line, json!({ "restatement": true }));
    let erroneous = |line: Value| with(again(line), json!({ "erroneouslySubmitted": true }));
    for (line, code, member) in [
        (erroneous(left("bought", 0)), 22, "erroneouslySubmitted"),
        (erroneous(event("started", "SUBSCRIPTION_START", Value::Null)), 22, "erroneouslySubmitted"),
        (again(refund("bought", "started", 300, 700)), 28, "lineItemId"),
        (again(buy("started")), 29, "lineItemId"),
        (again(event("started", "RENEWAL", json!("renewed"))), 29, "lineItemId"),
    ] {
        let found = mistakes(&shop.put(REPORTS, &report(2, json!([line]))));
        let id = line["lineItemId"].as_str().unwrap().to_owned();
        assert!(found.contains(&(code, member.to_owned(), id)), "{line}\n{found:?}");
    }
    let together = json!([
        erroneous(event("renewed", "RENEWAL", json!("started"))),
        erroneous(event("started", "SUBSCRIPTION_START", Value::Null)),
    ]);
    let told = shop.put(REPORTS, &report(3, with_net_of_nothing(together)));
    assert_eq!(told.status, 200, "who refers to it is taken back with it: {told:?}");
    let other = shop.of(Some("com.example.coffee"));
    assert_eq!(other.put(REPORTS, &report(1, json!([buy("bought")]))).status, 200, "another app's lines");
}

fn with_net_of_nothing(mut lines: Value) -> Value {
    for line in lines.as_array_mut().unwrap() {
        line["netAmountTaxExclusive"] = json!(0);
    }
    lines
}

#[test]
fn a_purchase_is_refunded_and_restated_for_a_year_and_reported_for_two_more() {
    let shop = Shop::new();
    let day = 24 * 3_600_000;
    let bought = |id: &str, days: i64| {
        with(buy(id), json!({ "creationDate": YESTERDAY - days * day, "netAmountTaxExclusive": 1000 }))
    };
    let told = shop.put(REPORTS, &report(1, json!([bought("old", 400), bought("young", 300)])));
    assert_eq!(told.status, 200, "{told:?}");
    for (line, code, member) in [
        (refund("r", "old", 300, 700), 40, "creationDate"),
        (with(bought("old", 400), json!({ "restatement": true })), 39, "creationDate"),
        (bought("too old", 1100), 27, "creationDate"),
    ] {
        let found = mistakes(&shop.put(REPORTS, &report(2, json!([line]))));
        let id = line["lineItemId"].as_str().unwrap().to_owned();
        assert_eq!(found, [(code, member.to_owned(), id)]);
    }
    assert_eq!(shop.put(REPORTS, &report(2, json!([refund("r", "young", 300, 700)]))).status, 200);
}

#[test]
fn a_refund_is_in_the_currencies_of_its_purchase() {
    let shop = Shop::new();
    let bought = with(buy("a"), json!({ "pricingCurrency": "ISK", "exchangeRate": "0.007" }));
    let told = shop.put(REPORTS, &report(1, json!([bought])));
    assert_eq!(told.status, 200, "{told:?}");
    let back = |more: Value| {
        let refund =
            with(refund("r", "a", 300, 700), json!({ "pricingCurrency": "ISK", "exchangeRate": "0.007" }));
        shop.put(REPORTS, &report(2, json!([with(refund, more)])))
    };
    for (more, code, member) in [
        (json!({ "reportingCurrency": "SEK" }), 2, "reportingCurrency"),
        (json!({ "pricingCurrency": "XPF" }), 32, "pricingCurrency"),
        (json!({ "exchangeRate": "0.008" }), 33, "exchangeRate"),
    ] {
        assert_eq!(mistakes(&back(more)), [(code, member.to_owned(), "r".to_owned())]);
    }
    assert_eq!(back(json!({})).status, 200);
}

#[test]
fn what_is_no_report_is_a_bad_request() {
    let shop = Shop::new();
    for body in [
        "".to_owned(),
        "[]".to_owned(),
        with(report(1, json!([buy("a")])), json!({ "requestIdentifier": "me" })).to_string(),
        with(report(1, json!([buy("a")])), json!({ "status": "MAYBE" })).to_string(),
        with(report(1, json!([])), json!({ "lineItems": {} })).to_string(),
        report(1, json!(["a"])).to_string(),
        report(1, json!([with(buy("a"), json!({ "eventType": "GIFT" }))])).to_string(),
        report(1, json!([with(buy("a"), json!({ "quantity": "one" }))])).to_string(),
    ] {
        shop.ask(Method::PUT, REPORTS, body).assert_refused(4_000_000);
    }
    shop.ask(Method::DELETE, REPORTS, "").assert_refused(4_050_000);
    shop.get("/externalPurchase/v1/tokens").assert_refused(4_040_000);
    shop.of(None).put(REPORTS, &report(1, json!([buy("a")]))).assert_refused(4_000_002);
}

#[test]
fn what_is_left_of_each_purchase_is_its_own_after_all_its_refunds() {
    let shop = Shop::new();
    let left = |id: &str, net: i64| with(buy(id), json!({ "netAmountTaxExclusive": net }));
    let first = json!([left("a", 500), refund("a1", "a", 300, 500), refund("a2", "a", 200, 500), buy("b")]);
    assert_eq!(shop.put(REPORTS, &report(1, first)).status, 200);
    let member = || "netAmountTaxExclusive".to_owned();
    let wrong =
        json!([refund("a3", "a", 100, 400), refund("b1", "b", 100, 900), refund("b2", "b", 100, 800)]);
    assert_eq!(
        mistakes(&shop.put(REPORTS, &report(2, wrong))),
        [(24, member(), "b1".to_owned()), (24, member(), "b2".to_owned())]
    );
    let wrong = json!([refund("a3", "a", 100, 500), refund("b1", "b", 100, 900)]);
    assert_eq!(mistakes(&shop.put(REPORTS, &report(2, wrong))), [(12, member(), "a3".to_owned())]);
    let right =
        json!([refund("a3", "a", 100, 400), refund("b1", "b", 100, 800), refund("b2", "b", 100, 800)]);
    assert_eq!(shop.put(REPORTS, &report(2, right)).status, 200);
}

#[test]
fn a_report_of_a_thousand_lines_is_taken_and_a_longer_one_is_told_to_be_sent_in_parts() {
    let shop = Shop::new();
    let lines = |count: u32| Value::from_iter((0..count).map(|number| buy(&number.to_string())));
    let told = shop.put(REPORTS, &report(1, lines(1001)));
    told.assert_refused(4_000_000);
    assert_eq!(
        told.body["errorMessage"],
        "A report has at most 1000 line items; send the rest in reports of their own."
    );
    assert_eq!(shop.put(REPORTS, &report(1, lines(1000))).status, 200);
}

#[test]
fn a_line_is_of_the_time_when_its_token_was_active() {
    let shop = Shop::new();
    let token = |from: i64, to: i64| format!("SANDBOX_SERVICES_{from}_{to}_b2158121");
    let of = |number, token: String| {
        with(report(number, json!([buy("1")])), json!({ "externalPurchaseId": token }))
    };
    for (number, from, to) in [(1, YESTERDAY - 2, YESTERDAY - 1), (2, YESTERDAY + 1, YESTERDAY + 2)] {
        let told = shop.put(REPORTS, &of(number, token(from, to)));
        assert_eq!(mistakes(&told), [(36, "creationDate".to_owned(), "1".to_owned())]);
    }
    assert_eq!(shop.put(REPORTS, &of(3, token(YESTERDAY, YESTERDAY))).status, 200);
}

#[test]
fn only_a_token_of_a_custom_link_is_one_too_many() {
    let shop = Shop::new();
    let of = |number, token: &str| json!({ "requestIdentifier": request(number), "externalPurchaseId": token, "status": "DUPLICATE_TOKEN" });
    let told = shop.put(REPORTS, &of(1, "SANDBOX_PURCHASE_b2158121"));
    assert_eq!(mistakes(&told), [(37, "status".to_owned(), String::new())]);
    for (number, token) in [(2, "SANDBOX_ACQUISITION_1_2_b2158121"), (3, TOKEN)] {
        assert_eq!(shop.put(REPORTS, &of(number, token)).status, 200, "{token}");
    }
}
